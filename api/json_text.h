#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <string_view>

#include "base/result.h"

namespace tally::api {

/// Deep enough for every document of ours, and a bound for anything else.
inline constexpr std::size_t kJsonDepthMax = 16;

/// The value of a JSON text (RFC 8259) nested at most `depth_max` deep, in which no object has two
/// members of one name, at whatever depth; else invalid_argument, with a context that says where.
/// The only way in which texts become values: what is shown to a person is what a program reads.
Result<boost::json::value> json_from_text(std::string_view text,
                                          std::size_t depth_max = kJsonDepthMax);
/// Likewise of one that must be an object.
Result<boost::json::object> json_object_from_text(std::string_view text,
                                                  std::size_t depth_max = kJsonDepthMax);

}  // namespace tally::api
