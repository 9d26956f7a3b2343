#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <functional>

namespace tally {

/// An integer with a meaning of its own: a Term cannot be passed for an Index.
template <typename Tag, typename Rep = std::uint64_t>
struct StrongInt {
    Rep value{};

    constexpr StrongInt() = default;
    constexpr explicit StrongInt(Rep initial) : value(initial) {}
    constexpr auto operator<=>(const StrongInt&) const = default;

    constexpr StrongInt next() const { return StrongInt(static_cast<Rep>(value + 1)); }
    constexpr StrongInt previous() const { return StrongInt(static_cast<Rep>(value - 1)); }
};

/// Sixteen bytes with a meaning of their own, ordered as bytes.
template <typename Tag>
struct Id16 {
    std::array<std::uint8_t, 16> bytes{};

    constexpr auto operator<=>(const Id16&) const = default;
};

}  // namespace tally

template <typename Tag, typename Rep>
struct std::hash<tally::StrongInt<Tag, Rep>> {
    std::size_t operator()(const tally::StrongInt<Tag, Rep>& id) const {
        return std::hash<Rep>{}(id.value);
    }
};
