// On which days a contract was less late by what was taken back later.
//
// A day counts as it did with all that stood on it: the contract is replayed with those events, and
// where the oldest row that is not met is due later than without them, somebody could rely on it.
// What made no difference excuses nothing: neither a payment of a fen nor one that was booked and
// taken back on one day of the book. Nothing of this is kept in the record, so that of several
// events none is judged by another that is taken back after it. And nothing that is booked or taken
// back later takes away that something stood, or a fen, backdated to before a payment in full that
// is gone, would bar that payment: the contract is replayed as known just before each of the events
// was taken back, and for each day the best of it counts.
//
// Whether a day is excused is a matter of rows alone, or a fen would take part in what a payment
// excused that stood before it. How late the contract was on it is told with the days that had been
// excused by then, so that what was taken back last leaves no day later than it was seen before.
// These are judged the same way, by what was taken back earlier still. Each event takes two replays
// at most, however many ask; more only where something that is gone too was backdated to before the
// end of days on which it had not stood.

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

#include "ledger/replay.h"

namespace tally::ledger {
namespace {

/// Days of one set of events that stood.
struct Standing {
    Day from = 0;
    Day to = 0;
    std::vector<const ContractEvent*> events;
};

bool gone_at(const ContractEvent& event, std::uint64_t known_at) {
    return event.entry <= known_at && !event.live_at(known_at);
}

/// A grace meets no row.
bool meets_rows(EventKind kind) { return relieves(kind) && kind != EventKind::grace; }

std::vector<Standing> standing_of(const ContractBody& contract, const PointInTime& point) {
    std::vector<const ContractEvent*> stood;
    std::vector<Day> begins;
    for (const ContractEvent& event : contract.events) {
        const bool counts = gone_at(event, point.known_at) && meets_rows(event.kind) &&
                            event.stood() && event.booked_on < point.as_of;
        if (!counts) continue;
        stood.push_back(&event);
        begins.push_back(event.booked_on + 1);
        begins.push_back(event.reversed_on + 1);
    }
    std::sort(begins.begin(), begins.end());
    begins.erase(std::unique(begins.begin(), begins.end()), begins.end());
    std::vector<Standing> all;
    for (std::size_t place = 0; place + 1 < begins.size(); ++place) {
        Standing days{begins[place], std::min(begins[place + 1] - 1, point.as_of), {}};
        for (const ContractEvent* event : stood) {
            if (event->stood_on(days.from)) days.events.push_back(event);
        }
        if (!days.events.empty() && days.from <= days.to) all.push_back(std::move(days));
    }
    return all;
}

/// From a replay up to a day. What does not fit is passed over: an event may have been accepted
/// beside one that is left out.
std::vector<OldestOpen> oldest_rows(const ContractBody& contract, const ContractRules& rules,
                                    const PointInTime& point, std::vector<Relief> reliefs = {}) {
    std::vector<Day> turns;  // days on which the count changes without an event
    for (const Relief& relief : reliefs) {
        for (const OldestOpen& step : relief.shown) turns.push_back(step.since);
        turns.push_back(relief.to + 1);
    }
    Replay replay(contract, rules, point.known_at, std::move(reliefs));
    std::vector<OldestOpen> steps{{0, kNoneOpen}};
    const auto note = [&replay, &steps](Day day) {
        const Day due = replay.counts_after(day);
        if (steps.back().since == day) {
            steps.back().due = due;
        } else if (steps.back().due != due) {
            steps.push_back({day, due});
        }
    };
    auto turn = turns.begin();
    for (const std::size_t place : order_of(contract, point)) {
        const Day day = contract.events[place].value_date;
        for (; turn != turns.end() && *turn < day; ++turn) note(*turn);
        if (replay.apply(place, false) == Outcome::accepted) note(day);
    }
    for (; turn != turns.end() && *turn <= point.as_of; ++turn) note(*turn);
    return steps;
}

using Entries = std::vector<std::uint64_t>;

/// Of what met rows at an earlier entry and is gone now, that which had not stood yet on these days
/// and would count on them.
Entries not_yet(const ContractBody& contract, const Standing& days, std::uint64_t then,
                std::uint64_t now) {
    Entries entries;
    for (const ContractEvent& event : contract.events) {
        const bool met = event.live_at(then) && gone_at(event, now) && meets_rows(event.kind);
        if (!met || event.value_date > days.to) continue;
        const bool stands =
            std::any_of(days.events.begin(), days.events.end(),
                        [&event](const auto* one) { return one->entry == event.entry; });
        if (!stands) entries.push_back(event.entry);
    }
    return entries;
}

/// As known at an earlier entry, but without some of what is gone now, and without a loss that is
/// gone: that excuses nothing.
ContractBody as_known(ContractBody contract, const Entries& without, std::uint64_t then,
                      std::uint64_t now) {
    const auto gone_since = [&](const ContractEvent& event) {
        return event.live_at(then) && gone_at(event, now);
    };
    const auto left_out = [&](const ContractEvent& event) {
        return event.entry > then || (gone_since(event) && event.kind == EventKind::charge_off) ||
               std::find(without.begin(), without.end(), event.entry) != without.end();
    };
    auto& events = contract.events;
    events.erase(std::remove_if(events.begin(), events.end(), left_out), events.end());
    for (ContractEvent& event : events) {
        if (gone_since(event)) event.reversed_by = kNoEntry;
    }
    return contract;
}

/// The step that holds on a day, which is not before the first one.
std::size_t step_on(const std::vector<OldestOpen>& steps, Day day) {
    const auto later = std::find_if(steps.begin(), steps.end(),
                                    [day](const OldestOpen& step) { return step.since > day; });
    return static_cast<std::size_t>(later - steps.begin()) - 1;
}

Day end_of(const std::vector<OldestOpen>& steps, std::size_t step, Day end) {
    return step + 1 < steps.size() ? std::min(end, steps[step + 1].since - 1) : end;
}

/// On each day the later one.
std::vector<OldestOpen> later_of(const std::vector<OldestOpen>& left,
                                 const std::vector<OldestOpen>& right) {
    std::vector<OldestOpen> later;
    for (std::size_t one = 0, other = 0; one < left.size() || other < right.size();) {
        const Day next = one == left.size()      ? right[other].since
                         : other == right.size() ? left[one].since
                                                 : std::min(left[one].since, right[other].since);
        if (one < left.size() && left[one].since == next) ++one;
        if (other < right.size() && right[other].since == next) ++other;
        const Day due = std::max(left[one - 1].due, right[other - 1].due);
        if (later.empty() || later.back().due != due) later.push_back({next, due});
    }
    return later;
}

bool late_on(const std::vector<OldestOpen>& steps, const Standing& days) {
    for (std::size_t step = step_on(steps, days.from);
         step < steps.size() && steps[step].since <= days.to; ++step) {
        if (steps[step].due < end_of(steps, step, days.to)) return true;
    }
    return false;
}

/// `begin`: the day since which the same events stand. Where others join them or go, the days
/// before count as they did by then.
void add(std::vector<Relief>& reliefs, Day begin, Day from, Day to, Day due) {
    if (from > to) return;
    const bool goes_on = !reliefs.empty() && reliefs.back().to + 1 == from && begin < from;
    if (!goes_on) reliefs.push_back({from, to, {}});
    Relief& last = reliefs.back();
    last.to = to;
    if (last.shown.empty() || last.shown.back().due != due) last.shown.push_back({from, due});
}

/// How late the contract was with what stood.
struct Seen {
    std::vector<OldestOpen> by_rows{{0, 0}};  ///< as if no day had been excused before
    std::vector<OldestOpen> by_days{{0, 0}};
};

class Judge {
public:
    Judge(const ContractBody& contract, const ContractRules& rules, const PointInTime& point)
        : contract_(contract),
          rules_(rules),
          known_at_(point.known_at),
          standing_(standing_of(contract, point)) {}

    std::vector<Relief> reliefs();

private:
    /// By what was taken back before an entry, in the first few of the sets.
    std::vector<Relief> reliefs_before(std::uint64_t entry, std::size_t sets,
                                       const std::vector<OldestOpen>& without);
    const Seen& seen_before(const ContractEvent& event, std::size_t set);
    Seen best_of(const std::vector<const ContractEvent*>& events, std::size_t set);

    const ContractBody& contract_;
    const ContractRules& rules_;
    std::uint64_t known_at_;
    std::vector<Standing> standing_;
    /// By entry of a reversal, and what is left out.
    std::map<std::pair<std::uint64_t, Entries>, Seen> seen_;
};

std::vector<Relief> Judge::reliefs() {
    if (standing_.empty()) return {};
    const PointInTime point{standing_.back().to, known_at_};
    return reliefs_before(kNoEntry, standing_.size(), oldest_rows(contract_, rules_, point));
}

const Seen& Judge::seen_before(const ContractEvent& event, std::size_t set) {
    const std::uint64_t then = event.reversed_by - 1;
    const Entries without = not_yet(contract_, standing_[set], then, known_at_);
    const auto [place, is_new] = seen_.try_emplace({event.reversed_by, without});
    Seen& seen = place->second;
    if (!is_new) return seen;
    // Up to the last day on which it stood, for whoever asks next.
    std::size_t sets = set + 1;
    while (sets < standing_.size() && standing_[sets].from <= event.reversed_on) ++sets;
    const PointInTime point{standing_[sets - 1].to, known_at_};
    const ContractBody known = as_known(contract_, without, then, known_at_);
    seen.by_rows = oldest_rows(known, rules_, point);
    std::vector<Relief> reliefs = reliefs_before(event.reversed_by, sets, seen.by_rows);
    seen.by_days =
        reliefs.empty() ? seen.by_rows : oldest_rows(known, rules_, point, std::move(reliefs));
    return seen;
}

Seen Judge::best_of(const std::vector<const ContractEvent*>& events, std::size_t set) {
    Seen best;
    for (const ContractEvent* event : events) {
        const Seen& seen = seen_before(*event, set);
        best.by_rows = later_of(best.by_rows, seen.by_rows);
        best.by_days = later_of(best.by_days, seen.by_days);
    }
    return best;
}

std::vector<Relief> Judge::reliefs_before(std::uint64_t entry, std::size_t sets,
                                          const std::vector<OldestOpen>& without) {
    std::vector<Relief> reliefs;
    std::vector<const ContractEvent*> stood;
    Day begin = 0;
    Day end = 0;
    for (std::size_t set = 0; set < sets; ++set) {
        const Standing& days = standing_[set];
        std::vector<const ContractEvent*> gone;
        std::copy_if(days.events.begin(), days.events.end(), std::back_inserter(gone),
                     [entry](const ContractEvent* one) { return one->reversed_by < entry; });
        if (gone != stood || end + 1 != days.from) begin = days.from;
        stood = std::move(gone);
        end = days.to;
        if (stood.empty() || !late_on(without, days)) continue;
        const Seen then = best_of(stood, set);
        for (Day day = days.from; day <= days.to;) {
            const OldestOpen& now = without[step_on(without, day)];
            const OldestOpen& rows = then.by_rows[step_on(then.by_rows, day)];
            const OldestOpen& shown = then.by_days[step_on(then.by_days, day)];
            Day to = end_of(without, step_on(without, day), days.to);
            to = end_of(then.by_rows, step_on(then.by_rows, day), to);
            to = end_of(then.by_days, step_on(then.by_days, day), to);
            if (rows.due > now.due) {
                add(reliefs, begin, std::max(day, now.due + 1), to, shown.due);
            }
            day = to + 1;
        }
    }
    return reliefs;
}

}  // namespace

std::vector<std::size_t> order_of(const ContractBody& contract, const PointInTime& point) {
    std::vector<std::size_t> order;
    for (std::size_t place = 0; place < contract.events.size(); ++place) {
        const ContractEvent& event = contract.events[place];
        if (event.live_at(point.known_at) && event.value_date <= point.as_of) {
            order.push_back(place);
        }
    }
    std::sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
        const ContractEvent& first = contract.events[left];
        const ContractEvent& second = contract.events[right];
        return std::pair(first.value_date, first.entry) <
               std::pair(second.value_date, second.entry);
    });
    return order;
}

std::vector<Relief> reliefs_of(const ContractBody& contract, const ContractRules& rules,
                               const PointInTime& point) {
    return Judge(contract, rules, point).reliefs();
}

}  // namespace tally::ledger
