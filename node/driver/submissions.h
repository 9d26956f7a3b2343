#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "consensus/raw_node.h"
#include "node/driver/moment.h"
#include "node/driver/notices.h"
#include "node/peer_messages.h"
#include "node/service.h"

namespace tally::node::driver {

/// Whoever drives numbers those that wait for an answer, each number once.
using Ticket = std::uint64_t;

/// A submission that passed admission here and waits for its outcome.
struct PendingSubmission {
    Ticket ticket = 0;  ///< grows with arrival
    SharedBytes bytes;
    std::vector<ledger::TransactionId> ids;
    SubmitWait wait = SubmitWait::committed;
    bool forwarded_to_us = false;  ///< never forwarded again: the sender tries elsewhere
    Clock::time_point deadline;

    /// Set once it was proposed or forwarded: from then on silence means outcome_unknown.
    bool left = false;
};

/// The one answer to a ticket.
struct SubmissionAnswer {
    Ticket ticket = 0;
    Result<SubmitReceipt> result = SubmitReceipt{};
};

/// A submission to be sent to the leader.
struct Forward {
    consensus::NodeId to;
    ForwardRequest request;
};

/// What a leader would propose next.
struct Batch {
    SharedBytes payload;
    std::size_t count = 0;  ///< of submissions, the oldest that wait
};

/// All submissions between admission and answer. Resubmitting is always safe, because the ledger
/// answers a known id with its first outcome; so whatever loses its place (a new leader, a refused
/// forward) simply waits to be sent again until its deadline. Every ticket is answered exactly
/// once; answers gather here until they are taken.
class Submissions {
public:
    /// `block_bytes_max` bounds a block's payload (but for a single larger submission). Forwards
    /// are numbered from `first_forward`, random for each start: a reply to one of an earlier
    /// process must not answer another submission.
    Submissions(std::size_t block_bytes_max, std::uint64_t first_forward);

    void add(PendingSubmission pending);

    /// The oldest that wait, as one block's payload; nothing if none waits.
    std::optional<Batch> next_batch() const;
    /// The batch that was just given has this place.
    void on_proposed(const Batch& batch, const consensus::Proposed& place);
    /// The oldest that wait, up to 8 MiB (at least one), are on their way to the leader from now
    /// on; but what was forwarded to us is answered, its sender does better elsewhere.
    std::vector<Forward> forward_waiting(consensus::NodeId leader);
    /// The transport did not take it: nothing has left, it waits again at its old place in the
    /// line.
    void on_forward_dropped(std::uint64_t id);
    void on_forward_reply(consensus::NodeId from, ForwardReply reply);
    /// What was forwarded to us and waits is answered: this node does not lead.
    void refuse_forwarded(const std::string& why);
    /// What waits and never left is answered with this error.
    void refuse_waiting(const Error& error);

    /// The leader or term changed: everything under way waits again.
    void on_leader_change();
    void on_applied(BlockApplied& notice);
    void on_certified(std::uint64_t size);
    /// Ends what is past its deadline: no_quorum if it never left, else outcome_unknown.
    void expire(Clock::time_point now);
    /// Ends everything, for shutdown or a halt: what left with outcome_unknown, the rest with this.
    void fail_all(const Error& before_leaving);

    std::vector<SubmissionAnswer> take_answers() { return std::exchange(answers_, {}); }
    std::size_t waiting() const { return waiting_.size(); }

private:
    using Pointer = std::shared_ptr<PendingSubmission>;
    struct Flight {
        consensus::Term term;
        std::vector<Pointer> pendings;  // null: answered meanwhile, its place in the block stays
    };
    struct Forwarded {
        consensus::NodeId to;
        Pointer pending;
        bool left_before = false;
    };
    struct AwaitingCertificate {
        SubmitReceipt receipt;
        std::uint64_t entries = 0;  ///< the checkpoint must be at least this large
        Pointer pending;
    };

    void answer(const Pointer& pending, SubmitReceipt receipt, std::uint64_t entries);
    void finish(const Pointer& pending, Result<SubmitReceipt> result);
    void end_late(const Pointer& pending);
    void wait_again(Pointer pending);

    const std::size_t block_bytes_max_;
    std::list<Pointer> waiting_;
    std::map<std::uint64_t, Flight> proposed_;      // by block index
    std::map<std::uint64_t, Forwarded> forwarded_;  // by forward id
    std::list<AwaitingCertificate> uncertified_;
    std::vector<SubmissionAnswer> answers_;
    std::uint64_t certified_ = 0;
    std::uint64_t next_forward_;
};

}  // namespace tally::node::driver
