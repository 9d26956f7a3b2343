#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <vector>

#include "consensus/raw_node.h"
#include "node/peer/transport.h"
#include "node/pipeline/apply_loop.h"
#include "node/service.h"

namespace tally::node::pipeline {

using Clock = std::chrono::steady_clock;

/// A submission that passed admission here and waits for its outcome.
struct PendingSubmission {
    SharedBytes bytes;
    std::vector<ledger::TransactionId> ids;
    SubmitWait wait = SubmitWait::committed;
    bool forwarded_to_us = false;  ///< never forwarded again: the sender tries elsewhere
    Clock::time_point deadline;
    std::function<void(Result<SubmitReceipt>)> done;

    /// Set once it was proposed or forwarded: from then on silence means outcome_unknown.
    bool left = false;
};

/// What the table needs of its surroundings, all called on the core thread.
struct SubmissionPorts {
    std::function<Result<consensus::Proposed>(std::span<const consensus::Proposal>)> propose;
    std::function<bool(consensus::NodeId, peer::ForwardRequest)> forward;
    std::function<std::uint64_t()> certified_size;
};

/// All submissions between admission and answer. Owned by the core thread. Resubmitting is always
/// safe, because the ledger answers a known id with its first outcome; so whatever loses its place
/// (a new leader, a refused forward) simply waits to be sent again until its deadline.
class Submissions {
public:
    Submissions(SubmissionPorts ports, std::size_t block_bytes_max);

    void add(std::shared_ptr<PendingSubmission> pending);
    /// Proposes or forwards what waits. `leader` is who is known to lead; `room` whether another
    /// block may be proposed now.
    void pump(const consensus::SoftState& soft, consensus::NodeId self, bool room);
    /// The leader or term changed: everything under way waits again.
    void on_leader_change();
    void on_applied(AppliedNotice& notice);
    void on_forward_reply(consensus::NodeId from, peer::ForwardReply reply);
    void on_certified(std::uint64_t size);
    /// Ends what is past its deadline: no_quorum if it never left, else outcome_unknown.
    void expire(Clock::time_point now);
    /// Ends everything, for shutdown or a halt.
    void fail_all(const Error& before_leaving);

    std::size_t waiting() const { return waiting_.size(); }
    /// Bytes of all submissions in the table; read by other threads.
    std::uint64_t queued_bytes() const { return queued_bytes_; }

private:
    using Pointer = std::shared_ptr<PendingSubmission>;
    struct Flight {
        consensus::Term term;
        std::vector<Pointer> pendings;
    };
    struct Forwarded {
        consensus::NodeId to;
        Pointer pending;
    };
    struct AwaitingCertificate {
        SubmitReceipt receipt;
        std::uint64_t entries = 0;  ///< the checkpoint must be at least this large
        Pointer pending;
    };

    void propose_waiting();
    void forward_waiting(consensus::NodeId leader);
    void answer(const Pointer& pending, SubmitReceipt receipt, std::uint64_t entries);
    void finish(const Pointer& pending, Result<SubmitReceipt> result);
    void wait_again(Pointer pending);

    SubmissionPorts ports_;
    const std::size_t block_bytes_max_;
    std::list<Pointer> waiting_;
    std::map<std::uint64_t, Flight> proposed_;      // by block index
    std::map<std::uint64_t, Forwarded> forwarded_;  // by forward id
    std::list<AwaitingCertificate> uncertified_;
    std::uint64_t next_forward_ = 1;
    std::atomic<std::uint64_t> queued_bytes_{0};
};

}  // namespace tally::node::pipeline
