#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "node/driver/moment.h"
#include "node/driver/notices.h"
#include "node/driver/standing.h"
#include "node/peer_messages.h"
#include "node/service.h"

namespace tally::node::driver {

/// Whoever drives numbers those that wait for an answer, each number once.
using Ticket = std::uint64_t;

/// A submission that passed admission here and waits for its outcome.
struct PendingSubmission {
    Ticket ticket = 0;  ///< grows with arrival
    SharedBytes bytes;
    crypto::Digest digest;  ///< submission_digest(bytes)
    std::vector<ledger::TransactionId> ids;
    SubmitWait wait = SubmitWait::committed;
    bool forwarded_to_us = false;  ///< never forwarded again: the sender tries elsewhere
    Clock::time_point deadline;
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

/// All submissions between admission and answer, each once however often it was sent: repetitions
/// are known by their digest and share one answer. Resubmitting is always safe, because the ledger
/// answers a known id with its first outcome; so whatever loses its place (a new leader, a refused
/// forward) simply waits to be sent again until its deadline. What stands in this node's log is
/// not sent a second time: it is answered when its block is applied, whoever proposed it, or waits
/// again once another leader's blocks take its place. Every ticket is answered exactly once;
/// answers gather here until they are taken.
class Submissions {
public:
    /// `block_bytes_max` bounds a block's payload (but for a single larger submission). Forwards
    /// are numbered from `first_forward`, random for each start: a reply to one of an earlier
    /// process must not answer another submission. What was refused elsewhere is sent again after
    /// `retry`, then after ever longer, sixteen times as long at most.
    Submissions(std::size_t block_bytes_max, std::uint64_t first_forward,
                std::chrono::milliseconds retry);

    void add(PendingSubmission pending);
    /// One whose transactions are all on record: it is answered with this receipt, at once or, if a
    /// certificate is waited for, when a checkpoint covers it.
    void add_recorded(const PendingSubmission& pending, const SubmitReceipt& receipt);

    /// The oldest that wait, as one block's payload; nothing if none waits.
    std::optional<Batch> next_batch() const;
    /// The batch that was just given has this place; its block comes with the next on_append.
    void on_proposed(const Batch& batch, const consensus::Proposed& place);
    /// Blocks were appended to this node's log, from the first one's place on.
    void on_append(std::span<const consensus::Block> blocks);
    /// The oldest that wait and may be sent by now, up to 8 MiB (at least one), are on their way to
    /// the leader from now on; but what was forwarded to us is answered, its sender does better
    /// elsewhere.
    std::vector<Forward> forward_waiting(consensus::NodeId leader, Clock::time_point now);
    /// The transport did not take it: nothing has left, it waits again at its old place in the
    /// line.
    void on_forward_dropped(std::uint64_t id);
    void on_forward_reply(consensus::NodeId from, ForwardReply reply, Clock::time_point now);
    /// What was forwarded to us and waits is answered: this node does not lead.
    void refuse_forwarded(const std::string& why);
    /// What waits and never left is answered with this error.
    void refuse_waiting(const Error& error);

    /// The leader or term changed: what was forwarded waits again.
    void on_leader_change();
    void on_applied(BlockApplied& notice);
    void on_certified(std::uint64_t size);
    /// Ends what is past its deadline: outcome_unknown if it left, else what the leader said of it
    /// last, or no_quorum.
    void expire(Clock::time_point now);
    /// Ends everything, for shutdown or a halt: what left with outcome_unknown, the rest with this.
    void fail_all(const Error& before_leaving);

    std::vector<SubmissionAnswer> take_answers() { return std::exchange(answers_, {}); }
    /// Those that wait to be proposed or sent.
    std::size_t waiting() const { return line_.size(); }
    /// Whether it is among them: then another copy costs nothing.
    bool knows(const crypto::Digest& digest) const { return pendings_.contains(digest); }
    /// Bytes of all submissions that are not applied yet.
    std::uint64_t bytes() const { return bytes_; }

private:
    /// Who waits for an outcome; several for one submission that came several times.
    struct Waiter {
        Ticket ticket = 0;
        SubmitWait wait = SubmitWait::committed;
        bool forwarded_to_us = false;
        Clock::time_point deadline;
    };
    enum class Place { line, log, forward };
    struct Pending {
        SharedBytes bytes;
        std::vector<ledger::TransactionId> ids;
        std::vector<Waiter> waiters;  // those of an expired one are gone, never all of them
        Place place = Place::line;
        Ticket turn = 0;               // its place in the line: that of the first ticket
        std::uint64_t forward_id = 0;  // while `forward`
        bool left = false;             // proposed or forwarded: silence means outcome_unknown
        std::uint32_t refused = 0;     // times in a row, by the present leader
        Clock::time_point not_before;  // of the next forward
        std::optional<Error> last_refusal;
    };
    using Pendings = std::map<crypto::Digest, Pending>;
    struct Forwarded {
        consensus::NodeId to;
        crypto::Digest digest;
        bool left_before = false;
    };
    struct AwaitingCertificate {
        SubmitReceipt receipt;
        std::uint64_t entries = 0;  ///< the checkpoint must be at least this large
        Waiter waiter;
    };

    void answer(const Waiter& waiter, const SubmitReceipt& receipt, std::uint64_t entries);
    void answer_all(Pendings::iterator pending, const SubmitReceipt& receipt,
                    std::uint64_t entries);
    void finish(const Waiter& waiter, Result<SubmitReceipt> result);
    /// Ends those waiters that `which` picks; forgets the submission when none is left, and then
    /// gives the next one.
    template <typename Which, typename With>
    Pendings::iterator end(Pendings::iterator pending, Which which, With with);
    Pendings::iterator forget(Pendings::iterator pending);
    void line_up(Pendings::iterator pending);
    Error late_error(const Pending& pending) const;

    const std::size_t block_bytes_max_;
    const std::chrono::milliseconds retry_;
    Pendings pendings_;
    std::map<Ticket, crypto::Digest> line_;         // by turn
    std::map<std::uint64_t, Forwarded> forwarded_;  // by forward id
    Standing standing_;
    std::list<AwaitingCertificate> uncertified_;
    std::vector<SubmissionAnswer> answers_;
    std::uint64_t bytes_ = 0;
    std::uint64_t certified_ = 0;
    std::uint64_t next_forward_;
};

}  // namespace tally::node::driver
