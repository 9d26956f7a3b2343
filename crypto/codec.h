#pragma once

#include <cstdint>
#include <utility>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/errc.h"

namespace tally::crypto {

/// Writes the fixed layouts of docs/FORMAT.md: big-endian integers, a u32 length before variable
/// bytes. Appends to one buffer that `take` moves out.
class Writer {
public:
    void u8(std::uint8_t value);
    void u16(std::uint16_t value);
    void u32(std::uint32_t value);
    void u64(std::uint64_t value);
    void i64(std::int64_t value);  ///< two's complement, as u64
    void raw(ByteView bytes);      ///< no length: the layout fixes it
    void bytes(ByteView bytes);    ///< u32 length, then the bytes; requires size < 2^32
    void digest(const Digest& digest) { raw(digest.view()); }

    std::size_t size() const { return buffer_.size(); }
    /// Moves the bytes out and leaves the writer empty.
    Bytes take() { return std::exchange(buffer_, {}); }

private:
    Bytes buffer_;
};

/// Reads the same layouts. Total: after the first failure every further read gives zero or an
/// empty view and `finish` fails, so a decoder reads all its fields and asks once. A loop over a
/// count that was read stops at `failed()`; nothing may be allocated by a count alone.
/// Views point into the source bytes and live as long as those.
class Reader {
public:
    explicit Reader(ByteView source) : source_(source) {}

    std::uint8_t u8();
    std::uint16_t u16();
    std::uint32_t u32();
    std::uint64_t u64();
    std::int64_t i64();
    ByteView raw(std::size_t size);
    ByteView bytes(std::size_t size_max);  ///< too_large when the length exceeds size_max
    Digest digest();

    /// True after a short read, a length above its bound, or `reject`.
    bool failed() const { return failed_; }
    /// Records that a value read is not allowed here. The first failure is the one reported.
    void reject(errc code = errc::bad_encoding);
    std::size_t position() const { return position_; }
    std::size_t remaining() const { return source_.size() - position_; }
    /// Success if everything was read, nothing is left and nothing was rejected; otherwise
    /// truncated, too_large, the code given to `reject`, or trailing_bytes.
    Status finish() const;

private:
    ByteView source_;
    std::size_t position_ = 0;
    bool failed_ = false;
    errc failure_ = errc::truncated;  // meaningful once failed_ is true
};

}  // namespace tally::crypto
