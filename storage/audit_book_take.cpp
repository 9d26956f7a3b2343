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
        line.borrower = grant.borrower;
        line.limit = grant.limit;
        return named(book_.conduct_.take(grant, *owner));
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
        book_.conduct_.take(close);
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
        contract.originator = touch(capture.line).owner;
        book_.sales_.capture(capture.contract, contract.originator, value_date());
        contract.servicer = capture.servicer;
        for (const ledger::FundingShare& share : capture.shares) {
            contract.funders.push_back(share.funder);
        }
        contract.captured = capture.principal;
        contract.merchant = capture.merchant.has_value();
        if (capture.authorisation) book_.release(*capture.authorisation);
        const ledger::Transaction& whole = accepted_.transaction;
        if (Finding wrong = named(book_.costs_.check(capture, book_.lines_[capture.line].borrower,
                                                     whole.business_date, whole.value_date))) {
            return wrong;
        }
        book_.conduct_.take(capture);
        book_.alerts_.take(capture);
        note(capture.contract, Answers::funders).captures = true;
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
        if (event.takes_back) book_.events_[*event.takes_back].taken_back -= event.amount;
        if (reversal.reposted_on) {
            if (Finding other = refused(*reversal.reposted_on, Answers::servicer)) return other;
        }
        return refused(reversal.contract, event.answers);
    }

    Taken operator()(const ledger::MerchantRefund& refund) {
        Taken taken = posted(refund, Answers::owner);
        if (!taken || taken->has_value()) return taken;
        add_to(&Contract::refunded, refund.amount);
        return Finding{};
    }
    Taken operator()(const ledger::MerchantSettle& settlement) {
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
    Taken operator()(const ledger::DebtSettle& settlement) {
        if (keys_of(book_.sales_.owner(settlement.contract)) < 2) {
            return found("a debt settled with fewer than two keys of the contract's owner");
        }
        Taken taken = posted(settlement, Answers::owner);
        if (!taken || taken->has_value()) return taken;
        return book_.recompute(accepted_, settlement, after_);
    }
    Taken operator()(const ledger::CostTable& table) {
        return noted(book_.costs_.take(table, value_date(), after_));
    }
    Taken operator()(const ledger::DisclosureAck& ack) {
        return noted(book_.costs_.take(ack, value_date(), after_));
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
        ++book_.contracts_[request.contract].reliefs;
        return refused(request.contract, Answers::servicer);
    }
    Taken operator()(const ledger::Waive& waive) {
        if (Finding found = refused(waive.contract, Answers::owner)) return found;
        if (keys_of(book_.sales_.owner(waive.contract)) < 2) {
            return found("waived with fewer than two keys of the contract's owner");
        }
        return event_on(waive.contract, Answers::owner);
    }
    Taken operator()(const ledger::GraceGrant& grace) { return relief_on(grace.contract); }
    Taken operator()(const ledger::Reschedule& replan) {
        if (accepted_.transaction.value_date != accepted_.transaction.business_date) {
            return found("a plan that begins before the day of its booking");
        }
        if (Finding found = refused(replan.contract, Answers::owner)) return found;
        if (replan.waived_penalty > 0 && keys_of(book_.sales_.owner(replan.contract)) < 2) {
            return found("a penalty waived with fewer than two keys of the contract's owner");
        }
        return relief_on(replan.contract);
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
        const auto ruleset = ruleset_of(assignment.contract);
        if (!ruleset) return ruleset.error();
        const bool relieved = contract.reliefs > 0;
        if (Finding wrong = named(book_.conduct_.take(assignment, *ruleset, relieved))) {
            return wrong;
        }
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

    Taken operator()(const ledger::ContactLog& contact) {
        const auto ruleset = ruleset_of(contact.contract);
        if (!ruleset) return ruleset.error();
        const Contract& contract = book_.contracts_[contact.contract];
        if (!contract.collector) {
            if (Finding found = refused(contact.contract, Answers::servicer)) return found;
        } else if (keys_of(*contract.collector) == 0) {
            return found("a contact that the contract's collector did not log");
        }
        book_.touched_contracts_.insert(contact.contract);
        return named(book_.conduct_.take(contact, *ruleset, value_date()));
    }
    Taken operator()(const ledger::ComplaintOpen& complaint) {
        if (Finding found = irresponsible(complaint.contract)) return found;
        return named(book_.conduct_.take(complaint, value_date()));
    }
    Taken operator()(const ledger::ComplaintClose& answer) {
        const ContractId* contract = book_.conduct_.contract_of(answer.complaint);
        if (contract == nullptr) return found("answers a complaint that was never opened");
        if (Finding found = irresponsible(*contract)) return found;
        return named(book_.conduct_.take(answer, value_date()));
    }
    Taken operator()(const ledger::ErasureCert& certificate) {
        const auto lender = signer_with(accepted_.header, Role::originator, after_);
        if (!lender) return lender.error();
        if (Finding wrong = named(book_.conduct_.take(certificate, *lender))) return wrong;
        return book_.find_open(accepted_, *lender, certificate.borrower, after_);
    }
    Taken operator()(const ledger::AuditOpinion& opinion) {
        const auto auditor = signer_with(accepted_.header, Role::auditor, after_);
        if (!auditor) return auditor.error();
        return named(book_.conduct_.take(opinion, accepted_.entry));
    }
    Taken operator()(const ledger::ReconResult&) {
        const auto auditor = signer_with(accepted_.header, Role::auditor, after_);
        if (auditor) return Finding{};
        const auto servicer = signer_with(accepted_.header, Role::servicer, after_);
        if (!servicer) return servicer.error();
        return Finding{};
    }
    Taken operator()(const ledger::HedgeRegister& hedge) {
        const auto funder = signer_with(accepted_.header, Role::funder, after_);
        if (!funder) return funder.error();
        return hedge.notional > 0 ? Finding{} : found("a hedge of nothing");
    }

    Taken operator()(const ledger::Assessment& assessment) {
        const auto model = ledger::read_model(after_, assessment.model);
        if (!model) return model.error();
        if (!*model) return found("by a model that was never registered");
        return named(book_.conduct_.take(assessment, (*model)->owner));
    }

    Taken operator()(const ledger::Pledge& pledge) {
        if (Finding wrong = refused_deed(pledge.contract)) return wrong;
        if (keys_of(book_.contracts_[pledge.contract].originator) == 0) {
            return found("the contract's owner did not sign");
        }
        if (keys_of(pledge.funder) == 0) return found("who it is pledged to did not sign");
        return named(book_.sales_.take(pledge, value_date()));
    }
    Taken operator()(const ledger::Release& release) {
        if (Finding wrong = refused_deed(release.contract)) return wrong;
        if (keys_of(book_.contracts_[release.contract].originator) == 0) {
            return found("the contract's owner did not sign");
        }
        const MemberId* pledgee = book_.sales_.pledgee(release.contract);
        if (pledgee == nullptr || keys_of(*pledgee) == 0) {
            return found("who it was pledged to did not sign");
        }
        return named(book_.sales_.take(release, value_date()));
    }
    Taken operator()(const ledger::TransferInit& offer) {
        if (Finding wrong = refused_of_owner(offer.contract)) return wrong;
        return named(book_.sales_.take(offer, value_date()));
    }
    Taken operator()(const ledger::TransferSettle& settlement) {
        const ContractId& id = settlement.contract;
        if (Finding wrong = refused_of_owner(id)) return wrong;
        if (Finding wrong = refused_of_buyer(id)) return wrong;
        const auto reference = plain_reference(settlement.source_ref);
        if (!reference) return found("a payment's reference is not of its form");
        const SourceKey source{book_.sales_.owner(id), *reference};
        if (Finding wrong = book_.take_source(source, accepted_.entry)) return wrong;
        const auto sold =
            stored_contract(after_, id, {ledger::PointInTime{}.as_of, accepted_.entry});
        if (!sold) return sold.error();
        return named(book_.sales_.take(settlement, value_date(), sold->position));
    }
    Taken operator()(const ledger::TransferCancel& cancelling) {
        if (Finding wrong = refused_of_owner(cancelling.contract)) return wrong;
        return named(book_.sales_.end_offer(cancelling.contract, value_date()));
    }
    Taken operator()(const ledger::TransferDecline& declining) {
        if (Finding wrong = refused_deed(declining.contract)) return wrong;
        if (Finding wrong = refused_of_buyer(declining.contract)) return wrong;
        return named(book_.sales_.end_offer(declining.contract, value_date()));
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
    ledger::Day business_date() const { return accepted_.transaction.business_date; }
    Taken noted(const Result<AuditCosts::Wrong>& wrong) const {
        return wrong ? Taken(named(*wrong)) : Taken(wrong.error());
    }
    /// The event that was noted adds so much to a sum of its contract.
    void add_to(Wide Contract::*sum, Wide amount) {
        Event& event = book_.events_[own_id()];
        event.adds_to = sum;
        book_.contracts_[event.contract].*sum += amount;
    }
    ledger::Day value_date() const { return accepted_.transaction.value_date; }
    /// As it was registered, which never changes.
    Result<ledger::RulesetRegister> ruleset_of(const ContractId& id) const {
        const ledger::ProductId* named_product = book_.conduct_.product_of(id);
        if (named_product == nullptr) return fail(errc::diverged, "no such contract");
        const auto product = ledger::read_product(after_, *named_product);
        if (!product) return product.error();
        if (!*product) return fail(errc::diverged, "no such product");
        const auto ruleset = ledger::read_ruleset(after_, (*product)->terms.ruleset);
        if (!ruleset) return ruleset.error();
        if (!*ruleset) return fail(errc::diverged, "no such ruleset");
        return (*ruleset)->terms;
    }
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
        if (keys_of(contract.originator) == 0) return found("the contract's owner did not sign");
        if (keys_of(book_.sales_.owner(id)) == 0) {
            return found("who had bought the contract did not sign");
        }
        if (answers == Answers::owner) return std::nullopt;
        const bool all =
            std::all_of(contract.funders.begin(), contract.funders.end(),
                        [this](const MemberId& funder) { return keys_of(funder) > 0; });
        return all ? std::nullopt : found("a funder of the contract did not sign");
    }
    /// Neither the contract's owner nor its servicer signed.
    Finding irresponsible(const ContractId& id) {
        const Finding not_owner = refused(id, Answers::owner);
        return not_owner ? refused(id, Answers::servicer) : not_owner;
    }
    /// What a pledge or sale needs beside its signers: a contract, and that it is booked as it
    /// happens.
    Finding refused_deed(const ContractId& id) {
        const auto known = book_.contracts_.find(id);
        if (known == book_.contracts_.end() || !known->second.line) {
            return found("on a contract that was never captured");
        }
        book_.touched_contracts_.insert(id);
        if (business_date() == value_date()) return std::nullopt;
        return found("pledged or sold as of an earlier day");
    }
    Finding refused_of_owner(const ContractId& id) {
        if (Finding wrong = refused_deed(id)) return wrong;
        if (keys_of(book_.sales_.owner(id)) > 0) return std::nullopt;
        return found("who owned the contract did not sign");
    }
    Finding refused_of_buyer(const ContractId& id) {
        const AuditSales::Offer* offer = book_.sales_.offer(id);
        if (offer != nullptr && keys_of(offer->buyer) > 0) return std::nullopt;
        return found("the buyer of the contract did not sign");
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
    Taken relief_on(const ContractId& contract) {
        note(contract, Answers::owner).relieves = true;
        ++book_.contracts_[contract].reliefs;
        return refused(contract, Answers::owner);
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
        event.source = SourceKey{book_.sales_.owner(event.contract), *reference};
        return book_.take_source(*event.source, accepted_.entry);
    }

    AuditBook& book_;
    const Accepted& accepted_;
    const RecordReader& after_;
};

Result<AuditBook::Finding> AuditBook::find_open(const Accepted& accepted, const MemberId& lender,
                                                const ledger::BorrowerId& borrower,
                                                const RecordReader& after) {
    for (const ContractId& id : conduct_.contracts_of(lender, borrower)) {
        const auto contract =
            stored_contract(after, id, {ledger::PointInTime{}.as_of, accepted.entry});
        if (!contract) return contract.error();
        const ledger::Position& position = contract->position;
        const bool collected = position.status == ledger::ContractStatus::charged_off &&
                               contracts_[id].collector.has_value();
        if (position.outstanding_total == 0 && position.totals.credit == 0 && !collected) continue;
        return Finding(entry_name(accepted.entry) + ": erases a borrower with " +
                       name_of("contract", id) + ", which is not over");
    }
    return Finding{};
}

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
        if (row.due > day) continue;
        owed += Wide{row.open(ledger::Component::fee)} + row.open(ledger::Component::interest);
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

Result<AuditBook::Finding> AuditBook::take(const Accepted& accepted, const RecordReader& after) {
    return std::visit(Taker(*this, accepted, after), accepted.transaction.body);
}

}  // namespace tally::storage
