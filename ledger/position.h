#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "ledger/contract.h"
#include "ledger/dates.h"
#include "ledger/outcome.h"
#include "ledger/registry.h"
#include "ledger/types.h"
#include "ledger/wide.h"

namespace tally::ledger {

enum class ContractStatus : std::uint8_t {
    none = 0,  ///< nothing was captured yet at that point
    active = 1,
    closed_paid = 2,
    overpaid = 3,  ///< closed, and something is owed to the borrower
    charged_off = 4,
    closed_recovered = 5,
    closed_refunded = 6,
    reversed = 7,        ///< the capture itself was
    closed_waived = 8,   ///< nothing is owed any more, and principal was given up
    closed_settled = 9,  ///< a part was paid for all that was owed (DEBT_SETTLE)
};

/// What a reader asks for: what was true for a date, as known at a moment.
struct PointInTime {
    Day as_of = std::numeric_limits<Day>::max();  ///< events with a value date up to it count
    std::uint64_t known_at = std::numeric_limits<std::uint64_t>::max();  ///< entries up to it count
};

/// A row of the plan in force.
struct PlanRow {
    Day due = 0;
    ByComponent agreed{};  ///< penalties come in as they are assessed
    ByComponent paid{};    ///< by repayments
    /// Of what was paid: charges that a refund of everything gave back, which no time had earned.
    ByComponent returned{};
    /// Charges that came into the row when they had been earned: carried over by a re-plan, or
    /// opened again of an earlier plan.
    ByComponent earned_before{};
    ByComponent outstanding{};
    /// By a chargeback: what it opened bears no penalty for days up to it.
    struct Reopened {
        Day day = 0;
        Amount amount = 0;  ///< without penalties
    };
    std::vector<Reopened> reopened;  ///< in the order of days

    Amount open(Component component) const { return outstanding[place_of(component)]; }
    /// Without penalties: what makes the row overdue, and what penalties are counted on.
    Amount base() const { return outstanding[1] + outstanding[2] + outstanding[3]; }
    /// Of a row that is not due: what was paid or is owed of a charge that no time has earned.
    Amount unearned(std::size_t charge) const {
        const Amount kept = outstanding[charge] + paid[charge] - returned[charge];
        return std::max<Amount>(0, kept - earned_before[charge]);
    }
    /// Of that, what is owed: it can still be cancelled. What was given back and is owed again
    /// cannot, for it is money that the borrower has.
    Amount cancellable(std::size_t charge) const {
        return std::min(outstanding[charge], unearned(charge));
    }
};

/// How far behind a contract is (docs/CREDIT.md, "Ageing").
struct Ageing {
    Day days_past_due = 0;    ///< since the oldest row not fully met; 0 on its due date
    Day delinquent_days = 0;  ///< less standing grace and granted pauses
    std::uint32_t bucket = 0;
    std::uint32_t asset_class = 0;

    bool operator==(const Ageing&) const = default;
};

/// Everything that was ever owed and what became of it, by component:
/// billed = outstanding + repaid + waived + refunded + lapsed + charged_off.
struct ContractTotals {
    ByComponent billed{};
    ByComponent repaid{};
    ByComponent waived{};
    ByComponent refunded{};  ///< by the merchant, principal alone
    ByComponent lapsed{};    ///< charges that were cancelled: not due when the contract was settled
                             ///< early, re-planned, refunded or charged off
    ByComponent charged_off{};
    ByComponent returned{};     ///< of what was repaid, given back as credit
    Amount refunded_total = 0;  ///< also what became credit
    Amount credit = 0;          ///< owed to the borrower
    Amount recovered = 0;
    Amount commission = 0;
    Amount merchant_settled = 0;  ///< paid to the merchant
    ByComponent forgone{};        ///< of what was charged off, by a settlement of the debt

    /// Charged off, and neither recovered nor forgone.
    Amount recoverable() const;
    /// What is owed to the merchant; below zero, what he owes: he was paid before a refund.
    Wide merchant_payable() const;
};

/// What an event did.
struct EventEffect {
    std::size_t event = 0;               ///< place in ContractBody::events
    std::uint32_t plan = 0;              ///< in force at it
    std::vector<Allocation> allocation;  ///< of a payment, waiver, refund or chargeback
    Amount credit = 0;                   ///< of the amount, owed to the borrower
    Amount released = 0;                 ///< of a penalty: what no longer stands
    Amount lapsed = 0;                   ///< charges that it cancelled
    Amount unwaived = 0;                 ///< of a refund: of principal that had been waived
    Amount returned = 0;                 ///< of a refund: charges paid ahead that it gives back
    Amount outstanding = 0;              ///< of everything, after it
    Day days_past_due = 0;               ///< before it
};

/// A contract at a point in time, replayed from its terms and events in the order of value dates.
struct Position {
    ContractStatus status = ContractStatus::none;
    std::uint32_t plan = 0;  ///< 0: as captured; n: the n-th re-plan
    ScheduleTerms terms;     ///< of that plan
    std::vector<PlanRow> rows;
    ContractTotals totals;
    ByComponent outstanding{};
    ByComponent unearned{};  ///< charges of rows not due by the position's date, while active
    Amount outstanding_total = 0;
    Ageing ageing;                ///< at as_of
    bool in_grace = false;        ///< a granted grace covers as_of
    Amount penalty_accrued = 0;   ///< through as_of, within the cap
    Amount penalty_assessed = 0;  ///< and still stands
    std::vector<HardshipId> open_requests;
    std::uint32_t failed_debits = 0;   ///< in a row, the last ones
    std::vector<EventEffect> effects;  ///< in the order of replay

    /// The first event that the rules refuse where it stands; the replay ends before it.
    struct Misfit {
        std::size_t event = 0;
        Outcome why = Outcome::accepted;
    };
    std::optional<Misfit> misfit;

    Amount payable() const { return outstanding_total; }
    /// Nothing is owed, and payments brought it about at least in part.
    bool settled() const;
    /// The debt was settled after it had been charged off.
    bool settled_loss() const;
    /// accepted, or why an event that needs an active contract is refused.
    Outcome active() const;
    const EventEffect* effect_of(std::size_t event) const;
};

/// Whether somebody still has to deal with the borrower: something is owed, by the borrower or to
/// it, or was given up and is with a collector (`collected`).
bool is_live(const Position& position, bool collected);

/// What a contract's position depends on beside itself.
struct ContractRules {
    const RulesetRegister& ruleset;
    const ProductRegister& product;
};

/// Pure. Claims that say what was true when they were made (penalties, marks) are held against the
/// replay for the event of entry `candidate` alone; everything else must fit wherever it stands.
/// Ageing and penalties are those at as_of, or at the last event's date if as_of is left open.
Position position_of(const ContractBody& contract, const ContractRules& rules,
                     const PointInTime& point = {}, std::uint64_t candidate = kNoEntry);

/// Events that a replay of the contract goes through, at most: once, and once more for each that
/// somebody relied on before it was taken back.
std::uint64_t replayed_events(const ContractBody& contract);

/// The row of the period that a date is in: the first one due on it or later; the number of rows
/// after the last one.
std::size_t running_row(const Position& position, Day date);
/// Penalty accrued through the position's date that an assessment may bill; 0 for a contract that
/// is not active.
Amount unassessed_of(const Position& position);
/// What would settle the contract on a date (PREPAY_SETTLE), penalty that was not assessed yet
/// included. Requires an active position at it.
Amount settlement_of(const Position& position, Prepayment prepayment, Day date);
/// The rows of the plan in force as a schedule states them. Penalties that a re-plan carries stand
/// beside its schedule.
std::vector<Instalment> rows_of(const Position& position);
/// Fees, interest and penalties that a re-plan on the position's date carries over or waives: what
/// was due by then, penalty that was not assessed yet included.
ByComponent arrears_of(const Position& position, Day date);
/// What is owed on a date and would have to be let go if `amount` were all that is paid
/// (DEBT_SETTLE), by component: of an active contract what loss_of says, of one that was charged
/// off what was not recovered. Money meets components in `order`. Nothing if the amount covers it
/// all, or is not above 0.
std::optional<ByComponent> let_go_of(const Position& position,
                                     const std::array<Component, kComponents>& order, Amount amount,
                                     Day date);
/// The order in which money meets the components of a row.
std::array<Component, kComponents> payment_order(const RulesetRegister& ruleset,
                                                 Day delinquent_days);
/// What a charge-off on a date takes for lost: everything outstanding but charges not due by then.
ByComponent loss_of(const Position& position, Day date);

}  // namespace tally::ledger
