#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"

namespace tally::crypto {

/// The body of a C2SP tlog-checkpoint: `origin LF size LF base64(root) LF`, no extensions written.
struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Digest root;

    std::string encode() const;
    /// Total. Fails with bad_encoding for anything that breaks the line rules or a root that is
    /// not 32 bytes; extension lines are accepted and dropped.
    static Result<Checkpoint> decode(std::string_view text);
};

/// C2SP tlog-proof@v1: an entry's index, its inclusion proof and the signed checkpoint it is against.
struct TlogProof {
    Bytes extra;  ///< empty when absent
    std::uint64_t index = 0;
    std::vector<Digest> path;
    std::string checkpoint;  ///< the signed note, verbatim

    std::string encode() const;
    static Result<TlogProof> decode(std::string_view text);
};

/// `x001/x234/067` for 1234067 (C2SP tlog-tiles).
std::string tile_number_path(std::uint64_t number);

}  // namespace tally::crypto
