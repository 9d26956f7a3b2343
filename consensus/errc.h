#pragma once

#include <system_error>

#include "base/named_category.h"

namespace tally::consensus {

enum class errc {
    not_leader = 1,     ///< the caller must ask the leader
    busy,               ///< a bound on uncommitted or unapplied bytes, or on reads, is reached
    too_large,          ///< a proposal larger than a block may be
    bad_message,        ///< a message that no correct node of this network sends
    bad_block,          ///< hash link, payload hash, index or term order broken
    bad_configuration,  ///< voters, timeouts or bounds that cannot work
    corrupt_log,        ///< persisted state that contradicts itself
    storage_failed,     ///< a LogStore could not make something durable
    not_found,          ///< blocks that the log does not hold
    diverged,           ///< a message that contradicts this node's log
};

const NamedCategory& category();
std::error_code make_error_code(errc code);

}  // namespace tally::consensus

template <>
struct std::is_error_code_enum<tally::consensus::errc> : std::true_type {};
