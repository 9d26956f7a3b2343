// The frame of the core: starting, time, and the rules of Raft's figure 2 that hold for every
// message. What its term does first is in terms.cpp, what a role does with it in election.cpp,
// follower.cpp, leader.cpp, replies.cpp, transfer.cpp and reading.cpp; what the caller has to do is
// gathered in ready.cpp.

#include "consensus/core.h"

#include <algorithm>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/check.h"

namespace tally::consensus {
namespace {

/// How many election timeouts of silence a node that should not lead leaves to the others.
constexpr std::uint32_t kReluctance = 4;

}  // namespace

RawNode::Core::Core(Config config, PersistedState state, Index applied, std::uint64_t seed,
                    std::uint64_t incarnation)
    : config_(std::move(config)),
      incarnation_(incarnation),
      random_(seed),
      log_(state.base, std::move(state.tail), state.hard_state.commit, applied),
      term_(state.hard_state.term),
      vote_(state.hard_state.vote),
      written_term_(term_),
      written_vote_(vote_),
      durable_term_(term_),
      durable_vote_(vote_),
      recovering_(state.recovering),
      forwarded_(incarnation),
      apply_offered_(applied) {
    for (NodeId voter : config_.voters) {
        if (voter == config_.id) continue;
        peers_.push_back(voter);
        follow_[voter].id = voter;
    }
    std::sort(peers_.begin(), peers_.end());
    reset_timeout();
}

bool RawNode::Core::is_voter(NodeId id) const {
    return std::find(config_.voters.begin(), config_.voters.end(), id) != config_.voters.end();
}

void RawNode::Core::note_time(Moment now) {
    now_ = now.wall;
    steady_ = std::max(steady_, now.steady);
}

void RawNode::Core::set_may_lead(bool may_lead) { may_lead_ = may_lead; }

void RawNode::Core::tick(Moment now) {
    note_time(now);
    ++ticks_;
    ++elapsed_ticks_;
    if (leader_silent_ticks_ < config_.election_ticks) ++leader_silent_ticks_;
    for (std::uint64_t context : forwarded_.take_expired(ticks_)) {
        read_states_.push_back({context, false, Index(0)});
    }
    if (role_ == Role::leader) {
        tick_leader();
    } else {
        tick_follower();
    }
    finish();
}

void RawNode::Core::tick_leader() {
    for (auto& [id, peer] : follow_) {
        ++peer.silent_ticks;
        ++peer.quiet_ticks;
        if (peer.pause_ticks > 0) --peer.pause_ticks;
    }
    stalled_ticks_ = log_.last() > log_.commit() ? stalled_ticks_ + 1 : 0;
    tick_transfer();
    if (role_ == Role::leader && must_step_down()) {
        become_follower(term_, kNobody);
    }
    if (role_ != Role::leader) return;
    if (++heartbeat_elapsed_ticks_ < config_.heartbeat_ticks) return;
    broadcast_heartbeats();
    for (auto& [id, peer] : follow_) chase(peer);
}

void RawNode::Core::tick_follower() {
    // Its own vote would be the first to count.
    if (recovering_) return;
    // Alone there is nobody to wait for.
    const bool alone = peers_.empty() && role_ == Role::follower;
    std::uint32_t patience = may_lead_ ? 1 : kReluctance;
    if (makes_way_) patience = 2 * kReluctance;
    if (!alone && elapsed_ticks_ < patience * timeout_ticks_) return;
    // A candidate whose own vote is not durable yet cannot win; another term would not help it.
    if (role_ == Role::candidate && durable_term_ < term_) return;
    campaign_pre_vote();
}

Status RawNode::Core::step(const Message& message, Moment now, const PolicyVerdict& verdict) {
    if (Status status = validate(message); !status) return status;
    const bool contested = is_contested(message);
    // Where a heartbeat alone has told it, the first block that comes is better evidence.
    if (!contested || !contested_.shown) {
        const auto found = contradiction(message);
        const bool more = found && (!contested || found->other != crypto::Digest{});
        if (more) return contest(message, *found);
    }
    if (contested) {
        refuse_contested(message);
        return {};
    }
    note_time(now);
    if (enter_term(message)) dispatch(message, verdict);
    finish();
    return {};
}

void RawNode::Core::dispatch(const Message& message, const PolicyVerdict& verdict) {
    // One `on` per kind of message: a new kind does not compile until it has its own.
    const auto visitor = [&](const auto& body) {
        if constexpr (std::is_same_v<decltype(body), const AppendRequest&>) {
            on(message, body, verdict);
        } else {
            on(message, body);
        }
    };
    std::visit(visitor, message.body);
}

/// Ends every call that may have changed something: sends what the new state allows.
void RawNode::Core::finish() {
    if (role_ == Role::leader) {
        for (auto& [id, peer] : follow_) {
            send_appends(peer);
            // A commit that no append carries is told at once: followers apply without delay.
            if (std::min(log_.commit(), peer.match) > peer.commit_sent) send_heartbeat(peer);
        }
    }
    if (role_ == Role::leader) maybe_hand_over();
    log_.trim(config_.cache_bytes_max);
    check_invariants();
}

std::vector<Block> RawNode::Core::unapplied() const {
    const Index first = std::max(log_.base().index, log_.applied()).next();
    return log_.slice(first, std::numeric_limits<std::size_t>::max());
}

SoftState RawNode::Core::soft_state() const {
    return {.role = role_,
            .leader = leader_,
            .term = term_,
            .commit = log_.commit(),
            .diverged = diverged_,
            .recovering = recovering_,
            .recovered_by = recovered_by_};
}

std::vector<ProgressView> RawNode::Core::progress() const {
    std::vector<ProgressView> result;
    if (role_ != Role::leader) return result;
    for (const auto& [id, peer] : follow_) {
        ProgressView view;
        view.id = id;
        view.match = peer.match;
        view.active = peer.silent_ticks < config_.election_ticks;
        view.silent_ticks = peer.silent_ticks;
        view.forgotten = peer.forgotten;
        view.recovering = peer.recovering;
        view.last_refusal = peer.refusal;
        view.last_reason = peer.reason;
        result.push_back(std::move(view));
    }
    return result;
}

void RawNode::Core::check_invariants() const {
    log_.check_invariants();
    TALLY_CHECK(log_.last_tip().term <= term_);
    TALLY_CHECK(durable_term_ <= written_term_ && written_term_ <= term_);
    TALLY_CHECK((role_ == Role::leader) == (leader_ == config_.id));
    TALLY_CHECK(apply_offered_ <= log_.commit());
    TALLY_CHECK(verified_ <= log_.last());
    TALLY_CHECK(!recovering_ || role_ == Role::follower);
    TALLY_CHECK(recovering_ || !ending_);
    if (role_ == Role::leader) {
        check_leader();
    } else {
        TALLY_CHECK(reads_.size() == 0);
    }
}

void RawNode::Core::check_leader() const {
    TALLY_CHECK(led_term_ == term_ && vote_ == config_.id);
    TALLY_CHECK(durable_term_ == term_);
    TALLY_CHECK(log_.last() >= term_start_ && log_.term_at(log_.last()) == term_);
    for (const auto& [id, peer] : follow_) {
        peer.check_invariants();
        TALLY_CHECK(peer.match <= log_.last() && peer.next <= log_.last().next());
    }
}

}  // namespace tally::consensus
