#include "node/http/json_parts.h"

#include "api/transaction_json.h"
#include "ledger/dates.h"
#include "ledger/trial_balance.h"

namespace tally::node::http {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string_view currency_text(const ledger::CurrencyCode& code) {
    return {code.data(), code.size()};
}

object to_json(const ledger::ByComponent& amounts) {
    object target;
    for (std::size_t place = 0; place < amounts.size(); ++place) {
        const auto component = static_cast<ledger::Component>(place + 1);
        target[api::component_name(component)] = amounts[place];
    }
    return target;
}

array to_json(const std::vector<ledger::Allocation>& allocation) {
    array parts;
    for (const ledger::Allocation& part : allocation) {
        parts.push_back({{"instalment", part.instalment},
                         {"component", api::component_name(part.component)},
                         {"amount", part.amount}});
    }
    return parts;
}

value day_json(const std::optional<ledger::Day>& day) {
    if (!day) return nullptr;
    // As in transactions: a day that no calendar has room for is its number.
    return ledger::day_in_range(*day) ? value(ledger::day_text(*day)) : value(*day);
}

Result<std::optional<ledger::Day>> newest_day(const ledger::RecordReader& records) {
    const auto days = ledger::read_days(records);
    if (!days) return days.error();
    return days->open.empty() ? days->last_closed : std::optional(days->open.back());
}

value entry_json(std::uint64_t entry) {
    return entry == ledger::kNoEntry ? value(nullptr) : value(entry);
}

void add_log(object& target, const ledger::AccountHead& log) {
    target["entries"] = log.count;
    target["last_entry"] = entry_json(log.last);
}

void add_point(object& target, const ReadAt& at) {
    target["as_of"] = day_json(at.as_of);
    target["known_at"] = at.known_at;
}

}  // namespace tally::node::http
