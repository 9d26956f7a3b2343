#include "crypto/note.h"

#include <algorithm>

#include "base/hex.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/errc.h"
#include "crypto/text.h"

namespace tally::crypto {
namespace {

constexpr std::string_view kDash = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::size_t kSignaturesMax = 100;
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kTimeBytes = 8;
constexpr std::size_t kSignatureBytes = 64;

Error malformed(const char* what) { return fail(errc::bad_encoding, std::string("note: ") + what); }

Bytes big_endian(std::uint64_t value, std::size_t size) {
    Bytes bytes(size);
    for (std::size_t position = size; position > 0; --position, value >>= 8) {
        bytes[position - 1] = static_cast<std::uint8_t>(value);
    }
    return bytes;
}

std::uint64_t from_big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
    return value;
}

Bytes typed_key(NoteKeyType type, const PublicKey& key) {
    Bytes bytes{static_cast<std::uint8_t>(type)};
    append(bytes, key.view());
    return bytes;
}

/// What a cosignature really signs (C2SP tlog-cosignature).
std::string cosigned_text(std::string_view text, std::uint64_t time_s) {
    std::string signed_text = "cosignature/v1\ntime " + std::to_string(time_s) + "\n";
    signed_text += text;
    return signed_text;
}

Result<NoteSignature> decode_line(std::string_view line) {
    if (!line.starts_with(kDash)) return malformed("a signature line starts with no em dash");
    line.remove_prefix(kDash.size());
    const std::size_t space = line.find(' ');
    if (space == std::string_view::npos) return malformed("a signature line lacks its signature");
    NoteSignature signature;
    signature.name = line.substr(0, space);
    if (!is_key_name(signature.name)) return malformed("the name of a signature is not a key name");
    const std::optional<Bytes> bytes = from_base64(line.substr(space + 1));
    if (!bytes) return malformed("a signature is not base64");
    if (bytes->size() <= kKeyIdBytes) return malformed("a signature has no bytes");
    const ByteView view = *bytes;
    signature.key_id = static_cast<std::uint32_t>(from_big_endian(view.first(kKeyIdBytes)));
    signature.blob = to_bytes(view.subspan(kKeyIdBytes));
    return signature;
}

/// True if the line holds for a key whose name and id it bears. Sets the time of a cosignature.
bool holds(const NoteSignature& line, const NoteVerifier& verifier, std::string_view text,
           std::uint64_t& time_s) {
    const std::size_t time_bytes = verifier.type == NoteKeyType::cosignature ? kTimeBytes : 0;
    if (line.blob.size() != time_bytes + kSignatureBytes) return false;
    const ByteView blob = line.blob;
    Signature signature;
    std::copy_n(blob.begin() + static_cast<std::ptrdiff_t>(time_bytes), kSignatureBytes,
                signature.bytes.begin());
    if (verifier.type == NoteKeyType::ed25519) {
        time_s = 0;
        return verify(verifier.key, view_of(text), signature);
    }
    time_s = from_big_endian(blob.first(kTimeBytes));
    return verify(verifier.key, view_of(cosigned_text(text, time_s)), signature);
}

}  // namespace

bool is_key_name(std::string_view name) {
    // White space as Unicode has it, beyond the control characters that plain text excludes.
    static constexpr std::string_view kForbidden[] = {" ",
                                                      "+",
                                                      "\n",
                                                      "\xC2\x85",
                                                      "\xC2\xA0",
                                                      "\xE1\x9A\x80",
                                                      "\xE2\x80\x80",
                                                      "\xE2\x80\x81",
                                                      "\xE2\x80\x82",
                                                      "\xE2\x80\x83",
                                                      "\xE2\x80\x84",
                                                      "\xE2\x80\x85",
                                                      "\xE2\x80\x86",
                                                      "\xE2\x80\x87",
                                                      "\xE2\x80\x88",
                                                      "\xE2\x80\x89",
                                                      "\xE2\x80\x8A",
                                                      "\xE2\x80\xA8",
                                                      "\xE2\x80\xA9",
                                                      "\xE2\x80\xAF",
                                                      "\xE2\x81\x9F",
                                                      "\xE3\x80\x80"};
    if (name.empty() || !is_plain_text(name)) return false;
    return std::none_of(std::begin(kForbidden), std::end(kForbidden), [&](std::string_view bad) {
        return name.find(bad) != std::string_view::npos;
    });
}

std::uint32_t NoteVerifier::id() const {
    static constexpr std::uint8_t kLineFeed[] = {0x0A};
    const Digest digest = sha256({view_of(name), kLineFeed, typed_key(type, key)});
    return static_cast<std::uint32_t>(from_big_endian(digest.view().first(kKeyIdBytes)));
}

std::string NoteVerifier::encode() const {
    TALLY_CHECK(is_key_name(name));
    return name + "+" + to_hex(big_endian(id(), kKeyIdBytes)) + "+" +
           to_base64(typed_key(type, key));
}

Result<NoteVerifier> NoteVerifier::decode(std::string_view text) {
    // Base64 may contain a plus, a name may not: the first two separate.
    const std::size_t first = text.find('+');
    const std::size_t second =
        first == std::string_view::npos ? std::string_view::npos : text.find('+', first + 1);
    if (second == std::string_view::npos)
        return malformed("a verifier key has three parts joined by a plus");
    NoteVerifier verifier;
    verifier.name = text.substr(0, first);
    if (!is_key_name(verifier.name)) return malformed("the name of a verifier key is not allowed");

    const std::optional<Bytes> id = from_hex(text.substr(first + 1, second - first - 1));
    if (!id || id->size() != kKeyIdBytes) return malformed("a key id has eight hexadecimal digits");
    const std::optional<Bytes> key = from_base64(text.substr(second + 1));
    if (!key || key->empty()) return malformed("a verifier key is not base64");

    const std::uint8_t type = key->front();
    if (type != static_cast<std::uint8_t>(NoteKeyType::ed25519) &&
        type != static_cast<std::uint8_t>(NoteKeyType::cosignature)) {
        return fail(errc::bad_key, "note: key type " + std::to_string(type) + " is not known");
    }
    if (key->size() != 1 + verifier.key.bytes.size()) {
        return fail(errc::bad_key, "note: an Ed25519 public key has 32 bytes");
    }
    verifier.type = static_cast<NoteKeyType>(type);
    std::copy(key->begin() + 1, key->end(), verifier.key.bytes.begin());
    if (verifier.id() != from_big_endian(*id)) {
        return fail(errc::bad_key, "note: the key id is not that of this name and key");
    }
    return verifier;
}

std::string NoteSignature::line() const {
    TALLY_CHECK(is_key_name(name));
    Bytes bytes = big_endian(key_id, kKeyIdBytes);
    append(bytes, blob);
    return std::string(kDash) + name + " " + to_base64(bytes) + "\n";
}

std::string Note::encode() const {
    TALLY_CHECK(text.ends_with('\n'));
    std::string encoded = text + "\n";
    for (const NoteSignature& signature : signatures) encoded += signature.line();
    return encoded;
}

Result<Note> Note::decode(std::string_view text) {
    if (!is_plain_text(text)) return malformed("not UTF-8, or a control character");
    const std::size_t split = text.rfind("\n\n");
    if (split == std::string_view::npos) return malformed("no empty line before the signatures");
    Note note;
    note.text = text.substr(0, split + 1);

    LineReader lines(text.substr(split + 2));
    if (lines.rest().empty()) return malformed("there is no signature line");
    while (!lines.rest().empty()) {
        const std::optional<std::string_view> line = lines.next();
        if (!line) return malformed("the last line has no line feed");
        if (note.signatures.size() == kSignaturesMax) {
            return fail(errc::too_large, "note: more than 100 signatures");
        }
        Result<NoteSignature> signature = decode_line(*line);
        if (!signature) return std::move(signature).error();
        note.signatures.push_back(std::move(*signature));
    }
    return note;
}

Result<std::vector<VerifiedSignature>> verify_note(const Note& note,
                                                   const std::vector<NoteVerifier>& known) {
    std::vector<std::uint32_t> known_ids;
    known_ids.reserve(known.size());
    for (const NoteVerifier& verifier : known) known_ids.push_back(verifier.id());

    std::vector<VerifiedSignature> verified;
    for (const NoteSignature& line : note.signatures) {
        // Four bytes of id can collide, so each key of that name and id is tried.
        bool is_known = false;
        std::optional<VerifiedSignature> found;
        for (std::size_t position = 0; position < known.size() && !found; ++position) {
            if (known_ids[position] != line.key_id || known[position].name != line.name) continue;
            is_known = true;
            std::uint64_t time_s = 0;
            if (holds(line, known[position], note.text, time_s)) {
                found = VerifiedSignature{position, time_s};
            }
        }
        if (!is_known) continue;
        if (!found) {
            return fail(errc::bad_signature, "note: the signature of " + line.name + " is wrong");
        }
        const bool is_repeated = std::any_of(
            verified.begin(), verified.end(),
            [&](const VerifiedSignature& other) { return other.verifier == found->verifier; });
        if (!is_repeated) verified.push_back(*found);
    }
    if (verified.empty()) return fail(errc::unverified, "note: no known key signed it");
    return verified;
}

NoteSignature sign_note(std::string_view text, const std::string& name, const SecretKey& key) {
    TALLY_CHECK(text.ends_with('\n'));
    const NoteVerifier verifier{name, NoteKeyType::ed25519, key.public_key()};
    const Signature signature = key.sign(view_of(text));
    return {name, verifier.id(), to_bytes(signature.view())};
}

NoteSignature cosign(std::string_view text, const std::string& name, const SecretKey& key,
                     std::uint64_t time_s) {
    TALLY_CHECK(text.ends_with('\n'));
    const NoteVerifier verifier{name, NoteKeyType::cosignature, key.public_key()};
    const Signature signature = key.sign(view_of(cosigned_text(text, time_s)));
    Bytes blob = big_endian(time_s, kTimeBytes);
    append(blob, signature.view());
    return {name, verifier.id(), std::move(blob)};
}

}  // namespace tally::crypto
