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
};

#ifdef TALLY_MUTATIONS
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables): a switch that tests turn.
inline thread_local Mutation active_mutation = Mutation::none;
inline bool mutated(Mutation mutation) { return active_mutation == mutation; }
#else
constexpr bool mutated(Mutation) { return false; }
#endif

}  // namespace tally::node::driver
