#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tally::crypto {

/// `x001/x234/067` for 1234067 (C2SP tlog-tiles).
std::string tile_number_path(std::uint64_t number);

/// The path of a hash tile, `tile/<level>/<number>[.p/<width>]`, or of an entry bundle,
/// `tile/entries/<number>[.p/<width>]` (C2SP tlog-tiles).
struct TilePath {
    std::optional<int> level;  ///< 0..63; nothing for an entry bundle
    std::uint64_t number = 0;
    int width = 256;  ///< 1..255 for a partial tile, 256 for a full one

    bool operator==(const TilePath&) const = default;

    /// Requires level and width in their ranges.
    std::string encode() const;
    /// Total. Accepts exactly what `encode` writes, without a leading slash; fails with
    /// bad_encoding.
    static Result<TilePath> decode(std::string_view path);
};

}  // namespace tally::crypto
