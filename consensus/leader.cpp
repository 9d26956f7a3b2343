// The leader's side of replication (Raft, section 5.3): appends flow to each follower without
// waiting for answers, bounded in bytes; the leader's own disk write runs in parallel and counts
// like a follower's acknowledgement, when it is durable.

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {
namespace {

/// Without a commit for as many election timeouts, while blocks wait, a leader gives way.
constexpr std::uint32_t kStallTimeouts = 4;

}  // namespace

Result<Proposed> RawNode::Core::propose(std::span<const Proposal> proposals, Moment now) {
    note_time(now);
    if (role_ != Role::leader) {
        return fail(errc::not_leader, "node " + std::to_string(leader_.value) + " leads");
    }
    // What is proposed now would have to reach the successor first.
    if (transfer_) return fail(errc::busy, "the lead is being handed over");
    std::size_t bytes = 0;
    for (const Proposal& proposal : proposals) {
        const std::size_t size = proposal.payload == nullptr ? 0 : proposal.payload->size();
        if (size > config_.block_bytes_max) {
            return fail(errc::too_large, "payload of " + std::to_string(size) + " bytes, at most " +
                                             std::to_string(config_.block_bytes_max));
        }
        bytes += size + Block::kHeaderBytes;
    }
    // The first one is always taken: otherwise one larger than the bound could never be.
    const std::size_t uncommitted = log_.uncommitted_bytes();
    const bool bounded = !mutated(Mutation::uncommitted_unbounded);
    if (bounded && uncommitted > 0 && uncommitted + bytes > config_.uncommitted_bytes_max) {
        return fail(errc::busy, "too much is proposed and not committed yet");
    }
    if (log_.unapplied_bytes() > config_.unapplied_bytes_max) {
        return fail(errc::busy, "too much is committed and not applied yet");
    }
    const Proposed place{term_, log_.last().next()};
    for (const Proposal& proposal : proposals) {
        append_own(proposal.kind, proposal.payload == nullptr ? share({}) : proposal.payload,
                   block_time());
    }
    finish();
    return place;
}

void RawNode::Core::append_own(BlockKind kind, SharedBytes payload, Millis time) {
    TALLY_CHECK(role_ == Role::leader);
    const ChainTip tip = log_.last_tip();
    BlockHeader header;
    header.network = config_.network;
    header.index = tip.index.next();
    header.term = term_;
    header.time = time;
    header.kind = kind;
    header.previous = tip.hash;
    log_.append(make_block(header, std::move(payload)));
}

void RawNode::Core::send_appends(Progress& peer) {
    while (peer.may_send(config_.inflight_bytes_max)) {
        if (peer.next <= log_.base().index) {
            request_fetch(peer);
            return;
        }
        const bool unbounded = mutated(Mutation::append_unbounded);
        const std::size_t bytes_max = unbounded ? SIZE_MAX : config_.append_bytes_max;
        std::vector<Block> blocks = log_.slice(peer.next, bytes_max);
        if (blocks.empty() && peer.pace == Pace::replicate) return;
        send_append(peer, *log_.tip_at(peer.next.previous()), std::move(blocks));
    }
}

void RawNode::Core::send_append(Progress& peer, const ChainTip& previous,
                                std::vector<Block> blocks) {
    std::size_t bytes = 0;
    for (const Block& block : blocks) bytes += block.size_bytes();
    const Index last(previous.index.value + blocks.size());
    const bool refused = peer.refusal != Refusal::none;
    const std::uint32_t retry_ticks =
        refused ? config_.election_ticks
                : std::max(config_.heartbeat_ticks, config_.election_ticks / 2);
    peer.sent(blocks.size(), bytes, retry_ticks);
    peer.commit_sent = std::max(peer.commit_sent, std::min(log_.commit(), last));
    send(peer.id, AppendRequest{.previous_index = previous.index,
                                .previous_term = previous.term,
                                .previous_hash = previous.hash,
                                .blocks = std::move(blocks),
                                .commit = log_.commit()});
}

/// Finds out, without sending anything twice, what became of appends that are not answered: the
/// follower acknowledges when it has them, and names the gap when one was lost.
void RawNode::Core::chase(Progress& peer) {
    if (mutated(Mutation::no_chase)) return;
    if (peer.pace != Pace::replicate || peer.inflights.empty()) return;
    if (peer.quiet_ticks < 2 * std::uint64_t{config_.heartbeat_ticks}) return;
    const std::optional<ChainTip> previous = log_.tip_at(peer.next.previous());
    if (previous) {
        send_append(peer, *previous, {});
    } else {
        peer.probe_from(peer.match.next());
    }
}

void RawNode::Core::send_heartbeat(Progress& peer) { send(peer.id, heartbeat_for(peer)); }

Heartbeat RawNode::Core::heartbeat_for(Progress& peer) const {
    const bool beyond = mutated(Mutation::heartbeat_commit);
    const Index commit = beyond ? log_.commit() : std::min(log_.commit(), peer.match);
    peer.commit_sent = std::max(peer.commit_sent, commit);
    const Index network_commit = own_term_committed() ? log_.commit() : Index(0);
    Heartbeat heartbeat{.commit = commit, .round = round_, .network_commit = network_commit};
    heartbeat.lacks = peer.lacks;
    if (peer.recovering) {
        heartbeat.recovered_by = peer.recovered_by;
        heartbeat.recovering = *peer.incarnation;
    }
    return heartbeat;
}

void RawNode::Core::broadcast_heartbeats() {
    TALLY_CHECK(role_ == Role::leader);
    heartbeat_elapsed_ticks_ = 0;
    round_wanted_ = false;
    ++round_;
    for (auto& [id, peer] : follow_) send_heartbeat(peer);
    confirm_reads();
}

void RawNode::Core::request_fetch(Progress& peer) {
    peer.fetch = ++fetch_;
    fetches_.push_back({fetch_, peer.next, log_.base().index});
}

void RawNode::Core::on_blocks_fetched(FetchResult result) {
    const auto found = std::find_if(follow_.begin(), follow_.end(), [&result](const auto& entry) {
        return entry.second.fetch == result.id;
    });
    if (role_ != Role::leader || result.id == 0 || found == follow_.end()) return;
    Progress& peer = found->second;
    peer.fetch = 0;
    ChainTip tip = result.previous;
    bool usable = !result.blocks.empty() && tip.index.next() == peer.next;
    for (const Block& block : result.blocks) {
        usable = usable && block.header.index == tip.index.next() &&
                 block.header.previous == tip.hash && block.header.index <= log_.commit();
        tip = tip_of(block);
    }
    if (!usable) {
        // Only once: where nobody has the block, this leader is as good as any.
        const bool ignored = mutated(Mutation::ungiven_ignored);
        if (!result.problem.empty() && peer.next != ungiven_ && !ignored) {
            ungiven_ = peer.next;
            makes_way_ = true;
        }
        peer.probe_from(peer.next);
        peer.pause_ticks = config_.election_ticks;
        finish();
        return;
    }
    tip = result.previous;
    std::size_t at = 0;
    while (at < result.blocks.size() && peer.may_send(config_.inflight_bytes_max)) {
        std::vector<Block> chunk;
        std::size_t bytes = 0;
        while (at < result.blocks.size()) {
            bytes += result.blocks[at].size_bytes();
            if (!chunk.empty() && bytes > config_.append_bytes_max) break;
            chunk.push_back(std::move(result.blocks[at++]));
        }
        const ChainTip last = tip_of(chunk.back());
        send_append(peer, tip, std::move(chunk));
        tip = last;
    }
    finish();
}

void RawNode::Core::maybe_commit() {
    TALLY_CHECK(role_ == Role::leader);
    const bool early = mutated(Mutation::own_copy_early);
    std::vector<std::uint64_t> reached{(early ? log_.last() : log_.durable()).value};
    for (const auto& [id, peer] : follow_) reached.push_back(counts(peer) ? peer.match.value : 0);
    const Index index(majority_reached(std::move(reached)));
    if (index <= log_.commit()) return;
    // Raft, section 5.4.2: only blocks of the own term are committed by counting; those before
    // them follow from the chain.
    if (log_.term_at(index) != term_ && !mutated(Mutation::commit_older_term)) return;
    advance_commit(index);
}

void RawNode::Core::advance_commit(Index index) {
    log_.commit_to(index);
    if (role_ != Role::leader) return;
    stalled_ticks_ = 0;
    // A majority holds a block of this term, and with it the chain below.
    if (own_term_committed()) settle_divergence(index);
    for (auto& [id, peer] : follow_) {
        // A majority took what this one refused: it will take it now.
        if (is_policy(peer.refusal) && peer.refused_index <= index) peer.pause_ticks = 0;
    }
    if (own_term_committed() && reads_.has_waiting()) {
        reads_.open(log_.commit(), read_round());
        round_wanted_ = true;
    }
}

bool RawNode::Core::majority_has_room() const {
    std::size_t with_room = has_room_ ? 1 : 0;
    for (const auto& [id, peer] : follow_) with_room += counts(peer) && peer.has_room ? 1U : 0U;
    return with_room >= majority();
}

bool RawNode::Core::must_step_down() const {
    std::size_t active = 1;
    std::size_t refusing = 0;
    for (const auto& [id, peer] : follow_) {
        if (!counts(peer)) continue;
        active += peer.silent_ticks < config_.election_ticks ? 1U : 0U;
        refusing += peer.refuses_after(log_.commit()) ? 1U : 0U;
    }
    if (active < majority() && !mutated(Mutation::no_check_quorum)) return true;
    // So many refuse what is in flight that it cannot be committed: another one will propose
    // something else, and what is refused now is appended under the rules for older terms.
    if (mutated(Mutation::no_refusal_rule)) refusing = 0;
    if (majority_vote(config_.voters.size(), 0, refusing) == VoteResult::lost) return true;
    const bool stalled = stalled_ticks_ >= kStallTimeouts * config_.election_ticks;
    if (stalled && !mutated(Mutation::no_stall_rule)) return true;
    // Its own disk does not answer: it could neither vote nor, later, prove what it led.
    return !writing_.empty() && !mutated(Mutation::no_own_disk_rule) &&
           ticks_ - writing_.front().tick >= 2 * std::uint64_t{config_.election_ticks};
}

}  // namespace tally::consensus
