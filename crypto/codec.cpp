#include "crypto/codec.h"

#include <limits>

namespace tally::crypto {
namespace {

template <typename Integer>
void append_big_endian(Bytes& target, Integer value) {
    for (std::size_t remaining = sizeof(Integer); remaining > 0; --remaining) {
        target.push_back(static_cast<std::uint8_t>(value >> (8 * (remaining - 1))));
    }
}

template <typename Integer>
Integer from_big_endian(ByteView bytes) {
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) value = (value << 8) | byte;
    return static_cast<Integer>(value);
}

}  // namespace

void Writer::u8(std::uint8_t value) { buffer_.push_back(value); }
void Writer::u16(std::uint16_t value) { append_big_endian(buffer_, value); }
void Writer::u32(std::uint32_t value) { append_big_endian(buffer_, value); }
void Writer::u64(std::uint64_t value) { append_big_endian(buffer_, value); }
void Writer::i64(std::int64_t value) { u64(static_cast<std::uint64_t>(value)); }
void Writer::raw(ByteView bytes) { append(buffer_, bytes); }

void Writer::bytes(ByteView bytes) {
    TALLY_CHECK(bytes.size() <= std::numeric_limits<std::uint32_t>::max());
    u32(static_cast<std::uint32_t>(bytes.size()));
    raw(bytes);
}

// A failed read yields an empty view, which reads as zero.
std::uint8_t Reader::u8() { return from_big_endian<std::uint8_t>(raw(1)); }
std::uint16_t Reader::u16() { return from_big_endian<std::uint16_t>(raw(2)); }
std::uint32_t Reader::u32() { return from_big_endian<std::uint32_t>(raw(4)); }
std::uint64_t Reader::u64() { return from_big_endian<std::uint64_t>(raw(8)); }
std::int64_t Reader::i64() { return static_cast<std::int64_t>(u64()); }

ByteView Reader::raw(std::size_t size) {
    if (failed_) return {};
    if (size > remaining()) {
        reject(errc::truncated);
        return {};
    }
    const ByteView view = source_.subspan(position_, size);
    position_ += size;
    return view;
}

ByteView Reader::bytes(std::size_t size_max) {
    const std::uint32_t size = u32();
    if (!failed_ && size > size_max) reject(errc::too_large);
    return raw(size);
}

Digest Reader::digest() {
    const ByteView view = raw(32);
    return failed_ ? Digest{} : digest_from(view);
}

void Reader::reject(errc code) {
    if (failed_) return;
    failed_ = true;
    failure_ = code;
}

Status Reader::finish() const {
    if (failed_) return fail(failure_, "at byte " + std::to_string(position_));
    if (remaining() != 0) {
        return fail(errc::trailing_bytes, std::to_string(remaining()) + " bytes are left over");
    }
    return {};
}

}  // namespace tally::crypto
