#include "storage/audit_book.h"

#include "base/hex.h"
#include "ledger/queries.h"
#include "ledger/trial_balance.h"
#include "storage/errc.h"

// The audit's own book, independent on purpose. What it knows of the types (who posts a reference,
// what sets a limit, what takes up a reservation, what a reversal frees) is written down here once
// more and never read from ledger/type_table.h: a fault in the table would otherwise hide itself.
// Positions alone are the ledger's own replay; what they are compared with is kept here.
//
// Whoever adds a type asks: does it set a limit, reserve or release, post a reference, claim
// something that can be recomputed? Then take, take_payment or recompute get a branch. A type
// that does none of it is checked all the same by its postings, which have to lead to the records.

namespace tally::storage {

static_assert(std::variant_size_v<ledger::TransactionBody> == 27,
              "a new type: what does the audit know of it? Answer above, then count it here");

using ledger::ContractId;
using ledger::LineId;
using ledger::Posting;
using ledger::RecordReader;
using ledger::Wide;

namespace {

constexpr auto kPrincipal = ledger::place_of(ledger::Component::principal);

template <typename Id>
std::string name_of(const char* what, const Id& id) {
    return std::string(what) + " " + to_hex(id.bytes);
}

std::string entry_name(std::uint64_t index) { return "entry " + std::to_string(index); }

/// A contract with its position at a point.
struct Read {
    ledger::ContractBody body;
    ledger::Position position;
};

/// Read apart from the queries, which fill in the book's day and leave out what is not known yet.
Result<Read> stored_contract(const RecordReader& records, const ContractId& id,
                             const ledger::PointInTime& point = {}) {
    const auto value = records.get(ledger::account_key(ledger::AccountClass::contract, id.bytes));
    if (!value) return value.error();
    if (!value->has_value()) return fail(errc::not_found, name_of("contract", id));
    auto record = ledger::decode_contract(**value);
    if (!record) return record.error();
    if (!record->body) return fail(errc::not_found, name_of("contract", id));
    const auto terms = ledger::read_terms(records, *record->body);
    if (!terms) return terms.error();
    Read read{std::move(*record->body), {}};
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

/// Everything ever owed is outstanding or went one of the known ways; a plan's principal sums to
/// the balance when it began; shares are whole.
std::optional<std::string> broken_invariant(const Read& contract) {
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
    Wide planned = 0;
    for (const ledger::PlanRow& row : position.rows) planned += row.agreed[kPrincipal];
    if (!position.rows.empty() && planned != position.terms.principal) {
        return "the plan's principal is not the balance with which it began";
    }
    Wide shares = 0;
    for (const ledger::FundingShare& share : contract.body.shares) shares += share.share;
    if (shares != 1'000'000) return "funding shares are not whole";
    return std::nullopt;
}

/// Who posted a reference: the first signer with the role.
Result<ledger::MemberId> poster_of(const ledger::SubmissionHeader& header, ledger::Role role,
                                   const RecordReader& records) {
    for (const ledger::Signer& signer : header.signers) {
        const auto member = ledger::read_member(records, signer.member);
        if (!member) return member.error();
        if (*member && (*member)->body->has(role)) return signer.member;
    }
    return fail(errc::diverged, "accepted without a signer that has the role");
}

}  // namespace

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
            touched_contracts_.insert(id);
            totals_[posting.currency].add(posting);
        }
    }
}

AuditBook::Finding AuditBook::take_source(const IdKey& id, SourceKey source, std::uint64_t index) {
    source_of_[id] = source;
    if (sources_.insert(source).second) return std::nullopt;
    return entry_name(index) + ": the reference " + source.second + " was posted before";
}

void AuditBook::release(const ledger::AuthorisationId& id) {
    const auto found = open_authorisations_.find(id);
    if (found == open_authorisations_.end()) return;
    lines_[found->second.line].reserved -= found->second.amount;
    open_authorisations_.erase(found);
}

Result<AuditBook::Finding> AuditBook::recompute(std::uint64_t index,
                                                const ledger::Transaction& transaction,
                                                const ContractId& id, const RecordReader& after) {
    const auto& body = transaction.body;
    const auto* repayment = std::get_if<ledger::Repayment>(&body);
    if (repayment == nullptr && !std::holds_alternative<ledger::OverdueMark>(body)) {
        return Finding{};
    }
    const auto contract = stored_contract(after, id, {transaction.value_date, index});
    if (!contract) return contract.error();
    if (const auto* mark = std::get_if<ledger::OverdueMark>(&body)) {
        const ledger::Ageing& ageing = contract->position.ageing;
        if (ageing.days_past_due == mark->days_past_due && ageing.bucket == mark->bucket &&
            ageing.asset_class == mark->asset_class) {
            return Finding{};
        }
        return Finding(entry_name(index) + ": the mark is not what is recomputed");
    }
    for (const ledger::EventEffect& effect : contract->position.effects) {
        if (contract->body.events[effect.event].entry != index) continue;
        Wide sum = effect.credit;
        for (const ledger::Allocation& part : repayment->allocation) sum += part.amount;
        if (sum == repayment->amount && effect.allocation == repayment->allocation) {
            return Finding{};
        }
    }
    return Finding(entry_name(index) + ": the allocation is not what is recomputed");
}

Result<AuditBook::Finding> AuditBook::take(std::uint64_t index,
                                           const ledger::SubmissionHeader& header,
                                           const ledger::Transaction& transaction,
                                           const RecordReader& after) {
    const auto& body = transaction.body;
    if (const auto* grant = std::get_if<ledger::LimitGrant>(&body)) {
        lines_[grant->line].limit = grant->limit;
    } else if (const auto* change = std::get_if<ledger::LimitChange>(&body)) {
        lines_[change->line].limit = change->limit;
    } else if (const auto* wanted = std::get_if<ledger::PurchaseAuth>(&body)) {
        open_authorisations_[wanted->authorisation] = {wanted->line, wanted->amount};
        lines_[wanted->line].reserved += wanted->amount;
    } else if (const auto* voiding = std::get_if<ledger::PurchaseVoid>(&body)) {
        release(voiding->authorisation);
    } else if (const auto* expiry = std::get_if<ledger::PurchaseExpire>(&body)) {
        release(expiry->authorisation);
    } else if (const auto* capture = std::get_if<ledger::Capture>(&body)) {
        contracts_[capture->contract].line = capture->line;
        if (capture->authorisation) release(*capture->authorisation);
    } else if (const auto* reversal = std::get_if<ledger::Reversal>(&body)) {
        const auto target = source_of_.find({reversal->submitter, reversal->target});
        if (target != source_of_.end()) sources_.erase(target->second);
    }
    return take_payment(index, header, transaction, after);
}

Result<AuditBook::Finding> AuditBook::take_payment(std::uint64_t index,
                                                   const ledger::SubmissionHeader& header,
                                                   const ledger::Transaction& transaction,
                                                   const RecordReader& after) {
    return std::visit(
        [&](const auto& body) -> Result<Finding> {
            if constexpr (requires { body.source_ref; }) {
                using Body = std::decay_t<decltype(body)>;
                const auto role = std::is_same_v<Body, ledger::MerchantRefund>
                                      ? ledger::Role::originator
                                      : ledger::Role::servicer;
                const auto poster = poster_of(header, role, after);
                if (!poster) return poster.error();
                const IdKey id{header.signers.front().member, transaction.id};
                if (auto twice = take_source(id, {*poster, body.source_ref}, index)) return twice;
            }
            if constexpr (requires { body.contract; }) {
                return recompute(index, transaction, body.contract, after);
            }
            return Finding{};
        },
        transaction.body);
}

Result<AuditBook::Finding> AuditBook::compare_contracts(const RecordReader& after) {
    for (const ContractId& id : touched_contracts_) {
        Contract& contract = contracts_[id];
        const auto read = stored_contract(after, id);
        if (!read) return read.error();
        const ledger::Balances balances = ledger::balances_of(read->position);
        if (balances != contract.balances || !balances.signs_hold() || balances.sum() != 0) {
            return Finding(name_of("contract", id) +
                           ": balances are not those that its postings lead to");
        }
        if (const auto broken = broken_invariant(*read)) {
            return Finding(name_of("contract", id) + ": " + *broken);
        }
        if (!contract.line || *contract.line != read->body.line) {
            return Finding(name_of("contract", id) + ": never captured on its line");
        }
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
    for (const ledger::CurrencyCode& currency : touched_currencies_) {
        std::vector<ledger::Day> places = days->open;
        places.push_back(ledger::kClosedDays);
        ledger::Balances recorded;
        for (const ledger::Day day : places) {
            const auto value = after.get(ledger::totals_key(currency, day));
            if (!value) return value.error();
            if (!*value) continue;
            const auto totals = ledger::decode_totals(**value);
            if (!totals) return totals.error();
            for (std::size_t place = 0; place < totals->balances.size(); ++place) {
                recorded.of(static_cast<ledger::BookAccount>(place + 1)) += totals->balances[place];
            }
        }
        if (recorded != totals_[currency]) {
            return Finding("the book's totals in " + std::string(currency.data(), currency.size()) +
                           " are not those that its postings lead to");
        }
    }
    return Finding{};
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
        const auto transaction =
            ledger::decode_transaction(found->transaction, block.head.rules_version);
        if (!transaction) return transaction.error();
        auto finding = take(block.first_entry + place, header, *transaction, after);
        if (!finding || finding->has_value()) return finding;
    }
    return Finding{};
}

Result<std::optional<std::string>> AuditBook::check(const ledger::BlockResult& block,
                                                    const RecordReader& after) {
    trial_ = {};
    touched_lines_.clear();
    touched_contracts_.clear();
    touched_currencies_.clear();
    post(block);
    if (!trial_.balanced()) return Finding("debits differ from credits");
    for (const auto& [currency, totals] : trial_.totals()) touched_currencies_.insert(currency);
    auto found = take_entries(block, after);
    if (found && !found->has_value()) found = compare_contracts(after);
    if (found && !found->has_value()) found = compare_lines(after);
    if (found && !found->has_value()) found = compare_totals(after);
    return found;
}

}  // namespace tally::storage
