#pragma once

#include <span>
#include <string_view>

#include "node/http/api.h"

namespace tally::node::http {

using Handler = void (*)(const ApiPtr&, const ExchangePtr&);

/// One line of the API: a segment in braces stands for any non-empty one. A GET route takes HEAD.
struct Route {
    HttpMethod method;
    std::string_view pattern;
    std::string_view media_type;  ///< of its answer
    Handler handle;
};

/// The one table of the API.
std::span<const Route> routes();

/// Hands the request to its route, or answers not_found, method_not_allowed (with Allow) or
/// not_acceptable.
void dispatch(const ApiPtr& api, const ExchangePtr& exchange);

}  // namespace tally::node::http
