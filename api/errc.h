#pragma once

#include <string>
#include <system_error>

#include "base/named_category.h"

namespace tally::api {

/// Failures that clients and operators see under their names (error_name), which are stable.
enum class errc {
    no_quorum = 1,         ///< no majority reachable, and nothing was proposed or forwarded
    outcome_unknown,       ///< proposed or forwarded, no answer in time: retry the same ids
    overloaded,            ///< a bounded queue is full: retry after a while
    storage_full,          ///< free space below the floor: the node only reads
    corrupt_block,         ///< a stored block that is needed does not hold
    halted,                ///< the node stopped applying; the context says why
    shutting_down,         ///< the process is ending
    not_found,             ///< nothing under that id
    invalid_argument,      ///< a request that cannot be understood
    unauthenticated_bind,  ///< api.listen is not loopback and readers cannot authenticate yet
    address_in_use,        ///< a listen address is taken
    bad_config,            ///< a configuration file or key file; the context has file and line
    io_failed,             ///< a file or socket
    not_ready,             ///< min_index not reached in time, or still starting
    not_certified,         ///< no certified checkpoint covers it yet
};

const NamedCategory& category();
std::error_code make_error_code(errc code);

/// The stable snake_case name of any code of any of our categories (`bad_signature`, `no_quorum`);
/// "io_failed" for foreign ones.
std::string error_name(const std::error_code& code);

}  // namespace tally::api

template <>
struct std::is_error_code_enum<tally::api::errc> : std::true_type {};
