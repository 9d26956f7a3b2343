// What the audit knows of each type of transaction, one overload a type and no template that would
// take whatever is new: a type that is added does not compile until somebody has answered. Does it
// set a limit, reserve or release, post a reference, claim something that can be recomputed? A type
// that does none of it is checked all the same by its postings, which have to lead to the records.
//
// Independent on purpose: who answers for a contract, what a reference is, what sets a limit, what
// takes up a reservation, what a reversal frees, is written down here once more and never read from
// ledger/type_table.h, or a fault in the table would hide itself.
#include <algorithm>

#include "ledger/queries.h"
#include "storage/audit_book.h"
#include "storage/audit_book_records.h"
#include "storage/errc.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::MemberId;
using ledger::RecordReader;
using ledger::Role;
using ledger::Wide;

namespace {

/// The first signer with a role.
Result<MemberId> signer_with(const ledger::SubmissionHeader& header, Role role,
                             const RecordReader& records) {
    for (const ledger::Signer& signer : header.signers) {
        const auto member = ledger::read_member(records, signer.member);
        if (!member) return member.error();
        if (*member && (*member)->body->has(role)) return signer.member;
    }
    return fail(errc::diverged, "accepted without a signer that has the role");
}

/// A reference without regard to spaces and the case of its letters; nothing if it is not of its
/// form, or is a name or an address.
std::optional<std::string> plain_reference(std::string reference) {
    bool digit = false;
    if (reference.empty() || reference.size() > 64) return std::nullopt;
    if (reference.front() == ' ' || reference.back() == ' ') return std::nullopt;
    for (char& letter : reference) {
        if (letter < 0x20 || letter > 0x7E || letter == '@') return std::nullopt;
        digit = digit || (letter >= '0' && letter <= '9');
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter | 0x20);
    }
    std::erase(reference, ' ');
    return digit ? std::optional(reference) : std::nullopt;
}

}  // namespace

/// Takes down one accepted transaction. All references outlive it.
class AuditBook::Taker {
public:
    using Taken = Result<Finding>;

    Taker(AuditBook& book, const Accepted& accepted, const RecordReader& after)
        : book_(book), accepted_(accepted), after_(after) {}

    Taken operator()(const ledger::LimitGrant& grant) {
        const auto owner = signer_with(accepted_.header, Role::originator, after_);
        if (!owner) return owner.error();
        Line& line = touch(grant.line);
        line.owner = *owner;
        line.limit = grant.limit;
        return Finding{};
    }
    Taken operator()(const ledger::LimitChange& change) {
        touch(change.line).limit = change.limit;
        return on_line(change.line);
    }
    Taken operator()(const ledger::LimitFreeze& freeze) {
        touch(freeze.line).status = ledger::LineStatus::frozen;
        return on_line(freeze.line);
    }
    Taken operator()(const ledger::LimitUnfreeze& unfreeze) {
        touch(unfreeze.line).status = ledger::LineStatus::active;
        return on_line(unfreeze.line);
    }
    Taken operator()(const ledger::LimitClose& close) {
        touch(close.line).status = ledger::LineStatus::closed;
        return on_line(close.line);
    }
    Taken operator()(const ledger::PurchaseAuth& wanted) {
        book_.open_authorisations_[wanted.authorisation] = {wanted.line, wanted.amount};
        touch(wanted.line).reserved += wanted.amount;
        return on_active_line(wanted.line);
    }
    Taken operator()(const ledger::PurchaseVoid& voiding) {
        book_.release(voiding.authorisation);
        return Finding{};
    }
    Taken operator()(const ledger::PurchaseExpire& expiry) {
        book_.release(expiry.authorisation);
        return Finding{};
    }
    Taken operator()(const ledger::Capture& capture) {
        Contract& contract = book_.contracts_[capture.contract];
        contract.line = capture.line;
        contract.owner = touch(capture.line).owner;
        contract.servicer = capture.servicer;
        for (const ledger::FundingShare& share : capture.shares) {
            contract.funders.push_back(share.funder);
        }
        if (capture.authorisation) book_.release(*capture.authorisation);
        book_.alerts_.take(capture);
        note(capture.contract, Answers::funders);
        if (Finding found = refused(capture.contract, Answers::funders)) return found;
        return on_active_line(capture.line);
    }
    Taken operator()(const ledger::Reversal& reversal) {
        const auto target = book_.events_.find({reversal.submitter, reversal.target});
        if (target == book_.events_.end() || target->second.contract != reversal.contract) {
            return found("takes back what was never done on its contract");
        }
        Event& event = target->second;
        if (event.reversed) return found("takes back what was taken back before");
        event.reversed = true;
        if (event.source) book_.sources_.erase(*event.source);
        if (event.answers == Answers::funders) book_.alerts_.take_back_capture(event.contract);
        if (event.debit) {
            book_.debits_.reverse(*event.debit);
            book_.alerts_.take_back_debit(*event.debit);
            book_.touched_contracts_.insert(event.contract);
            const MemberId& provider = book_.debits_.mandate_of(*event.debit)->provider;
            if (keys_of(provider) > 0) return Finding{};
            return found("the provider of the mandate did not sign");
        }
        if (event.takes_back) book_.events_[*event.takes_back].taken_back -= event.amount;
        if (reversal.reposted_on) {
            if (Finding other = refused(*reversal.reposted_on, Answers::servicer)) return other;
        }
        return refused(reversal.contract, event.answers);
    }

    Taken operator()(const ledger::MerchantRefund& refund) {
        return posted(refund, Answers::owner);
    }
    Taken operator()(const ledger::PrepaySettle& settlement) {
        return posted(settlement, Answers::servicer);
    }
    Taken operator()(const ledger::OverpayRefund& refund) {
        return posted(refund, Answers::servicer);
    }
    Taken operator()(const ledger::Recovery& recovery) {
        const Contract& contract = book_.contracts_[recovery.contract];
        if (!contract.collector || keys_of(*contract.collector) == 0) {
            return found("recovered by a collector that the contract is not assigned to");
        }
        if (Wide{recovery.commission} * 1'000'000 >
            Wide{recovery.amount} * contract.commission_ppm) {
            return found("the commission is above what was agreed with the collector");
        }
        return posted(recovery, Answers::servicer);
    }
    Taken operator()(const ledger::Repayment& repayment) {
        Taken taken = posted(repayment, Answers::servicer);
        if (!taken || taken->has_value()) return taken;
        return book_.recompute(accepted_, repayment, after_);
    }
    Taken operator()(const ledger::Chargeback& chargeback) {
        const auto provider = signer_with(accepted_.header, Role::payment_provider, after_);
        if (!provider) return provider.error();
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
        book_.events_[own_id()].takes_back = target;
        return taken;
    }

    Taken operator()(const ledger::MandateRegister& registration) {
        const auto provider = signer_with(accepted_.header, Role::payment_provider, after_);
        if (!provider) return provider.error();
        if (Finding found = refused(registration.contract, Answers::servicer)) return found;
        return named(book_.debits_.take(registration, *provider, value_date()));
    }
    Taken operator()(const ledger::MandateRevoke& revocation) {
        if (Finding found = refused(book_.debits_.mandate(revocation.mandate))) return found;
        return named(book_.debits_.take(revocation, value_date()));
    }
    Taken operator()(const ledger::DebitInstruct& instruction) {
        if (Finding found = refused(book_.debits_.mandate(instruction.mandate))) return found;
        return named(book_.debits_.take(instruction));
    }
    Taken operator()(const ledger::DebitResult& result) {
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

    Taken operator()(const ledger::PenaltyAssess& penalty) {
        return event_on(penalty.contract, Answers::servicer);
    }
    Taken operator()(const ledger::OverdueMark& mark) {
        if (Finding found = refused(mark.contract, Answers::servicer)) return found;
        return book_.recompute(accepted_, mark, after_);
    }
    Taken operator()(const ledger::HardshipRequest& request) {
        return refused(request.contract, Answers::servicer);
    }
    Taken operator()(const ledger::Waive& waive) {
        if (keys_of(book_.contracts_[waive.contract].owner) < 2) {
            return found("waived with fewer than two keys of the contract's owner");
        }
        return event_on(waive.contract, Answers::owner);
    }
    Taken operator()(const ledger::GraceGrant& grace) {
        return event_on(grace.contract, Answers::owner);
    }
    Taken operator()(const ledger::Reschedule& replan) {
        if (accepted_.transaction.value_date != accepted_.transaction.business_date) {
            return found("a plan that begins before the day of its booking");
        }
        if (replan.waived_penalty > 0 && keys_of(book_.contracts_[replan.contract].owner) < 2) {
            return found("a penalty waived with fewer than two keys of the contract's owner");
        }
        return event_on(replan.contract, Answers::owner);
    }
    Taken operator()(const ledger::ChargeOff& charge_off) {
        if (Finding found = refused(charge_off.contract, Answers::owner)) return found;
        // Who lost money on a line lends no more on it until he says so.
        Line& line = touch(*book_.contracts_[charge_off.contract].line);
        if (line.status == ledger::LineStatus::active) line.status = ledger::LineStatus::frozen;
        return event_on(charge_off.contract, Answers::owner);
    }
    Taken operator()(const ledger::ServicerChange& change) {
        for (const Answers who : {Answers::owner, Answers::servicer}) {
            if (Finding found = refused(change.contract, who)) return found;
        }
        if (keys_of(change.servicer) == 0) return found("its new servicer did not sign");
        book_.contracts_[change.contract].servicer = change.servicer;
        return Finding{};
    }
    Taken operator()(const ledger::CollectionAssign& assignment) {
        if (Finding found = refused(assignment.contract, Answers::owner)) return found;
        if (keys_of(assignment.collector) == 0) return found("its collector did not sign");
        Contract& contract = book_.contracts_[assignment.contract];
        contract.collector = assignment.collector;
        contract.commission_ppm = assignment.commission_ppm;
        return Finding{};
    }
    Taken operator()(const ledger::CollectionRecall& recall) {
        if (Finding found = refused(recall.contract, Answers::owner)) return found;
        Contract& contract = book_.contracts_[recall.contract];
        if (!contract.collector || keys_of(*contract.collector) == 0) {
            return found("recalled without the collector that it is assigned to");
        }
        contract.collector.reset();
        contract.commission_ppm = 0;
        return Finding{};
    }

    Taken operator()(const ledger::Alert& alert) {
        if (Finding found = refused(alert.contract, Answers::servicer)) return found;
        return named(book_.alerts_.take(alert, at()));
    }
    Taken operator()(const ledger::AlertDisposition& disposition) {
        const AuditAlerts::Kept* alert = book_.alerts_.alert(disposition.alert);
        if (alert == nullptr) return found("decides on an alert that nothing raised");
        Finding missing =
            alert->contract ? refused(*alert->contract, Answers::owner) : on_line(alert->line);
        if (missing) return missing;
        return named(book_.alerts_.take(disposition, at()));
    }

    Taken operator()(const ledger::RulesetRegister& ruleset) {
        book_.alerts_.take(ruleset);
        return Finding{};
    }
    Taken operator()(const ledger::ProductRegister& product) {
        book_.alerts_.take(product);
        return Finding{};
    }
    Taken operator()(const ledger::ModelRegister&) { return Finding{}; }
    Taken operator()(const ledger::Assessment&) { return Finding{}; }
    Taken operator()(const ledger::DayOpen&) { return Finding{}; }
    Taken operator()(const ledger::DayClose&) { return Finding{}; }
    Taken operator()(const ledger::DayCancel&) { return Finding{}; }

    // Who signs and with which keys, AuditKeys follows.
    Taken operator()(const ledger::MemberAdd&) { return Finding{}; }
    Taken operator()(const ledger::KeyRotate&) { return Finding{}; }
    Taken operator()(const ledger::KeyRevoke&) { return Finding{}; }
    Taken operator()(const ledger::RulesActivate&) { return Finding{}; }

private:
    Finding found(const std::string& what) const {
        return entry_name(accepted_.entry) + ": " + what;
    }
    /// What the debits found, with the entry.
    Finding named(const AuditDebits::Wrong& wrong) const {
        return wrong ? Finding(found(*wrong)) : std::nullopt;
    }
    ledger::Day value_date() const { return accepted_.transaction.value_date; }
    AuditAlerts::At at() const {
        return {accepted_.entry, accepted_.transaction.business_date, value_date()};
    }
    IdKey own_id() const {
        return {accepted_.header.signers.front().member, accepted_.transaction.id};
    }
    /// With how many keys it signed.
    std::size_t keys_of(const MemberId& member) const {
        const auto& signers = accepted_.header.signers;
        return static_cast<std::size_t>(std::count_if(
            signers.begin(), signers.end(),
            [&member](const ledger::Signer& signer) { return signer.member == member; }));
    }
    Line& touch(const ledger::LineId& id) {
        book_.touched_lines_.insert(id);
        return book_.lines_[id];
    }
    Finding on_line(const ledger::LineId& id) {
        if (keys_of(book_.lines_[id].owner) > 0) return std::nullopt;
        return found("its line's owner did not sign");
    }
    Finding on_active_line(const ledger::LineId& id) {
        if (book_.lines_[id].status != ledger::LineStatus::active) {
            return found("a purchase on a line that is frozen or closed");
        }
        return on_line(id);
    }
    /// Why those who answer for it cannot have done it: one of them did not sign.
    Finding refused(const ContractId& id, Answers answers) {
        const auto known = book_.contracts_.find(id);
        if (known == book_.contracts_.end() || !known->second.line) {
            return found("on a contract that was never captured");
        }
        const Contract& contract = known->second;
        book_.touched_contracts_.insert(id);
        if (answers == Answers::servicer) {
            if (keys_of(contract.servicer) > 0) return std::nullopt;
            return found("the contract's servicer of the time did not sign");
        }
        if (keys_of(contract.owner) == 0) return found("the contract's owner did not sign");
        if (answers == Answers::owner) return std::nullopt;
        const bool all =
            std::all_of(contract.funders.begin(), contract.funders.end(),
                        [this](const MemberId& funder) { return keys_of(funder) > 0; });
        return all ? std::nullopt : found("a funder of the contract did not sign");
    }
    /// The same of a mandate's contract, which its servicer answers for.
    Finding refused(const AuditDebits::Mandate* mandate) {
        if (mandate == nullptr) return found("names a mandate that was never registered");
        return refused(mandate->said.contract, Answers::servicer);
    }
    Event& note(const ContractId& contract, Answers answers) {
        Event& event = book_.events_[own_id()];
        event = {};
        event.contract = contract;
        event.answers = answers;
        return event;
    }
    Taken event_on(const ContractId& contract, Answers answers) {
        note(contract, answers);
        return refused(contract, answers);
    }
    template <typename Body>
    Taken posted(const Body& body, Answers answers) {
        Event& event = note(body.contract, answers);
        if (Finding found = refused(body.contract, answers)) return found;
        return brings(event, body.amount, body.source_ref);
    }
    Taken brings(Event& event, Wide amount, const std::string& source_ref) {
        event.amount = amount;
        const auto reference = plain_reference(source_ref);
        if (!reference) return found("a payment's reference is not of its form");
        event.source = SourceKey{book_.contracts_[event.contract].owner, *reference};
        return book_.take_source(*event.source, accepted_.entry);
    }

    AuditBook& book_;
    const Accepted& accepted_;
    const RecordReader& after_;
};

AuditBook::Finding AuditBook::take_source(const SourceKey& source, std::uint64_t index) {
    if (sources_.insert(source).second) return std::nullopt;
    return entry_name(index) + ": the reference " + source.second +
           " was posted to this lender before";
}

void AuditBook::release(const ledger::AuthorisationId& id) {
    const auto found = open_authorisations_.find(id);
    if (found == open_authorisations_.end()) return;
    lines_[found->second.line].reserved -= found->second.amount;
    touched_lines_.insert(found->second.line);
    open_authorisations_.erase(found);
}

Result<AuditBook::Finding> AuditBook::recompute(const Accepted& accepted,
                                                const ledger::OverdueMark& mark,
                                                const RecordReader& after) {
    const auto contract =
        stored_contract(after, mark.contract, {accepted.transaction.value_date, accepted.entry});
    if (!contract) return contract.error();
    const ledger::Ageing& ageing = contract->position.ageing;
    if (ageing.days_past_due == mark.days_past_due && ageing.bucket == mark.bucket &&
        ageing.asset_class == mark.asset_class) {
        return Finding{};
    }
    return Finding(entry_name(accepted.entry) + ": the mark is not what is recomputed");
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

Result<AuditBook::Finding> AuditBook::take(const Accepted& accepted, const RecordReader& after) {
    return std::visit(Taker(*this, accepted, after), accepted.transaction.body);
}

}  // namespace tally::storage
