// How late a contract is: the days that count as past due, and the class that follows.
//
// By the calendar these are the days after the due date of the oldest row not met. What was taken
// back limits them: days on which a payment, refund, waiver or re-plan stood count as they did with
// it, and then the count goes on from where it was before, or from where it had come to with it. So
// a reversal makes no day late on which somebody relied on what it takes back, and a payment that
// never was leaves no contract younger. A row that a bank opened again counts the days that were
// late before the payment, and those since: of all rows the one counts that has most, so that no
// chargeback hides days of another row.

#include <algorithm>
#include <numeric>
#include <utility>

#include "base/check.h"
#include "ledger/replay.h"

namespace tally::ledger {
namespace {

constexpr std::uint32_t kLoss = 4;

void add(Spans& days, Day from, Day to) {
    if (from <= to) days.push_back({from, to});
}

Day count(const Spans& days) {
    return std::accumulate(days.begin(), days.end(), Day{0},
                           [](Day sum, const Span& span) { return sum + span.to - span.from + 1; });
}

/// Those from one day to another, and then all from `next` on.
Spans between(const Spans& days, Day first, Day last, Day next) {
    Spans kept;
    for (const Span& span : days) {
        add(kept, std::max(span.from, first), std::min(span.to, last));
    }
    add(kept, std::max(next, first), last);
    return kept;
}

Spans without(const Spans& days, Day from, Day to) {
    Spans kept;
    for (const Span& span : days) {
        add(kept, span.from, std::min(span.to, from - 1));
        add(kept, std::max(span.from, to + 1), span.to);
    }
    return kept;
}

/// How many of them are from one day to another.
Day count_in(const Spans& days, Day from, Day to) {
    return std::accumulate(days.begin(), days.end(), Day{0}, [&](Day sum, const Span& span) {
        return sum + std::max(0, std::min(span.to, to) - std::max(span.from, from) + 1);
    });
}

Spans longer(Spans left, Spans right) {
    return count(left) >= count(right) ? std::move(left) : std::move(right);
}

}  // namespace

void Replay::excuse(const Excused& days) {
    come_to(days.from);
    const Pause pause{days.from, days.to, true, days.shown};
    const bool longer = !without_penalty_.empty() && without_penalty_.back().relied_on &&
                        without_penalty_.back().met_before == days.shown &&
                        without_penalty_.back().to + 1 == days.from;
    if (longer) {
        without_penalty_.back().to = days.to;
    } else {
        without_penalty_.push_back(pause);
    }
    if (!days.goes_on || !excused_) {
        excused_ = counted_.limits.size();
        counted_.limits.push_back({days.from, {}, {}, days.from});
    }
    Limit& limit = counted_.limits[*excused_];
    if (limit.shown.empty() || limit.shown.back().due != days.shown) {
        limit.shown.push_back({days.from, days.shown});
    }
    limit.with = {{days.shown + 1, days.to}};
    limit.next = days.to + 1;
}

void Replay::come_to(Day day) {
    for (; replans_passed_ < replans_gone_.size(); ++replans_passed_) {
        const ContractEvent& replan = *replans_gone_[replans_passed_];
        const Day booked = replan.booked_on;
        if (booked >= day) break;
        // The class that it had put under observation is that of its own day.
        const Spans days =
            between(past_due(booked, Reversed::gone), 0, replan.value_date, replan.value_date + 1);
        observe(ageing_of(days, booked).asset_class, booked);
    }
}

Spans Replay::shown_by(const Limit& limit, Day first, Day day) {
    if (day >= limit.next) return between(limit.with, first, day, limit.next);
    const auto later = std::find_if(limit.shown.begin(), limit.shown.end(),
                                    [day](const OldestOpen& step) { return step.since > day; });
    Spans days;
    add(days, std::max(first, std::prev(later)->due + 1), day);
    return days;
}

Spans Replay::limited(Spans days, Day first, Day day, Reversed view,
                      const std::vector<Limit>& limits, Day since) {
    Day left = count(days);
    for (const Limit& limit : limits) {
        if (left == 0) break;
        const bool shown = view == Reversed::standing && day < limit.next;
        if (limit.since > day || (limit.since <= since && !shown)) continue;
        // Those that it leaves, or those that it counted instead, if these are more. Most limits
        // leave all, so nothing is built before that is known.
        const Day kept = shown ? 0 : left - count_in(days, limit.since, limit.next - 1);
        if (kept == left) continue;
        Spans instead = shown_by(limit, first, day);
        const Day others = count(instead);
        if (std::max(kept, others) >= left) continue;
        days = shown || others > kept ? std::move(instead)
                                      : without(days, limit.since, limit.next - 1);
        left = std::max(kept, others);
    }
    return days;
}

template <typename Payments>
auto Replay::Counting::find(Payments& payments, std::uint64_t payment)
    -> decltype(payments.data()) {
    const auto place = std::ranges::lower_bound(payments, payment, {}, &BeforePayment::entry);
    return place != payments.end() && place->entry == payment ? &*place : nullptr;
}

const Replay::BeforePayment* Replay::Counting::before(std::uint64_t payment) const {
    return find(before_payment, payment);
}

Replay::BeforePayment* Replay::Counting::before(std::uint64_t payment) {
    return find(before_payment, payment);
}

Spans Replay::days_of(std::size_t row, Day day, Reversed view, const Counting& counting,
                      Day least) const {
    const PlanRow& open = position_.rows[row];
    // Limits only take days away.
    if (open.base() == 0 || day - open.due <= least) return {};
    const Day first = open.due + 1;
    const std::vector<Opened>& again = watched_[row].opened;
    if (again.empty()) return limited({{first, day}}, first, day, view, counting.limits, -1);
    Spans most;
    for (const Opened& opened : again) {
        const BeforePayment* payment = counting.before(opened.target);
        TALLY_CHECK(payment != nullptr && payment->days != nullptr);
        const std::vector<Spans>& before = *payment->days;
        // After a re-plan all of them are before any row was due.
        Spans days =
            between(row < before.size() ? before[row] : Spans{}, first, day, opened.day + 1);
        if (count(days) <= std::max(least, count(most))) continue;
        days = limited(std::move(days), first, day, view, counting.limits, opened.day);
        most = longer(std::move(most), std::move(days));
    }
    return most;
}

Spans Replay::past_due(Day day, Reversed view, const Counting& counting) const {
    Spans most;
    Day count_most = 0;
    bool older = false;  // one that was never met has all days of those behind it
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        const bool met_before = !watched_[row].opened.empty();
        if (position_.rows[row].base() == 0 || (older && !met_before)) continue;
        older = older || !met_before;
        Spans days = days_of(row, day, view, counting, count_most);
        if (const Day more = count(days); more > count_most) {
            most = std::move(days);
            count_most = more;
        }
    }
    return most;
}

Day Replay::counts_after(Day day, const Counting& counting) {
    come_to(day);
    const Day due = oldest_open();
    return due >= day ? due : day - count(past_due(day, Reversed::standing, counting));
}

Day Replay::paused_days(const Spans& days) const {
    Day sum = 0;
    for (const Span& span : days) {
        for (const Pause& pause : pauses_) {
            sum += std::max(0, std::min(pause.to, span.to) - std::max(pause.from, span.from) + 1);
        }
    }
    return sum;
}

Ageing Replay::ageing_of(const Spans& days, Day day) const {
    Ageing ageing;
    ageing.days_past_due = count(days);
    const Wide rest = Wide{ageing.days_past_due} - ruleset_.grace_days - paused_days(days);
    ageing.delinquent_days = static_cast<Day>(std::max<Wide>(0, rest));
    const auto past = [&ageing](Day bound) { return ageing.delinquent_days > bound; };
    if (ageing.delinquent_days > 0) {
        ageing.bucket = 1 + static_cast<std::uint32_t>(std::count_if(
                                ruleset_.bucket_days.begin(), ruleset_.bucket_days.end(), past));
    }
    const auto reached = static_cast<std::uint32_t>(
        std::count_if(ruleset_.class_days.begin(), ruleset_.class_days.end(),
                      [&ageing](Day first) { return ageing.delinquent_days >= first; }));
    ageing.asset_class = std::max(least_class(day), reached);
    return ageing;
}

void Replay::observe(std::uint32_t asset_class, Day since) {
    kept_class_ = asset_class;
    observed_since_ = since;
}

bool Replay::paid(std::size_t row) const {
    const PlanRow& of = position_.rows[row];
    const bool money = of.paid[kFee] + of.paid[kInterest] + of.paid[kPrincipal] > 0;
    return of.base() == 0 && money && !watched_[row].waived;
}

void Replay::judge_rows(Day day) {
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        const bool over = position_.rows[row].due + Wide{ruleset_.grace_days} < day;
        if (over && !watched_[row].paid) watched_[row].paid = paid(row);
    }
}

std::uint32_t Replay::least_class(Day day) const {
    if (position_.status == ContractStatus::charged_off ||
        position_.status == ContractStatus::closed_recovered || position_.settled_loss()) {
        return kLoss;
    }
    if (position_.status != ContractStatus::active) return 0;
    std::uint32_t in_a_row = 0;
    for (std::size_t row = 0; row < position_.rows.size(); ++row) {
        if (in_a_row == ruleset_.observation_rows) break;
        const Day due = position_.rows[row].due;
        if (due <= observed_since_ || due > day) continue;
        in_a_row = watched_[row].paid.value_or(paid(row)) ? in_a_row + 1 : 0;
    }
    return in_a_row == ruleset_.observation_rows ? 0 : kept_class_;
}

}  // namespace tally::ledger
