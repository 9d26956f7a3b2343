#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "tests/simulation/oracles.h"

namespace tally::simulation {

/// What one process must keep to, judged by what goes in and what comes out: who may be disturbed,
/// when a leader gives way, what is refused, and every bound. It lives as long as the process.
class NodeWatch {
public:
    using Message = consensus::Message;

    NodeWatch(const consensus::Config& config, Oracles& oracles)
        : config_(config), oracles_(oracles) {}

    /// Around each message that the node takes in; `fresh`: nothing else happened since its log was
    /// last looked at.
    void before(const Message& message, const consensus::PolicyVerdict& verdict,
                const consensus::RawNode& core, const SimLog& log, bool fresh);
    void after(const Message& message, const consensus::RawNode& core);
    /// The node's wall clock, each time that it is told.
    void on_wall(consensus::Millis wall);
    void on_tick() { ++ticks_; }
    /// A message was handed out.
    void on_sent(const Message& message);
    /// A write was handed out; `log` is what was there before.
    void on_append(const consensus::AppendTask& task, const consensus::RawNode& core,
                   const SimLog& log, consensus::Index applied);
    void on_synced(const std::vector<std::uint64_t>& sequences);
    /// All that the turn asked for is done.
    void on_turn(const consensus::RawNode& core);

private:
    using NodeId = consensus::NodeId;
    using Term = consensus::Term;
    using Asked = std::pair<NodeId, Term>;
    /// What a leader knows of a peer's starts.
    struct Starts {
        std::map<std::uint64_t, consensus::Index> acknowledged;  // by incarnation
        std::uint64_t speaking = 0;  // whose answers came last, without another's between
        std::uint64_t barrier = 0;   // newest round sent when another one was heard
        std::uint64_t newest = 0;    // round that was answered
        std::uint32_t fresh = 0;     // answers in a row to later rounds than the barrier
    };

    void fail(const std::string& what) { oracles_.fail(name() + what); }
    std::string name() const { return "node " + std::to_string(config_.id.value); }
    bool hears(const consensus::SoftState& soft) const;
    bool is_behind(const consensus::VoteRequest& request, const SimLog& log) const;
    void note_judgement(const Message& message, const consensus::AppendRequest& request,
                        const consensus::PolicyVerdict& verdict);
    void hear_follower(const Message& message, const consensus::RawNode& core);
    void check_starts(const Message& message, const consensus::RawNode& core);
    void check_read(NodeId asker, std::uint64_t context);
    void check_refused(const Message& message, const consensus::AppendReply& reply,
                       const consensus::RawNode& core);
    void check_taken(const consensus::Block& block, consensus::Millis previous,
                     const consensus::RawNode& core);
    void check_bounds(const consensus::AppendTask& task, const consensus::RawNode& core,
                      const SimLog& log, consensus::Index applied);

    const consensus::Config& config_;
    Oracles& oracles_;

    std::uint64_t ticks_ = 0;
    std::uint64_t leader_heard_ = 0;  // tick
    consensus::SoftState soft_;       // before the message
    bool heard_before_ = false;
    std::map<Asked, int> may_grant_;            // pre-votes that were asked and may be granted
    std::map<Term, std::set<NodeId>> granted_;  // pre-votes that were given to this node
    std::set<Term> stood_;                      // terms that it asked for votes in
    std::set<Term> resigned_;                   // whose leader said that it leads no longer
    std::set<Term> named_;                      // that a leader named this node for
    std::set<Asked> must_not_vote_;
    std::set<Asked> may_vote_;

    Term led_;  // the term that it leads or led last
    std::uint64_t led_since_ = 0;
    std::map<NodeId, std::uint64_t> heard_;  // of followers in that term, at which tick
    std::map<NodeId, Starts> starts_;
    std::map<NodeId, consensus::Index> refused_at_;
    std::map<NodeId, std::uint64_t> heard_round_;
    /// Reads that were forwarded here, and the newest round that was sent before.
    std::map<std::pair<NodeId, std::uint64_t>, std::uint64_t> reads_;
    std::uint64_t round_ = 0;  // newest that was sent

    // Since the last turn.
    consensus::Millis wall_first_{0};
    consensus::Millis wall_last_{0};
    bool walled_ = false;
    std::set<crypto::Digest> refused_;
    std::set<crypto::Digest> passed_;
    std::map<consensus::Index, bool> current_;  // heard of a block of the sender's term there
    consensus::Millis newest_time_{0};          // of any block that was ever heard of
    std::set<std::uint64_t> unsynced_;          // writes with submissions of this leader
};

}  // namespace tally::simulation
