#pragma once

// Internal: what the rules of all types share. The rules themselves are in rules_*.cpp, one
// function `apply` a type. Each reads first and refuses with the first rule that is broken,
// cheapest and most general rules first; only behind the last check does it change anything, so
// that a refusal needs no undo.
#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "ledger/position.h"
#include "ledger/rules.h"
#include "ledger/type_table.h"

namespace tally::ledger {

/// One transaction on its way through the rules.
struct Run {
    Workspace& workspace;
    const Transaction& transaction;
    const Signatories& signatories;
    std::uint64_t entry;
    std::uint64_t block;
    std::uint32_t rules_version;
    Day today;  ///< of the block's time, in the network's calendar
    Together& together;
    std::vector<Posting>& postings;

    /// Of the transaction's type; who signs is read there.
    const TypeFacts& facts() const { return facts_of(transaction.body); }
    /// The first signer with the role that answers for the type, or with one of those that may.
    /// Requires check_common.
    const MemberId& answering() const;
    /// Nobody else is named for the role by the transaction or by what it concerns.
    bool stands_for(Role role, const MemberId& member) const;
    /// A servicer of something of the book; any, before a product names one.
    bool keeps_days(const MemberId& member) const;
    /// The roles of a type beside the one that answers for it have a signer each, and no signature
    /// stands for two: two members sign, or two keys of one that has both roles. Nobody's stands
    /// for a role of which another that signed is named.
    Outcome check_others(const Signing& signing) const { return check_others(signing, {}); }
    /// Whom an event that is taken back names for a role.
    struct Named {
        Role role;
        MemberId member;
    };
    Outcome check_others(const Signing& signing, const std::optional<Named>& event) const;
    /// The named member signed, or `missing`; and a signature of it stands for its role.
    Outcome check_named(const Named& named, Outcome missing) const;
    /// The payment provider that signed beside a contract's servicer: that one only where no other
    /// did. Requires one.
    const MemberId& provider_beside(const MemberId& servicer) const;

    /// Dates of the book, the value date not ahead.
    Outcome check_dates() const;
    /// A signer with the role that answers for the type, and dates.
    Outcome check_common() const;
    /// The book's newest day, by which the transaction is booked.
    Day newest_day() const;
    /// The day was opened, and not cancelled.
    bool was_opened(Day day) const;
    /// Why nothing is dated on a day that is not open.
    Outcome not_open(Day day) const;
    /// The business date is an open day, or a closed one for a repost.
    Outcome check_day();
    /// Both, and the other roles.
    Outcome check();
    /// What governs is bound to no accounting day: a book's first day needs rules to be opened
    /// under.
    Outcome check_governance() const;
    /// The line is there and its owner signed.
    Outcome check_line(const LineId& id) const;
    /// Also active.
    Outcome check_active_line(const LineId& id) const;
    /// The payment's reference is of its form, looks like nobody's data, and is free in the book of
    /// the contract's owner; and on this contract in those of former owners.
    Outcome check_source(const ContractId& id, const std::string& source_ref) const;

    /// Two sets of balances, each summing to zero, and whose they are.
    struct Booking {
        Balances before;
        Balances after;
        BookedOn on;
    };
    /// Books what leads from one to the other, and `more`, on the business date. The last check of
    /// a transaction: overflow, or nothing is refused any more.
    Outcome book(std::initializer_list<Booking> bookings, const std::vector<Posting>& more = {});
    /// Sets a line, booking its memo accounts.
    Outcome set_line(const LineId& id, LineBody changed);

    /// A contract that is there and, if `owned`, whose originator and present owner signed; and the
    /// transaction's dates within what its ruleset allows.
    Outcome check_contract(const ContractId& id, bool owned) const;
    /// The contract's servicer signed.
    Outcome check_servicer(const ContractId& id) const;
    /// Two members signed of the contract's owner, its servicer and the regulators: what one of
    /// them could use up by itself opens its reserve.
    bool two_parties_of(const ContractBody& contract) const;
    /// What holds for every type on a contract: signed, on an open day, and the contract as
    /// check_contract has it; an originator must be its own, and its owner sign with two keys if
    /// the type says so; a servicer must be the contract's.
    Outcome check_on(const ContractId& id);
    /// A contract before and after a change, both replayed.
    struct Change {
        ContractId id;
        ContractBody body;
        Position before;
        Position after;
        /// What the replay says of the event that was added last.
        const EventEffect& effect() const { return *after.effect_of(body.events.size() - 1); }
    };
    /// Adds an event to a contract that is there: replays it, refuses what does not fit where it
    /// stands, or may not be added to what the contract is now.
    Outcome plan(const ContractId& id, ContractEvent event, Change& change) const;
    /// The same for any new body.
    Outcome plan_body(const ContractId& id, ContractBody body, Change& change) const;
    /// The changed contract as of a date.
    Position position_at(const Change& change, Day day) const;
    /// Moves the line's use and the pool's balance, books contract and line, and sets them all. A
    /// sale is booked with both owners. `line` is the contract's line as the transaction leaves it
    /// but for the use; left out: as it is.
    Outcome commit(Change change, std::optional<LineBody> line = std::nullopt);
    /// Commits, and takes the reference, which was found free.
    Outcome commit_posted(Change change, const std::string& source_ref);
    /// Adds an event that claims nothing beside itself: plan, then commit.
    Outcome add(const ContractId& id, ContractEvent event);
    /// The same under a reference, which must be free.
    Outcome add_posted(const ContractId& id, ContractEvent event, const std::string& source_ref);
    std::optional<ContractRules> rules_of(const ContractBody& contract) const;
    /// position_of, counted among what the submission makes nodes replay.
    Position replayed(const ContractBody& contract, const ContractRules& rules,
                      const PointInTime& point = {}, std::uint64_t candidate = kNoEntry) const;

private:
    const Signatory* answering_signer() const;
    /// The owner's count of the borrower's contracts that are not over, and the servicer's, before
    /// the body is set.
    void count_contract(const Change& change);
    /// Changes nothing unless all books of it take it.
    Outcome add_to_totals(const std::vector<Posting>& booked);
    /// The reference, in canonical form, was posted in the lender's book and not reversed; on this
    /// contract, if one is given.
    bool is_posted(const MemberId& lender, const std::string& reference,
                   const std::optional<ContractId>& on) const;
    /// Once a day's totals are these, it and every later day can be closed: what closed days and
    /// open ones sum to, one after the other, fits in 64 bits. Or DAY_CLOSE would be refused to
    /// everybody for good.
    bool can_close(const BookId& book, Day booked_on, const TotalsRecord& totals) const;
    Outcome check_lag(const RulesetRegister& ruleset) const;
};

/// The pool that a contract is in; nothing where that one is closed by now.
std::optional<PoolId> pool_with(Workspace& workspace, const ContractBody& contract);

/// So many products and live contracts more name the servicer, or fewer.
void count_servicer(Run& run, const MemberId& servicer, std::int64_t products,
                    std::int64_t contracts);

/// The member is there and has the role.
bool has_role(Workspace& workspace, const MemberId& id, Role role);

bool is_currency(std::string_view text);
CurrencyCode currency_of(std::string_view text);
bool text_fits(std::string_view text, std::size_t size_max);

Outcome apply(Run& run, const RulesetRegister& ruleset);
Outcome apply(Run& run, const ProductRegister& product);
Outcome apply(Run& run, const ModelRegister& model);
Outcome apply(Run& run, const Assessment& assessment);
Outcome apply(Run& run, const LimitGrant& grant);
Outcome apply(Run& run, const LimitChange& change);
Outcome apply(Run& run, const LimitFreeze& freeze);
Outcome apply(Run& run, const LimitUnfreeze& unfreeze);
Outcome apply(Run& run, const LimitClose& close);
Outcome apply(Run& run, const PurchaseAuth& wanted);
Outcome apply(Run& run, const PurchaseVoid& voiding);
Outcome apply(Run& run, const PurchaseExpire& expiry);
Outcome apply(Run& run, const Capture& capture);
Outcome apply(Run& run, const MerchantRefund& refund);
Outcome apply(Run& run, const Repayment& repayment);
Outcome apply(Run& run, const PrepaySettle& settle);
Outcome apply(Run& run, const PenaltyAssess& penalty);
Outcome apply(Run& run, const OverdueMark& mark);
Outcome apply(Run& run, const Waive& waive);
Outcome apply(Run& run, const HardshipRequest& request);
Outcome apply(Run& run, const GraceGrant& grace);
Outcome apply(Run& run, const Reschedule& reschedule);
Outcome apply(Run& run, const ChargeOff& charge_off);
Outcome apply(Run& run, const Recovery& recovery);
Outcome apply(Run& run, const Reversal& reversal);
Outcome apply(Run& run, const DayOpen& open);
Outcome apply(Run& run, const DayClose& close);
Outcome apply(Run& run, const DayCancel& cancel);
Outcome apply(Run& run, const ServicerChange& change);
Outcome apply(Run& run, const OverpayRefund& refund);
Outcome apply(Run& run, const CollectionAssign& assignment);
Outcome apply(Run& run, const CollectionRecall& recall);
Outcome apply(Run& run, const Chargeback& chargeback);
Outcome apply(Run& run, const MandateRegister& registration);
Outcome apply(Run& run, const MandateRevoke& revocation);
Outcome apply(Run& run, const DebitInstruct& instruction);
Outcome apply(Run& run, const DebitResult& result);
Outcome apply(Run& run, const Pledge& pledge);
Outcome apply(Run& run, const Release& release);
Outcome apply(Run& run, const TransferInit& offer);
Outcome apply(Run& run, const TransferSettle& settlement);
Outcome apply(Run& run, const TransferCancel& cancelling);
Outcome apply(Run& run, const TransferDecline& declining);

/// The payment provider of the debit's mandate. Requires that the debit is there.
const MemberId& provider_of(const Run& run, const DebitId& debit);
Outcome apply(Run& run, const MemberAdd& addition);
Outcome apply(Run& run, const KeyRotate& rotation);
Outcome apply(Run& run, const KeyRevoke& revocation);
Outcome apply(Run& run, const RulesActivate& activation);
Outcome apply(Run& run, const ContactLog& contact);
Outcome apply(Run& run, const ComplaintOpen& complaint);
Outcome apply(Run& run, const ComplaintClose& answer);
Outcome apply(Run& run, const ReconResult& result);
Outcome apply(Run& run, const AuditOpinion& opinion);
Outcome apply(Run& run, const HedgeRegister& hedge);
Outcome apply(Run& run, const ErasureCert& certificate);

/// The lender has certified that it erased the borrower.
bool is_erased(const Run& run, const MemberId& lender, const BorrowerId& borrower);
Outcome apply(Run& run, const MerchantSettle& settlement);
Outcome apply(Run& run, const DebtSettle& settlement);
Outcome apply(Run& run, const CostTable& table);
Outcome apply(Run& run, const DisclosureAck& ack);

/// The product's cost table on a day: the last one registered by then; null where there is none.
/// Requires that the product is there. Stays valid for the block.
const CostTable* cost_table_on(const Run& run, const ProductId& product, Day day);
/// What a purchase cites of its product's costs, which are all that it is charged. Requires that
/// the product is there.
Outcome check_costs(const Run& run, const Capture& capture, const BorrowerId& borrower);
Outcome apply(Run& run, const Alert& alert);
Outcome apply(Run& run, const AlertDisposition& disposition);
Outcome apply(Run& run, const PoolCreate& creation);
Outcome apply(Run& run, const PoolAdd& addition);
Outcome apply(Run& run, const PoolSeal& seal);
Outcome apply(Run& run, const PoolIssue& issue);
Outcome apply(Run& run, const PoolTrigger& trigger);
Outcome apply(Run& run, const PoolClose& close);
Outcome apply(Run& run, const BuybackInit& offer);
Outcome apply(Run& run, const BuybackSettle& settlement);
Outcome apply(Run& run, const PoolRemove& removal);

/// An event of the kind that a type adds to its contract, all else at its defaults.
template <typename Body>
ContractEvent begin_event(const Body& /*body*/) {
    constexpr std::optional<EventKind> kKind = facts_of<Body>().event.on_contract;
    static_assert(kKind.has_value(), "the type's row names no event");
    ContractEvent event;
    event.kind = *kKind;
    return event;
}

/// The event that a transaction on a contract adds, without entry and dates. Shared with what
/// proposes claims.
ContractEvent event_of(const MerchantRefund& refund);
ContractEvent event_of(const Repayment& repayment);
ContractEvent event_of(const PrepaySettle& settle);
ContractEvent event_of(const PenaltyAssess& penalty);
ContractEvent event_of(const OverdueMark& mark);
ContractEvent event_of(const Waive& waive);
ContractEvent event_of(const HardshipRequest& request);
ContractEvent event_of(const GraceGrant& grace);
ContractEvent event_of(const Reschedule& reschedule);
ContractEvent event_of(const ChargeOff& charge_off);
ContractEvent event_of(const Recovery& recovery);
ContractEvent event_of(const ServicerChange& change);
ContractEvent event_of(const OverpayRefund& refund);
ContractEvent event_of(const CollectionAssign& assignment);
ContractEvent event_of(const MerchantSettle& settlement);
ContractEvent event_of(const DebtSettle& settlement);

}  // namespace tally::ledger
