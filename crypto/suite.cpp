#include "crypto/suite.h"

#include <algorithm>

namespace tally::crypto {
namespace {

constexpr auto kEd25519 = static_cast<std::uint8_t>(Suite::ed25519);
constexpr auto kDsse = static_cast<std::uint8_t>(Envelope::dsse);

template <typename Value>
void write(Writer& writer, const Value& value) {
    writer.u8(kEd25519);
    writer.raw(value.view());
}

template <typename Value>
Value read(Reader& reader) {
    if (reader.u8() != kEd25519) reader.reject();
    Value value;
    const ByteView raw = reader.raw(value.bytes.size());
    std::copy(raw.begin(), raw.end(), value.bytes.begin());
    return value;
}

}  // namespace

void write_key(Writer& writer, const PublicKey& key) { write(writer, key); }
PublicKey read_key(Reader& reader) { return read<PublicKey>(reader); }
void write_signature(Writer& writer, const Signature& signature) { write(writer, signature); }
Signature read_signature(Reader& reader) { return read<Signature>(reader); }

void write_envelope(Writer& writer) { writer.u8(kDsse); }
void read_envelope(Reader& reader) {
    if (reader.u8() != kDsse) reader.reject();
}

}  // namespace tally::crypto
