#include "ledger/penalty_clock.h"

#include <algorithm>

namespace tally::ledger {
namespace {

constexpr Wide kWhole = 1'000'000;

bool paused(Day day, std::span<const Pause> pauses) {
    return std::any_of(pauses.begin(), pauses.end(),
                       [day](const Pause& pause) { return pause.from <= day && day <= pause.to; });
}

/// What bears a penalty for this day.
Wide base_on(Day day, std::span<const PlanRow> rows, std::span<const Pause> pauses) {
    if (paused(day, pauses)) return 0;
    Wide base = 0;
    for (const PlanRow& row : rows) {
        if (row.due < day) base += row.base();
    }
    return base;
}

/// The first day after this one on which the base may differ: a row was due the day before, or a
/// pause begins or has ended.
Day next_change(Day day, Day end, std::span<const PlanRow> rows, std::span<const Pause> pauses) {
    Day next = end;
    const auto consider = [&](Day candidate) {
        if (candidate > day) next = std::min(next, candidate);
    };
    for (const PlanRow& row : rows) consider(row.due + 1);
    for (const Pause& pause : pauses) {
        consider(pause.from);
        consider(pause.to + 1);
    }
    return next;
}

}  // namespace

void PenaltyClock::start(Day day) {
    now_.day = day;
    now_.since = day;
    yesterday_ = now_;
}

Wide PenaltyClock::running() const {
    // At most 2^63 * 2^23 * 2^22: far from the end of 128 bits.
    return (now_.base * ppm_day_ * (now_.day - now_.since) + kWhole / 2) / kWhole;
}

void PenaltyClock::advance(Day day, std::span<const PlanRow> rows, std::span<const Pause> pauses) {
    if (day <= now_.day) return;
    count_through(day - 1, rows, pauses);
    yesterday_ = now_;
    count_through(day, rows, pauses);
}

void PenaltyClock::count_through(Day day, std::span<const PlanRow> rows,
                                 std::span<const Pause> pauses) {
    while (now_.day < day) {
        const Day first = now_.day + 1;
        const Wide base = base_on(first, rows, pauses);
        if (base != now_.base) {
            now_.finished += running();
            now_.base = base;
            now_.since = now_.day;
        }
        now_.day = next_change(first, day + 1, rows, pauses) - 1;
    }
}

Amount PenaltyClock::accrued() const {
    return static_cast<Amount>(std::min<Wide>(now_.finished + running(), cap_));
}

}  // namespace tally::ledger
