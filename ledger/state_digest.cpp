#include "ledger/state_digest.h"

#include <cstddef>

#include "crypto/codec.h"

namespace tally::ledger {

crypto::Digest record_hash(ByteView key, ByteView value) {
    crypto::Writer writer;
    writer.bytes(key);
    const Bytes prefixed = writer.take();
    return crypto::domain_hash("record", {prefixed, value});
}

void StateDigest::add(ByteView key, ByteView value) {
    const crypto::Digest term = record_hash(key, value);
    unsigned carry = 0;
    for (std::size_t index = sum_.bytes.size(); index-- > 0;) {
        const unsigned sum = carry + sum_.bytes[index] + term.bytes[index];
        sum_.bytes[index] = static_cast<std::uint8_t>(sum & 0xFF);
        carry = sum >> 8;
    }
}

void StateDigest::remove(ByteView key, ByteView value) {
    const crypto::Digest term = record_hash(key, value);
    unsigned borrow = 0;
    for (std::size_t index = sum_.bytes.size(); index-- > 0;) {
        const unsigned difference = 0x100U + sum_.bytes[index] - term.bytes[index] - borrow;
        sum_.bytes[index] = static_cast<std::uint8_t>(difference & 0xFF);
        borrow = difference < 0x100U ? 1 : 0;
    }
}

}  // namespace tally::ledger
