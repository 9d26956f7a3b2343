#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/tile_path.h"

namespace tally::crypto {

/// The body of a C2SP tlog-checkpoint: `origin LF size LF base64(root) LF`, no extensions written.
struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;
    Digest root;

    /// The text that is signed. Requires `is_key_name(origin)` (crypto/note.h).
    std::string encode() const;
    /// Total. Fails with bad_encoding for anything that breaks the line rules or a root that is
    /// not 32 bytes; extension lines are accepted and dropped. Signatures cover the text as it was
    /// received: never verify one against a checkpoint that was encoded again.
    static Result<Checkpoint> decode(std::string_view text);
};

/// C2SP tlog-proof@v1: an entry's index, its inclusion proof and the signed checkpoint that the
/// proof is against.
struct TlogProof {
    Bytes extra;  ///< empty when absent
    std::uint64_t index = 0;
    std::vector<Digest> path;
    std::string checkpoint;  ///< the signed note, verbatim

    /// The file's text: header, extra, index, hashes, an empty line, the checkpoint.
    std::string encode() const;
    /// Total, and checks the form only: the caller verifies the checkpoint's signatures and then
    /// the path against its root. Fails with bad_encoding, or too_large above 64 hashes.
    static Result<TlogProof> decode(std::string_view text);
};

}  // namespace tally::crypto
