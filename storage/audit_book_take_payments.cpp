// What the audit takes down of money that came in or went out, and of what takes it back
// (audit_book_take.cpp).
#include <algorithm>

#include "storage/audit_book_records.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::MemberId;
using ledger::RecordReader;
using ledger::Role;
using ledger::Wide;

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Reversal& reversal) {
    const auto target = book_.events_.find({reversal.submitter, reversal.target});
    if (target == book_.events_.end() || target->second.contract != reversal.contract) {
        return found("takes back what was never done on its contract");
    }
    Event& event = target->second;
    if (event.reversed) return found("takes back what was taken back before");
    if (event.captures) {
        if (Finding bound = named(book_.sales_.bound(event.contract, business_date()))) {
            return bound;
        }
    }
    event.reversed = true;
    if (event.relieves) --book_.contracts_[event.contract].reliefs;
    if (event.source) book_.sources_.erase(*event.source);
    if (event.adds_to != nullptr) {
        book_.contracts_[event.contract].*event.adds_to -= event.amount;
    }
    if (event.answers == Answers::funders) book_.alerts_.take_back_capture(event.contract);
    if (event.debit) {
        book_.debits_.reverse(*event.debit);
        book_.alerts_.take_back_debit(*event.debit);
        book_.touched_contracts_.insert(event.contract);
        const MemberId& provider = book_.debits_.mandate_of(*event.debit)->provider;
        if (keys_of(provider) > 0) return Finding{};
        return found("the provider of the mandate did not sign");
    }
    const bool one_of_them = event.brought_by.empty() ||
                             std::ranges::any_of(event.brought_by, [this](const MemberId& one) {
                                 return keys_of(one) > 0;
                             });
    if (!one_of_them) return found("taken back without who had brought it");
    if (event.takes_back) book_.events_[*event.takes_back].taken_back -= event.amount;
    if (reversal.reposted_on) {
        if (Finding other = refused(*reversal.reposted_on, Answers::servicer)) return other;
    }
    return refused(reversal.contract, event.answers);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::MerchantRefund& refund) {
    Taken taken = posted(refund, Answers::owner);
    if (!taken || taken->has_value()) return taken;
    add_to(&Contract::refunded, refund.amount);
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::MerchantSettle& settlement) {
    Taken taken = posted(settlement, Answers::owner);
    if (!taken || taken->has_value()) return taken;
    const Contract& contract = book_.contracts_[settlement.contract];
    if (!contract.merchant) return found("pays a merchant that the contract does not name");
    add_to(&Contract::merchant_paid, settlement.amount);
    if (contract.merchant_paid > contract.captured - contract.refunded) {
        return found("pays a merchant more than was captured and not refunded");
    }
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::DebtSettle& settlement) {
    if (keys_of(book_.sales_.owner(settlement.contract)) < 2) {
        return found("a debt settled with fewer than two keys of the contract's owner");
    }
    Taken taken = posted(settlement, Answers::owner);
    if (!taken || taken->has_value()) return taken;
    return book_.recompute(accepted_, settlement, after_);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PrepaySettle& settlement) {
    return posted(settlement, Answers::servicer);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::OverpayRefund& refund) {
    return posted(refund, Answers::servicer);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Recovery& recovery) {
    const Contract& contract = book_.contracts_[recovery.contract];
    if (!contract.collector || keys_of(*contract.collector) == 0) {
        return found("recovered by a collector that the contract is not assigned to");
    }
    if (Finding wrong = by_one_key(contract.servicer, *contract.collector)) return wrong;
    if (Wide{recovery.commission} * 1'000'000 > Wide{recovery.amount} * contract.commission_ppm) {
        return found("the commission is above what was agreed with the collector");
    }
    Taken taken = posted(recovery, Answers::servicer);
    book_.events_[own_id()].brought_by = {*contract.collector};
    return taken;
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Repayment& repayment) {
    Taken taken = posted(repayment, Answers::servicer);
    if (!taken || taken->has_value()) return taken;
    return book_.recompute(accepted_, repayment, after_);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Chargeback& chargeback) {
    const auto providers = signers_with(accepted_.header, Role::payment_provider, after_);
    if (!providers) return providers.error();
    if (providers->empty()) return found("signed by no payment provider");
    const IdKey target{chargeback.submitter, chargeback.target};
    const auto payment = book_.events_.find(target);
    if (payment == book_.events_.end() || payment->second.reversed ||
        payment->second.contract != chargeback.contract) {
        return found("charges back no payment on its contract");
    }
    payment->second.taken_back += chargeback.amount;
    if (payment->second.taken_back > payment->second.amount) {
        return found("charges back more than the payment brought");
    }
    Taken taken = posted(chargeback, Answers::servicer);
    Event& own = book_.events_[own_id()];
    own.takes_back = target;
    own.brought_by = {providers->begin(), providers->end()};
    if (payment->second.debit) {
        const MemberId& named = book_.debits_.mandate_of(*payment->second.debit)->provider;
        if (!own.brought_by.contains(named)) return found("of a debit of another provider's");
        own.brought_by = {named};
    }
    return taken;
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::MandateRegister& registration) {
    if (Finding found = refused(registration.contract, Answers::servicer)) return found;
    const MemberId& servicer = book_.contracts_[registration.contract].servicer;
    const auto providers = signers_with(accepted_.header, Role::payment_provider, after_);
    if (!providers) return providers.error();
    if (providers->empty()) return found("signed by no payment provider");
    const auto other = std::ranges::find_if(
        *providers, [&servicer](const MemberId& one) { return one != servicer; });
    const MemberId& provider = other == providers->end() ? providers->front() : *other;
    return named(book_.debits_.take(registration, provider, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::MandateRevoke& revocation) {
    if (Finding found = refused(book_.debits_.mandate(revocation.mandate))) return found;
    return named(book_.debits_.take(revocation, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::DebitInstruct& instruction) {
    if (Finding found = refused(book_.debits_.mandate(instruction.mandate))) return found;
    return named(book_.debits_.take(instruction, book_.pools_.newest(at())));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::DebitResult& result) {
    const AuditDebits::Mandate* mandate = book_.debits_.mandate_of(result.debit);
    if (mandate == nullptr) return found("a result of a debit that was never instructed");
    if (keys_of(mandate->provider) == 0) {
        return found("the provider of the mandate did not sign");
    }
    if (Finding wrong = named(book_.debits_.take(result, value_date()))) return wrong;
    const ContractId contract = mandate->said.contract;
    book_.touched_contracts_.insert(contract);
    book_.alerts_.take(result, contract, at());
    if (result.result == ledger::DebitOutcome::failed) return Finding{};
    Event& event = note(contract, Answers::provider);
    event.debit = result.debit;
    return brings(event, book_.debits_.debit(result.debit)->said.amount, result.source_ref);
}

Result<AuditBook::Finding> AuditBook::recompute(const Accepted& accepted,
                                                const ledger::Repayment& repayment,
                                                const RecordReader& after) {
    const auto contract = stored_contract(after, repayment.contract,
                                          {accepted.transaction.value_date, accepted.entry});
    if (!contract) return contract.error();
    for (const ledger::EventEffect& effect : contract->position.effects) {
        if (contract->body.events[effect.event].entry != accepted.entry) continue;
        Wide sum = effect.credit;
        for (const ledger::Allocation& part : repayment.allocation) sum += part.amount;
        if (sum == repayment.amount && effect.allocation == repayment.allocation) {
            return Finding{};
        }
    }
    return Finding(entry_name(accepted.entry) + ": the allocation is not what is recomputed");
}

Result<AuditBook::Finding> AuditBook::recompute(const Accepted& accepted,
                                                const ledger::DebtSettle& settlement,
                                                const RecordReader& after) {
    const ledger::Day day = accepted.transaction.value_date;
    const auto before = stored_contract(after, settlement.contract, {day, accepted.entry - 1});
    if (!before) return before.error();
    const auto then = stored_contract(after, settlement.contract, {day, accepted.entry});
    if (!then) return then.error();
    const ledger::ContractTotals& totals = before->position.totals;
    Wide owed = -Wide{totals.recovered};
    for (std::size_t place = 0; place < ledger::kComponents; ++place) {
        owed += Wide{totals.charged_off[place]} - totals.forgone[place];
    }
    for (const ledger::PlanRow& row : before->position.rows) {
        owed += Wide{row.open(ledger::Component::principal)} + row.open(ledger::Component::penalty);
        for (const ledger::Component charge :
             {ledger::Component::fee, ledger::Component::interest}) {
            const std::size_t place = ledger::place_of(charge);
            // Of a row that is not due, what is for its time is cancelled, not owed.
            const Wide for_its_time = Wide{row.open(charge)} + row.paid[place] -
                                      row.returned[place] - row.earned_before[place];
            const Wide cancelled = std::clamp<Wide>(for_its_time, 0, row.open(charge));
            owed += row.open(charge) - (row.due > day ? cancelled : 0);
        }
    }
    const Wide accounted = Wide{settlement.amount} + settlement.penalty + settlement.fee +
                           settlement.interest + settlement.principal;
    if (accounted != owed) {
        return Finding(entry_name(accepted.entry) +
                       ": what was paid and let go is not what was owed");
    }
    const bool over = then->position.status == ledger::ContractStatus::closed_settled &&
                      then->position.outstanding_total == 0;
    return over
               ? Finding{}
               : Finding(entry_name(accepted.entry) + ": a settled debt that is owed all the same");
}

}  // namespace tally::storage
