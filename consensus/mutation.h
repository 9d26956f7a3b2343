#pragma once

#include <cstdint>

namespace tally::consensus {

/// Known bugs of other implementations that a test build can switch on, to prove that the
/// simulator finds each. In every other build `mutated` is a constant false and leaves no trace.
enum class Mutation : std::uint8_t {
    none,
    commit_older_term,      ///< commits a block of an earlier term by counting replicas
    commit_unverified,      ///< a follower commits up to its last block, not what was verified
    vote_twice_stepping,    ///< stepping down within a term clears the vote
    vote_twice_crash,       ///< the vote is not part of the persisted state
    early_acknowledgement,  ///< acknowledgements and votes leave before they are durable
    append_aba,             ///< an old write's completion vouches for what overwrote it
    acknowledge_whole_log,  ///< a follower acknowledges its last block, not what was verified
    refusal_lowers_match,   ///< a refusal moves a follower's match backwards
    read_before_commit,     ///< reads are served before a block of the own term is committed
    read_round_reused,      ///< a read counts heartbeat replies of rounds before it
    recovering_votes,       ///< a node that may have forgotten its vote grants another one
};

#ifdef TALLY_MUTATIONS
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a switch that tests turn.
inline thread_local Mutation active_mutation = Mutation::none;
inline bool mutated(Mutation mutation) { return active_mutation == mutation; }
#else
constexpr bool mutated(Mutation) { return false; }
#endif

}  // namespace tally::consensus
