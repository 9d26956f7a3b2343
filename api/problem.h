#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/types.h"

namespace tally::api {

/// A problem document (RFC 9457) with a stable code.
struct Problem {
    unsigned status = 500;
    std::string code;                        ///< snake_case, never changes meaning
    std::string title;                       ///< the same for every occurrence of a code
    std::string detail;                      ///< of this occurrence: what, where, what to do
    std::vector<ledger::TransactionId> ids;  ///< outcome_unknown: those whose fate is open
    unsigned retry_after_s = 0;              ///< 0: no Retry-After header
};

inline constexpr std::string_view kProblemMediaType = "application/problem+json";

/// The HTTP status of a code of any of our categories or of the API itself; 500 for a code that
/// only a fault of ours can bring to a client.
unsigned http_status_of(std::string_view code);

/// All codes that a client can meet with a status of their own.
std::vector<std::string_view> known_codes();

/// The problem that an Error is. Its code is error_name(error.code).
Problem problem_of(const Error& error);
/// A problem of the API itself: `not_found`, `method_not_allowed`, `unsupported_media_type`, ...
Problem problem_of(std::string_view code, std::string detail);
/// outcome_unknown for a submission: carries its ids and says what is safe to do.
Problem problem_of_unknown(const Error& error, std::vector<ledger::TransactionId> ids);

boost::json::object to_json(const Problem& problem);
/// For clients: invalid_argument when it is not a problem document.
Result<Problem> problem_from_json(const boost::json::value& value);

}  // namespace tally::api
