#include "ledger/penalty_clock.h"

#include <algorithm>

namespace tally::ledger {
namespace {

constexpr Wide kWhole = 1'000'000;

bool paused(Day day, std::span<const Pause> pauses) {
    return std::any_of(pauses.begin(), pauses.end(),
                       [day](const Pause& pause) { return pause.from <= day && day <= pause.to; });
}

/// The first day from one on that nobody relied on.
Day unrelied(Day day, std::span<const Pause> pauses) {
    for (bool moved = true; moved;) {
        moved = false;
        for (const Pause& pause : pauses) {
            if (!pause.relied_on || pause.from > day || day > pause.to) continue;
            day = pause.to + 1;
            moved = true;
        }
    }
    return day;
}

bool taken_for_met(const PlanRow& row, Day day, std::span<const Pause> pauses) {
    return std::any_of(pauses.begin(), pauses.end(), [&](const Pause& pause) {
        return pause.from <= day && day <= pause.to && row.due < pause.met_before;
    });
}

/// Pauses may overlap: a grace, and days that a reversal must not burden.
Day unpaused_days(Day from, Day to, std::span<const Pause> pauses) {
    std::vector<Pause> ascending(pauses.begin(), pauses.end());
    std::sort(ascending.begin(), ascending.end(),
              [](const Pause& left, const Pause& right) { return left.from < right.from; });
    Day days = std::max(0, to - from + 1);
    Day next = from;  // the first day that no pause took away yet
    for (const Pause& pause : ascending) {
        const Day first = std::max(pause.from, next);
        const Day last = std::min(pause.to, to);
        if (first > last) continue;
        days -= last - first + 1;
        next = last + 1;
    }
    return days;
}

/// What a row owes, summed over the days from its due date to one: without what a chargeback opened
/// again, for the days up to it.
Wide base_days(const PlanRow& row, Day last, std::span<const Pause> pauses) {
    Wide opened_later = 0;
    for (const PlanRow::Reopened& opened : row.reopened) opened_later += opened.amount;
    Wide sum = 0;
    Day next = row.due + 1;
    for (const PlanRow::Reopened& opened : row.reopened) {
        const Wide owed = std::max<Wide>(0, row.base() - opened_later);
        sum += owed * unpaused_days(next, std::min(opened.day, last), pauses);
        next = std::max(next, opened.day + 1);
        opened_later -= opened.amount;
    }
    return sum + row.base() * Wide{unpaused_days(next, last, pauses)};
}

/// Of a base over some days. At most 2^63 * 2^23 * 2^22: far from the end of 128 bits.
Wide penalty_of(Wide base, Ppm ppm_day, Day days) {
    return (base * ppm_day * days + kWhole / 2) / kWhole;
}

}  // namespace

void PenaltyClock::start(Day day) { now_.day = day; }

Wide PenaltyClock::running(const Count& count) const {
    return penalty_of(count.base, ppm_day_, count.counted);
}

/// What bears a penalty for this day, unless a pause covers it.
Wide PenaltyClock::base_on(Day day, std::span<const PlanRow> rows) const {
    Wide base = 0;
    for (const PlanRow& row : rows) {
        if (row.due + Wide{grace_days_} < day) base += row.base();
    }
    return base;
}

/// For the days of grace of rows whose grace ended the day before, unmet, or earlier if somebody
/// relied on the days since.
Wide PenaltyClock::caught_up(Day day, std::span<const PlanRow> rows,
                             std::span<const Pause> pauses) const {
    Wide sum = 0;
    const bool after_relied = std::any_of(pauses.begin(), pauses.end(), [day](const Pause& pause) {
        return pause.relied_on && pause.to + 1 == day;
    });
    for (const PlanRow& row : rows) {
        const Wide over = row.due + Wide{grace_days_} + 1;
        if (over > day || (over < day && !after_relied)) continue;
        if (unrelied(static_cast<Day>(over), pauses) != day) continue;
        const auto ended = static_cast<Day>(over);
        if (taken_for_met(row, ended, pauses)) continue;
        sum += penalty_of(base_days(row, ended - 1, pauses), ppm_day_, 1);
    }
    return sum;
}

/// The first day after this one on which the base may differ: a row's grace ended the day before,
/// or a pause begins or has ended.
Day PenaltyClock::next_change(Day day, Day end, std::span<const PlanRow> rows,
                              std::span<const Pause> pauses) const {
    Day next = end;
    const auto consider = [&](Wide candidate) {
        if (candidate > day && candidate < next) next = static_cast<Day>(candidate);
    };
    for (const PlanRow& row : rows) consider(row.due + Wide{grace_days_} + 1);
    for (const Pause& pause : pauses) {
        consider(pause.from);
        consider(pause.to + Wide{1});
    }
    return next;
}

void PenaltyClock::advance(Day day, std::span<const PlanRow> rows, std::span<const Pause> pauses) {
    if (day <= now_.day) return;
    while (now_.day < day) {
        const Day first = now_.day + 1;
        now_.finished += caught_up(first, rows, pauses);
        const Wide base = base_on(first, rows);
        if (base != now_.base) {
            now_.finished += running(now_);
            now_.base = base;
            now_.counted = 0;
        }
        const Day last = next_change(first, day + 1, rows, pauses) - 1;
        if (!paused(first, pauses)) now_.counted += last - now_.day;
        now_.day = last;
    }
    today_counts_ = !paused(day, pauses);
}

Amount PenaltyClock::accrued(const Count& count) const {
    return static_cast<Amount>(std::min<Wide>(count.finished + running(count), cap_));
}

PenaltyClock::Count PenaltyClock::without_today() const {
    Count count = now_;
    if (today_counts_) --count.counted;
    return count;
}

void PenaltyClock::uncount_today() {
    now_ = without_today();
    today_counts_ = false;
}

}  // namespace tally::ledger
