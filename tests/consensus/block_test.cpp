#include <functional>
#include <string>

#include "base/hex.h"
#include "consensus/errc.h"
#include "tests/consensus/blocks.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

struct Damage {
    const char* what;
    std::function<void(Block&)> apply;
};

}  // namespace

// Goal: the header is 126 bytes in the documented order, and comes back as it went.
TEST_CASE("a block header round-trips through its fixed layout") {
    BlockHeader header = next_block(empty_tip(), 7, "payload").header;
    header.time = Millis(1'700'000'000'123);
    const Bytes encoded = header.encode();
    CHECK(encoded.size() == Block::kHeaderBytes);
    CHECK(encoded[0] == 1);
    CHECK(to_hex(ByteView(encoded).subspan(33, 16)) == "00000000000000010000000000000007");
    CHECK(to_hex(ByteView(encoded).subspan(49, 9)) == "0000018bcfe5687b01");
    const Result<BlockHeader> decoded = BlockHeader::decode(encoded);
    REQUIRE(decoded);
    CHECK(decoded->encode() == encoded);
    CHECK(decoded->hash() == header.hash());
}

// Goal: no byte string but the layout is a header.
TEST_CASE("a header of another length, version or kind is refused") {
    const Bytes good = next_block(empty_tip(), 7, "payload").header.encode();
    for (std::size_t size = 0; size < good.size(); ++size) {
        CHECK_FALSE(BlockHeader::decode(ByteView(good).subspan(0, size)));
    }
    Bytes longer = good;
    longer.push_back(0);
    CHECK_FALSE(BlockHeader::decode(longer));
    Bytes version = good;
    version[0] = 2;
    CHECK_FALSE(BlockHeader::decode(version));
    Bytes kind = good;
    kind[57] = 4;
    const Result<BlockHeader> decoded = BlockHeader::decode(kind);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == errc::bad_block);
}

// Goal: each chain check refuses what it is there for.
TEST_CASE("a block that does not continue the chain is refused") {
    const Block first = next_block(empty_tip(), 3, "first");
    const Block second = next_block(tip_of(first), 4, "second");
    REQUIRE(check_block(first, empty_tip(), test_network()));
    REQUIRE(check_block(second, tip_of(first), test_network()));
    CHECK_FALSE(check_block(second, empty_tip(), test_network()));
    CHECK_FALSE(check_block(first, empty_tip(), crypto::Digest{}));

    const auto rehash = [](Block& block) { block.hash = block.header.hash(); };
    const Damage damages[] = {
        {"index",
         [&](Block& b) {
             b.header.index = Index(3);
             rehash(b);
         }},
        {"previous",
         [&](Block& b) {
             b.header.previous.bytes[5] ^= 1;
             rehash(b);
         }},
        {"earlier term",
         [&](Block& b) {
             b.header.term = Term(2);
             rehash(b);
         }},
        {"earlier time",
         [&](Block& b) {
             b.header.time = Millis(-1);
             rehash(b);
         }},
        {"payload", [&](Block& b) { b.payload = share(to_bytes("sEcond")); }},
        {"no payload", [&](Block& b) { b.payload = nullptr; }},
        {"payload size",
         [&](Block& b) {
             b.header.payload_size = 5;
             rehash(b);
         }},
        {"payload hash",
         [&](Block& b) {
             b.header.payload_hash.bytes[0] ^= 1;
             rehash(b);
         }},
        {"block hash", [&](Block& b) { b.hash.bytes[31] ^= 1; }},
        {"full no-op",
         [&](Block& b) {
             b.header.kind = BlockKind::noop;
             rehash(b);
         }},
        {"kind",
         [&](Block& b) {
             b.header.kind = static_cast<BlockKind>(9);
             rehash(b);
         }},
    };
    for (const Damage& damage : damages) {
        INFO(damage.what);
        Block damaged = second;
        damage.apply(damaged);
        const Status status = check_block(damaged, tip_of(first), test_network());
        REQUIRE_FALSE(status);
        CHECK(status.error().code == errc::bad_block);
    }
}

}  // namespace tally::consensus
