#pragma once

#include <cstddef>
#include <cstdint>

// Field numbers of proto/tallystick.proto, for the writer and the walk of this folder.
namespace tally::ledger::fields {

inline constexpr std::uint32_t kId = 1;
inline constexpr std::uint32_t kBusinessDate = 2;
inline constexpr std::uint32_t kValueDate = 3;
inline constexpr std::uint32_t kLimitGrant = 16;
inline constexpr std::uint32_t kLimitChange = 17;
inline constexpr std::uint32_t kCapture = 18;
inline constexpr std::uint32_t kRepayment = 19;

/// Bounds of the walk, wider than the rules so that breaking a rule has its own outcome.
inline constexpr std::size_t kCurrencyBytesMax = 64;
inline constexpr std::size_t kSourceRefBytesMax = 256;
inline constexpr std::size_t kElementsMax = 256;

}  // namespace tally::ledger::fields
