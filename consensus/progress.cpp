#include "consensus/progress.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/mutation.h"

namespace tally::consensus {

void Progress::start(Index first_guess) {
    match = Index(0);
    next = std::max(first_guess, Index(1));
    pace = Pace::probe;
    pause_ticks = 0;
    inflights.clear();
    quiet_ticks = 0;
    fetch = 0;
    commit_sent = Index(0);
    silent_ticks = 0;
    round = 0;
    may_lead = false;
    has_room = true;
    incarnation.reset();
    incarnation_round = 0;
    recovering = false;
    recovered = false;
    recovered_by = Index(0);
    most_acknowledged = Index(0);
    forgotten = Index(0);
    lacks = Index(0);
    refusal = Refusal::none;
    refused_index = Index(0);
    reason.clear();
}

void Progress::restart(std::uint64_t new_incarnation, Index first_guess) {
    const Index most = most_acknowledged;
    const Index held = match;
    start(first_guess);
    if (mutated(Mutation::incarnation_keeps_match)) match = std::min(held, next.previous());
    most_acknowledged = most;
    incarnation = new_incarnation;
}

bool Progress::acknowledge(Index acknowledged) {
    quiet_ticks = 0;
    inflights.acknowledge(acknowledged);
    const bool moved = acknowledged > match;
    match = std::max(match, acknowledged);
    most_acknowledged = std::max(most_acknowledged, match);
    next = std::max(next, match.next());
    if (refusal != Refusal::none && match >= refused_index) {
        refusal = Refusal::none;
        reason.clear();
    }
    // A block refused for another reason than its place is not sent again before its pause ends.
    if (pace == Pace::probe && refusal == Refusal::none) {
        // The logs agree up to here: from now on send ahead.
        pace = Pace::replicate;
        next = match.next();
        pause_ticks = 0;
        TALLY_CHECK(inflights.empty());
    }
    return moved;
}

void Progress::probe_from(Index index) {
    next = std::max(index, match.next());
    pace = Pace::probe;
    pause_ticks = 0;
    inflights.clear();
    fetch = 0;
}

bool Progress::mismatch(Index refused, Index hint) {
    if (mutated(Mutation::refusal_lowers_match)) match = std::min(match, hint);
    // Below match the logs agree for certain: a refusal from there was overtaken on its way. A
    // probe is only answered by a refusal of that very probe.
    if (refused <= match) return false;
    if (pace == Pace::probe && refused != next.previous()) return false;
    probe_from(std::min(hint.next(), refused));
    return true;
}

bool Progress::refuse(Index refused, Refusal why, std::string text, std::uint32_t wait_ticks) {
    if (refused <= match) return false;
    const bool again = pace == Pace::probe && refusal == why && refused_index == refused &&
                       next <= refused && (pause_ticks > 0 || fetch != 0);
    if (again) {
        // Where every heartbeat is refused, a pause that began anew each time would never end, and
        // the follower would never see the block that it could compare.
        reason = std::move(text);
        pause_ticks = std::min(pause_ticks, wait_ticks);
        return true;
    }
    refusal = why;
    refused_index = refused;
    reason = std::move(text);
    probe_from(std::min(refused, next));
    pause_ticks = wait_ticks;
    return true;
}

void Progress::sent(std::size_t count, std::size_t bytes, std::uint32_t wait_ticks) {
    if (pace == Pace::probe) {
        pause_ticks = wait_ticks;
        return;
    }
    if (count == 0) return;
    if (inflights.empty()) quiet_ticks = 0;
    next = Index(next.value + count);
    inflights.add(next.previous(), bytes);
}

bool Progress::may_send(std::size_t inflight_bytes_max) const {
    if (fetch != 0) return false;
    if (pace == Pace::probe) return pause_ticks == 0;
    return !inflights.full(inflight_bytes_max);
}

bool Progress::refuses_after(Index commit) const {
    return is_policy(refusal) && refused_index > commit;
}

void Progress::check_invariants() const {
    TALLY_CHECK(match < next);
    TALLY_CHECK(pace == Pace::replicate || inflights.empty());
}

}  // namespace tally::consensus
