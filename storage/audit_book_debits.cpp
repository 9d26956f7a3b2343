#include "storage/audit_book_debits.h"

#include <algorithm>

#include "ledger/queries.h"
#include "storage/audit_book_records.h"

namespace tally::storage {
namespace {

using ledger::Amount;
using ledger::Day;
using ledger::DebitOutcome;

// docs/CREDIT.md, "Mandates and debits" and "Room", once more.
constexpr Day kWaitDays = 14;
constexpr std::size_t kOpenMax = 36;
constexpr std::size_t kMandatesMax = 64 + 64 / 5;

bool may_draw(const AuditDebits::Mandate& mandate, Day day) {
    const bool given = day >= mandate.said.valid_from && day <= mandate.said.valid_to;
    return given && day >= mandate.since && (!mandate.revoked_on || day < *mandate.revoked_on);
}

ledger::DebitStatus status_of(const AuditDebits::Debit& debit) {
    if (!debit.result) return ledger::DebitStatus::open;
    return *debit.result == DebitOutcome::failed ? ledger::DebitStatus::failed
                                                 : ledger::DebitStatus::succeeded;
}

}  // namespace

const AuditDebits::Mandate* AuditDebits::mandate(const ledger::MandateId& id) const {
    const auto found = mandates_.find(id);
    return found == mandates_.end() ? nullptr : &found->second;
}

const AuditDebits::Debit* AuditDebits::debit(const ledger::DebitId& id) const {
    const auto found = debits_.find(id);
    return found == debits_.end() ? nullptr : &found->second;
}

const AuditDebits::Mandate* AuditDebits::mandate_of(const ledger::DebitId& id) const {
    const Debit* found = debit(id);
    return found == nullptr ? nullptr : mandate(found->said.mandate);
}

void AuditDebits::begin_block() {
    touched_mandates_.clear();
    touched_debits_.clear();
}

AuditDebits::Wrong AuditDebits::take(const ledger::MandateRegister& registration,
                                     const ledger::MemberId& provider, Day value_date) {
    const Mandate added{registration, provider, value_date, std::nullopt, {}};
    if (!mandates_.emplace(registration.mandate, added).second) {
        return "registers a mandate that is there";
    }
    if (++given_[registration.contract] > kMandatesMax) {
        return "registers more mandates on a contract than it may have";
    }
    touched_mandates_.insert(registration.mandate);
    return std::nullopt;
}

AuditDebits::Wrong AuditDebits::take(const ledger::MandateRevoke& revocation, Day value_date) {
    const auto found = mandates_.find(revocation.mandate);
    if (found == mandates_.end()) return "revokes a mandate that was never registered";
    if (found->second.revoked_on) return "revokes a mandate a second time";
    found->second.revoked_on = value_date;
    touched_mandates_.insert(revocation.mandate);
    return std::nullopt;
}

AuditDebits::Wrong AuditDebits::take(const ledger::DebitInstruct& instruction, Day newest) {
    const auto found = mandates_.find(instruction.mandate);
    if (found == mandates_.end()) return "a debit without a mandate";
    Mandate& mandate = found->second;
    if (!may_draw(mandate, instruction.due)) return "a debit on a day without a live mandate";
    if (instruction.amount <= 0 || instruction.amount > mandate.said.amount_max) {
        return "a debit above its mandate";
    }
    const auto given_up = [newest](Day due) { return newest - due > kWaitDays; };
    if (given_up(instruction.due)) return "a debit of a day that nobody waits for any more";
    std::erase_if(mandate.open, [&](const ledger::DebitId& other) {
        return given_up(debits_.at(other).said.due);
    });
    if (mandate.open.size() >= kOpenMax) return "a mandate with more open debits than it may have";
    for (const ledger::DebitId& other : mandate.open) {
        if (debits_.at(other).said.due == instruction.due) {
            return "a second open debit of a mandate for one day";
        }
    }
    if (!debits_.emplace(instruction.debit, Debit{instruction, std::nullopt}).second) {
        return "instructs a debit that is there";
    }
    mandate.open.insert(instruction.debit);
    touched_mandates_.insert(instruction.mandate);
    touched_debits_.insert(instruction.debit);
    return std::nullopt;
}

AuditDebits::Wrong AuditDebits::take(const ledger::DebitResult& result, Day value_date) {
    const auto found = debits_.find(result.debit);
    if (found == debits_.end()) return "a result of a debit that was never instructed";
    Debit& debit = found->second;
    if (debit.result) return "a second result of a debit";
    if (value_date < debit.said.due) return "a result of a debit before its day";
    Mandate& mandate = mandates_.at(debit.said.mandate);
    if (result.result == DebitOutcome::succeeded && !may_draw(mandate, debit.said.due)) {
        return "drawn on a day without a live mandate";
    }
    debit.result = result.result;
    mandate.open.erase(result.debit);
    results_[mandate.said.contract].insert(result.debit);
    touched_mandates_.insert(debit.said.mandate);
    touched_debits_.insert(result.debit);
    return std::nullopt;
}

void AuditDebits::reverse(const ledger::DebitId& id) { debits_.at(id).taken_back = true; }

AuditDebits::Wrong AuditDebits::compare(const ledger::ContractId& id,
                                        const ledger::ContractBody& contract) const {
    const auto known = results_.find(id);
    std::set<ledger::DebitId> left;
    if (known != results_.end()) left = known->second;
    for (const ledger::ContractEvent& event : contract.events) {
        if (event.kind != ledger::EventKind::debit) continue;
        if (left.erase(event.debit) == 0) return "a debit on it has no result of its own";
        const Debit& debit = debits_.at(event.debit);
        const bool failed = *debit.result == DebitOutcome::failed;
        const Amount brought = failed ? 0 : debit.said.amount;
        const bool taken_back = event.reversed_by != ledger::kNoEntry;
        if (event.amount != brought || taken_back != debit.taken_back) {
            return "a payment that comes from a debit is not what the debit brought";
        }
    }
    if (!left.empty()) return "a debit with a result left nothing on it";
    return std::nullopt;
}

Result<AuditDebits::Wrong> AuditDebits::compare_debit(const ledger::RecordReader& after,
                                                      const ledger::DebitId& id) const {
    const auto record = ledger::read_debit(after, id);
    if (!record) return record.error();
    const Debit& debit = debits_.at(id);
    const bool same = *record && (*record)->status == status_of(debit) &&
                      (*record)->terms.mandate == debit.said.mandate &&
                      (*record)->terms.amount == debit.said.amount &&
                      (*record)->terms.due == debit.said.due;
    if (same) return Wrong{};
    return Wrong(name_of("debit", id) + ": is not what was instructed, or came of it");
}

Result<AuditDebits::Wrong> AuditDebits::compare(const ledger::RecordReader& after) const {
    for (const ledger::MandateId& id : touched_mandates_) {
        const auto view = ledger::read_mandate(after, id);
        if (!view) return view.error();
        const Mandate& mandate = mandates_.at(id);
        bool same = view->has_value() && (*view)->record.terms.contract == mandate.said.contract &&
                    (*view)->record.terms.amount_max == mandate.said.amount_max &&
                    (*view)->record.provider == mandate.provider &&
                    (*view)->record.open.size() == mandate.open.size() &&
                    (*view)->record.revoked() == mandate.revoked_on.has_value();
        if (same) {
            same = std::ranges::all_of((*view)->record.open, [&](const ledger::OpenDebit& open) {
                return mandate.open.contains(open.debit);
            });
        }
        if (!same) {
            return Wrong(name_of("mandate", id) + ": is not what its transactions lead to");
        }
    }
    for (const ledger::DebitId& id : touched_debits_) {
        auto wrong = compare_debit(after, id);
        if (!wrong || wrong->has_value()) return wrong;
    }
    return Wrong{};
}

}  // namespace tally::storage
