#include "crypto/tile_path.h"

#include "crypto/errc.h"
#include "tests/crypto/support.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::crypto;

TEST_CASE("Tile numbers are written in groups of three digits") {
    // Goal: each change of length, and the largest number.
    CHECK(tile_number_path(0) == "000");
    CHECK(tile_number_path(999) == "999");
    CHECK(tile_number_path(1000) == "x001/000");
    CHECK(tile_number_path(999999) == "x999/999");
    CHECK(tile_number_path(1234067) == "x001/x234/067");
    CHECK(tile_number_path(~std::uint64_t{0}) == "x018/x446/x744/x073/x709/x551/615");
}

TEST_CASE("A tile path round-trips") {
    // Goal: both kinds, full and partial, at the ends of each range.
    for (const std::optional<int> level :
         {std::optional<int>{}, std::optional<int>{0}, std::optional<int>{63}}) {
        for (const std::uint64_t number :
             {std::uint64_t{0}, std::uint64_t{1234067}, ~std::uint64_t{0}}) {
            for (const int width : {1, 255, 256}) {
                const TilePath path{level, number, width};
                CHECK(TilePath::decode(path.encode()).value() == path);
            }
        }
    }
    CHECK(TilePath{std::nullopt, 273, 112}.encode() == "tile/entries/273.p/112");
    CHECK(TilePath{1, 1, 17}.encode() == "tile/1/001.p/17");
}

TEST_CASE("Any other spelling of a tile path is refused") {
    // Goal: one tile, one path; and nothing that walks out of the folder.
    const char* const refused[] = {"",
                                   "tile",
                                   "tile/",
                                   "tile/0",
                                   "tile/0/",
                                   "tile/0/1",
                                   "tile/0/0001",
                                   "tile/00/000",
                                   "tile/64/000",
                                   "tile/-1/000",
                                   "tile/+0/000",
                                   "tile/0/x000/001",
                                   "tile/0/x001/00",
                                   "tile/0/001/234",
                                   "tile/0/x001/x234",
                                   "tile/0/x001x234067",
                                   "tile/0/000/",
                                   "tile/0/000.p/",
                                   "tile/0/000.p/0",
                                   "tile/0/000.p/01",
                                   "tile/0/000.p/256",
                                   "tile/0/000.p/1/",
                                   "tile/0/000.p/1.p/1",
                                   "tile/8/0/000",
                                   "/tile/0/000",
                                   "tile//000",
                                   "tile/0/../000",
                                   "tile/entries/0",
                                   "tile/entries/000.p/300",
                                   "tile/entries",
                                   "TILE/0/000",
                                   "tile/0/x018/x446/x744/x073/x709/x551/616",
                                   "tile/0/X001/000",
                                   "tile/0/000 ",
                                   "tile/18446744073709551616/000"};
    for (const char* path : refused) {
        CAPTURE(path);
        const Result<TilePath> decoded = TilePath::decode(path);
        REQUIRE_FALSE(decoded);
        CHECK(decoded.error().code == errc::bad_encoding);
    }
    CHECK_FALSE(TilePath::decode("tile/0/" + std::string(100000, '0')));
}
