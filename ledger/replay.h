#pragma once

// Internal: how position_of replays a contract.
#include <span>
#include <vector>

#include "ledger/penalty_clock.h"
#include "ledger/position.h"

namespace tally::ledger {

/// Replays events one after the other. Each is checked where it stands and then changes the
/// position, or is refused and changes nothing.
class Replay {
public:
    Replay(const ContractBody& contract, const ContractRules& rules);

    /// Moves to the event's date and applies it. `claims` says whether what it claims of the past
    /// must be so now: true for a new event.
    Outcome apply(std::size_t place, bool claims);
    /// Ageing and penalties at a date, which is not before the last event's.
    void look_at(Day day);
    Position take() { return std::move(position_); }
    Day day() const { return day_; }

private:
    Outcome apply_kind(const ContractEvent& event, bool claims, EventEffect& effect);
    Outcome capture();
    Outcome refund(const ContractEvent& event, EventEffect& effect);
    Outcome repay(const ContractEvent& event, EventEffect& effect);
    Outcome prepay(const ContractEvent& event, EventEffect& effect);
    Outcome penalty(const ContractEvent& event, bool claims);
    Outcome mark(const ContractEvent& event, bool claims) const;
    Outcome waive(const ContractEvent& event, EventEffect& effect);
    Outcome hardship(const ContractEvent& event, bool claims);
    Outcome grace(const ContractEvent& event);
    Outcome reschedule(const ContractEvent& event);
    Outcome charge_off(const ContractEvent& event, EventEffect& effect);
    Outcome recover(const ContractEvent& event);

    Outcome require_active() const;
    bool request_open(const std::optional<HardshipId>& request) const;
    void close_request(const std::optional<HardshipId>& request);
    /// Takes an amount off a row's component into one of the totals.
    void settle(std::size_t row, Component component, Amount amount, ByComponent& total);
    /// Pays rows in the order of the ruleset; returns what is left over.
    Amount allocate(Amount amount, std::vector<Allocation>& allocation);
    std::array<Component, kComponents> order() const;
    /// Charges that will not fall due any more.
    void lapse(std::size_t first_row);
    void set_rows(const Schedule& schedule);
    /// Sums up and derives the status of a contract that is neither charged off nor reversed.
    void sum_up();
    void settle_status();
    Ageing ageing_on(Day day) const;

    const ContractBody& contract_;
    const RulesetRegister& ruleset_;
    const Prepayment prepayment_;
    Position position_;
    PenaltyClock clock_;
    std::vector<Pause> pauses_;
    std::vector<HardshipId> known_requests_;
    std::uint32_t grace_grants_ = 0;
    Wide grace_days_ = 0;
    std::uint32_t reschedules_ = 0;
    Day day_ = 0;
};

}  // namespace tally::ledger
