#pragma once

// Internal.
#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "storage/audit_book.h"

namespace tally::storage {

/// The first signer with a role.
Result<ledger::MemberId> signer_with(const ledger::SubmissionHeader& header, ledger::Role role,
                                     const ledger::RecordReader& records);
/// All signers with a role, in their order; none: an empty list.
Result<std::vector<ledger::MemberId>> signers_with(const ledger::SubmissionHeader& header,
                                                   ledger::Role role,
                                                   const ledger::RecordReader& records);
/// A reference without regard to spaces and the case of its letters; nothing if it is not of its
/// form, or is a name or an address.
std::optional<std::string> plain_reference(std::string reference);

/// Takes down one accepted transaction, with one overload a type (audit_book_take.cpp). All
/// references outlive it.
class AuditBook::Taker {
public:
    using Taken = Result<Finding>;
    Taker(AuditBook& book, const Accepted& accepted, const ledger::RecordReader& after)
        : book_(book), accepted_(accepted), after_(after) {}

    // audit_book_take_lines.cpp
    Taken operator()(const ledger::LimitGrant& grant);
    Taken operator()(const ledger::LimitChange& change);
    Taken operator()(const ledger::LimitFreeze& freeze);
    Taken operator()(const ledger::LimitUnfreeze& unfreeze);
    Taken operator()(const ledger::LimitClose& close);
    Taken operator()(const ledger::PurchaseAuth& wanted);
    Taken operator()(const ledger::PurchaseVoid& voiding);
    Taken operator()(const ledger::PurchaseExpire& expiry);
    Taken operator()(const ledger::Capture& capture);
    Taken operator()(const ledger::Assessment& assessment);

    // audit_book_take_payments.cpp
    Taken operator()(const ledger::Reversal& reversal);
    Taken operator()(const ledger::MerchantRefund& refund);
    Taken operator()(const ledger::MerchantSettle& settlement);
    Taken operator()(const ledger::DebtSettle& settlement);
    Taken operator()(const ledger::PrepaySettle& settlement);
    Taken operator()(const ledger::OverpayRefund& refund);
    Taken operator()(const ledger::Recovery& recovery);
    Taken operator()(const ledger::Repayment& repayment);
    Taken operator()(const ledger::Chargeback& chargeback);
    Taken operator()(const ledger::MandateRegister& registration);
    Taken operator()(const ledger::MandateRevoke& revocation);
    Taken operator()(const ledger::DebitInstruct& instruction);
    Taken operator()(const ledger::DebitResult& result);

    // audit_book_take_contracts.cpp
    Taken operator()(const ledger::PenaltyAssess& penalty);
    Taken operator()(const ledger::OverdueMark& mark);
    Taken operator()(const ledger::HardshipRequest& request);
    Taken operator()(const ledger::Waive& waive);
    Taken operator()(const ledger::GraceGrant& grace);
    Taken operator()(const ledger::Reschedule& replan);
    Taken operator()(const ledger::ChargeOff& charge_off);
    Taken operator()(const ledger::ServicerChange& change);
    Taken operator()(const ledger::CollectionAssign& assignment);
    Taken operator()(const ledger::CollectionRecall& recall);

    // audit_book_take_sales.cpp
    Taken operator()(const ledger::Pledge& pledge);
    Taken operator()(const ledger::Release& release);
    Taken operator()(const ledger::TransferInit& offer);
    Taken operator()(const ledger::TransferSettle& settlement);
    Taken operator()(const ledger::TransferCancel& cancelling);
    Taken operator()(const ledger::TransferDecline& declining);

    // audit_book_take_conduct.cpp
    Taken operator()(const ledger::CostTable& table);
    Taken operator()(const ledger::DisclosureAck& ack);
    Taken operator()(const ledger::ContactLog& contact);
    Taken operator()(const ledger::ComplaintOpen& complaint);
    Taken operator()(const ledger::ComplaintClose& answer);
    Taken operator()(const ledger::ErasureCert& certificate);
    Taken operator()(const ledger::AuditOpinion& opinion);
    Taken operator()(const ledger::ReconResult&);
    Taken operator()(const ledger::HedgeRegister& hedge);
    Taken operator()(const ledger::Alert& alert);
    Taken operator()(const ledger::AlertDisposition& disposition);

    Taken operator()(const ledger::RulesetRegister& ruleset) {
        book_.alerts_.take(ruleset);
        return Finding{};
    }
    Taken operator()(const ledger::ProductRegister& product) {
        book_.alerts_.take(product);
        book_.servicers_.register_product(product.servicer);
        return Finding{};
    }
    // audit_book_take_pools.cpp
    Taken operator()(const ledger::PoolCreate& creation);
    Taken operator()(const ledger::PoolAdd& addition);
    Taken operator()(const ledger::PoolSeal& seal);
    Taken operator()(const ledger::PoolIssue& issue);
    Taken operator()(const ledger::PoolTrigger& trigger);
    Taken operator()(const ledger::PoolClose& close);
    Taken operator()(const ledger::BuybackInit& offer);
    Taken operator()(const ledger::BuybackSettle& settlement);
    Taken operator()(const ledger::PoolRemove& removal);

    Taken operator()(const ledger::ModelRegister&) { return Finding{}; }
    Taken operator()(const ledger::DayOpen&) {
        book_.pools_.open_day(business_date());
        book_.conduct_.open(business_date());
        return by_servicer_of_book();
    }
    Taken operator()(const ledger::DayClose&) { return by_servicer_of_book(); }
    Taken operator()(const ledger::DayCancel&) {
        book_.pools_.cancel_day(business_date());
        book_.conduct_.cancel(business_date());
        if (Finding found = by_one_key({ledger::Role::servicer, ledger::Role::originator})) {
            return found;
        }
        return by_servicer_of_book();
    }
    // Who signs and with which keys, AuditKeys follows.
    Taken operator()(const ledger::MemberAdd&) { return Finding{}; }
    Taken operator()(const ledger::KeyRotate&) { return Finding{}; }
    Taken operator()(const ledger::KeyRevoke&) { return Finding{}; }
    Taken operator()(const ledger::RulesActivate&) { return Finding{}; }

private:
    using ContractId = ledger::ContractId;
    using MemberId = ledger::MemberId;
    using Wide = ledger::Wide;

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
    void add_to(Wide Contract::*sum, Wide amount);
    ledger::Day value_date() const { return accepted_.transaction.value_date; }
    /// As it was registered, which never changes.
    Result<ledger::RulesetRegister> ruleset_of(const ContractId& id) const;
    AuditAlerts::At at() const {
        return {accepted_.entry, accepted_.transaction.business_date, value_date()};
    }
    IdKey own_id() const {
        return {accepted_.header.signers.front().member, accepted_.transaction.id};
    }
    /// With how many keys it signed.
    std::size_t keys_of(const MemberId& member) const;
    Line& touch(const ledger::LineId& id);
    Finding on_line(const ledger::LineId& id);
    Finding on_active_line(const ledger::LineId& id);
    /// Why those who answer for it cannot have done it: one of them did not sign.
    Finding refused(const ContractId& id, Answers answers);
    /// Days are kept by a servicer that something of the book names.
    Finding by_servicer_of_book() const;
    /// One key signed for both roles.
    Finding by_one_key(std::initializer_list<ledger::Role> roles) const;
    /// The same of two roles that members are named for, where one is named for both.
    Finding by_one_key(const MemberId& one, const MemberId& other) const;
    /// Neither who made the contract nor who owns it nor its servicer signed.
    Finding irresponsible(const ContractId& id);
    /// What a pledge or sale needs beside its signers: a contract, and that it is booked as it
    /// happens.
    Finding refused_deed(const ContractId& id);
    Finding refused_of_owner(const ContractId& id);
    Finding refused_of_buyer(const ContractId& id);
    /// Takes down the reference of a price, in the book of who sells.
    Finding paid_for(const ContractId& id, const std::string& source_ref);
    /// Who has to sign for a pool.
    Finding refused_of_pool(const ledger::PoolId& id);
    /// The same for a contract in one, and that it may be bought back.
    Finding refused_buyback(const ContractId& id);
    /// The same of a mandate's contract, which its servicer answers for.
    Finding refused(const AuditDebits::Mandate* mandate);
    Event& note(const ContractId& contract, Answers answers);
    Taken event_on(const ContractId& contract, Answers answers);
    Taken relief_on(const ContractId& contract);
    template <typename Body>
    Taken posted(const Body& body, Answers answers) {
        Event& event = note(body.contract, answers);
        if (Finding found = refused(body.contract, answers)) return found;
        return brings(event, body.amount, body.source_ref);
    }
    Taken brings(Event& event, Wide amount, const std::string& source_ref);
    AuditBook& book_;
    const Accepted& accepted_;
    const ledger::RecordReader& after_;
};

}  // namespace tally::storage
