#include "api/json_text.h"

#include <utility>

#include "api/errc.h"

namespace tally::api {

Result<boost::json::value> json_from_text(std::string_view text, std::size_t depth_max) {
    boost::json::error_code failure;
    boost::json::parse_options options;
    options.max_depth = depth_max;
    boost::json::value value = boost::json::parse(text, failure, {}, options);
    if (failure) return fail(errc::invalid_argument, "not JSON: " + failure.message());
    return value;
}

Result<boost::json::object> json_object_from_text(std::string_view text, std::size_t depth_max) {
    auto value = json_from_text(text, depth_max);
    if (!value) return value.error();
    if (!value->is_object()) return fail(errc::invalid_argument, "not a JSON object");
    return std::move(value->get_object());
}

}  // namespace tally::api
