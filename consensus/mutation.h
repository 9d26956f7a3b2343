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

    // Votes and terms.
    former_candidate_votes,  ///< who voted for itself votes once more in that term
    vote_always_free,        ///< a vote does not bind
    vote_any_log,            ///< votes are given to logs that lack what this one has
    vote_request_early,      ///< votes are asked for before the own one is durable
    own_vote_early,          ///< leads before the own vote is durable
    old_vote_replies,        ///< votes of an older term are counted
    half_elects,             ///< half of the voters elect
    half_commits,            ///< half of the voters commit
    pre_vote_disturbs,       ///< pre-votes are granted while a leader is heard
    vote_disturbs,           ///< a request for votes ends a term whose leader is heard
    pre_vote_any_log,        ///< pre-votes are granted to logs that could not win
    no_pre_vote,             ///< stands for election without asking whether it could win
    no_random_timeouts,      ///< all election timeouts are equal
    old_terms_unanswered,    ///< who is behind in terms is not told
    term_not_stored,         ///< what is written has an older term than what leaves
    held_kept,               ///< answers of an older term leave after a newer one began

    // When a leader gives way.
    no_check_quorum,   ///< leads on without hearing a majority
    no_stall_rule,     ///< leads on while nothing is committed
    no_own_disk_rule,  ///< leads on while its own disk does not answer
    no_refusal_rule,   ///< leads on while a majority refuses what it proposed
    may_lead_ignored,  ///< leads on though something of its own is wrong
    ungiven_ignored,   ///< leads on though its disk does not give what a follower needs

    // Replication.
    no_chase,                 ///< an append that was lost is not looked for
    window_stays_full,        ///< acknowledged bytes stay in flight
    own_copy_early,           ///< the own copy counts before it is durable
    old_acknowledgements,     ///< acknowledgements of an older term count
    old_heartbeat_replies,    ///< heartbeat replies of an older term count
    old_appends,              ///< appends of an older term are taken
    old_heartbeats,           ///< heartbeats of an older term are heard
    heartbeat_commit,         ///< heartbeats commit what no append has verified
    verified_kept,            ///< what an older term verified counts as verified in this one
    conflict_kept,            ///< a block that conflicts with an append stays
    late_append_truncates,    ///< an append that comes late drops what came after it
    acknowledge_refused,      ///< what was refused is acknowledged
    incarnation_ignored,      ///< acknowledgements survive a restart of who gave them
    incarnation_keeps_match,  ///< as this, though the restart is noticed
    passed_hint_ignored,    ///< where a follower's window begins is not believed below the own one
    late_answer_accuses,    ///< an answer to an older append accuses a follower's disk
    append_unbounded,       ///< an append has no bound in bytes
    uncommitted_unbounded,  ///< proposals have no bound in bytes
    apply_before_durable,   ///< blocks are applied before they are durable here
    commit_hint_ahead,      ///< the committed hint on disk is ahead of what is committed

    // What is refused, and whose clock counts.
    chain_unchecked,    ///< blocks are taken without the chain checks
    verdict_ignored,    ///< blocks are taken against the caller's verdict
    clock_unchecked,    ///< blocks from the future are taken
    old_blocks_judged,  ///< blocks of older terms are refused by clock and verdict
    own_clock,          ///< the leader's own clock dates its blocks
    time_backwards,     ///< block times may go back
    diverged_ignored,   ///< a contradiction of what is committed goes unnoticed

    // Reads.
    read_without_round,     ///< a leader confirms reads without asking anybody
    read_confirmed_by_one,  ///< one answer confirms a read
    forwarded_from_zero,    ///< forwarded reads are numbered from 0 after each start
    reads_kept,             ///< reads survive the end of the lead
};

#ifdef TALLY_MUTATIONS
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a switch that tests turn.
inline thread_local Mutation active_mutation = Mutation::none;
inline bool mutated(Mutation mutation) { return active_mutation == mutation; }
#else
constexpr bool mutated(Mutation) { return false; }
#endif

}  // namespace tally::consensus
