#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>

// What the descriptions of ledger/transaction_layout.h are written with.
namespace tally::ledger {

/// Bounds of the walk, wider than the rules so that breaking a rule has its own outcome.
namespace fields {
inline constexpr std::size_t kCurrencyBytesMax = 64;
inline constexpr std::size_t kTextBytesMax = 256;
inline constexpr std::size_t kReasonsBytesMax = 1024;
inline constexpr std::size_t kElementsMax = 2048;
}  // namespace fields

/// Whether JSON names a field at its default. On the wire a default is always left out.
enum class Presence : std::uint8_t {
    always,
    when_set,  ///< only some values of the type use the field
};

/// A struct to write from or one to read into: a description serves both.
template <typename T, typename Struct>
concept ReadOrWritten = std::same_as<std::remove_const_t<T>, Struct>;

}  // namespace tally::ledger
