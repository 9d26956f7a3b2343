#pragma once

#include <system_error>

#include "base/named_category.h"

namespace tally::crypto {

/// What can be wrong with outside input to this folder.
enum class errc {
    truncated = 1,      ///< fewer bytes than the layout asks for
    trailing_bytes,     ///< bytes left over after the layout ended
    bad_version,        ///< a version byte that this build does not know
    too_large,          ///< a length or count above its bound
    bad_encoding,       ///< base64, hexadecimal, decimal or text rules broken
    bad_key,            ///< not a usable public or secret key
    bad_signature,      ///< a signature of a known key does not verify
    unverified,         ///< well-formed, but no known key signed
    bad_proof,          ///< a Merkle proof of the wrong shape for its sizes
    root_mismatch,      ///< a Merkle proof leads to another root
    size_out_of_range,  ///< index or size outside the tree
    not_found,          ///< a tile or key that is not there
};

/// Named `crypto`; the message of a code is its name above, stable for programs.
const NamedCategory& category();
/// Found by argument-dependent lookup, so `fail(errc::truncated)` works.
std::error_code make_error_code(errc code);

}  // namespace tally::crypto

template <>
struct std::is_error_code_enum<tally::crypto::errc> : std::true_type {};
