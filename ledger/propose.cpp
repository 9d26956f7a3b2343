#include "ledger/propose.h"

#include <algorithm>
#include <array>

#include "ledger/pricing.h"
#include "ledger/queries.h"
#include "ledger/rules_run.h"
#include "ledger/trial_balance.h"

namespace tally::ledger {
namespace {

/// The entry of an event that is not on record yet: after all that are.
constexpr std::uint64_t kNextEntry = kNoEntry - 1;
constexpr const char* kUsualReason = "uncollectible";

class Proposer {
public:
    Proposer(const Transaction& transaction, const RecordReader& reader)
        : transaction_(transaction), reader_(reader) {}

    Result<Outcome> operator()(ProductRegister& product) const;
    Result<Outcome> operator()(Capture& capture) const;
    Result<Outcome> operator()(Repayment& repayment) const;
    Result<Outcome> operator()(PrepaySettle& settle) const;
    Result<Outcome> operator()(PenaltyAssess& penalty) const;
    Result<Outcome> operator()(OverdueMark& mark) const;
    Result<Outcome> operator()(Reschedule& reschedule) const;
    Result<Outcome> operator()(ChargeOff& charge_off) const;
    Result<Outcome> operator()(DebtSettle& settlement) const;
    Result<Outcome> operator()(DayClose& close) const;
    Result<Outcome> operator()(PoolSeal& seal) const;
    Result<Outcome> operator()(PoolTrigger& trigger) const;
    template <typename Body>
    Result<Outcome> operator()(Body& /*claims nothing*/) const {
        static_assert(facts_of<Body>().claims.empty(),
                      "the row of the type has claims: an overload must compute them");
        return Outcome::accepted;
    }

private:
    /// A contract on the value date, with the rules it is under.
    struct Found {
        ContractBody body;
        ContractTerms terms;
        Position position;
    };
    Result<std::optional<Found>> find(const ContractId& id) const;
    /// The same with one more event, as of the value date.
    Position with(const Found& found, ContractEvent event) const;

    const Transaction& transaction_;
    const RecordReader& reader_;
};

Result<std::optional<Proposer::Found>> Proposer::find(const ContractId& id) const {
    auto view = read_contract(reader_, id, {transaction_.value_date});
    if (!view) return view.error();
    if (!*view) return std::optional<Found>{};
    auto terms = read_terms(reader_, (*view)->body);
    if (!terms) return terms.error();
    return std::optional<Found>(
        Found{std::move((*view)->body), *std::move(terms), std::move((*view)->position)});
}

Position Proposer::with(const Found& found, ContractEvent event) const {
    ContractBody body = found.body;
    event.entry = kNextEntry;
    event.business_date = transaction_.business_date;
    event.value_date = transaction_.value_date;
    body.events.push_back(std::move(event));
    return position_of(body, found.terms.rules(), {transaction_.value_date}, kNextEntry);
}

/// The network's first servicer by name. (How refunds shrink rows is the struct's default.)
Result<Outcome> Proposer::operator()(ProductRegister& product) const {
    if (product.servicer != MemberId{}) return Outcome::accepted;
    const auto value = reader_.get(genesis_key());
    if (!value) return value.error();
    if (!*value) return Outcome::servicer_unknown;
    const auto genesis = genesis_of(**value);
    if (!genesis) return genesis.error();
    const GenesisMember* servicer = nullptr;
    for (const GenesisMember& member : genesis->members) {
        const bool has_role = (member.roles & static_cast<std::uint16_t>(Role::servicer)) != 0;
        if (!has_role || (servicer != nullptr && servicer->name < member.name)) continue;
        servicer = &member;
    }
    if (servicer == nullptr) return Outcome::servicer_unknown;
    product.servicer = servicer->id;
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(Capture& capture) const {
    const auto product = read_product(reader_, capture.product);
    if (!product) return product.error();
    if (!*product) return Outcome::product_unknown;
    const auto line = read_line(reader_, capture.line);
    if (!line) return line.error();
    if (!*line) return Outcome::line_unknown;
    const std::uint32_t band = (*line)->body.band;
    if (!capture.cost_table) {
        return price(capture, (*product)->terms, band, transaction_.value_date);
    }
    const auto table = read_cost_table(reader_, *capture.cost_table);
    if (!table) return table.error();
    if (!*table) return Outcome::cost_table_unknown;
    return price(capture, (*product)->terms, band, transaction_.value_date, &(*table)->terms);
}

Result<Outcome> Proposer::operator()(Repayment& repayment) const {
    const auto found = find(repayment.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const Position position = with(**found, event_of(repayment));
    if (position.misfit) return position.misfit->why;
    repayment.allocation = position.effects.back().allocation;
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(PrepaySettle& settle) const {
    const auto found = find(settle.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const Outcome active = (*found)->position.active();
    if (active != Outcome::accepted) return active;
    settle.amount = settlement_of((*found)->position, (*found)->terms.product.terms.prepayment,
                                  transaction_.value_date);
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(PenaltyAssess& penalty) const {
    const auto found = find(penalty.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    if ((*found)->body.penalty_free) return Outcome::undisclosed_cost;
    const Position& position = (*found)->position;
    const Outcome active = position.active();
    if (active != Outcome::accepted) return active;
    const Amount due = unassessed_of(position);
    if (due == 0) return Outcome::penalty_differs;
    penalty.amount = due;
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(OverdueMark& mark) const {
    const auto found = find(mark.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const Ageing& ageing = (*found)->position.ageing;
    mark.days_past_due = ageing.days_past_due;
    mark.bucket = ageing.bucket;
    mark.asset_class = ageing.asset_class;
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(Reschedule& reschedule) const {
    const auto found = find(reschedule.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const ByComponent arrears = arrears_of((*found)->position, transaction_.value_date);
    Reschedule proposed = reschedule;
    proposed.carried_penalty = arrears[place_of(Component::penalty)] - reschedule.waived_penalty;
    proposed.carried_fee = arrears[place_of(Component::fee)];
    proposed.carried_interest = arrears[place_of(Component::interest)];
    ContractEvent event = event_of(proposed);
    const auto principal = place_of(Component::principal);
    event.amounts[principal] = (*found)->position.outstanding[principal];
    const Position position = with(**found, std::move(event));
    if (position.misfit) return position.misfit->why;
    proposed.schedule = rows_of(position);
    reschedule = std::move(proposed);
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(ChargeOff& charge_off) const {
    const auto found = find(charge_off.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const ByComponent loss = loss_of((*found)->position, transaction_.value_date);
    charge_off.penalty = loss[place_of(Component::penalty)];
    charge_off.fee = loss[place_of(Component::fee)];
    charge_off.interest = loss[place_of(Component::interest)];
    charge_off.principal = loss[place_of(Component::principal)];
    if (charge_off.reason.empty()) charge_off.reason = kUsualReason;
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(DebtSettle& settlement) const {
    const auto found = find(settlement.contract);
    if (!found) return found.error();
    if (!*found) return Outcome::contract_unknown;
    const Position& position = (*found)->position;
    if (position.status != ContractStatus::charged_off) {
        const Outcome active = position.active();
        if (active != Outcome::accepted) return active;
    }
    const auto order =
        payment_order((*found)->terms.ruleset.terms, position.ageing.delinquent_days);
    const auto let_go = let_go_of(position, order, settlement.amount, transaction_.value_date);
    if (!let_go) {
        return settlement.amount > 0 ? Outcome::nothing_let_go : Outcome::amount_not_positive;
    }
    settlement.penalty = (*let_go)[place_of(Component::penalty)];
    settlement.fee = (*let_go)[place_of(Component::fee)];
    settlement.interest = (*let_go)[place_of(Component::interest)];
    settlement.principal = (*let_go)[place_of(Component::principal)];
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(DayClose& close) const {
    auto balances = trial_balance(reader_, transaction_.business_date);
    if (!balances) return balances.error();
    close.balances = *std::move(balances);
    return Outcome::accepted;
}

Result<Outcome> Proposer::operator()(PoolSeal& seal) const {
    const auto pool = read_pool(reader_, seal.pool);
    if (!pool) return pool.error();
    if (!*pool) return Outcome::pool_unknown;
    if ((*pool)->status != PoolStatus::draft) return Outcome::pool_not_draft;
    seal.contracts = static_cast<std::uint32_t>((*pool)->contracts.size());
    seal.principal = (*pool)->balance;
    seal.root = (*pool)->contracts.root();
    return Outcome::accepted;
}

/// What the trustee declares rests on nothing that the book knows.
Result<Outcome> Proposer::operator()(PoolTrigger& trigger) const {
    if (trigger.reason != TriggerReason::balance_below) {
        trigger.below_since = 0;
        return Outcome::accepted;
    }
    const auto pool = read_pool(reader_, trigger.pool);
    if (!pool) return pool.error();
    if (!*pool) return Outcome::pool_unknown;
    if (!(*pool)->below.since) return Outcome::trigger_not_met;
    trigger.below_since = *(*pool)->below.since;
    return Outcome::accepted;
}

/// Outcomes of claims that are wrong, as they are where one was left out.
constexpr std::array kOfClaims{
    Outcome::rate_differs,       Outcome::apr_differs,          Outcome::schedule_differs,
    Outcome::servicer_unknown,   Outcome::allocation_differs,   Outcome::settlement_differs,
    Outcome::penalty_differs,    Outcome::mark_differs,         Outcome::reschedule_differs,
    Outcome::charge_off_differs, Outcome::pool_differs,         Outcome::debt_settlement_differs,
    Outcome::trigger_not_met,    Outcome::trial_balance_differs};

/// While claims are still computed, the outcome says nothing of the transaction.
bool is_of_claims(Outcome outcome, const TypeFacts& facts) {
    if (outcome == Outcome::amount_not_positive) {
        return std::ranges::count(facts.claims, "amount", &Claim::field) > 0;
    }
    return outcome == Outcome::accepted || std::ranges::count(kOfClaims, outcome) > 0;
}

/// What the rules themselves refuse first, whoever signs, on the transaction's own day.
Result<Outcome> judged(const Transaction& transaction, const RecordReader& reader) {
    Workspace workspace(reader);
    Together alone;
    std::vector<Posting> postings;
    const Moment moment{kNextEntry, 0, kRulesVersion, transaction.business_date};
    const Outcome outcome =
        apply_rules(workspace, transaction, Signatories::everybody(), moment, alone, postings);
    if (!workspace.status()) return workspace.status().error();
    return outcome;
}

}  // namespace

Result<Outcome> propose(Transaction& transaction, const RecordReader& reader) {
    // A replay counts days, so it takes none outside the calendar.
    if (!day_in_range(transaction.business_date) || !day_in_range(transaction.value_date)) {
        return Outcome::date_out_of_range;
    }
    const Proposer proposer(transaction, reader);
    const Result<Outcome> outcome = std::visit(proposer, transaction.body);
    if (!outcome || *outcome == Outcome::accepted) return outcome;
    // Claims are computed in an order of their own; the refusal is the one that a submission gets.
    const Result<Outcome> refused = judged(transaction, reader);
    if (!refused || !is_of_claims(*refused, facts_of(transaction.body))) return refused;
    return outcome;
}

}  // namespace tally::ledger
