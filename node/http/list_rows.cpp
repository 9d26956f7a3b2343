#include "node/http/list_rows.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "ledger/dates.h"
#include "ledger/errc.h"
#include "ledger/ownership.h"
#include "ledger/queries.h"
#include "ledger/transaction_words.h"
#include "node/http/account_json.h"
#include "node/http/alert_json.h"
#include "node/http/conduct_json.h"
#include "node/http/contract_json.h"
#include "node/http/member_json.h"
#include "node/http/pool_json.h"

namespace tally::node::http {
namespace {

using boost::json::object;

/// The id behind the class in an account's key.
template <typename Id>
Id id_of_key(const Bytes& key) {
    Id id;
    TALLY_CHECK(key.size() == 1 + id.bytes.size());
    std::copy(key.begin() + 1, key.end(), id.bytes.begin());
    return id;
}

/// What was registered, behind its id.
template <typename Id, typename Record>
ListRow row_with_id(const storage::ScannedRecord& scanned, const Record& record,
                    const api::MemberNames& names) {
    object row;
    row["id"] = api::id_text(id_of_key<Id>(scanned.key));
    for (auto& member : to_json(record, names)) row[member.key()] = std::move(member.value());
    return std::optional(std::move(row));
}

/// Whether a wanted value, if there is one, is this.
template <typename Value>
bool lets(const std::optional<Value>& wanted, const Value& actual) {
    return !wanted || *wanted == actual;
}

/// The names of the enumerators from `first` on.
template <typename Status>
std::vector<std::string> names_from(Status first) {
    std::vector<std::string> names;
    for (auto number = static_cast<std::uint8_t>(first);; ++number) {
        const std::string_view name = status_name(static_cast<Status>(number));
        if (name == "UNKNOWN") return names;
        names.emplace_back(name);
    }
}

/// What the lines of a borrower say of it.
struct Lines {
    std::set<ledger::MemberId> owners;
    std::uint64_t first_entry = ledger::kNoEntry;  ///< the oldest grant, if all were read
};

Result<Lines> lines_of(const ReadContext& context, const ledger::BorrowerBody& borrower,
                       ListWork& work) {
    Lines lines;
    std::optional<ledger::LineId> next = borrower.last_line;
    for (std::size_t walked = 0; next && walked < ledger::kListMax; ++walked) {
        const auto value =
            context.view.get(ledger::account_key(ledger::AccountClass::line, next->bytes));
        if (!value) return value.error();
        if (!*value) return fail(ledger::errc::corrupt_record, "a borrower's line is not there");
        ++work.records;
        work.bytes += (*value)->size();
        const auto line = ledger::decode_line(**value);
        if (!line) return line.error();
        if (!line->body) {
            return fail(ledger::errc::corrupt_record, "a borrower's line was never granted");
        }
        lines.owners.insert(line->body->owner);
        next = line->body->previous;
        if (!next) lines.first_entry = line->body->events.front().entry;
    }
    return lines;
}

object row_of(const ledger::LineId& id, const ledger::LineRecord& record,
              const api::MemberNames& names) {
    const ledger::LineBody& body = *record.body;
    object row;
    row["id"] = api::id_text(id);
    row["status"] = status_name(body.status);
    row["owner"] = member_json(body.owner, names);
    row["borrower"] = api::id_text(body.borrower);
    row["currency"] = currency_text(body.currency);
    row["limit"] = body.limit;
    row["used"] = body.used;
    row["reserved"] = body.reserved;
    row["available"] = body.available();
    row["contract_count"] = body.contracts;
    row["first_entry"] = body.events.front().entry;
    add_log(row, record.head);
    return row;
}

object row_of(const ledger::ContractView& contract, const api::MemberNames& names) {
    const ledger::ContractBody& body = contract.body;
    object row;
    row["id"] = api::id_text(contract.id);
    row["status"] = status_name(contract.position.status);
    row["state"] = state_json(contract.position);
    row["owner"] = member_json(ledger::owner_of(body), names);
    row["servicer"] = member_json(body.servicer, names);
    row["borrower"] = api::id_text(body.borrower);
    row["line"] = api::id_text(body.line);
    row["currency"] = currency_text(body.currency);
    row["value_date"] = ledger::day_text(body.terms.anchor);
    row["principal"] = body.terms.principal;
    row["payable"] = contract.position.payable();
    row["days_past_due"] = contract.position.ageing.days_past_due;
    row["first_entry"] = body.events.front().entry;
    add_log(row, contract.log);
    return row;
}

/// As of the newest state, which is a replay of its events.
Result<ledger::ContractView> replayed(const ReadContext& context, const ledger::ContractId& id,
                                      ledger::ContractRecord record) {
    auto view = ledger::view_contract(context.view, id, std::move(record));
    if (!view) return view.error();
    TALLY_CHECK(view->has_value());
    if ((*view)->position.misfit) {
        return fail(ledger::errc::corrupt_record,
                    "contract " + api::id_text(id) + ": the replay refuses its events");
    }
    return **std::move(view);
}

}  // namespace

ListRow line_row(const ReadContext& context, const ListFilter& filter,
                 const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto line = ledger::decode_line(record.value);
    if (!line) return line.error();
    if (!line->body || !lets(filter.owner, line->body->owner) ||
        !lets(filter.borrower, line->body->borrower) ||
        !lets(filter.state, std::string(status_name(line->body->status)))) {
        return std::optional<object>{};
    }
    return std::optional(row_of(id_of_key<ledger::LineId>(record.key), *line, context.names()));
}

ListRow contract_row(const ReadContext& context, const ListFilter& filter,
                     const storage::ScannedRecord& record, ListWork& /*work*/) {
    auto contract = ledger::decode_contract(record.value);
    if (!contract) return contract.error();
    if (!contract->body || !lets(filter.owner, ledger::owner_of(*contract->body)) ||
        !lets(filter.servicer, contract->body->servicer) ||
        !lets(filter.borrower, contract->body->borrower) ||
        !lets(filter.line, contract->body->line)) {
        return std::optional<object>{};
    }
    // Only now: what state it is in is a replay of its events.
    const auto id = id_of_key<ledger::ContractId>(record.key);
    const auto view = replayed(context, id, *std::move(contract));
    if (!view) return view.error();
    object row = row_of(*view, context.names());
    const boost::json::value state = filter.state ? boost::json::value(*filter.state) : nullptr;
    if (filter.state && row["status"] != state && row["state"] != state) {
        return std::optional<object>{};
    }
    return std::optional(std::move(row));
}

ListRow borrower_row(const ReadContext& context, const ListFilter& filter,
                     const storage::ScannedRecord& record, ListWork& work) {
    const auto borrower = ledger::decode_borrower(record.value);
    if (!borrower) return borrower.error();
    if (!borrower->body || !borrower->body->last_line) return std::optional<object>{};
    const auto lines = lines_of(context, *borrower->body, work);
    if (!lines) return lines.error();
    if (filter.owner && !lines->owners.contains(*filter.owner)) return std::optional<object>{};
    boost::json::array owners;
    for (const ledger::MemberId& owner : lines->owners) {
        owners.push_back(member_json(owner, context.names()));
    }
    object row;
    row["id"] = api::id_text(id_of_key<ledger::BorrowerId>(record.key));
    row["line_count"] = borrower->body->lines;
    row["owners"] = std::move(owners);
    row["first_entry"] = entry_json(lines->first_entry);
    add_log(row, borrower->head);
    return std::optional(std::move(row));
}

ListRow member_row(const ReadContext& /*context*/, const ListFilter& /*filter*/,
                   const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto member = ledger::decode_member(record.value);
    if (!member) return member.error();
    if (!member->body) return std::optional<object>{};
    return std::optional(to_json(id_of_key<ledger::MemberId>(record.key), *member));
}

ListRow complaint_row(const ReadContext& context, const ListFilter& filter,
                      const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto complaint = ledger::decode_complaint(record.value);
    if (!complaint) return complaint.error();
    if (!lets(filter.owner, complaint->owner) ||
        !lets(filter.contract, complaint->terms.contract) ||
        !lets(filter.state, std::string(status_name(*complaint)))) {
        return std::optional<object>{};
    }
    return row_with_id<ledger::ComplaintId>(record, *complaint, context.names());
}

ListRow recon_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto recon = ledger::decode_recon(record.value);
    if (!recon) return recon.error();
    if (!lets(filter.owner, recon->owner) || !lets(filter.lender, recon->terms.lender)) {
        return std::optional<object>{};
    }
    return row_with_id<ledger::ReconId>(record, *recon, context.names());
}

ListRow opinion_row(const ReadContext& context, const ListFilter& filter,
                    const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto opinion = ledger::decode_opinion(record.value);
    if (!opinion) return opinion.error();
    if (!lets(filter.owner, opinion->owner) || !lets(filter.lender, opinion->terms.lender)) {
        return std::optional<object>{};
    }
    return row_with_id<ledger::OpinionId>(record, *opinion, context.names());
}

ListRow hedge_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto hedge = ledger::decode_hedge(record.value);
    if (!hedge) return hedge.error();
    if (!lets(filter.owner, hedge->owner)) return std::optional<object>{};
    return row_with_id<ledger::HedgeId>(record, *hedge, context.names());
}

ListRow erasure_row(const ReadContext& context, const ListFilter& filter,
                    const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto erasure = ledger::decode_erasure(record.value);
    if (!erasure) return erasure.error();
    if (!lets(filter.owner, erasure->owner) || !lets(filter.borrower, erasure->terms.borrower)) {
        return std::optional<object>{};
    }
    return row_with_id<ledger::CustomerId>(record, *erasure, context.names());
}

std::vector<std::string> complaint_states() { return {"OPEN", "CLOSED"}; }

ListRow alert_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& /*work*/) {
    const auto alert = ledger::decode_alert(record.value);
    if (!alert) return alert.error();
    const bool fits = !filter.contract || alert->contract == filter.contract;
    const std::string status(status_name(*alert));
    const bool in_state =
        lets(filter.state, status) || (filter.state == std::string(kDisposed) && alert->disposed());
    if (!fits || !in_state || !lets(filter.owner, alert->owner) ||
        (filter.line && (alert->pool || alert->line != *filter.line)) ||
        (filter.pool && alert->pool != filter.pool) ||
        !lets(filter.rule, std::string(ledger::word_of(alert->rule)))) {
        return std::optional<object>{};
    }
    return std::optional(to_json(id_of_key<ledger::AlertId>(record.key), *alert, context.names()));
}

ListRow pool_row(const ReadContext& context, const ListFilter& filter,
                 const storage::ScannedRecord& record, ListWork& work) {
    const auto pool = ledger::decode_pool(record.value);
    if (!pool) return pool.error();
    const std::string status(status_name(*pool, work.newest.value_or(0)));
    const bool issued = pool->status == ledger::PoolStatus::issued;
    const bool in_state =
        lets(filter.state, status) || (filter.state == std::string(kIssued) && issued);
    if (!in_state || !lets(filter.owner, pool->owner)) return std::optional<object>{};
    return std::optional(
        to_json(id_of_key<ledger::PoolId>(record.key), *pool, work.newest, context.names()));
}

Result<object> pooled_row(const ReadContext& context, const ledger::PoolId& pool,
                          const ledger::PoolRecord& record, std::uint64_t place,
                          const ledger::PoolContractRecord& at, ByteView value) {
    auto contract = ledger::decode_contract(value);
    if (!contract) return contract.error();
    if (!contract->body) {
        return fail(ledger::errc::corrupt_record, "a pool's contract was never captured");
    }
    // One that came back stands at several places, and is in the pool at the last of them alone.
    const auto since = ledger::pooled_since(*contract->body);
    const bool within = record.status != ledger::PoolStatus::closed && since &&
                        since->pool == pool && since->entry == at.entry;
    const auto view = replayed(context, at.contract, *std::move(contract));
    if (!view) return view.error();
    object row{{"place", place}};
    for (auto& member : row_of(*view, context.names())) {
        row[member.key()] = std::move(member.value());
    }
    row["principal_outstanding"] =
        view->position.outstanding[ledger::place_of(ledger::Component::principal)];
    row["in_pool"] = within;
    return row;
}

std::vector<std::string> pool_states() {
    return {"DRAFT", "SEALED", "REVOLVING", "AMORTISING", "CLOSED", std::string(kIssued)};
}

std::vector<std::string> alert_states() {
    return {"OPEN", "ESCALATED", "CONFIRMED", "DISMISSED", std::string(kDisposed)};
}

std::vector<std::string> alert_rules() {
    const auto& words = ledger::kWords<ledger::AlertRule>;
    return {words.begin(), words.end()};
}

std::vector<std::string> line_states() { return names_from(ledger::LineStatus::active); }

std::vector<std::string> contract_states() {
    std::vector<std::string> words = names_from(ledger::ContractStatus::active);
    words.insert(words.end(), {"CURRENT", "GRACE", "OVERDUE"});
    return words;
}

}  // namespace tally::node::http
