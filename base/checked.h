#pragma once

#include <cstdint>
#include <optional>

namespace tally {

/// Sum, difference and product of amounts; nothing where the true value does not fit in int64.
inline std::optional<std::int64_t> checked_add(std::int64_t left, std::int64_t right) {
    std::int64_t sum = 0;
    if (__builtin_add_overflow(left, right, &sum)) return std::nullopt;
    return sum;
}
inline std::optional<std::int64_t> checked_sub(std::int64_t left, std::int64_t right) {
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(left, right, &difference)) return std::nullopt;
    return difference;
}
inline std::optional<std::int64_t> checked_mul(std::int64_t left, std::int64_t right) {
    std::int64_t product = 0;
    if (__builtin_mul_overflow(left, right, &product)) return std::nullopt;
    return product;
}

}  // namespace tally
