#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/check.h"

namespace tally {

/// 128 bits: what the product of two limbs needs.
__extension__ using DoubleLimb = unsigned __int128;

/// An unsigned integer of a fixed `64 * Limbs` bits, for exact results that 128 bits do not hold.
/// A value type without allocation; no operation wraps. Every operation takes the time of the full
/// width whatever the value. Not for secrets: comparison stops at the first difference.
template <std::size_t Limbs>
class WideUint {
    static_assert(Limbs >= 2, "a DoubleLimb must fit");

public:
    /// Zero.
    constexpr WideUint() = default;
    /// Any number of 64 or 128 bits. A negative one is the caller's mistake: it does not compile
    /// without a cast.
    constexpr explicit WideUint(DoubleLimb value)
        : limbs_{static_cast<std::uint64_t>(value), static_cast<std::uint64_t>(value >> 64)} {}
    /// Of limbs, the least significant first.
    constexpr explicit WideUint(const std::array<std::uint64_t, Limbs>& limbs) : limbs_(limbs) {}

    /// The limbs, the least significant first.
    constexpr const std::array<std::uint64_t, Limbs>& limbs() const { return limbs_; }

    /// The same number in 64 bits; nothing where it does not fit.
    constexpr std::optional<std::uint64_t> to_u64() const {
        for (std::size_t place = 1; place < Limbs; ++place) {
            if (limbs_[place] != 0) return std::nullopt;
        }
        return limbs_[0];
    }

    constexpr bool operator==(const WideUint&) const = default;
    constexpr std::strong_ordering operator<=>(const WideUint& other) const {
        for (std::size_t place = Limbs; place-- > 0;) {
            if (limbs_[place] != other.limbs_[place]) return limbs_[place] <=> other.limbs_[place];
        }
        return std::strong_ordering::equal;
    }

private:
    std::array<std::uint64_t, Limbs> limbs_{};
};

/// Nothing where the sum does not fit.
template <std::size_t Limbs>
constexpr std::optional<WideUint<Limbs>> checked_add(const WideUint<Limbs>& left,
                                                     const WideUint<Limbs>& right) {
    std::array<std::uint64_t, Limbs> sum{};
    DoubleLimb carry = 0;
    for (std::size_t place = 0; place < Limbs; ++place) {
        carry += static_cast<DoubleLimb>(left.limbs()[place]) + right.limbs()[place];
        sum[place] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    if (carry != 0) return std::nullopt;
    return WideUint<Limbs>(sum);
}

/// Nothing where `right` is the greater one.
template <std::size_t Limbs>
constexpr std::optional<WideUint<Limbs>> checked_sub(const WideUint<Limbs>& left,
                                                     const WideUint<Limbs>& right) {
    std::array<std::uint64_t, Limbs> difference{};
    std::uint64_t borrow = 0;
    for (std::size_t place = 0; place < Limbs; ++place) {
        const DoubleLimb taken = static_cast<DoubleLimb>(right.limbs()[place]) + borrow;
        borrow = left.limbs()[place] < taken ? 1 : 0;
        difference[place] = left.limbs()[place] - static_cast<std::uint64_t>(taken);
    }
    if (borrow != 0) return std::nullopt;
    return WideUint<Limbs>(difference);
}

/// Nothing where the product does not fit.
template <std::size_t Limbs>
constexpr std::optional<WideUint<Limbs>> checked_mul(const WideUint<Limbs>& left,
                                                     std::uint64_t right) {
    std::array<std::uint64_t, Limbs> product{};
    DoubleLimb carry = 0;
    for (std::size_t place = 0; place < Limbs; ++place) {
        // (2^64 - 1)^2 + (2^64 - 1) is below 2^128.
        carry += static_cast<DoubleLimb>(left.limbs()[place]) * right;
        product[place] = static_cast<std::uint64_t>(carry);
        carry >>= 64;
    }
    if (carry != 0) return std::nullopt;
    return WideUint<Limbs>(product);
}
template <std::size_t Limbs>
constexpr std::optional<WideUint<Limbs>> checked_mul(const WideUint<Limbs>& left,
                                                     const WideUint<Limbs>& right) {
    std::array<std::uint64_t, Limbs> product{};
    for (std::size_t row = 0; row < Limbs; ++row) {
        if (left.limbs()[row] == 0) continue;
        DoubleLimb carry = 0;
        for (std::size_t place = 0; row + place < Limbs; ++place) {
            // (2^64 - 1)^2 + 2 * (2^64 - 1) is 2^128 - 1.
            carry += static_cast<DoubleLimb>(left.limbs()[row]) * right.limbs()[place] +
                     product[row + place];
            product[row + place] = static_cast<std::uint64_t>(carry);
            carry >>= 64;
        }
        if (carry != 0) return std::nullopt;
        // What would stand wholly above the width.
        for (std::size_t place = Limbs - row; place < Limbs; ++place) {
            if (right.limbs()[place] != 0) return std::nullopt;
        }
    }
    return WideUint<Limbs>(product);
}

/// Rounded down; the remainder is dropped. Requires a divisor above 0.
template <std::size_t Limbs>
constexpr WideUint<Limbs> quotient(const WideUint<Limbs>& left, std::uint64_t divisor) {
    TALLY_CHECK(divisor > 0);
    std::array<std::uint64_t, Limbs> result{};
    DoubleLimb remainder = 0;
    for (std::size_t place = Limbs; place-- > 0;) {
        const DoubleLimb part = (remainder << 64) | left.limbs()[place];
        result[place] = static_cast<std::uint64_t>(part / divisor);
        remainder = part % divisor;
    }
    return WideUint<Limbs>(result);
}

}  // namespace tally
