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
        looks[day] = look_of(view->position);
    }
    return looks;
}

Invariants::Look Invariants::look_of(const Position& position) {
    return {position.ageing, position.penalty_accrued, position.status == ContractStatus::active};
}

Invariants::Look Invariants::look_at(const ContractBody& body, Day day) const {
    return look_of(position_of(body, {ruleset_, product_}, {day}));
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
        const bool relieves =
            event.pays() || event.kind == EventKind::refund || event.kind == EventKind::waive ||
            event.kind == EventKind::reschedule || event.kind == EventKind::debt_settle;
        if (!relieves) continue;
        const auto then = book_.contract(id, {event.booked_on, event.entry - 1});
        if (then) most = std::max(most, then->position.ageing.days_past_due);
        most = std::max(most, late_in_truth(view->body, event));
    }
    return most;
}

/// Of an event how late the contract was before it, had what is gone never been: on its own day, or
/// on that of its booking if it was gone by then. Such a day is not excused if something stood on
/// it, for it was met without that; 0 if nothing did.
Day Invariants::late_in_truth(const ContractBody& body, const ContractEvent& booked) const {
    const auto late_on = [&](Day day, std::uint64_t gone_by) -> Day {
        const auto gone = [gone_by](const ContractEvent& event) {
            return event.reversed_by < gone_by;
        };
        const bool stood = std::any_of(
            body.events.begin(), body.events.end(),
            [&](const ContractEvent& event) { return gone(event) && event.stood_on(day); });
        if (!stood) return 0;
        ContractBody without = body;
        std::erase_if(without.events, [&](const ContractEvent& event) {
            return event.entry >= booked.entry || gone(event);
        });
        for (ContractEvent& event : without.events) event.reversed_by = kNoEntry;
        const bool bought =
            !without.events.empty() && without.events.front().kind == EventKind::capture;
        return bought ? look_at(without, day).ageing.days_past_due : 0;
    };
    return std::max(late_on(booked.booked_on, booked.entry), late_on(booked.value_date, kNoEntry));
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
    expect(position.outstanding_total == 0 || totals.credit == 0,
           "nobody owes and is owed at once" + on(view.as_of));
}

/// Of a purchase that was taken back, nothing is left; without its charge-off a contract shows
/// again how late it was all the time.
void Invariants::taken_back(const Reversal& reversal, Day today) {
    const auto target = find_transaction(book_.records(), reversal.submitter, reversal.target);
    const ContractBody body = book_.contract(reversal.contract)->body;
    const auto gone = std::find_if(
        body.events.begin(), body.events.end(),
        [&](const ContractEvent& event) { return event.entry == target.value()->entry; });
    const bool whole = gone->kind == EventKind::charge_off || gone->kind == EventKind::capture;
    if (whole) return;
    const Looks now = look(reversal.contract, today);
    const bool relieved = gone->pays() || gone->kind == EventKind::refund ||
                          gone->kind == EventKind::waive || gone->kind == EventKind::grace ||
                          gone->kind == EventKind::reschedule ||
                          gone->kind == EventKind::debt_settle;
    if (!relieved) return burdens_nobody(*gone, now, today);
    as_known_before(reversal.contract, body, *gone, now);
    as_if_never(body, *gone, now);
}

/// Nobody relied on what was taken back: nothing is later or dearer without it, but for halves that
/// are rounded up in other places.
void Invariants::burdens_nobody(const ContractEvent& gone, const Looks& now, Day today) {
    const Amount halves = gone.kind == EventKind::chargeback ? 60 : 0;
    for (const auto& [day, then] : before_) {
        const auto found = now.find(day);
        if (day > today || found == now.end() || !found->second.active) continue;
        const Look& after = found->second;
        const std::string name = "a reversal that burdens nobody leaves ";
        expect(after.ageing.days_past_due <= then.ageing.days_past_due,
               name + std::to_string(after.ageing.days_past_due) + " days past due, not " +
                   std::to_string(then.ageing.days_past_due) + on(day));
        expect(after.accrued <= then.accrued + halves,
               name + "a penalty of " + std::to_string(after.accrued) + ", not " +
                   std::to_string(then.accrued) + on(day));
    }
}

/// Up to its booking everything is as it was known before it, if nothing else was booked since.
void Invariants::as_known_before(ContractId id, const ContractBody& body, const ContractEvent& gone,
                                 const Looks& now) {
    for (const ContractEvent& event : body.events) {
        const bool since = event.entry > gone.entry ||
                           (event.reversed_by != kNoEntry && event.reversed_by > gone.entry &&
                            event.entry != gone.entry);
        if (since) return;
    }
    for (const auto& [day, after] : now) {
        if (day > gone.booked_on && gone.stood()) continue;
        const auto known = book_.contract(id, {day, gone.entry - 1});
        if (!known) continue;
        expect(after == look_of(known->position),
               "a reversal leaves what was known before the booking" + on(day));
    }
}

/// Up to its booking everything is as if it had never been; while it stood nothing is later than it
/// was known to be, and nothing accrues; and never is anything later or dearer than one of both.
void Invariants::as_if_never(const ContractBody& body, const ContractEvent& gone,
                             const Looks& now) {
    ContractBody never = body;
    std::erase_if(never.events,
                  [&](const ContractEvent& event) { return event.entry == gone.entry; });
    if (position_of(never, {ruleset_, product_}).misfit) return;
    const Amount at_booking = look_at(body, gone.booked_on).accrued;
    // Backdated into days on which something else stood that is gone too, it had changed what those
    // days excuse.
    const bool reaches_back =
        std::any_of(never.events.begin(), never.events.end(), [&](const ContractEvent& event) {
            return event.reversed_by != kNoEntry && event.stood() &&
                   event.booked_on < gone.booked_on && event.reversed_on >= gone.value_date;
        });
    for (const auto& [day, after] : now) {
        const Look without = look_at(never, day);
        const auto found = before_.find(day);
        const Day then = found == before_.end() ? 0 : found->second.ageing.days_past_due;
        const std::string name = "what was taken back" + on(day);
        if (day <= gone.booked_on || !gone.stood()) {
            expect(after == without, name + " leaves nothing");
        } else if (gone.stood_on(day)) {
            expect(reaches_back || after.ageing.days_past_due <= then,
                   name + " leaves " + std::to_string(after.ageing.days_past_due) +
                       " days past due, not " + std::to_string(then));
            expect(after.accrued == at_booking, name + " leaves a penalty of " +
                                                    std::to_string(after.accrued) + ", not " +
                                                    std::to_string(at_booking));
        } else {
            expect(
                reaches_back ||
                    after.ageing.days_past_due <= std::max(then, without.ageing.days_past_due),
                name + " makes nothing later, but " + std::to_string(after.ageing.days_past_due));
        }
        // Less penalty that is billed leaves later payments for the rows; a ruleset that pays
        // principal first may do the reverse. Each change of the base may round up once.
        expect(ruleset_.principal_first_after > 0 || after.accrued <= without.accrued + 60,
               name + " is no dearer than " + std::to_string(without.accrued) + ", but " +
                   std::to_string(after.accrued));
    }
    loses_nothing(body, never, gone, now);
}

/// What met no row on any day on which it stood excuses none, if nothing else was taken back.
void Invariants::loses_nothing(const ContractBody& body, const ContractBody& never,
                               const ContractEvent& gone, const Looks& now) {
    constexpr Day kLookedAt = 120;
    const bool other = std::any_of(
        never.events.begin(), never.events.end(),
        [](const ContractEvent& event) { return event.reversed_by != kNoEntry && event.stood(); });
    if (other || gone.reversed_on - gone.booked_on > kLookedAt) return;
    ContractBody standing = body;
    for (ContractEvent& event : standing.events) {
        if (event.entry == gone.entry) event.reversed_by = kNoEntry;
    }
    for (Day day = gone.booked_on + 1; day <= gone.reversed_on; ++day) {
        const Day with = look_at(standing, day).ageing.days_past_due;
        if (with != look_at(never, day).ageing.days_past_due) return;
    }
    // No penalty accrues on days on which it stood. Where one was billed for them, a payment that
    // had paid it is left for the rows.
    const auto billed = [this](const ContractBody& of, Day day) {
        const Position position = position_of(of, {ruleset_, product_}, {day});
        return position.totals.billed[place_of(Component::penalty)];
    };
    for (const auto& [day, after] : now) {
        const Day without = look_at(never, day).ageing.days_past_due;
        const bool released = billed(body, day) < billed(never, day);
        expect(after.ageing.days_past_due == without ||
                   (released && after.ageing.days_past_due < without),
               "what met no row excuses no day" + on(day));
    }
}

void Invariants::charged_back(const Chargeback& chargeback, Day today) {
    const Looks now = look(chargeback.contract, today);
    const Look& today_before = before_.at(today);
    for (const auto& [day, then] : before_) {
        const Look& after = now.at(day);
        const std::string name = "a chargeback" + on(today);
        if (day < today) {
            expect(after.ageing.days_past_due == then.ageing.days_past_due &&
                       after.accrued == then.accrued,
                   name + " changes nothing" + on(day));
        }
        const Day since = day - today;
        if (since < 0) continue;
        const Day late = std::max(today_before.ageing.days_past_due, most_late_) + since;
        expect(after.ageing.days_past_due <= std::max(then.ageing.days_past_due, late),
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
    pooled(transaction, today, signers, about);
    if (!id) return broken_;
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
    if (const auto* back = std::get_if<Reversal>(&body)) taken_back(*back, today);
    if (const auto* chargeback = std::get_if<Chargeback>(&body)) charged_back(*chargeback, today);
    if (is_one_of<MerchantRefund>(body)) refunded(transaction);
    return broken_;
}

}  // namespace tally::testing::opinion
