#pragma once

#include <cstdint>

#include "crypto/codec.h"
#include "crypto/ed25519.h"

namespace tally::crypto {

/// How keys and signatures work, written before each wherever one is stored or hashed, so that
/// another kind can come without changing what stands. Values are part of the formats.
enum class Suite : std::uint8_t {
    ed25519 = 1,  ///< RFC 8032: keys of 32 bytes, signatures of 64
};

/// What of a submission is signed, and how it is wrapped. Values are part of the formats.
enum class Envelope : std::uint8_t {
    dsse = 1,  ///< the DSSE pre-authentication encoding of the header under its media type
};

/// The suite, then the key in the length that the suite has.
void write_key(Writer& writer, const PublicKey& key);
/// Rejects a suite that is not known.
PublicKey read_key(Reader& reader);
/// The same of a signature.
void write_signature(Writer& writer, const Signature& signature);
Signature read_signature(Reader& reader);

void write_envelope(Writer& writer);
/// Rejects an envelope that is not known.
void read_envelope(Reader& reader);

}  // namespace tally::crypto
