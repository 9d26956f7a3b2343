#include "ledger/wire.h"

#include <limits>

#include "ledger/errc.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;

TEST_CASE("Numbers come back over the whole range", "[ledger][wire]") {
    // Goal: zigzag and varint at every power of two and around zero.
    for (unsigned shift = 0; shift < 64; ++shift) {
        for (const std::int64_t offset : {-1, 0, 1}) {
            const auto value = static_cast<std::int64_t>((std::uint64_t{1} << shift) +
                                                         static_cast<std::uint64_t>(offset));
            WireWriter writer;
            writer.zigzag(1, value);
            writer.varint(2, static_cast<std::uint64_t>(value));
            const Bytes bytes = writer.take();
            WireWalk walk(bytes, "test");
            std::int64_t first = 0;
            std::uint64_t second = 0;
            while (walk.next()) {
                if (walk.field() == 1) {
                    first = walk.zigzag64("first");
                } else {
                    second = walk.varint("second", std::numeric_limits<std::uint64_t>::max());
                }
            }
            REQUIRE(walk.finish());
            REQUIRE(first == value);
            REQUIRE(second == static_cast<std::uint64_t>(value));
        }
    }
}

TEST_CASE("32-bit numbers keep their bounds", "[ledger][wire]") {
    // Goal: both ends of int32, and one past them.
    const auto read = [](std::int64_t value) -> Result<std::int32_t> {
        WireWriter writer;
        writer.zigzag(1, value);
        const Bytes bytes = writer.take();
        WireWalk walk(bytes, "test");
        std::int32_t result = 0;
        while (walk.next()) result = walk.zigzag32("value");
        if (const Status status = walk.finish(); !status) return status.error();
        return result;
    };
    constexpr std::int64_t kMin = std::numeric_limits<std::int32_t>::min();
    constexpr std::int64_t kMax = std::numeric_limits<std::int32_t>::max();
    CHECK(read(kMin).value() == kMin);
    CHECK(read(kMax).value() == kMax);
    CHECK(read(kMin - 1).error().code == errc::malformed);
    CHECK(read(kMax + 1).error().code == errc::malformed);
}

TEST_CASE("A walk is sticky and names the first fault", "[ledger][wire]") {
    // Goal: after a fault nothing more is read and the reason stays.
    const Bytes bytes = {0x08, 0x00, 0x10, 0x01};
    WireWalk walk(bytes, "message");
    REQUIRE(walk.next());
    CHECK(walk.varint("first", 9) == 0);
    CHECK(walk.failed());
    CHECK_FALSE(walk.next());
    walk.reject("second", "later");
    CHECK(walk.bytes("third", 1, 9).empty());
    CHECK(walk.finish().error().context == "message.first: a default that should be left out");
}

TEST_CASE("Field numbers end where Protobuf's end", "[ledger][wire]") {
    // Goal: 2^29 - 1 is a number, 2^29 is none.
    const Bytes last = {0xF8, 0xFF, 0xFF, 0xFF, 0x0F, 0x01};
    WireWalk walk(last, "message");
    REQUIRE(walk.next());
    CHECK(walk.field() == (1U << 29) - 1);
    const Bytes beyond = {0x80, 0x80, 0x80, 0x80, 0x10, 0x01};
    WireWalk other(beyond, "message");
    CHECK_FALSE(other.next());
    CHECK_FALSE(other.finish());
}
