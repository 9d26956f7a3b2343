#pragma once

#include <span>
#include <vector>

#include "ledger/position.h"
#include "ledger/types.h"
#include "ledger/wide.h"

namespace tally::ledger {

/// Days on which nothing accrues and nothing ages, both inclusive.
struct Pause {
    Day from = 0;
    Day to = 0;
    /// Days that bear nothing because a borrower could rely on what a reversal took back.
    bool relied_on = false;
    /// Of such days: rows due before this one could be taken for met.
    Day met_before = 0;
};

/// Counts penalties day by day without walking every day. A day bears half-up(base * ppm * days /
/// 10^6) for as long as the overdue base stays the same, counted from the day on which it last
/// changed; the base is what rows due before that day still owe, without penalties. Days of a pause
/// are not counted, and do not end the count: so no pause makes anything dearer by a rounding. A
/// row due today bears its first penalty for tomorrow (docs/CREDIT.md, "Penalty").
///
/// Under a standing grace a row bears nothing until its grace is over. If it was met by then, or
/// could be taken for it, it never does; else what it still owes bears the days of grace at once,
/// by itself, on the first day that bears anything.
class PenaltyClock {
public:
    PenaltyClock(Ppm ppm_day, Amount cap, Day grace_days)
        : ppm_day_(ppm_day), cap_(cap), grace_days_(grace_days) {}

    /// Begins on a day, with nothing accrued.
    void start(Day day);
    /// Through a day, inclusive, with the rows as they stood since the last call. Going back does
    /// nothing.
    void advance(Day day, std::span<const PlanRow> rows, std::span<const Pause> pauses);
    /// Takes the day counted last out of the count: a pause that begins on it was granted.
    void uncount_today();
    /// Accrued so far, within the cap.
    Amount accrued() const { return accrued(now_); }
    /// The same as if a pause began on the day counted last.
    Amount accrued_without_today() const { return accrued(without_today()); }

private:
    struct Count {
        Day day = 0;      ///< counted through this day
        Day counted = 0;  ///< days of this base without pauses
        Wide base = 0;
        Wide finished = 0;  ///< of bases that no longer hold
    };
    Amount accrued(const Count& count) const;
    Count without_today() const;
    Wide running(const Count& count) const;
    Wide base_on(Day day, std::span<const PlanRow> rows) const;
    Wide caught_up(Day day, std::span<const PlanRow> rows, std::span<const Pause> pauses) const;
    Day next_change(Day day, Day end, std::span<const PlanRow> rows,
                    std::span<const Pause> pauses) const;

    Ppm ppm_day_;
    Amount cap_;
    Day grace_days_;
    Count now_;
    bool today_counts_ = false;  ///< no pause covers the day counted last
};

}  // namespace tally::ledger
