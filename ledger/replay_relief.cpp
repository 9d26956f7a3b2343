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
// A day is excused if by rows alone it was less late, whatever days of theirs count, or if fewer
// days counted: of rows as they were met in what readers saw, with the days excused that had been
// by then, since those say what a payment met and what a re-plan carried. By rows alone, for else
// days that another payment excused would say how long the days of this one are one run; and by
// days too, for by rows the days before a payment that a bank took back may be as many as those of
// a row that is met. So a replay decides day by day, each by what it came to: first its events are
// replayed as if the day were not excused, and if it is they are replayed once more.
//
// How late the contract was with what stood is told by the same replays, so that what was taken
// back last leaves no day later than it was seen before. Those are decided the same way, by what
// was taken back earlier still. Each event takes one replay, however many ask; more only where
// something that is gone too was backdated to before the end of days on which it had not stood.

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <span>
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

/// How late the contract was at the end of each day.
struct Seen {
    std::vector<OldestOpen> by_rows{{0, 0}};  ///< as if no day had been excused
    std::vector<OldestOpen> by_days{{0, 0}};
};

/// What stood by itself, and how late the contract was with all that did.
class Judge {
public:
    Judge(const ContractBody& contract, const ContractRules& rules, const PointInTime& point)
        : contract_(contract),
          rules_(rules),
          known_at_(point.known_at),
          standing_(standing_of(contract, point)) {}

    const std::vector<Standing>& standing() const { return standing_; }
    const ContractRules& rules() const { return rules_; }
    /// On each day of one of the sets the best with one of the events.
    Seen best_of(const std::vector<const ContractEvent*>& events, std::size_t set);

private:
    const Seen& seen_before(const ContractEvent& event, std::size_t set);

    const ContractBody& contract_;
    const ContractRules& rules_;
    std::uint64_t known_at_;
    std::vector<Standing> standing_;
    /// By entry of a reversal, and what is left out.
    std::map<std::pair<std::uint64_t, Entries>, Seen> seen_;
};

/// One replay, which decides as it goes which days are excused.
class Walk {
public:
    /// `entry`: what was taken back before it excuses days.
    Walk(Judge& judge, const ContractBody& contract, const PointInTime& point, std::uint64_t entry);

    /// Ends before the first event that does not fit.
    Replayed replayed(std::uint64_t candidate);
    /// What does not fit is passed over: it may have been accepted beside one that is left out.
    Seen seen();

private:
    struct Days {
        Day from = 0;
        Day to = 0;
        std::vector<const ContractEvent*> events;
        std::size_t set = 0;  ///< place in Judge::standing
        Day begin = 0;        ///< since which the same stand
        std::optional<Seen> best;
    };

    void run();
    /// Days on which nothing happens, after those that were passed, up to one.
    void pass(Day to);
    Day pass_some(Day from, Day to, Day now);
    using Places = std::span<const std::size_t>;
    /// Events of a day, in the order of replay.
    void do_events(Day day, Places places);
    /// What they did, claims aside, if the day is not excused. False if that may not be all.
    bool try_events(Places places);
    void apply(Places places);
    /// Takes back what the events of a day did.
    void go_back(Day day, Replay&& evening);
    Days* standing_on(Day day);
    const Seen& best_of(Days& days);
    void excuse(const Days& days, Day from, Day to, Day shown);
    void note(Day day);

    Judge& judge_;
    const ContractBody& contract_;
    PointInTime point_;
    std::uint64_t candidate_ = kNoEntry;
    bool looks_back_ = true;  ///< notes each day, and passes over what does not fit
    std::vector<Days> days_;
    std::size_t next_ = 0;  ///< of them, the first one that does not end before the day
    std::optional<Replay> replay_;
    std::optional<Position::Misfit> misfit_;
    Day passed_ = -1;
    Day last_excused_ = -1;
    Seen seen_{{{0, kNoneOpen}}, {{0, kNoneOpen}}};
};

Walk::Walk(Judge& judge, const ContractBody& contract, const PointInTime& point,
           std::uint64_t entry)
    : judge_(judge), contract_(contract), point_(point) {
    point_.as_of = std::min(point.as_of, kDayMax);
    replay_.emplace(contract, judge.rules(), point.known_at);
    const std::vector<Standing>& standing = judge.standing();
    for (std::size_t set = 0; set < standing.size(); ++set) {
        Days days{standing[set].from, standing[set].to, {}, set, standing[set].from, {}};
        for (const ContractEvent* event : standing[set].events) {
            if (event->reversed_by < entry) days.events.push_back(event);
        }
        if (days.events.empty() || days.from > point_.as_of) continue;
        const bool same = !days_.empty() && days_.back().to + 1 == days.from &&
                          days_.back().events == days.events;
        if (same) days.begin = days_.back().begin;
        days_.push_back(std::move(days));
    }
}

Replayed Walk::replayed(std::uint64_t candidate) {
    candidate_ = candidate;
    looks_back_ = false;
    run();
    return {std::move(*replay_), misfit_};
}

Seen Walk::seen() {
    run();
    return std::move(seen_);
}

void Walk::run() {
    const std::vector<std::size_t> order = order_of(contract_, point_);
    for (std::size_t first = 0; first < order.size();) {
        const Day day = contract_.events[order[first]].value_date;
        std::size_t last = first;
        while (last < order.size() && contract_.events[order[last]].value_date == day) ++last;
        pass(day - 1);
        do_events(day, Places(order).subspan(first, last - first));
        if (misfit_) return;
        first = last;
    }
    pass(point_.as_of);
}

void Walk::pass(Day to) {
    if (passed_ >= to || (!looks_back_ && next_ == days_.size())) return;
    const Day now = replay_->by_rows_after(passed_ + 1);
    while (passed_ < to) {
        const Day from = passed_ + 1;
        passed_ = pass_some(from, to, now);
        if (looks_back_) note(from);
    }
}

/// Those in a row that count alike; returns the last one of them.
Day Walk::pass_some(Day from, Day to, Day now) {
    Days* days = standing_on(from);
    if (days == nullptr) return next_ < days_.size() ? std::min(to, days_[next_].from - 1) : to;
    to = std::min(to, days->to);
    if (now >= from) return std::min(to, now);
    const Seen& then = best_of(*days);
    const std::size_t rows = step_on(then.by_rows, from);
    const std::size_t shown = step_on(then.by_days, from);
    to = end_of(then.by_days, shown, end_of(then.by_rows, rows, to));
    const bool less_late =
        then.by_rows[rows].due > now || then.by_days[shown].due > replay_->counts_after(from);
    if (less_late) excuse(*days, from, to, then.by_days[shown].due);
    return to;
}

void Walk::do_events(Day day, Places places) {
    passed_ = day;
    Days* days = standing_on(day);
    if (days == nullptr) {
        apply(places);
    } else {
        Replay evening = replay_->without_effects();
        const bool done = try_events(places);
        const Day now = replay_->by_rows_after(day);
        const Seen* then = now < day ? &best_of(*days) : nullptr;
        const bool excused =
            then != nullptr &&
            (then->by_rows[step_on(then->by_rows, day)].due > now ||
             then->by_days[step_on(then->by_days, day)].due > replay_->counts_after(day));
        if (excused || !done) {
            go_back(day, std::move(evening));
            if (excused) excuse(*days, day, day, then->by_days[step_on(then->by_days, day)].due);
            apply(places);
        }
    }
    if (!looks_back_) return;
    const Day now = replay_->by_rows_after(day);
    if (seen_.by_rows.back().due != now) seen_.by_rows.push_back({day, now});
    note(day);
}

void Walk::go_back(Day day, Replay&& evening) {
    std::vector<EventEffect> effects = replay_->take_effects();
    std::erase_if(effects, [&](const EventEffect& effect) {
        return contract_.events[effect.event].value_date == day;
    });
    replay_.emplace(std::move(evening));
    replay_->give_effects(std::move(effects));
}

bool Walk::try_events(Places places) {
    bool done = true;
    for (const std::size_t place : places) {
        const bool fits = replay_->apply(place, false) == Outcome::accepted;
        const bool claims = contract_.events[place].entry == candidate_;
        done = done && (looks_back_ || (fits && !claims));
    }
    return done;
}

void Walk::apply(Places places) {
    for (const std::size_t place : places) {
        const bool claims = contract_.events[place].entry == candidate_;
        const Outcome outcome = replay_->apply(place, claims);
        if (outcome == Outcome::accepted || looks_back_) continue;
        misfit_ = Position::Misfit{place, outcome};
        return;
    }
}

Walk::Days* Walk::standing_on(Day day) {
    while (next_ < days_.size() && days_[next_].to < day) ++next_;
    const bool stands = next_ < days_.size() && days_[next_].from <= day;
    return stands ? &days_[next_] : nullptr;
}

const Seen& Walk::best_of(Days& days) {
    if (!days.best) days.best = judge_.best_of(days.events, days.set);
    return *days.best;
}

/// Where others join what stands or go, the days before count as they did by then.
void Walk::excuse(const Days& days, Day from, Day to, Day shown) {
    replay_->excuse({from, to, shown, last_excused_ + 1 == from && days.begin < from});
    last_excused_ = to;
}

void Walk::note(Day day) {
    const Day due = replay_->counts_after(day);
    if (seen_.by_days.back().due != due) seen_.by_days.push_back({day, due});
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
    seen = Walk(*this, known, point, event.reversed_by).seen();
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

}  // namespace

Replayed replay_of(const ContractBody& contract, const ContractRules& rules,
                   const PointInTime& point, std::uint64_t candidate) {
    Judge judge(contract, rules, point);
    return Walk(judge, contract, point, kNoEntry).replayed(candidate);
}

}  // namespace tally::ledger
