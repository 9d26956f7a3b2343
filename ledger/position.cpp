#include "ledger/position.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

bool capture_reversed(const ContractBody& contract, const PointInTime& point) {
    const ContractEvent& capture = contract.events.front();
    return capture.entry <= point.known_at && !capture.live_at(point.known_at) &&
           capture.value_date <= point.as_of;
}

/// What a row owes of a component once charges that are not due by a date are cancelled.
Amount not_cancelled(const PlanRow& row, Component component, Day date) {
    const bool charge = component == Component::fee || component == Component::interest;
    const bool lapses = charge && row.due > date;
    return row.open(component) - (lapses ? row.cancellable(place_of(component)) : 0);
}

}  // namespace

const EventEffect* Position::effect_of(std::size_t event) const {
    const auto found =
        std::find_if(effects.begin(), effects.end(),
                     [event](const EventEffect& effect) { return effect.event == event; });
    return found == effects.end() ? nullptr : &*found;
}

Outcome Position::active() const {
    switch (status) {
        case ContractStatus::active:
            return Outcome::accepted;
        case ContractStatus::charged_off:
        case ContractStatus::closed_recovered:
            return Outcome::contract_charged_off;
        case ContractStatus::none:
        case ContractStatus::closed_paid:
        case ContractStatus::overpaid:
        case ContractStatus::closed_refunded:
        case ContractStatus::closed_waived:
        case ContractStatus::closed_settled:
        case ContractStatus::reversed:
            break;
    }
    return Outcome::contract_not_active;
}

bool is_live(const Position& position, bool collected) {
    return position.status == ContractStatus::active || position.totals.credit > 0 ||
           (collected && position.status == ContractStatus::charged_off);
}

bool Position::settled() const {
    const bool debt_settled = status == ContractStatus::closed_settled && !settled_loss();
    return status == ContractStatus::closed_paid || status == ContractStatus::overpaid ||
           status == ContractStatus::closed_waived || debt_settled;
}

bool Position::settled_loss() const {
    return status == ContractStatus::closed_settled && sum_of(totals.charged_off) > 0;
}

Amount ContractTotals::recoverable() const {
    return sum_of(charged_off) - recovered - sum_of(forgone);
}

Wide ContractTotals::merchant_payable() const {
    return Wide{billed[kPrincipal]} - refunded_total - merchant_settled;
}

Position position_of(const ContractBody& contract, const ContractRules& rules,
                     const PointInTime& point, std::uint64_t candidate) {
    TALLY_CHECK(!contract.events.empty() && contract.events.front().kind == EventKind::capture);
    auto [replay, misfit] = replay_of(contract, rules, point, candidate);
    const bool open_end = point.as_of > kDayMax;
    replay.look_at(open_end ? replay.day() : point.as_of);
    Position position = replay.take();
    position.misfit = misfit;
    if (capture_reversed(contract, point)) position.status = ContractStatus::reversed;
    return position;
}

std::uint64_t replayed_events(const ContractBody& contract) {
    const auto relied_on =
        std::count_if(contract.events.begin(), contract.events.end(), [](const auto& event) {
            return event.reversed_by != kNoEntry && relieves(event.kind) && event.stood();
        });
    return contract.events.size() * (1 + static_cast<std::uint64_t>(relied_on));
}

std::size_t running_row(const Position& position, Day date) {
    const auto running = std::find_if(position.rows.begin(), position.rows.end(),
                                      [date](const PlanRow& row) { return row.due >= date; });
    return static_cast<std::size_t>(running - position.rows.begin());
}

Amount unassessed_of(const Position& position) {
    if (position.status != ContractStatus::active) return 0;
    // A pause that was granted on the day itself takes a day back.
    return std::max<Amount>(0, position.penalty_accrued - position.penalty_assessed);
}

Amount settlement_of(const Position& position, Prepayment prepayment, Day date) {
    const Amount whole = position.outstanding_total + unassessed_of(position);
    if (prepayment == Prepayment::all_charges) return whole;
    Amount lapsing = 0;
    for (std::size_t row = running_row(position, date) + 1; row < position.rows.size(); ++row) {
        lapsing += position.rows[row].cancellable(place_of(Component::fee)) +
                   position.rows[row].cancellable(place_of(Component::interest));
    }
    return whole - lapsing;
}

std::vector<Instalment> rows_of(const Position& position) {
    std::vector<Instalment> rows;
    for (const PlanRow& row : position.rows) {
        rows.push_back({row.due, row.agreed[place_of(Component::principal)],
                        row.agreed[place_of(Component::fee)],
                        row.agreed[place_of(Component::interest)]});
    }
    return rows;
}

ByComponent arrears_of(const Position& position, Day date) {
    ByComponent arrears{};
    arrears[place_of(Component::penalty)] = unassessed_of(position);
    for (const PlanRow& row : position.rows) {
        arrears[place_of(Component::penalty)] += row.outstanding[place_of(Component::penalty)];
        for (const Component component : {Component::fee, Component::interest}) {
            arrears[place_of(component)] += not_cancelled(row, component, date);
        }
    }
    return arrears;
}

ByComponent loss_of(const Position& position, Day date) {
    ByComponent loss{};
    for (const PlanRow& row : position.rows) {
        for (const Component component :
             {Component::penalty, Component::fee, Component::interest, Component::principal}) {
            loss[place_of(component)] += not_cancelled(row, component, date);
        }
    }
    return loss;
}

std::array<Component, kComponents> payment_order(const RulesetRegister& ruleset,
                                                 Day delinquent_days) {
    std::array<Component, kComponents> order = ruleset.order;
    if (ruleset.principal_first_after > 0 && delinquent_days > ruleset.principal_first_after) {
        auto* const principal = std::find(order.begin(), order.end(), Component::principal);
        std::rotate(order.begin(), principal, principal + 1);
    }
    return order;
}

std::optional<ByComponent> let_go_of(const Position& position,
                                     const std::array<Component, kComponents>& order, Amount amount,
                                     Day date) {
    const bool lost = position.status == ContractStatus::charged_off;
    if (amount <= 0) return std::nullopt;
    ByComponent rest{};
    const auto meet = [&](Component component, Amount owed, Amount& money) {
        const Amount met = std::min(owed, money);
        rest[place_of(component)] += owed - met;
        money -= met;
    };
    if (lost) {
        if (amount >= position.totals.recoverable()) return std::nullopt;
        Amount money = position.totals.recovered + amount;
        for (const Component component : order) {
            const std::size_t place = place_of(component);
            meet(component, position.totals.charged_off[place] - position.totals.forgone[place],
                 money);
        }
        return rest;
    }
    if (amount >= sum_of(loss_of(position, date))) return std::nullopt;
    for (const PlanRow& row : position.rows) {
        for (const Component component : order) {
            meet(component, not_cancelled(row, component, date), amount);
        }
    }
    return rest;
}

}  // namespace tally::ledger
