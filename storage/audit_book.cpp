#include "storage/audit_book.h"

#include <algorithm>
#include <numeric>

#include "ledger/queries.h"
#include "ledger/trial_balance.h"
#include "storage/audit_book_records.h"
#include "storage/errc.h"

// The audit's own book, independent on purpose: what it knows of the types is in audit_book_take.
// Positions alone are the ledger's own replay; what they are compared with is kept here.

namespace tally::storage {

using ledger::ContractId;
using ledger::LineId;
using ledger::Posting;
using ledger::RecordReader;
using ledger::Wide;

namespace {

constexpr auto kPrincipal = ledger::place_of(ledger::Component::principal);
constexpr auto kPenalty = ledger::place_of(ledger::Component::penalty);

/// Principal that chargebacks put into the plan in force, of payments that an earlier plan took.
Wide put_back(const StoredContract& contract) {
    const ledger::Position& position = contract.position;
    Wide sum = 0;
    for (const ledger::EventEffect& effect : position.effects) {
        const ledger::ContractEvent& event = contract.body.events[effect.event];
        if (event.kind == ledger::EventKind::charge_off) break;  // from then on it is a loss
        if (event.kind != ledger::EventKind::chargeback || effect.plan != position.plan) continue;
        const bool of_this_plan =
            std::any_of(position.effects.begin(), position.effects.end(), [&](const auto& payment) {
                return contract.body.events[payment.event].entry == event.target &&
                       payment.plan == position.plan;
            });
        if (of_this_plan) continue;
        for (const ledger::Allocation& part : effect.allocation) {
            if (part.component == ledger::Component::principal) sum += part.amount;
        }
    }
    return sum;
}

/// In all books together a sale changes nothing but what its price says, which audit_book_sales
/// has.
ledger::Balances without_sales(ledger::Balances balances) {
    for (const auto account : {ledger::BookAccount::sale_gain, ledger::BookAccount::sale_loss,
                               ledger::BookAccount::purchase_difference}) {
        balances.of(account) = 0;
    }
    return balances;
}

/// Everything ever owed is outstanding or went one of the known ways; a plan's principal sums to
/// the balance when it began; shares are whole.
std::optional<std::string> broken_invariant(const StoredContract& contract) {
    const ledger::Position& position = contract.position;
    if (position.misfit) return "an event does not fit where it stands";
    const ledger::ContractTotals& totals = position.totals;
    for (std::size_t place = 0; place < ledger::kComponents; ++place) {
        const Wide gone = Wide{totals.repaid[place]} + totals.waived[place] +
                          totals.refunded[place] + totals.lapsed[place] + totals.charged_off[place];
        if (totals.billed[place] != position.outstanding[place] + gone) {
            return "billed is not outstanding plus repaid, waived, refunded, lapsed and charged "
                   "off";
        }
    }
    const Wide by_merchant = Wide{totals.refunded_total} - totals.refunded[kPrincipal];
    const Wide paid = std::accumulate(totals.repaid.begin(), totals.repaid.end(), Wide{0});
    // What a bank takes back may have been paid out.
    if (paid + totals.credit < by_merchant &&
        std::ranges::none_of(contract.body.events, [](const ledger::ContractEvent& event) {
            return event.kind == ledger::EventKind::chargeback;
        })) {
        return "the borrower was given more than was paid";
    }
    if (position.outstanding_total > 0 && totals.credit > 0) {
        return "the borrower owes, and is owed, at once";
    }
    if (totals.billed[kPenalty] > contract.penalty_cap) return "more penalty than the cap";
    Wide planned = 0;
    for (const ledger::PlanRow& row : position.rows) planned += row.agreed[kPrincipal];
    if (!position.rows.empty() && planned - put_back(contract) != position.terms.principal) {
        return "the plan's principal is not the balance with which it began";
    }
    Wide shares = 0;
    for (const ledger::FundingShare& share : contract.body.shares) shares += share.share;
    if (shares != 1'000'000) return "funding shares are not whole";
    return std::nullopt;
}

}  // namespace

Result<StoredContract> stored_contract(const RecordReader& records, const ContractId& id,
                                       const ledger::PointInTime& point) {
    const auto value = records.get(ledger::account_key(ledger::AccountClass::contract, id.bytes));
    if (!value) return value.error();
    if (!value->has_value()) return fail(errc::not_found, name_of("contract", id));
    auto record = ledger::decode_contract(**value);
    if (!record) return record.error();
    if (!record->body) return fail(errc::not_found, name_of("contract", id));
    const auto terms = ledger::read_terms(records, *record->body);
    if (!terms) return terms.error();
    StoredContract read{std::move(*record->body), {}, 0};
    read.penalty_cap = Wide{read.body.terms.principal} * terms->ruleset.terms.penalty_cap_ppm;
    read.penalty_cap /= 1'000'000;
    read.position = ledger::position_of(read.body, terms->rules(), point);
    return read;
}

Result<ledger::LineBody> stored_line(const RecordReader& records, const LineId& id) {
    const auto value = records.get(ledger::account_key(ledger::AccountClass::line, id.bytes));
    if (!value) return value.error();
    if (!value->has_value()) return fail(errc::not_found, name_of("line", id));
    auto record = ledger::decode_line(**value);
    if (!record) return record.error();
    if (!record->body) return fail(errc::not_found, name_of("line", id));
    return *record->body;
}

void AuditBook::post(const ledger::BlockResult& block) {
    trial_.add(block.postings);
    for (const Posting& posting : block.postings) {
        if (ledger::is_memo(posting.account)) {
            const LineId id{posting.subject};
            lines_[id].balances.add(posting);
            touched_lines_.insert(id);
        } else {
            const ContractId id{posting.subject};
            contracts_[id].balances.add(posting);
            sales_.post(posting);
            touched_contracts_.insert(id);
            const ledger::BookId book{posting.owner, posting.currency};
            totals_[book].add(posting);
            touched_books_.insert(book);
        }
    }
}

Result<AuditBook::Finding> AuditBook::compare_contracts(const RecordReader& after) {
    for (const ContractId& id : touched_contracts_) {
        Contract& contract = contracts_[id];
        const auto read = stored_contract(after, id);
        if (!read) return read.error();
        const ledger::Balances balances = ledger::balances_of(read->position);
        const bool led_to = balances == without_sales(contract.balances);
        if (!led_to || !balances.signs_hold() || balances.sum() != 0) {
            return Finding(name_of("contract", id) +
                           ": balances are not those that its postings lead to");
        }
        if (const auto broken = broken_invariant(*read)) {
            return Finding(name_of("contract", id) + ": " + *broken);
        }
        if (!contract.line || *contract.line != read->body.line) {
            return Finding(name_of("contract", id) + ": never captured on its line");
        }
        if (contract.originator != read->body.originator ||
            contract.servicer != read->body.servicer) {
            return Finding(name_of("contract", id) +
                           ": its owner or servicer is not the one last named");
        }
        if (const auto wrong = sales_.compare(id, *read)) {
            return Finding(name_of("contract", id) + ": " + *wrong);
        }
        if (const auto wrong = pools_.compare(id, read->body)) {
            return Finding(name_of("contract", id) + ": " + *wrong);
        }
        if (contract.collector != read->body.collector ||
            contract.commission_ppm != read->body.commission_ppm) {
            return Finding(name_of("contract", id) +
                           ": it is not assigned as the last assignment says");
        }
        if (const auto wrong = debits_.compare(id, read->body)) {
            return Finding(name_of("contract", id) + ": " + *wrong);
        }
        if (const auto wrong = conduct_.compare(id, read->body)) {
            return Finding(name_of("contract", id) + ": " + *wrong);
        }
        servicers_.look(id, contract.servicer,
                        ledger::is_live(read->position, contract.collector.has_value()));
        const Wide outstanding = read->position.outstanding[kPrincipal];
        lines_[*contract.line].outstanding += outstanding - contract.outstanding;
        contract.outstanding = outstanding;
    }
    return Finding{};
}

Result<AuditBook::Finding> AuditBook::compare_lines(const RecordReader& after) {
    for (const LineId& id : touched_lines_) {
        const Line& line = lines_[id];
        const auto record = stored_line(after, id);
        if (!record) return record.error();
        const ledger::Balances balances = ledger::balances_of(*record);
        if (balances != line.balances || !balances.signs_hold() || balances.sum() != 0) {
            return Finding(name_of("line", id) +
                           ": balances are not those that its postings lead to");
        }
        if (record->status != line.status || record->owner != line.owner) {
            return Finding(name_of("line", id) +
                           ": its status or owner is not what its history leads to");
        }
        if (record->limit != line.limit) {
            return Finding(name_of("line", id) + ": the limit is not the one last set");
        }
        if (record->used != line.outstanding) {
            return Finding(name_of("line", id) +
                           ": used is not the principal outstanding of its contracts");
        }
        if (record->reserved != line.reserved) {
            return Finding(name_of("line", id) +
                           ": reserved is not the sum of its open authorisations");
        }
    }
    return Finding{};
}

Result<AuditBook::Finding> AuditBook::compare_totals(const RecordReader& after) {
    const auto days = ledger::read_days(after);
    if (!days) return days.error();
    for (const ledger::BookId& book : touched_books_) {
        const std::string name = name_of("the book of lender", book.lender) + " in " +
                                 std::string(book.currency.data(), book.currency.size());
        if (!std::binary_search(days->books.begin(), days->books.end(), book)) {
            return Finding(name + " is not listed: no day would close with it");
        }
        std::vector<ledger::Day> places = days->open;
        places.push_back(ledger::kClosedDays);
        ledger::Balances recorded;
        for (const ledger::Day day : places) {
            const auto value = after.get(ledger::totals_key(book, day));
            if (!value) return value.error();
            if (!*value) continue;
            const auto totals = ledger::decode_totals(**value);
            if (!totals) return totals.error();
            for (std::size_t place = 0; place < totals->balances.size(); ++place) {
                recorded.of(static_cast<ledger::BookAccount>(place + 1)) += totals->balances[place];
            }
        }
        if (recorded != totals_[book]) {
            return Finding(name + ": its totals are not those that its postings lead to");
        }
        if (const auto wrong = sales_.compare(book, totals_[book])) {
            return Finding(name + ": " + *wrong);
        }
    }
    return Finding{};
}

Status AuditBook::follow_alerts(const Accepted& accepted, std::set<LineId> lines,
                                const std::set<ContractId>& contracts, const RecordReader& after) {
    const AuditAlerts::At at{accepted.entry, accepted.transaction.business_date,
                             accepted.transaction.value_date};
    for (const ContractId& id : contracts) {
        alerts_.look(id, at);
        const std::optional<LineId>& line = contracts_[id].line;
        if (line) lines.insert(*line);
    }
    for (const LineId& id : lines) {
        const Line& line = lines_[id];
        const Status looked = alerts_.look(id, {line.limit, line.reserved}, contracts, at, after);
        if (!looked) return looked;
    }
    const bool closes = std::holds_alternative<ledger::DayClose>(accepted.transaction.body);
    return closes ? alerts_.close(at.business_date, at, after) : Status{};
}

Status AuditBook::follow_pools(const Accepted& accepted, const std::set<ContractId>& contracts,
                               const RecordReader& after) {
    const AuditPools::At at{accepted.entry, accepted.transaction.business_date,
                            accepted.transaction.value_date};
    for (const ContractId& id : contracts) {
        if (pools_.pool_of(id) == nullptr) continue;
        const auto then = stored_contract(after, id, {ledger::PointInTime{}.as_of, at.entry});
        if (!then) return then.error();
        const bool active = then->position.status == ledger::ContractStatus::active;
        pools_.look(id, {active, then->position.outstanding[kPrincipal], sales_.owner(id)});
    }
    for (const AuditPools::Warning& warning : pools_.follow(at)) {
        alerts_.warn(warning.pool, warning.rule, warning.as_of,
                     {warning.measured, warning.threshold}, at);
    }
    return {};
}

Result<AuditBook::Finding> AuditBook::take_entries(const ledger::BlockResult& block,
                                                   const RecordReader& after) {
    ledger::SubmissionHeader header;
    for (std::size_t place = 0; place < block.entries.size(); ++place) {
        const auto entry = ledger::decode_entry(block.entries[place]);
        if (!entry) return entry.error();
        if (const auto* found = std::get_if<ledger::HeaderEntry>(&*entry)) {
            auto decoded = ledger::SubmissionHeader::decode(found->header);
            if (!decoded) return decoded.error();
            header = *std::move(decoded);
        }
        const auto* found = std::get_if<ledger::TransactionEntry>(&*entry);
        if (found == nullptr || found->outcome != ledger::Outcome::accepted) continue;
        const auto transaction = ledger::decode_transaction(
            found->transaction, ledger::grammar_of(block.head.rules_version));
        if (!transaction) return transaction.error();
        if (auto finding = keys_.take(header, *transaction)) {
            return Finding(entry_name(block.first_entry + place) + ": " + *finding);
        }
        const Accepted accepted{block.first_entry + place, header, *transaction};
        // What this one touches stands apart until what it leads to has been followed.
        auto lines = std::exchange(touched_lines_, {});
        auto contracts = std::exchange(touched_contracts_, {});
        auto finding = take(accepted, after);
        if (!finding || finding->has_value()) return finding;
        const Status followed = follow_alerts(accepted, touched_lines_, touched_contracts_, after);
        if (!followed) return followed.error();
        const Status pooled = follow_pools(accepted, touched_contracts_, after);
        if (!pooled) return pooled.error();
        touched_lines_.merge(lines);
        touched_contracts_.merge(contracts);
    }
    return Finding{};
}

Result<std::optional<std::string>> AuditBook::check(const ledger::BlockResult& block,
                                                    const RecordReader& after) {
    trial_ = {};
    touched_lines_.clear();
    touched_contracts_.clear();
    touched_books_.clear();
    debits_.begin_block();
    conduct_.begin_block();
    alerts_.begin_block();
    pools_.begin_block();
    post(block);
    if (!trial_.balanced()) return Finding("debits differ from credits");
    auto found = keys_.begin_block(block.block_index, block.head.rules_version, after);
    if (found && !found->has_value()) found = take_entries(block, after);
    if (found && !found->has_value()) found = keys_.end_block(after);
    if (found && !found->has_value()) found = compare_contracts(after);
    if (found && !found->has_value()) found = compare_lines(after);
    if (found && !found->has_value()) found = compare_totals(after);
    if (found && !found->has_value()) found = servicers_.compare(after);
    if (found && !found->has_value()) found = debits_.compare(after);
    if (found && !found->has_value()) found = conduct_.compare(after);
    if (found && !found->has_value()) found = pools_.compare(block, after);
    if (found && !found->has_value()) found = alerts_.compare(block, after);
    return found;
}

}  // namespace tally::storage
