#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace tally::crypto {

/// True if the text may name a key, and so be a checkpoint's origin: not empty, UTF-8, without
/// white space, control characters or a plus (C2SP signed-note).
bool is_key_name(std::string_view name);

/// Signature types of C2SP signed-note that Tallystick uses.
enum class NoteKeyType : std::uint8_t { ed25519 = 0x01, cosignature = 0x04 };

/// A verifier key (C2SP signed-note): name, type and public key; its id follows from them.
struct NoteVerifier {
    std::string name;
    NoteKeyType type = NoteKeyType::ed25519;
    PublicKey key;

    /// First four bytes, big-endian, of SHA-256(name, LF, type, key).
    std::uint32_t id() const;
    /// Requires a key name. `name+hex8+base64(type || key)`.
    std::string encode() const;
    /// Total. Fails with bad_encoding for the form, with bad_key for an unknown type, another
    /// length or an id that does not match.
    static Result<NoteVerifier> decode(std::string_view text);
};

/// One signature line: `— name base64(id || signature)`.
struct NoteSignature {
    std::string name;
    std::uint32_t key_id = 0;
    Bytes blob;  ///< without the key id: 64 bytes for 0x01, 8 + 64 for 0x04

    std::string line() const;  ///< with its final LF
};

/// A signed note split into its parts, nothing verified yet.
struct Note {
    std::string text;  ///< with its final LF
    std::vector<NoteSignature> signatures;

    std::string encode() const;
    /// Total. Splits at the last empty line. Refuses more than 100 signatures, control characters
    /// and malformed lines (bad_encoding, too_large).
    static Result<Note> decode(std::string_view text);
};

/// A signature that verified.
struct VerifiedSignature {
    std::size_t verifier;      ///< position in the list of known verifiers
    std::uint64_t time_s = 0;  ///< POSIX seconds, type 0x04 only
};

/// Verifies every line of a known (name, key id). Fails with bad_signature if one of them does not
/// hold, with unverified if none is known. A repeated line of one key counts once, with its first
/// time; the result is in the order of the lines. Total: at most 100 lines are looked at if the
/// note came from `Note::decode`.
Result<std::vector<VerifiedSignature>> verify_note(const Note& note,
                                                   const std::vector<NoteVerifier>& known);

/// Signs a text that ends in LF, type 0x01.
NoteSignature sign_note(std::string_view text, const std::string& name, const SecretKey& key);
/// Cosigns a checkpoint text, type 0x04 (C2SP tlog-cosignature, cosignature/v1).
NoteSignature cosign(std::string_view text, const std::string& name, const SecretKey& key,
                     std::uint64_t time_s);

}  // namespace tally::crypto
