#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "consensus/raw_node.h"
#include "node/driver/moment.h"
#include "node/driver/notices.h"
#include "node/driver/reads.h"
#include "node/driver/submissions.h"
#include "node/driver/throughput.h"
#include "node/peer_messages.h"

namespace tally::node::driver {

/// What a driver is told once. Durations are positive.
struct DriverConfig {
    consensus::NodeId id;
    std::string name;               ///< as in genesis, for the words of a refusal
    std::uint64_t incarnation = 0;  ///< random, new with each start
    std::chrono::milliseconds tick{50};
    std::uint32_t election_ticks = 10;
    std::chrono::milliseconds request_timeout{5000};
    std::chrono::milliseconds seal_interval{500};
    std::size_t block_bytes_max = 1 << 20;  ///< payload of a block of submissions
    std::uint64_t free_bytes_min = 0;       ///< for the words of a refusal
};

// What happens to a driver. All values: nothing here points back at whoever says it.
struct MessageReceived {
    consensus::Message message;
    consensus::PolicyVerdict verdict;
};
struct ForwardAnswered {
    consensus::NodeId from;
    ForwardReply reply;
};
struct ForwardDropped {  ///< the transport did not take it
    std::uint64_t id = 0;
};
struct SubmissionArrived {  ///< it passed admission
    Ticket ticket = 0;
    SharedBytes bytes;
    crypto::Digest digest;  ///< submission_digest(bytes)
    std::vector<ledger::TransactionId> ids;
    SubmitWait wait = SubmitWait::committed;
    bool forwarded_to_us = false;
    /// All of it is on record already: nothing is proposed, but a checkpoint is waited for.
    std::optional<SubmitReceipt> on_record;
};
struct ReadArrived {
    Ticket ticket = 0;
    ReadOptions options;
};
struct WritesDone {  ///< durable, in order; nothing is said of a write that failed
    std::vector<std::uint64_t> sequences;
};
struct CheckpointCertified {
    std::uint64_t size = 0;
};
struct SpaceChanged {  ///< the disk is full (a reason) or has room again (empty)
    std::string read_only;
};
struct BlockUnreadable {  ///< the own disk did not give a block to whoever asked for it
    std::string problem;
};
struct BlocksMended {};  ///< and gives all that is known to have been damaged again
struct Halted {          ///< applying stopped for good
    std::string reason;
    bool contradicted = false;  ///< nothing of this node may be read any more
};
struct LeadTransferAsked {  ///< by this node's operator, or because it is about to stop
    consensus::NodeId to = consensus::kNobody;  ///< kNobody: to whoever keeps up best
};
struct ShutDown {};
using Event =
    std::variant<MessageReceived, ForwardAnswered, ForwardDropped, SubmissionArrived, ReadArrived,
                 WritesDone, BlockApplied, consensus::FetchResult, CheckpointCertified,
                 SpaceChanged, BlockUnreadable, BlocksMended, Halted, LeadTransferAsked, ShutDown>;

/// What a driver wants done, moved out by take_actions. The order of duties:
/// 1. send `messages` and `forwards` (one that the transport refuses comes back as ForwardDropped);
/// 2. hand `appends` to the group commit, which reports WritesDone; 3. apply up to `apply_to`, and
/// report BlockApplied for each block in order; 4. serve `fetches` through a FetchResult; 5. give
/// the answers, a read's from the newest published view; 6. keep `divergences` as evidence.
struct Actions {
    std::vector<consensus::Message> messages;
    std::vector<Forward> forwards;
    std::vector<consensus::AppendTask> appends;
    std::optional<consensus::Index> apply_to;
    std::vector<consensus::FetchRequest> fetches;
    std::vector<consensus::Divergence> divergences;
    std::vector<SubmissionAnswer> submission_answers;
    std::vector<ReadAnswer> read_answers;
};

/// Messages of one peer that no correct node of this network sends.
struct PeerFaults {
    std::uint64_t count = 0;
    std::string last;  ///< what was wrong with the newest
};

/// What may be shown of a driver; never acted upon.
struct DriverView {
    consensus::SoftState soft;
    consensus::Index last_index;
    std::vector<consensus::ProgressView> progress;
    bool ready = false;  ///< a leader is known, this node keeps up with it and agrees
    /// How far the network is committed, and whether this node has not kept up for seconds.
    consensus::Index network_commit;
    bool behind = false;
    std::string diverged;    ///< which block its leader holds another one of; empty: none
    std::string unreadable;  ///< a block that the own disk does not give
    std::uint64_t elections = 0;
    std::string read_only;
    std::string halted;
    std::uint64_t transfers_asked = 0;  ///< LeadTransferAsked that were handled
    std::string transfer_refused;       ///< why the newest of them was; empty: it was begun
    std::map<consensus::NodeId, PeerFaults> faults;  ///< of peers that ever had one
};

/// One node's decisions as a state machine: events and the time in, actions out (see driver.cpp).
/// No thread, no clock, no I/O. Not thread-safe: one thread owns it.
class Driver {
public:
    Driver(consensus::RawNode core, const DriverConfig& config, Moment now);

    /// Takes note of one event. Any number may come before the next take_actions: what comes
    /// together is proposed and asked together.
    void handle(Event event, Moment now);
    /// Ends a turn: does what the time asks for (ticks, deadlines, a seal), decides what is
    /// proposed, forwarded, asked and answered, and moves out all that is to be done.
    Actions take_actions(Moment now);
    /// When take_actions has something to do again at the latest, whatever happens.
    Clock::time_point next_tick() const { return next_tick_; }
    /// ShutDown was handled: everything is answered, and nothing happens any more.
    bool stopped() const { return stopped_; }

    DriverView view() const;
    const consensus::SoftState& soft_state() const { return soft_; }
    const consensus::RawNode& core() const { return core_; }

private:
    void on(const MessageReceived& event, Moment now);
    void on(ForwardAnswered event, Moment now);
    void on(ForwardDropped event, Moment now);
    void on(SubmissionArrived event, Moment now);
    void on(ReadArrived event, Moment now);
    void on(const WritesDone& event, Moment now);
    void on(BlockApplied event, Moment now);
    void on(consensus::FetchResult event, Moment now);
    void on(CheckpointCertified event, Moment now);
    void on(SpaceChanged event, Moment now);
    void on(BlockUnreadable event, Moment now);
    void on(BlocksMended event, Moment now);
    void on(Halted event, Moment now);
    void on(LeadTransferAsked event, Moment now);
    void on(ShutDown event, Moment now);

    bool may_propose() const { return read_only_.empty() && halted_.empty(); }
    void on_condition();
    void note_behind(Moment now);
    std::optional<Error> refusal_of(const SubmissionArrived& event) const;
    void tick(Moment now);
    void drain();
    void on_soft_state(const consensus::SoftState& soft);
    void note_append(consensus::AppendTask task);
    void ask_reads();
    void move_submissions(Moment now);
    void propose_seal(Moment now);
    void note_caught_up();

    const DriverConfig config_;
    consensus::RawNode core_;
    Submissions submissions_;
    Reads reads_;
    Actions actions_;  // gathers until it is taken

    consensus::SoftState soft_;
    consensus::Index applied_;
    std::uint64_t entry_count_ = 0;  // leaves of the log, as of applied_
    std::uint64_t sealed_size_ = 0;  // leaves after the newest seal, as of applied_
    consensus::Index seal_proposed_;
    Clock::time_point next_seal_{};
    Clock::time_point next_tick_{};
    std::set<std::uint64_t> unsynced_proposals_;  // sequences of own blocks not yet durable
    bool forward_blocked_ = false;                // until the next tick
    bool caught_up_ = false;                      // since it last heard of no leader
    consensus::Index catch_up_to_;                // committed when it heard of one; 0: not known
    bool stopped_ = false;
    std::uint64_t elections_ = 0;
    std::map<consensus::NodeId, PeerFaults> faults_;
    Throughput throughput_;
    consensus::Index goal_;           // committed in the network when it was set; next once reached
    Clock::time_point goal_since_{};  // when it was set
    bool behind_ = false;
    std::string last_divergence_;
    std::string diverged_;    // the last one, while soft_.diverged
    std::string unreadable_;  // until it is mended
    std::string read_only_;
    std::string halted_;
    std::uint64_t transfers_asked_ = 0;
    std::string transfer_refused_;
    bool contradicted_ = false;
};

}  // namespace tally::node::driver
