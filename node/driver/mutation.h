#pragma once

#include <cstdint>

namespace tally::node::driver {

/// Bugs of a driver that a test build can switch on, to prove that the simulator finds each. In
/// every other build `mutated` is a constant false and leaves no trace (as consensus/mutation.h).
enum class Mutation : std::uint8_t {
    none,
    read_before_apply,     ///< a confirmed read does not wait until its index is applied
    read_without_quorum,   ///< a read counts as confirmed though nobody was asked
    written_at_once,       ///< a write is reported durable when it is handed out
    sign_before_remember,  ///< a checkpoint is signed before the store remembers it
    leaving_forgotten,     ///< what was proposed or forwarded is told that nothing was done
    ticket_lost,           ///< what ends late is not answered
    early_answer,          ///< a submission is answered when it is proposed, not when it is applied
    copies,                ///< what stands in the log already is proposed once more
    own_signature_enough,  ///< a checkpoint counts as certified with the own signature alone
    reply_answered,        ///< signatures that answer are answered in turn
    halt_at_first_doubt,   ///< one node with another root halts writing
    nobody_asked,          ///< signatures that were lost are not asked for

    // Submissions, seals and the disk.
    forwards_from_zero,    ///< forwards are numbered from 0 after each start
    forwarded_again,       ///< what was forwarded here is forwarded once more
    left_taken_back,       ///< a refusal of a later attempt takes back that an earlier one left
    certificate_of_less,   ///< a certificate is told that does not cover the entry
    full_proposes,         ///< a node proposes while its disk is full
    unsynced_unbounded,    ///< any number of own blocks waits for the disk
    seals_overlap,         ///< a seal is proposed while another is under way
    seals_idle,            ///< seals are proposed though nothing came after the last
    seal_place_kept,       ///< a seal that another leader replaced is waited for
    old_hard_state,        ///< of several writes in a group the first one's hard state is written
    contradicted_answers,  ///< a node that its leader or a majority contradicts answers

    // Reads.
    round_joined,       ///< a read joins a round that was asked before it came
    stale_hidden,       ///< a read that nobody confirmed is not called stale
    min_index_ignored,  ///< a read does not wait for its smallest index

    // The keeper.
    votes_of_any_root,         ///< signatures on other roots count as well
    evidence_dropped,          ///< contradicting statements are not kept
    late_lies_unseen,          ///< statements on certified sizes are not compared
    signatures_unverified,     ///< signatures are believed
    asks_when_certified,       ///< signatures are asked for though a majority's are there
    signs_below_mark,          ///< what was signed before a restart is signed once more
    first_statement_replaced,  ///< what a node signs second replaces what it signed first
    contradiction_ignored,     ///< a majority with another root is not noticed
    guilt_forgotten,           ///< a restart makes a contradicted node right
};

#ifdef TALLY_MUTATIONS
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a switch that tests turn.
inline thread_local Mutation active_mutation = Mutation::none;
inline bool mutated(Mutation mutation) { return active_mutation == mutation; }
#else
constexpr bool mutated(Mutation) { return false; }
#endif

}  // namespace tally::node::driver
