#include "node/http/account_json.h"

#include <limits>

#include "ledger/dates.h"
#include "ledger/type_table.h"

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;

array events_json(const ledger::LineBody& line, const ReadAt& at) {
    const ledger::Day as_of = at.as_of.value_or(std::numeric_limits<ledger::Day>::max());
    array events;
    for (const ledger::LineEvent& event : line.events) {
        if (event.entry > at.known_at || event.value_date > as_of) continue;
        events.push_back({{"entry", event.entry},
                          {"kind", ledger::facts_of(event.change).name},
                          {"value_date", ledger::day_text(event.value_date)},
                          {"limit", event.limit}});
    }
    return events;
}

}  // namespace

std::string_view status_name(ledger::LineStatus status) {
    switch (status) {
        case ledger::LineStatus::active:
            return "ACTIVE";
        case ledger::LineStatus::frozen:
            return "FROZEN";
        case ledger::LineStatus::closed:
            return "CLOSED";
    }
    return "UNKNOWN";
}

object to_json(const ledger::LineView& line, const ReadAt& at, const api::MemberNames& names) {
    object target;
    target["id"] = api::id_text(line.id);
    target["status"] = status_name(line.status);
    target["owner"] = member_json(line.body.owner, names);
    target["borrower"] = api::id_text(line.body.borrower);
    target["currency"] = currency_text(line.body.currency);
    add_point(target, at);
    target["limit"] = line.limit;
    target["used"] = line.used;
    target["reserved"] = line.reserved;
    target["available"] = line.available;
    target["valid_from"] = ledger::day_text(line.body.valid_from);
    target["valid_to"] = ledger::day_text(line.body.valid_to);
    target["assessment"] = api::id_text(line.body.assessment);
    target["band"] = line.body.band;
    target["contract_count"] = line.body.contracts;
    array contracts;
    for (const ledger::ContractId& id : line.contracts) contracts.emplace_back(api::id_text(id));
    target["contracts"] = std::move(contracts);
    target["whole"] = line.whole;
    target["events"] = events_json(line.body, at);
    add_log(target, line.log);
    return target;
}

object to_json(const ledger::BorrowerView& borrower, const ReadAt& at,
               const api::MemberNames& names) {
    object target;
    target["id"] = api::id_text(borrower.id);
    add_point(target, at);
    target["line_count"] = borrower.body.lines;
    array lines;
    for (const ledger::LineView& line : borrower.lines) {
        lines.push_back(to_json(line, at, names));
    }
    target["lines"] = std::move(lines);
    add_log(target, borrower.log);
    return target;
}

}  // namespace tally::node::http
