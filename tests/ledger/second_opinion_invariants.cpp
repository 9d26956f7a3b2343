#include "tests/ledger/second_opinion_invariants.h"

#include <algorithm>
#include <set>

#include "ledger/apr.h"
#include "tests/ledger/second_opinion_trial.h"

namespace tally::testing::opinion {

using namespace ledger;

namespace {

constexpr Day kAhead = 40;  ///< days after today that are looked at too

template <typename... Bodies>
bool is_one_of(const TransactionBody& body) {
    return (std::holds_alternative<Bodies>(body) || ...);
}

std::string on(Day day) { return " on " + std::to_string(day); }

}  // namespace

void Invariants::expect(bool holds, const std::string& what) {
    if (!holds) broken_ += "does not hold: " + what + "\n";
}

Invariants::Looks Invariants::look(ContractId id, Day today) const {
    Looks looks;
    const auto newest = book_.contract(id);
    if (!newest) return looks;
    const Day first = newest->body.terms.anchor;
    const Day step = 1 + (today + kAhead - first) / 90;
    std::set<Day> days{today - 1, today, today + 1};
    for (Day day = first; day <= today + kAhead; day += step) days.insert(day);
    for (const Day day : days) {
        const auto view = book_.contract(id, {day});
        if (!view) continue;
        const Position& position = view->position;
        looks[day] = {position.ageing.days_past_due, position.penalty_accrued,
                      position.status == ContractStatus::active};
    }
    return looks;
}

void Invariants::before(const Transaction& transaction, Day today) {
    before_.clear();
    if (!is_one_of<Reversal, Chargeback>(transaction.body)) return;
    before_ = look(contract_of(transaction.body).value(), today);
    most_late_ = most_late(contract_of(transaction.body).value());
}

Day Invariants::most_late(ContractId id) const {
    const auto view = book_.contract(id);
    Day most = 0;
    if (!view) return most;
    for (const ContractEvent& event : view->body.events) {
        const bool relieves = event.pays() || event.kind == EventKind::refund ||
                              event.kind == EventKind::waive || event.kind == EventKind::reschedule;
        if (!relieves) continue;
        const auto then = book_.contract(id, {event.business_date, event.entry - 1});
        if (then) most = std::max(most, then->position.ageing.days_past_due);
    }
    return most;
}

EventKind Invariants::kind_of(const Reversal& reversal) const {
    const auto target = find_transaction(book_.records(), reversal.submitter, reversal.target);
    const auto view = book_.contract(reversal.contract);
    for (const ContractEvent& event : view->body.events) {
        if (event.entry == target.value()->entry) return event.kind;
    }
    return EventKind::capture;
}

/// All that was ever owed is somewhere, and no more penalty stands than has accrued.
void Invariants::whole(const ContractView& view) {
    const Position& position = view.position;
    const ContractTotals& totals = position.totals;
    expect(!position.misfit, "every event fits" + on(view.as_of));
    for (std::size_t place = 0; place < kComponents; ++place) {
        const Wide gone = Wide{totals.repaid[place]} + totals.waived[place] +
                          totals.refunded[place] + totals.lapsed[place] + totals.charged_off[place];
        expect(totals.billed[place] == position.outstanding[place] + gone &&
                   position.outstanding[place] >= 0,
               "billed is outstanding and what became of it, component " +
                   std::to_string(place + 1) + on(view.as_of));
    }
    const Wide cap = Wide{view.body.terms.principal} * ruleset_.penalty_cap_ppm / 1'000'000;
    expect(totals.billed[0] <= position.penalty_accrued,
           "penalty billed " + std::to_string(totals.billed[0]) + " <= accrued " +
               std::to_string(position.penalty_accrued) + on(view.as_of));
    expect(position.penalty_accrued <= cap, "accrued penalty is within the cap" + on(view.as_of));
}

/// Of a purchase that was taken back, nothing is left; without its charge-off a contract shows
/// again how late it was all the time. Nothing else makes a day later that has passed, or dearer:
/// but for halves that are rounded up in fewer or other places if nobody relied on what was taken
/// back. From today on it is no later than it was when that was booked.
void Invariants::taken_back(const Transaction& transaction, Day today) {
    const auto& reversal = std::get<Reversal>(transaction.body);
    const EventKind kind = kind_of(reversal);
    if (kind == EventKind::charge_off) return;
    const Amount halves = kind == EventKind::chargeback ? 60 : 0;
    const Looks now = look(reversal.contract, today);
    for (const auto& [day, then] : before_) {
        const auto found = now.find(day);
        if (day > today || found == now.end() || !found->second.active) continue;
        const Day most =
            day < today ? then.days_past_due : std::max(then.days_past_due, most_late_);
        expect(found->second.days_past_due <= most,
               "a reversal leaves " + std::to_string(then.days_past_due) + " days past due, not " +
                   std::to_string(found->second.days_past_due) + on(day));
        // A grace of today that was granted today and is gone again had taken today's penalty off.
        const bool own_day = day == today && kind == EventKind::grace;
        expect(own_day || found->second.accrued <= then.accrued + halves,
               "a reversal leaves a penalty of " + std::to_string(then.accrued) + ", not " +
                   std::to_string(found->second.accrued) + on(day));
    }
}

void Invariants::charged_back(const Chargeback& chargeback, Day today) {
    const Looks now = look(chargeback.contract, today);
    const Look& today_before = before_.at(today);
    for (const auto& [day, then] : before_) {
        const Look& after = now.at(day);
        const std::string name = "a chargeback" + on(today);
        if (day < today) {
            expect(after.days_past_due == then.days_past_due && after.accrued == then.accrued,
                   name + " changes nothing" + on(day));
        }
        const Day since = day - today;
        if (since < 0) continue;
        expect(after.days_past_due <=
                   std::max(then.days_past_due,
                            std::max(today_before.days_past_due, most_late_) + since),
               name + " makes nothing late before it, seen" + on(day));
        // Each change of the base may round up once.
        const Wide most = Wide{chargeback.amount} * ruleset_.penalty_ppm_day * since / 1'000'000;
        expect(after.accrued <= then.accrued + most + 60,
               name + " bears a penalty of " + std::to_string(after.accrued) + on(day) + ", not " +
                   std::to_string(then.accrued) + " and its own days");
    }
}

/// What is not due yet costs no more than the product may: from the refund on.
void Invariants::refunded(const Transaction& transaction) {
    const ContractId id = contract_of(transaction.body).value();
    const auto view = book_.contract(id, {transaction.value_date});
    if (!view || view->position.effects.empty()) return;
    const EventEffect& last = view->position.effects.back();
    const bool is_last = last.event + 1 == view->body.events.size();
    const bool of_principal =
        std::any_of(last.allocation.begin(), last.allocation.end(),
                    [](const Allocation& part) { return part.component == Component::principal; });
    if (!is_last || !of_principal) return;
    std::vector<Instalment> rest;
    Amount principal = 0;
    for (const PlanRow& row : view->position.rows) {
        if (row.due <= transaction.value_date) continue;
        rest.push_back({row.due, row.open(Component::principal), row.open(Component::fee),
                        row.open(Component::interest)});
        principal += rest.back().principal;
    }
    if (principal == 0) return;
    const auto rate = apr_ppm(principal, rest);
    expect(rate && *rate <= product_.apr_cap_ppm, "what a refund leaves is within the cap");
}

void Invariants::moved_by(const Transaction& transaction, const std::vector<MemberId>& signers) {
    const TransactionBody& body = transaction.body;
    const auto id = contract_of(body);
    if (!id) return;
    if (const auto* capture = std::get_if<Capture>(&body)) servicers_[*id] = capture->servicer;
    const bool moves =
        is_one_of<Repayment, PrepaySettle, PenaltyAssess, OverdueMark, HardshipRequest, Recovery,
                  OverpayRefund, Chargeback, ServicerChange, MandateRegister>(body);
    if (!moves) return;
    expect(std::find(signers.begin(), signers.end(), servicers_.at(*id)) != signers.end(),
           "the servicer of the time signed a " + std::string(type_name(body)));
    if (const auto* change = std::get_if<ServicerChange>(&body)) servicers_[*id] = change->servicer;
}

/// No debit is above its mandate or has two results, and a payment that comes from one is of its
/// amount, once.
void Invariants::drawn(const TransactionBody& body, const ContractView& view) {
    if (const auto* mandate = std::get_if<MandateRegister>(&body)) {
        most_[mandate->mandate] = mandate->amount_max;
    } else if (const auto* debit = std::get_if<DebitInstruct>(&body)) {
        expect(debit->amount <= most_.at(debit->mandate), "a debit is within its mandate");
        instructed_[debit->debit] = debit->amount;
    } else if (const auto* result = std::get_if<DebitResult>(&body)) {
        expect(with_result_.insert(result->debit).second, "a debit has one result");
    }
    std::set<DebitId> seen;
    for (const ContractEvent& event : view.body.events) {
        if (event.kind != EventKind::debit) continue;
        expect(seen.insert(event.debit).second, "a debit is booked once");
        expect(with_result_.contains(event.debit), "what is booked of a debit is its result");
        expect(event.amount == 0 || event.amount == instructed_.at(event.debit),
               "a payment that comes from a debit is of its amount");
    }
}

std::string Invariants::after(const Transaction& transaction, Day today,
                              const std::vector<MemberId>& signers,
                              std::optional<ContractId> about) {
    broken_.clear();
    const TransactionBody& body = transaction.body;
    const auto id = about;
    if (!id) return {};
    moved_by(transaction, signers);
    const auto newest = book_.contract(*id);
    if (!newest) return broken_;
    drawn(body, *newest);
    const Day begin = newest->body.terms.anchor;
    const Day step = 1 + (today - begin) / 25;
    for (Day day = begin; day <= today + step; day += step) {
        const auto view = book_.contract(*id, {std::min(day, today)});
        if (view && view->position.status != ContractStatus::reversed) whole(*view);
    }
    if (is_one_of<Reversal>(body)) taken_back(transaction, today);
    if (const auto* chargeback = std::get_if<Chargeback>(&body)) charged_back(*chargeback, today);
    if (is_one_of<MerchantRefund>(body)) refunded(transaction);
    return broken_;
}

}  // namespace tally::testing::opinion
