// The way back of a folder that a node refuses: what is good stays, what is damaged is set aside,
// and the node recovers.
#include "storage/salvage.h"

#include <filesystem>

#include "storage/errc.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;
using storage::errc;

namespace fs = std::filesystem;

const crypto::Digest kNetwork = test_network();

storage::BlockStoreOptions options_for(const TempFolder& folder) {
    auto options = node_options(folder.path(), kNetwork, 1);
    options.cache_bytes_max = 0;
    options.strict_mark = true;
    return options;
}

std::unique_ptr<storage::BlockStore> open(const TempFolder& folder) {
    auto store = storage::open_block_store(options_for(folder));
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

std::vector<consensus::Block> fill(const TempFolder& folder, std::size_t count) {
    ChainMaker chain(kNetwork, 1);
    auto blocks = chain.next_blocks(count, 3000);
    const auto store = open(folder);
    REQUIRE(store->write({blocks, hard_state(3, 2, count - 1)}));
    REQUIRE(store->remember_signed({9, kNetwork}));
    REQUIRE(store->put_checkpoint({9, "note", true}));
    REQUIRE(store->write({{}, hard_state(4, 2, count - 1)}));
    return blocks;
}

storage::Salvaged recover(const TempFolder& folder) {
    auto salvaged = storage::make_recovering(options_for(folder));
    if (!salvaged) FAIL(salvaged.error().context);
    return std::move(*salvaged);
}

}  // namespace

TEST_CASE("a whole folder stays as it is, and recovers because that was said") {
    const TempFolder folder;
    const auto blocks = fill(folder, 9);
    const auto salvaged = recover(folder);
    CHECK(salvaged.kept == Index(9));
    CHECK(salvaged.damage.empty());
    CHECK(salvaged.set_aside.empty());
    const auto store = open(folder);
    CHECK(store->tip().hash == blocks.back().hash);
    CHECK(store->load()->hard_state == hard_state(4, 2, 8));
    CHECK_THAT(store->recovering(), Catch::Matchers::Contains("node recover"));
}

TEST_CASE("of damaged blocks the good ones before them stay, and what was signed") {
    const TempFolder folder;
    const auto blocks = fill(folder, 9);
    SECTION("rewritten") {
        RawBlocks(folder.path()).change(5, [](std::string& value) { value.back() ^= 1; });
    }
    SECTION("missing") { RawBlocks(folder.path()).remove(5); }
    const auto salvaged = recover(folder);
    CHECK(salvaged.kept == Index(4));
    CHECK(salvaged.damage.find("block 5") != std::string::npos);
    CHECK(salvaged.set_aside == folder.path() + "/blocks.damaged-1");
    CHECK(fs::exists(salvaged.set_aside + "/CURRENT"));
    {
        const auto store = open(folder);
        CHECK(store->tip().hash == blocks[3].hash);
        CHECK(read_whole_chain(*store, kNetwork).size() == 4);
        CHECK_FALSE(store->recovering().empty());
        const auto state = store->load();
        CHECK(state->hard_state == hard_state(4, 2, 4));
        CHECK(state->recovering);
        REQUIRE(store->signed_mark());
        CHECK(store->signed_mark()->size == 9);
        REQUIRE(store->latest_certified()->has_value());
        // The rest comes from elsewhere.
        REQUIRE(store->write({{blocks.begin() + 4, blocks.end()}, hard_state(4, 2, 9), true}));
    }
    CHECK(open(folder)->recovering().empty());
    CHECK(open(folder)->tip().hash == blocks.back().hash);
}

TEST_CASE("a database that does not open is set aside whole") {
    const TempFolder folder;
    fill(folder, 9);
    SECTION("without its CURRENT") { fs::remove(folder.path() + "/blocks/CURRENT"); }
    SECTION("with another one") { fs::resize_file(folder.path() + "/blocks/CURRENT", 3); }
    REQUIRE_FALSE(storage::open_block_store(options_for(folder)));
    const auto salvaged = recover(folder);
    CHECK(salvaged.kept == Index(0));
    CHECK_FALSE(salvaged.damage.empty());
    const auto store = open(folder);
    CHECK(store->tip().index == Index(0));
    CHECK_FALSE(store->recovering().empty());
}

TEST_CASE("without blocks, or without anything, a node recovers from nothing once that was said") {
    const TempFolder folder;
    const bool marked = GENERATE(true, false);
    fill(folder, 9);
    fs::remove_all(folder.path() + "/blocks");
    fs::create_directories(folder.path() + "/keys");  // the folder is a node's
    if (!marked) fs::remove(folder.path() + "/high_water_mark");
    REQUIRE_FALSE(storage::open_block_store(options_for(folder)));
    CHECK(recover(folder).kept == Index(0));
    // Once more changes nothing.
    CHECK(recover(folder).kept == Index(0));
    CHECK_FALSE(open(folder)->recovering().empty());
    CHECK_FALSE(open(folder)->recovering().empty());
    CHECK(open(folder)->load()->hard_state == hard_state(marked ? 4 : 0, 0, 0));
}

TEST_CASE("what belongs to others is not made to recover") {
    const TempFolder folder;
    fill(folder, 3);
    auto other = options_for(folder);
    other.node = 2;
    CHECK(storage::make_recovering(other).error().code == errc::wrong_node);
    other = options_for(folder);
    other.network = test_network("other");
    CHECK(storage::make_recovering(other).error().code == errc::wrong_network);
    RawBlocks(folder.path()).set_meta("format", "tallystick blocks 2");
    CHECK(storage::make_recovering(options_for(folder)).error().code == errc::wrong_format);
}

}  // namespace tally::testing
