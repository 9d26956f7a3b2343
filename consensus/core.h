#pragma once

// Private to consensus/: the state behind RawNode, and its parts by role. Each group of methods
// below lives in the .cpp file named above it.

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/random.h"
#include "consensus/log.h"
#include "consensus/progress.h"
#include "consensus/quorum.h"
#include "consensus/raw_node.h"
#include "consensus/read_only.h"

namespace tally::consensus {

class RawNode::Core {
public:
    Core(Config config, PersistedState state, Index applied, std::uint64_t seed,
         std::uint64_t incarnation);

    // core.cpp
    void tick(Moment now);
    Status step(const Message& message, Moment now, const PolicyVerdict& verdict);
    void set_may_lead(bool may_lead);
    void set_has_room(bool has_room) { has_room_ = has_room; }
    bool majority_has_room() const;
    void finish();
    void check_invariants() const;
    SoftState soft_state() const;
    HardState hard_state() const { return {term_, vote_, log_.commit()}; }
    Index last_index() const { return log_.last(); }
    Index commit() const { return log_.commit(); }
    std::vector<Block> unapplied() const;
    Index network_commit() const { return std::max(log_.commit(), heard_commit_); }
    std::vector<ProgressView> progress() const;

    // leader.cpp
    Result<Proposed> propose(std::span<const Proposal> proposals, Moment now);
    void on_blocks_fetched(FetchResult result);

    // transfer.cpp
    Status transfer_leader(NodeId to);

    // reading.cpp
    Status read_index(std::uint64_t context);

    // ready.cpp
    bool has_ready() const;
    Ready take_ready();
    void on_append_done(std::uint64_t sequence);
    void on_apply_done(Index applied);

private:
    void check_leader() const;

    /// A write handed out: what becomes true when it is durable.
    struct Writing {
        std::uint64_t sequence;
        Term term;
        NodeId vote;
        std::uint64_t tick;  // when it was handed out
        bool ends_recovering = false;
    };
    /// A message that waits for a write that was handed out before it was made.
    struct Held {
        std::uint64_t sequence;
        Message message;
    };
    /// A voter's wall clock, as last told, and the own steady time then.
    struct Clock {
        Millis time{0};
        Millis heard{0};
    };
    /// A leader that gives its lead away.
    struct Transfer {
        NodeId to;
        std::uint32_t ticks = 0;  // since it was begun
    };
    /// Who contradicts this node's log, and in which term: nothing more of that is heard.
    struct Contested {
        NodeId from = kNobody;
        Term term;
        Index index;         // of this node's block
        std::string reason;  // told to the sender each time that it asks
        bool shown = false;  // by a block of the sender's
    };

    // core.cpp
    void note_time(Moment now);
    void dispatch(const Message& message, const PolicyVerdict& verdict);
    void tick_leader();
    void tick_follower();
    std::size_t majority() const { return majority_of(config_.voters.size()); }
    bool is_voter(NodeId id) const;

    // terms.cpp
    /// Whether what the message says is looked at; enters its term first where that is due.
    bool enter_term(const Message& message);
    enum class LaterTerm;
    struct OfLaterTerm;
    struct OfEarlierTerm;

    // validate.cpp
    Status validate(const Message& message) const;
    Status check(const Message& message, const VoteRequest& request) const;
    Status check(const Message& message, const VoteReply& reply) const;
    Status check(const Message& message, const AppendRequest& request) const;
    Status check(const Message& message, const AppendReply& reply) const;
    Status check(const Message& message, const Heartbeat& heartbeat) const;
    Status check(const Message& message, const HeartbeatReply& reply) const;
    Status check(const Message& message, const ReadRequest& request) const;
    Status check(const Message& message, const ReadReply& reply) const;
    bool is_second_leader(const Message& message) const;

    // divergence.cpp
    std::optional<Divergence> contradiction(const Message& message,
                                            const AppendRequest& request) const;
    std::optional<Divergence> contradiction(const Message& message,
                                            const Heartbeat& heartbeat) const;
    std::optional<Divergence> contradiction(const Message& message) const;
    bool holds(const HeartbeatReply& reply) const;
    bool is_contested(const Message& message) const;
    Error contest(const Message& message, const Divergence& found);
    void refuse_contested(const Message& message);
    void settle_divergence(Index agreed);

    // election.cpp
    void become_follower(Term term, NodeId leader);
    void hear_leader(NodeId leader);
    void campaign_pre_vote();
    void campaign();
    void become_leader();
    void reset_timeout();
    bool hears_leader() const;
    bool up_to_date(const VoteRequest& request) const;
    void on(const Message& message, const VoteRequest& request);
    void on(const Message& message, const VoteReply& reply);
    void ask_votes(bool pre_vote, Term term);
    void record_vote(NodeId from, bool granted);

    // follower.cpp
    void on(const Message& message, const AppendRequest& request, const PolicyVerdict& verdict);
    bool agrees(const AppendRequest& request) const;
    void refuse_mismatch(const Message& message, const AppendRequest& request);
    struct Refused {
        Refusal refusal = Refusal::none;
        std::string reason;
    };
    /// What a block is judged by: the message's term, how far is committed, the caller's verdict.
    struct Judged {
        Term term;
        Index commit;
        const PolicyVerdict& verdict;
    };
    Refused judge(const Block& block, const ChainTip& previous, const Judged& by) const;
    Refused take_blocks(const Message& message, const AppendRequest& request,
                        const PolicyVerdict& verdict, Index& verified);
    void on(const Message& message, const Heartbeat& heartbeat);
    HeartbeatReply answer(std::uint64_t round) const;

    // leader.cpp
    void append_own(BlockKind kind, SharedBytes payload, Millis time);
    void send_appends(Progress& peer);
    void send_append(Progress& peer, const ChainTip& previous, std::vector<Block> blocks);
    void send_heartbeat(Progress& peer);
    Heartbeat heartbeat_for(Progress& peer) const;
    void broadcast_heartbeats();
    void request_fetch(Progress& peer);
    void advance_commit(Index index);
    void maybe_commit();
    bool must_step_down() const;
    void chase(Progress& peer);

    // transfer.cpp
    bool could_lead(const Progress& peer, bool any) const;
    NodeId successor(bool any, Index least) const;
    void tick_transfer();
    void maybe_hand_over();
    void hear_resignation(const Heartbeat& heartbeat);

    // replies.cpp
    void on(const Message& message, const AppendReply& reply);
    void on_mismatch(Progress& peer, const AppendReply& reply);
    void on(const Message& message, const HeartbeatReply& reply);
    Progress* recognise(const Message& message, std::uint64_t round);

    // clock.cpp
    void note_clock(NodeId from, Millis time);
    Millis block_time() const;

    // recovering.cpp
    void note_recovering(Progress& peer, const Message& message);
    static bool counts(const Progress& peer);
    void hear_recovered_by(const Heartbeat& heartbeat);
    bool may_end_recovering() const;
    bool may_grant() const;

    // reading.cpp
    void on(const Message& message, const ReadRequest& request);
    void on(const Message& message, const ReadReply& reply);
    void lead_read(NodeId from, std::uint64_t context);
    void answer_read(const PendingRead& read, bool granted);
    void confirm_reads();
    void deny_reads();
    bool own_term_committed() const;
    std::uint64_t read_round() const;

    // ready.cpp
    void send(NodeId to, MessageBody body) { send(to, term_, std::move(body)); }
    void send(NodeId to, Term term, MessageBody body);
    void send_when_durable(NodeId to, MessageBody body, Index covered);
    bool hard_state_unwritten() const;
    std::optional<Index> apply_target() const;

    Config config_;
    std::vector<NodeId> peers_;  // voters but this node, ascending
    std::uint64_t incarnation_;
    Random random_;
    Log log_;

    // Raft, figure 2: term and vote; what of them was handed out for writing and what is durable.
    Term term_;
    NodeId vote_;
    Term written_term_;
    NodeId written_vote_;
    Term durable_term_;
    NodeId durable_vote_;

    Role role_ = Role::follower;
    NodeId leader_ = kNobody;
    Term led_term_;     // the last term that this node led: nobody else can lead it
    Millis now_{0};     // wall time
    Millis steady_{0};  // never goes back
    bool may_lead_ = true;
    bool has_room_ = true;
    /// The block that the own disk did not give to a follower: a leader makes way for that, once
    /// for each. After that it lets the others try for longer than they let it.
    Index ungiven_;
    bool makes_way_ = false;
    std::optional<Transfer> transfer_;  // leader
    bool resigned_ = false;             // the leader of this term says that it does not lead on
    bool recovering_;
    bool ending_ = false;  // of that: handed out for writing
    Index recovered_by_;   // as the leader of this term says of this start; 0: nothing yet
    Index heard_commit_;   // the network's, as the leader of this term says
    Index diverged_;       // see SoftState
    Contested contested_;  // the newest, nobody before the first
    std::uint64_t ticks_ = 0;
    std::uint32_t elapsed_ticks_ = 0;  // since the election timeout was set
    std::uint32_t timeout_ticks_ = 0;
    std::uint32_t leader_silent_ticks_ = 0;
    Index verified_;  // follower: its log is the leader's up to here, checked in this term

    std::map<NodeId, bool> votes_;       // candidates
    std::map<NodeId, Progress> follow_;  // leader: one per peer
    std::map<NodeId, Clock> clocks_;     // of peers
    Index term_start_;                   // leader: the no-op that opened the term
    std::uint32_t heartbeat_elapsed_ticks_ = 0;
    std::uint32_t stalled_ticks_ = 0;  // leader: since anything moved while blocks wait
    std::uint64_t round_ = 0;          // leader: newest heartbeat round sent
    bool round_wanted_ = false;        // leader: a read waits for a round that is not sent yet
    std::uint64_t fetch_ = 0;          // newest fetch id
    ReadOnly reads_;
    ForwardedReads forwarded_;

    std::uint64_t sequence_ = 0;  // newest write handed out
    std::uint64_t durable_sequence_ = 0;
    std::uint64_t hard_sequence_ = 0;  // newest write that changed term or vote
    std::deque<Writing> writing_;
    std::deque<Held> held_;
    std::vector<Message> release_;  // wait for the next write
    std::vector<Message> messages_;
    std::vector<ReadState> read_states_;
    std::vector<FetchRequest> fetches_;
    std::vector<Divergence> divergences_;
    SoftState shown_;      // as last handed out
    Index apply_offered_;  // as last handed out
};

}  // namespace tally::consensus
