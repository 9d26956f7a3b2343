#pragma once

#include <string_view>
#include <system_error>

#include "base/named_category.h"

namespace tally::client {

/// Failures that begin on this side of the wire. What a node answers keeps the node's own code
/// (`tally::api::errc::no_quorum`, ...). error_code::message() is the stable name of all of them.
enum class errc {
    unreachable = 1,  ///< no node could be connected to before the deadline
    timed_out,        ///< connected, but no answer in time; a read may be repeated at will
    connection_lost,  ///< the connection ended before the answer did
    outcome_unknown,  ///< a submission may have arrived: submit the same bytes again
    bad_answer,       ///< an answer that is not what docs/API.md says
    bad_url,          ///< not http://host:port
    bad_file,         ///< a trust file that cannot be read
};

const NamedCategory& category();
std::error_code make_error_code(errc code);

/// The code that a problem document names: the error code of ours with that stable name
/// (`no_quorum`, `bad_signature`), or for a name that this build does not know one of the category
/// "answer", which keeps the name. The same name always gives the same code.
std::error_code api_code(std::string_view name);
/// True if `code` carries this stable name, whichever side it came from.
bool is(const std::error_code& code, std::string_view name);

}  // namespace tally::client

template <>
struct std::is_error_code_enum<tally::client::errc> : std::true_type {};
