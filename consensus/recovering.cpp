// A node that may have forgotten. Its folder was put back from a copy, or its log lost its end:
// votes and acknowledgements that it gave are not there any more, and others may count on them. So
// it follows, appends and applies, but it counts in no quorum: not for a vote, an acknowledgement,
// CheckQuorum or ReadIndex, neither by its own word nor in the arithmetic of a leader.
//
// It leaves that state once it holds, durably, everything up to a block that the leader of its term
// proposed after it had heard of this very start, and that a majority without this node committed.
// Why that is enough: whoever of that majority took the block had entered its term, and the
// promises that were forgotten are older than the block.
//   - A candidate that a forgotten vote could still elect has been in its term since before the
//     block was proposed, so its log lacks it: nobody who holds the block votes for it any more,
//     and whoever voted for it before had not passed its term, which is then the block's or an
//     earlier one, where the majorities met in somebody who remembers.
//   - A block that a forgotten acknowledgement helped to commit was proposed before, by the same
//     leader or by one of an earlier term, and the leader's log holds it below.
//   - Votes that this node gives afterwards are for logs that hold the block.
// The block has to be told for one start: what was said to an earlier one, of another folder
// perhaps, says nothing of what this one forgot.
//
// What must never happen: a message without the mark `recovering` before it is durable here that
// the state has been left, or after a restart that finds it again.

#include <utility>

#include "base/check.h"
#include "consensus/core.h"
#include "consensus/mutation.h"

namespace tally::consensus {

/// Whether this node may vote: it remembers whom it voted for.
bool RawNode::Core::may_grant() const {
    return !recovering_ || mutated(Mutation::recovering_votes);
}

/// Whether a leader counts what this peer says and holds.
bool RawNode::Core::counts(const Progress& peer) { return !peer.recovering; }

/// A leader: the peer's present start was recognised in this message.
void RawNode::Core::note_recovering(Progress& peer, const Message& message) {
    TALLY_CHECK(role_ == Role::leader && peer.incarnation == message.incarnation);
    if (!message.recovering) {
        const bool was = std::exchange(peer.recovering, false);
        peer.recovered = true;
        peer.recovered_by = Index(0);
        if (!was) return;
        peer.forgotten = Index(0);
        maybe_commit();
        confirm_reads();
        return;
    }
    if (peer.recovered || peer.recovering) return;
    peer.recovering = true;
    // An empty block: it must not have to wait for what somebody happens to submit.
    append_own(BlockKind::noop, share({}), block_time());
    peer.recovered_by = log_.last();
}

void RawNode::Core::hear_recovered_by(const Heartbeat& heartbeat) {
    if (!recovering_ || heartbeat.recovered_by == Index(0)) return;
    if (heartbeat.recovering != incarnation_) return;
    recovered_by_ = heartbeat.recovered_by;
}

/// All that may have been forgotten is there again, and durable.
bool RawNode::Core::may_end_recovering() const {
    if (!recovering_ || ending_ || recovered_by_ == Index(0)) return false;
    return verified_ >= recovered_by_ && log_.durable() >= recovered_by_ &&
           log_.commit() >= recovered_by_;
}

}  // namespace tally::consensus
