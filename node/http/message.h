#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/problem.h"

namespace tally::node::http {

enum class HttpMethod : std::uint8_t { get, head, post, other };

/// A request as handlers see it; the HTTP library stays behind session.cpp.
struct HttpRequest {
    HttpMethod method = HttpMethod::get;
    std::vector<std::string> path;                           ///< segments, percent-decoded
    std::vector<std::pair<std::string, std::string>> query;  ///< in order, percent-decoded
    std::string accept;                                      ///< Accept, empty when absent
    std::string content_type;                                ///< without its parameters, lower case
    std::string body;
};

/// Splits `/v1/lines/abc?limit=5` into path and query; false for what is no origin-form target.
bool parse_target(std::string_view target, HttpRequest& request);

/// Whether a line of a request's head begins with a space or a tab: the obsolete way to go on with
/// the line before (RFC 9112, section 5.2).
bool has_folded_line(std::string_view head);

struct HttpResponse {
    unsigned status = 200;
    std::string content_type;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
};

inline constexpr std::string_view kJsonMediaType = "application/json";
inline constexpr std::string_view kTextMediaType = "text/plain; charset=utf-8";
inline constexpr std::string_view kOctetsMediaType = "application/octet-stream";

HttpResponse json_response(const boost::json::object& document);
HttpResponse text_response(std::string text);
HttpResponse octets_response(std::string octets);
/// With Retry-After where the problem has one.
HttpResponse problem_response(const api::Problem& problem);

/// Whether an Accept header allows a media type (RFC 9110, section 12.5.1). Empty allows all.
bool accepts(std::string_view accept, std::string_view media_type);

}  // namespace tally::node::http
