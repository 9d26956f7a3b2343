#pragma once

#include <boost/json.hpp>

namespace tally::api {

/// A number that no 64-bit integer holds. The parser only approximates it, and it is refused in any
/// case: this decides with which words.
inline bool is_beyond_64_bits(const boost::json::value& number) {
    constexpr double kBeyond = 9.3e18;
    return number.is_double() &&
           (number.get_double() >= kBeyond || number.get_double() <= -kBeyond);
}

}  // namespace tally::api
