#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "consensus/block.h"
#include "consensus/types.h"

namespace tally::consensus {

/// PreVote asks whether an election in `term` could be won; Vote asks for the vote (Raft thesis,
/// section 9.6, and Raft, section 5.2). Message::term is the term asked for.
struct VoteRequest {
    bool pre_vote = false;
    Index last_index;
    Term last_term;
};
struct VoteReply {
    bool pre_vote = false;
    bool granted = false;
    Millis clock{0};  ///< the sender's wall clock: a new leader can date its first block
};

/// Blocks after `previous_index`. Empty `blocks` probe for a match.
struct AppendRequest {
    Index previous_index;
    Term previous_term;
    crypto::Digest previous_hash;
    std::vector<Block> blocks;
    Index commit;
};

/// Why a follower did not take an append.
enum class Refusal : std::uint8_t {
    none = 0,
    log_mismatch,  ///< the log check of Raft, section 5.3: `hint_*` tells where to look next
    chain,         ///< a chain check failed: fetch the block elsewhere
    signature,     ///< policy: a submission's signatures do not verify
    submission,    ///< policy: a submission that is malformed, too large or has a wrong root
    clock,         ///< policy: a block time more than the allowed skew ahead of the own clock
    not_ready,     ///< storage is full or failed
    diverged,      ///< it contradicts what is committed here: nothing of this leader is taken
};
/// The enumerator as it is spelled, for logs and status displays.
std::string_view refusal_name(Refusal refusal);
/// True for the refusals of blocks that are chained correctly but should not have been proposed.
bool is_policy(Refusal refusal);

struct AppendReply {
    Refusal refusal = Refusal::none;
    Index match;          ///< none: what this append verified and made durable, never more
    Index refused_index;  ///< the previous_index, or the first refused block
    Index hint_index;     ///< log_mismatch: the last index that may match
    Term hint_term;       ///< log_mismatch: the term there
    std::string reason;   ///< for people, at most 200 bytes
};

/// Carries the commit index, and the newest pending read round. Travels on its own connection.
struct Heartbeat {
    Index commit;  ///< never above what the receiver is known to hold
    std::uint64_t round =
        0;  ///< unique per attempt, 0 for none: echoed, so that old replies say nothing
    /// The leader's own, once a block of its term is committed; 0 before. Shows the receiver how
    /// far behind it is; and what it holds as committed of earlier terms must lie below.
    Index network_commit{};
    /// To a receiver that is recovering: once it holds this block of the leader's term, committed,
    /// it knows again all that it may have forgotten. 0: nothing is said yet.
    Index recovered_by{};
    std::uint64_t recovering = 0;  ///< the start of the receiver of which that is true
    /// A block that the receiver said is committed there, and that the leader's log does not hold:
    /// another history. 0: none. A leader's silence about a block would not show it where the
    /// receiver's window has moved on and no block of the leader's meets an own one.
    Index lacks{};
    /// The leader has given up its lead in this term, and this voter is to stand at once: it holds
    /// the whole log (Raft thesis, section 3.10). kNobody: it leads on.
    NodeId successor{};
};
struct HeartbeatReply {
    std::uint64_t round = 0;
    Millis clock{0};       ///< the sender's wall clock, for the block time
    bool may_lead = true;  ///< nothing of its own keeps the sender from leading
    bool has_room = true;  ///< it appends submissions; full, it refuses those of the present term
    /// The newest block that is committed at the sender, and its hash. The leader's log holds that
    /// very block (Raft, section 5.4.3).
    Index commit{};
    crypto::Digest commit_hash{};
};

/// A follower's wish for a read index, and the answer; `context` is the follower's own.
struct ReadRequest {
    std::uint64_t context = 0;
};
struct ReadReply {
    std::uint64_t context = 0;
    bool granted = false;
    Index index;
};

using MessageBody = std::variant<VoteRequest, VoteReply, AppendRequest, AppendReply, Heartbeat,
                                 HeartbeatReply, ReadRequest, ReadReply>;

struct Message {
    NodeId from;
    NodeId to;
    Term term;
    std::uint64_t incarnation =
        0;  ///< random per start of the sender; a new one voids older replies
    MessageBody body;
    /// The sender may have forgotten votes and acknowledgements: it counts in no quorum.
    bool recovering = false;
};

}  // namespace tally::consensus
