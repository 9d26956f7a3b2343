#include "tests/simulation/node_watch.h"

#include <algorithm>
#include <string>
#include <variant>

#include "consensus/quorum.h"

namespace tally::simulation {

using consensus::AppendReply;
using consensus::AppendRequest;
using consensus::Block;
using consensus::BlockKind;
using consensus::Heartbeat;
using consensus::HeartbeatReply;
using consensus::Index;
using consensus::Message;
using consensus::Millis;
using consensus::RawNode;
using consensus::ReadReply;
using consensus::ReadRequest;
using consensus::Refusal;
using consensus::Role;
using consensus::SoftState;
using consensus::VoteReply;
using consensus::VoteRequest;

namespace {

/// Writes with submissions that may wait for the disk: two, and one that a turn adds.
constexpr std::size_t kUnsyncedMax = 3;
/// Answers in a row after which a leader must know a new start of a follower, and how many rounds
/// may be on their way unseen.
constexpr std::uint32_t kFreshAnswers = 3;
constexpr std::uint64_t kRoundsUnseen = 8;

bool speaks_for_leader(const Message& message) {
    return std::holds_alternative<AppendRequest>(message.body) ||
           std::holds_alternative<Heartbeat>(message.body);
}

}  // namespace

void NodeWatch::on_wall(Millis wall) {
    wall_first_ = walled_ ? std::min(wall_first_, wall) : wall;
    wall_last_ = walled_ ? std::max(wall_last_, wall) : wall;
    walled_ = true;
}

bool NodeWatch::hears(const SoftState& soft) const {
    if (soft.role == Role::leader) return true;
    if (resigned_.contains(soft.term)) return false;
    return soft.leader != consensus::kNobody && ticks_ - leader_heard_ < config_.election_ticks;
}

/// Raft, section 5.4.1.
bool NodeWatch::is_behind(const VoteRequest& request, const SimLog& log) const {
    const Block* last = log.block(log.last());
    const Term term = last == nullptr ? Term(0) : last->header.term;
    if (request.last_term != term) return request.last_term < term;
    return request.last_index < log.last();
}

void NodeWatch::before(const Message& message, const consensus::PolicyVerdict& verdict,
                       const RawNode& core, const SimLog& log, bool fresh) {
    soft_ = core.soft_state();
    heard_before_ = hears(soft_);
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        const bool behind = fresh && is_behind(*request, log);
        const Asked asked(message.from, message.term);
        if (!request->pre_vote) {
            // A vote that was decided earlier may leave later.
            (behind ? must_not_vote_ : may_vote_).insert(asked);
        } else if (!heard_before_ && !behind) {
            ++may_grant_[asked];
        }
    } else if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
        note_judgement(message, *append, verdict);
    }
}

void NodeWatch::note_judgement(const Message& message, const AppendRequest& request,
                               const consensus::PolicyVerdict& verdict) {
    for (const Block& block : request.blocks) {
        newest_time_ = std::max(newest_time_, block.header.time);
        const bool refused = verdict.refusal != Refusal::none &&
                             verdict.refused_index == block.header.index &&
                             block.header.term == message.term;
        current_[block.header.index] |= block.header.term == message.term;
        (refused ? refused_ : passed_).insert(block.hash);
    }
}

void NodeWatch::after(const Message& message, const RawNode& core) {
    const SoftState soft = core.soft_state();
    if (speaks_for_leader(message) && soft.leader == message.from && soft.term == message.term) {
        leader_heard_ = ticks_;
    }
    if (const auto* beat = std::get_if<Heartbeat>(&message.body)) {
        // In its own term, as the core had it: one that is named stands in the next one at once.
        const bool taken = beat->successor != consensus::kNobody && soft_.term <= message.term &&
                           soft.term >= message.term;
        if (taken) resigned_.insert(message.term);
        if (taken && beat->successor == config_.id) named_.insert(message.term.next());
    }
    if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        const bool ended = soft_.term < message.term && soft.term == message.term;
        if (ended && heard_before_) {
            fail(" hears a leader and lets node " + std::to_string(message.from.value) +
                 " disturb it" + (request->pre_vote ? " by a pre-vote" : ""));
        }
    } else if (const auto* reply = std::get_if<VoteReply>(&message.body)) {
        if (reply->pre_vote && reply->granted) granted_[message.term].insert(message.from);
    }
    if (soft.role != Role::leader || message.term != soft.term) return;
    if (const auto* read = std::get_if<ReadRequest>(&message.body)) {
        if (led_ == soft.term) reads_.emplace(std::pair(message.from, read->context), round_);
    }
    hear_follower(message, core);
}

void NodeWatch::hear_follower(const Message& message, const RawNode& core) {
    if (led_ != message.term) return;  // since this message: its turn notes it
    const auto* reply = std::get_if<AppendReply>(&message.body);
    const bool answers = reply != nullptr || std::holds_alternative<HeartbeatReply>(message.body);
    if (!answers || (reply != nullptr && reply->refusal == Refusal::diverged)) return;
    heard_[message.from] = ticks_;
    if (const auto* beat = std::get_if<HeartbeatReply>(&message.body)) {
        heard_round_[message.from] = std::max(heard_round_[message.from], beat->round);
    }
    Starts& starts = starts_[message.from];
    if (starts.speaking != message.incarnation) {
        starts.speaking = message.incarnation;
        starts.barrier = round_ + kRoundsUnseen;
        starts.fresh = 0;
    }
    if (reply != nullptr && reply->refusal == Refusal::none) {
        Index& most = starts.acknowledged[message.incarnation];
        most = std::max(most, reply->match);
    }
    check_starts(message, core);
    if (reply != nullptr) check_refused(message, *reply, core);
}

/// A majority answered a round that was sent after the read was asked.
void NodeWatch::check_read(NodeId asker, std::uint64_t context) {
    const auto read = reads_.find({asker, context});
    if (read == reads_.end()) return;
    std::size_t answered = 1;
    for (const auto& [peer, round] : heard_round_) answered += round > read->second ? 1U : 0U;
    if (answered < consensus::majority_of(config_.voters.size())) {
        fail(" confirms a read that no majority confirmed");
    }
}

/// What a majority refuses cannot be committed: its leader gives way at once.
void NodeWatch::check_refused(const Message& message, const AppendReply& reply,
                              const RawNode& core) {
    if (!consensus::is_policy(reply.refusal)) return;
    if (!oracles_.is_newest(message.from, message.incarnation)) return;
    refused_at_[message.from] = reply.refused_index;
    std::size_t refusing = 0;
    for (const auto& peer : core.progress()) {
        // Who recovers counts for nothing, refusals too.
        const bool refuses = !peer.recovering && consensus::is_policy(peer.last_refusal) &&
                             refused_at_[peer.id] > core.commit();
        refusing += refuses ? 1U : 0U;
    }
    const std::size_t voters = config_.voters.size();
    if (voters - refusing < consensus::majority_of(voters)) {
        fail(" leads on while a majority refuses what it proposed");
    }
}

/// What a follower acknowledged before it restarted does not count after it has spoken.
void NodeWatch::check_starts(const Message& message, const RawNode& core) {
    Starts& starts = starts_[message.from];
    const auto* beat = std::get_if<HeartbeatReply>(&message.body);
    if (beat == nullptr || beat->round <= std::max(starts.barrier, starts.newest)) return;
    starts.newest = beat->round;
    if (++starts.fresh < kFreshAnswers) return;
    if (!oracles_.is_newest(message.from, message.incarnation)) return;
    const Index acknowledged = starts.acknowledged[message.incarnation];
    for (const auto& peer : core.progress()) {
        if (peer.id != message.from || peer.match <= acknowledged) continue;
        fail(" counts what node " + std::to_string(peer.id.value) +
             " acknowledged before its restart");
    }
}

void NodeWatch::on_sent(const Message& message) {
    if (const auto* reply = std::get_if<VoteReply>(&message.body)) {
        if (!reply->granted) return;
        const Asked asked(message.to, message.term);
        if (!reply->pre_vote) {
            if (must_not_vote_.contains(asked) && !may_vote_.contains(asked)) {
                fail(" votes for a log that lacks its own blocks");
            }
        } else if (--may_grant_[asked] < 0) {
            fail(" grants a pre-vote that it must refuse");
        }
    } else if (const auto* request = std::get_if<VoteRequest>(&message.body)) {
        if (request->pre_vote || !stood_.insert(message.term).second) return;
        const std::size_t yes = granted_[message.term].size() + 1;
        if (named_.contains(message.term)) return;
        if (yes < consensus::majority_of(config_.voters.size())) {
            fail(" stands for election without a majority's pre-votes");
        }
    } else if (const auto* append = std::get_if<AppendRequest>(&message.body)) {
        std::size_t bytes = 0;
        for (const Block& block : append->blocks) bytes += block.size_bytes();
        if (append->blocks.size() > 1 && bytes > config_.append_bytes_max) {
            fail(" sends an append above its bound");
        }
    } else if (const auto* read = std::get_if<ReadRequest>(&message.body)) {
        oracles_.on_read_number(message, read->context);
    } else if (const auto* done = std::get_if<ReadReply>(&message.body)) {
        if (done->granted) check_read(message.to, done->context);
    } else if (const auto* beat = std::get_if<Heartbeat>(&message.body)) {
        round_ = std::max(round_, beat->round);
    } else if (const auto* answer = std::get_if<AppendReply>(&message.body)) {
        if (answer->refusal != Refusal::clock) return;
        const auto current = current_.find(answer->refused_index);
        if (current != current_.end() && !current->second) {
            fail(" refuses a block of an older term by its clock");
        }
        if (walled_ && newest_time_ <= wall_first_ + config_.clock_skew_max) {
            fail(" refuses by its clock what is not ahead of it");
        }
    }
}

void NodeWatch::check_taken(const Block& block, Millis previous, const RawNode& core) {
    if (block.header.time < previous) fail(" takes a block whose time goes back");
    const SoftState soft = core.soft_state();
    if (soft.role == Role::leader || block.header.term != soft.term) return;
    if (block.header.index <= soft.commit) return;  // not to be refused any more
    if (refused_.contains(block.hash) && !passed_.contains(block.hash)) {
        fail(" takes a block that it refuses");
    }
    if (block.header.time > previous && block.header.time > wall_last_ + config_.clock_skew_max) {
        fail(" takes a block from the future");
    }
}

void NodeWatch::on_append(const consensus::AppendTask& task, const RawNode& core, const SimLog& log,
                          Index applied) {
    if (task.write.blocks.empty()) return;
    const Index before = task.write.blocks.front().header.index.previous();
    const Block* last = log.block(before);
    Millis time = last == nullptr ? Millis(0) : last->header.time;
    for (const Block& block : task.write.blocks) {
        check_taken(block, time, core);
        time = block.header.time;
    }
    check_bounds(task, core, log, applied);
}

void NodeWatch::check_bounds(const consensus::AppendTask& task, const RawNode& core,
                             const SimLog& log, Index applied) {
    const SoftState soft = core.soft_state();
    const std::vector<Block>& blocks = task.write.blocks;
    if (soft.role != Role::leader || blocks.back().header.term != soft.term) return;
    std::size_t seals = 0;
    std::size_t bytes = 0;
    bool submissions = false;
    const auto count = [&](const Block& block) {
        const bool own = block.header.term == soft.term;
        if (block.header.index > soft.commit) bytes += block.size_bytes();
        if (own && block.header.kind == BlockKind::seal && block.header.index > applied) ++seals;
    };
    const Index first = std::min(soft.commit, applied).next();
    for (Index index = first; index < blocks.front().header.index; index = index.next()) {
        count(*log.block(index));
    }
    for (const Block& block : blocks) {
        count(block);
        submissions = submissions || block.header.kind == BlockKind::submissions;
    }
    if (seals > 1) fail(" proposes a seal while another is under way");
    const Block& last = blocks.back();
    if (bytes > config_.uncommitted_bytes_max && bytes > last.size_bytes() &&
        last.header.kind != BlockKind::noop && last.header.index > soft.commit) {
        fail(" proposes above its bound");
    }
    if (submissions) unsynced_.insert(task.sequence);
    if (unsynced_.size() > kUnsyncedMax) fail(" lets too many own blocks wait for the disk");
}

void NodeWatch::on_synced(const std::vector<std::uint64_t>& sequences) {
    for (const std::uint64_t sequence : sequences) unsynced_.erase(sequence);
}

void NodeWatch::on_turn(const RawNode& core) {
    refused_.clear();
    passed_.clear();
    current_.clear();
    walled_ = false;
    const SoftState soft = core.soft_state();
    if (soft.role != Role::leader) return;
    if (led_ != soft.term) {
        led_ = soft.term;
        led_since_ = ticks_;
        heard_.clear();
        starts_.clear();
        refused_at_.clear();
        heard_round_.clear();
        reads_.clear();
    }
    const std::uint64_t patience = 2 * std::uint64_t{config_.election_ticks};
    if (ticks_ - led_since_ <= patience) return;
    std::size_t active = 1;
    for (const auto& [peer, tick] : heard_) active += ticks_ - tick <= patience ? 1U : 0U;
    if (active < consensus::majority_of(config_.voters.size())) {
        fail(" leads without hearing a majority");
    }
}

}  // namespace tally::simulation
