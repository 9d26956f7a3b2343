#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tally {

/// Owned bytes.
using Bytes = std::vector<std::uint8_t>;
/// Borrowed bytes: valid as long as what they were taken from.
using ByteView = std::span<const std::uint8_t>;
/// Immutable bytes with shared ownership: one buffer serves disk, network and apply.
using SharedBytes = std::shared_ptr<const Bytes>;

inline ByteView view_of(std::string_view text) {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}
inline std::string_view text_of(ByteView bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes to_bytes(ByteView bytes) { return {bytes.begin(), bytes.end()}; }
inline Bytes to_bytes(std::string_view text) { return to_bytes(view_of(text)); }
inline std::string to_string(ByteView bytes) { return std::string(text_of(bytes)); }

inline void append(Bytes& target, ByteView source) {
    target.insert(target.end(), source.begin(), source.end());
}

/// Byte-wise equality and order, as RocksDB's default comparator has it.
inline bool equal(ByteView left, ByteView right) {
    return left.size() == right.size() &&
           (left.empty() || std::memcmp(left.data(), right.data(), left.size()) == 0);
}

inline SharedBytes share(Bytes bytes) { return std::make_shared<const Bytes>(std::move(bytes)); }

}  // namespace tally
