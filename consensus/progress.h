#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "consensus/inflights.h"
#include "consensus/message.h"
#include "consensus/types.h"

namespace tally::consensus {

/// How a leader sends to a follower.
enum class Pace : std::uint8_t {
    probe,      ///< looking for where the logs agree: one append, then wait
    replicate,  ///< agreed: appends follow each other without waiting, bounded in bytes
};

/// What a leader knows of one follower. Valid for one term: `start` begins anew.
struct Progress {
    NodeId id;
    Index match;    ///< the follower's durable log is the leader's up to here
    Index next{1};  ///< first block to send; always above match
    Pace pace = Pace::probe;
    std::uint32_t pause_ticks = 0;  ///< probe: wait as long for an answer before the next
    Inflights inflights;            ///< replicate: sent and not acknowledged
    std::uint64_t quiet_ticks = 0;  ///< since an acknowledgement, or since sending began
    std::uint64_t fetch = 0;        ///< id of the fetch on its way, 0: none
    Index commit_sent;              ///< the commit index that it was told

    std::uint64_t silent_ticks = 0;  ///< since any message of this term
    std::uint64_t round = 0;         ///< newest heartbeat round that it echoed
    bool may_lead = false;           ///< as it said itself; false until then
    bool has_room = true;            ///< for submissions, as it said itself; true until then

    /// The start of the peer that answers count for, and the newest round that had been issued
    /// when it was last heard. An answer to a later round proves that its sender is the newer one.
    std::optional<std::uint64_t> incarnation;
    std::uint64_t incarnation_round = 0;

    /// As this start of the peer says: it may have forgotten votes and acknowledgements of earlier
    /// ones. Once it says that it knows them again, an older message does not change that.
    bool recovering = false;
    bool recovered = false;
    Index recovered_by;  ///< the block proposed after it said so, that shows it all; 0: not yet

    Index most_acknowledged;  ///< in this term, whichever start of the peer said so
    Index forgotten;          ///< that a newer start does not hold any more; 0: nothing is

    /// What this start of the peer says is committed there and this leader's log does not hold.
    Index lacks;

    Refusal refusal = Refusal::none;  ///< standing: cleared when the refused block is acknowledged
    Index refused_index;
    std::string reason;

    /// Begins a term: nothing is known, `next` is a guess.
    void start(Index first_guess);
    /// The peer restarted, possibly without what it had acknowledged: match falls to nothing.
    void restart(std::uint64_t new_incarnation, Index first_guess);

    /// Takes an acknowledgement of everything up to `acknowledged`. True if match moved.
    bool acknowledge(Index acknowledged);
    /// Takes a log mismatch after `refused`: the next probe follows `hint`. Returns false for an
    /// answer that later knowledge has overtaken.
    bool mismatch(Index refused, Index hint);
    /// Takes another refusal: sending starts again at `refused`, after `wait_ticks`.
    bool refuse(Index refused, Refusal why, std::string text, std::uint32_t wait_ticks);

    /// Records an append of `count` blocks from `next` on; a probe then waits `wait_ticks`.
    void sent(std::size_t count, std::size_t bytes, std::uint32_t wait_ticks);
    /// True if an append may be sent now.
    bool may_send(std::size_t inflight_bytes_max) const;
    /// True while its last word on a block after `commit` is a policy refusal.
    bool refuses_after(Index commit) const;
    void probe_from(Index index);

    void check_invariants() const;
};

}  // namespace tally::consensus
