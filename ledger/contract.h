#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "ledger/entry.h"
#include "ledger/registry.h"
#include "ledger/schedule.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

/// Amounts by component, in the order of Component.
using ByComponent = std::array<Amount, kComponents>;
constexpr std::size_t place_of(Component component) {
    return static_cast<std::size_t>(component) - 1;
}

/// What happened to a contract. Values are part of the record format.
enum class EventKind : std::uint8_t {
    capture = 1,
    refund = 2,
    repayment = 3,
    prepay = 4,
    penalty = 5,
    mark = 6,
    waive = 7,
    hardship = 8,
    grace = 9,
    reschedule = 10,
    charge_off = 11,
    recovery = 12,
    servicer = 13,
    overpay_refund = 14,
    assign = 15,
    recall = 16,
    chargeback = 17,
    debit = 18,  ///< the result of one: a payment, or that there was none
    contact = 19,
    pledge = 20,
    release = 21,
    transfer_init = 22,
    transfer_settle = 23,
    transfer_cancel = 24,
    transfer_decline = 25,
    merchant_settle = 26,
    debt_settle = 27,
    pool_add = 28,
    buyback_init = 29,
    buyback_settle = 30,
    pool_remove = 31,
};
inline constexpr std::size_t kEventKinds = 31;
/// Puts a contract up for sale, until a last day.
constexpr bool offers(EventKind kind) {
    return kind == EventKind::transfer_init || kind == EventKind::buyback_init;
}
/// Makes its buyer the owner, from the day after.
constexpr bool sells(EventKind kind) {
    return kind == EventKind::transfer_settle || kind == EventKind::buyback_settle;
}

/// Puts a contract into a pool, or takes it out at no price.
constexpr bool pools(EventKind kind) {
    return kind == EventKind::pool_add || kind == EventKind::pool_remove;
}
/// After it a contract is in no pool.
constexpr bool leaves_pool(EventKind kind) {
    return kind == EventKind::buyback_settle || kind == EventKind::pool_remove;
}

/// One accepted transaction on a contract, as far as the contract's position follows from it.
/// Which fields a kind uses stands beside them; the others keep their defaults.
struct ContractEvent {
    EventKind kind = EventKind::capture;
    std::uint64_t entry = 0;  ///< in the log; also breaks ties of the value date
    Day business_date = 0;
    Day value_date = 0;
    Day booked_on = 0;                     ///< the book's newest day when it was booked
    std::uint64_t reversed_by = kNoEntry;  ///< entry of the reversal
    Day reversed_on = 0;                   ///< the book's newest day at it
    /// refund, repayment, prepay, penalty, recovery, overpay_refund, chargeback, merchant_settle,
    /// debt_settle; reschedule: waived; debit: 0 if it failed; transfer_init, transfer_settle,
    /// buyback_init, buyback_settle: the price
    Amount amount = 0;
    Amount commission = 0;  ///< recovery
    ByComponent amounts{};  ///< charge_off; reschedule: what is carried; debt_settle: let go
    std::vector<Allocation> parts;  ///< waive
    Day from = 0;                   ///< grace; mark: days past due
    Day to = 0;                     ///< grace; transfer_init, buyback_init: last day to settle it
    std::uint32_t bucket = 0;       ///< mark
    std::uint32_t asset_class = 0;  ///< mark
    std::uint32_t periods = 0;      ///< reschedule
    Ppm rate_ppm = 0;               ///< reschedule; assign: commission
    std::optional<HardshipId> request;  ///< hardship; grace and reschedule may cite one
    HardshipStage stage = HardshipStage::requested;  ///< hardship
    /// servicer, assign; contact: who made it; recovery: the collector; chargeback: the payment
    /// provider; pledge, release: the pledgee; transfers, buybacks: the buyer
    MemberId member;
    std::uint64_t target = kNoEntry;                ///< chargeback: entry of the payment
    DebitId debit;                                  ///< debit
    ContactChannel channel = ContactChannel::call;  ///< contact
    std::uint32_t minute = 0;                       ///< contact: of the value date
    /// pool_add, pool_remove, buyback_init, buyback_settle
    std::optional<PoolId> pool;

    bool operator==(const ContractEvent&) const = default;
    /// Whether it counts for someone who knows the entries up to this one, inclusive.
    bool live_at(std::uint64_t known_at) const {
        return entry <= known_at && (reversed_by == kNoEntry || reversed_by > known_at);
    }
    /// If reversed: whether it was there on a day, so that a borrower could rely on it. What was
    /// booked and taken back on one day of the book was there on none.
    bool stood_on(Day day) const { return booked_on < day && day <= reversed_on; }
    bool stood() const { return booked_on < reversed_on; }
    /// A debit that brought nothing. It says so for ever: nothing takes it back.
    bool failed_debit() const { return kind == EventKind::debit && amount == 0; }
    /// Money of the borrower's, which a bank may take back.
    bool pays() const {
        return kind == EventKind::repayment || kind == EventKind::prepay ||
               (kind == EventKind::debit && !failed_debit());
    }
};

/// An instalment contract: what was agreed and what has happened. Its balances are not stored: they
/// follow from both (ledger/position.h), for any date and as known at any entry.
struct ContractBody {
    LineId line;
    BorrowerId borrower;
    MemberId originator;  ///< owner of the line; who owns it by now: ledger/ownership.h
    CurrencyCode currency{};
    ProductId product;
    RulesetId ruleset;
    ScheduleTerms terms;
    Ppm apr_ppm = 0;
    std::vector<FundingShare> shares;
    MemberId servicer;                          ///< now; alone posts, marks and takes back
    std::optional<MemberId> collector;          ///< to which it is assigned now
    Ppm commission_ppm = 0;                     ///< that the collector keeps at most
    std::optional<ContractId> previous;         ///< the line's contract captured before this one
    std::optional<MandateId> last_mandate;      ///< registered last
    std::optional<ComplaintId> last_complaint;  ///< opened last
    std::optional<MerchantId> merchant;
    std::optional<crypto::Digest> order;  ///< commitment of what was bought
    std::optional<CostTableId> cost_table;
    std::optional<DisclosureId> disclosure;
    bool penalty_free = false;  ///< its cost table discloses no penalty as high as the ruleset's
    std::vector<ContractEvent> events;  ///< in the order of their entries; the first is the capture

    bool operator==(const ContractBody& other) const = default;
};

/// Bounds of a contract's events, each kind by itself: what one party repeats must not use up the
/// room that another needs, to be paid or to charge off.
constexpr std::size_t room_of(EventKind kind) {
    switch (kind) {
        case EventKind::capture:
            return 1;
        case EventKind::repayment:
        case EventKind::debit:
            return 1000;
        case EventKind::mark:
        case EventKind::penalty:
        case EventKind::hardship:
        case EventKind::recovery:
        case EventKind::contact:
            return 400;
        default:
            return 100;
    }
}
inline constexpr std::size_t kContractEventsMax = [] {
    std::size_t sum = 0;
    for (std::size_t kind = 1; kind <= kEventKinds; ++kind) {
        sum += room_of(static_cast<EventKind>(kind));
    }
    return sum;
}();

}  // namespace tally::ledger
