#include "crypto/codec.h"

#include <limits>

#include "base/hex.h"
#include "crypto/errc.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

namespace {

struct Sample {
    std::uint8_t a = 0x01;
    std::uint16_t b = 0x0203;
    std::uint32_t c = 0x04050607;
    std::uint64_t d = 0x08090a0b0c0d0e0f;
    std::int64_t e = -2;
    Bytes f = to_bytes(std::string_view("abc"));
    Digest g = sha256(view_of("g"));
    Bytes h;

    bool operator==(const Sample&) const = default;
};

Bytes encode(const Sample& sample) {
    Writer writer;
    writer.u8(sample.a);
    writer.u16(sample.b);
    writer.u32(sample.c);
    writer.u64(sample.d);
    writer.i64(sample.e);
    writer.bytes(sample.f);
    writer.digest(sample.g);
    writer.bytes(sample.h);
    CHECK(writer.size() == 23 + 4 + sample.f.size() + 32 + 4 + sample.h.size());
    return writer.take();
}

Result<Sample> decode(ByteView bytes) {
    Reader reader(bytes);
    Sample sample;
    sample.a = reader.u8();
    sample.b = reader.u16();
    sample.c = reader.u32();
    sample.d = reader.u64();
    sample.e = reader.i64();
    sample.f = to_bytes(reader.bytes(3));
    sample.g = reader.digest();
    sample.h = to_bytes(reader.bytes(10));
    const Status finished = reader.finish();
    if (!finished) return finished.error();
    return sample;
}

}  // namespace

TEST_CASE("Integers are written big-endian and bytes after a u32 length") {
    // Goal: the layout itself, so that writer and reader cannot be wrong together.
    CHECK(to_hex(encode(Sample{})) ==
          "01020304050607"
          "08090a0b0c0d0e0f"
          "fffffffffffffffe"
          "00000003616263" +
              to_hex(sha256(view_of("g")).view()) + "00000000");
}

TEST_CASE("A layout round-trips at the ends of every integer's range") {
    // Goal: sign, width and order of each integer.
    Sample sample;
    CHECK(decode(encode(sample)).value() == sample);
    sample.a = 255;
    sample.b = 65535;
    sample.c = std::numeric_limits<std::uint32_t>::max();
    sample.d = std::numeric_limits<std::uint64_t>::max();
    sample.e = std::numeric_limits<std::int64_t>::min();
    sample.f.clear();
    sample.h = Bytes(10, 0x80);
    CHECK(decode(encode(sample)).value() == sample);
}

TEST_CASE("A layout cut at any byte is truncated, and one with a byte more has trailing bytes") {
    // Goal: no prefix of a value passes for a value.
    const Bytes whole = encode(Sample{});
    for (std::size_t size = 0; size < whole.size(); ++size) {
        CAPTURE(size);
        CHECK(decode(ByteView(whole).first(size)).error().code == errc::truncated);
    }
    Bytes longer = whole;
    longer.push_back(0);
    CHECK(decode(longer).error().code == errc::trailing_bytes);
}

TEST_CASE("A length above its bound is too large, whether or not the bytes are there") {
    // Goal: a length is judged before anything of that size is touched.
    Writer writer;
    writer.bytes(Bytes(11));
    const Bytes there = writer.take();
    Reader present(there);
    CHECK(present.bytes(10).empty());
    CHECK(present.finish().error().code == errc::too_large);

    const Bytes huge{0xff, 0xff, 0xff, 0xff};
    Reader absent(huge);
    CHECK(absent.bytes(1 << 20).empty());
    CHECK(absent.finish().error().code == errc::too_large);
    Reader unbounded(huge);
    CHECK(unbounded.bytes(std::numeric_limits<std::size_t>::max()).empty());
    CHECK(unbounded.finish().error().code == errc::truncated);
}

TEST_CASE("After a failure a reader gives zeroes and keeps the first reason") {
    // Goal: a decoder may read on and ask once.
    const Bytes source(8, 0xff);
    Reader reader(source);
    CHECK(reader.u32() == 0xffffffff);
    CHECK(reader.u64() == 0);
    CHECK(reader.failed());
    CHECK(reader.u8() == 0);
    CHECK(reader.i64() == 0);
    CHECK(reader.digest() == Digest{});
    CHECK(reader.raw(0).empty());
    CHECK(reader.bytes(100).empty());
    CHECK(reader.position() == 4);
    reader.reject(errc::bad_version);
    CHECK(reader.finish().error().code == errc::truncated);
}

TEST_CASE("A rejected value fails the whole, even if every byte was read") {
    // Goal: a decoder's own rule counts as much as the layout's.
    const Bytes source{9};
    Reader reader(source);
    CHECK(reader.u8() == 9);
    CHECK(reader.remaining() == 0);
    reader.reject();
    CHECK(reader.finish().error().code == errc::bad_encoding);
    Reader versioned(source);
    versioned.reject(errc::bad_version);
    CHECK(versioned.finish().error().code == errc::bad_version);
}

TEST_CASE("Taking a writer's bytes leaves it empty") {
    // Goal: a writer used again does not repeat what it gave away.
    Writer writer;
    writer.u8(1);
    CHECK(writer.take() == Bytes{1});
    CHECK(writer.size() == 0);
    writer.u8(2);
    CHECK(writer.take() == Bytes{2});
}
