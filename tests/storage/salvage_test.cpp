// The way back of a folder that a node refuses: what is good stays, what is damaged is set aside,
// and the node recovers.
#include "storage/salvage.h"

#include <filesystem>
#include <fstream>

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

TEST_CASE("of a log with a damaged byte what was written before it stays") {
    // Goal: three nodes with one byte wrong each are no reason to begin at block 0.
    const TempFolder folder;
    std::vector<consensus::Block> blocks;
    {
        ChainMaker chain(kNetwork, 1);
        const auto store = open(folder);
        for (std::size_t i = 0; i < 40; ++i) {
            blocks.push_back(chain.next(3000));
            REQUIRE(store->write({{blocks.back()}, hard_state(3, 2, i)}));
        }
    }
    fs::path log;
    for (const auto& file : fs::directory_iterator(folder.path() + "/blocks")) {
        const bool larger = log.empty() || file.file_size() > fs::file_size(log);
        if (file.path().extension() == ".log" && larger) log = file.path();
    }
    {
        std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
        file.seekp(static_cast<std::streamoff>(fs::file_size(log) * 3 / 4));
        file.write("\xff\xfe\xfd", 3);
    }
    REQUIRE_FALSE(storage::open_block_store(options_for(folder)));
    const auto salvaged = recover(folder);
    INFO(salvaged.damage);
    CHECK(salvaged.kept > Index(25));
    CHECK(salvaged.kept < Index(32));
    CHECK_FALSE(salvaged.damage.empty());
    CHECK(fs::exists(salvaged.set_aside + "/CURRENT"));
    const auto lost = storage::farthest_mark(folder.path());
    REQUIRE(lost);
    CHECK(lost->index == Index(40));
    const auto store = open(folder);
    CHECK(store->tip().hash == blocks[salvaged.kept.value - 1].hash);
    CHECK(store->load()->hard_state.commit <= salvaged.kept);
    CHECK(read_whole_chain(*store, kNetwork).size() == salvaged.kept.value);
    // What was kept is in no log any more, where one more damaged byte would cost most of it.
    for (const auto& file : fs::directory_iterator(folder.path() + "/blocks")) {
        if (file.path().extension() == ".log") CHECK(file.file_size() < 3000);
    }
}

TEST_CASE("of logs of two copies every block stays, and none of them ends the process") {
    // Goal: RocksDB aborts over two records of one number, whoever opens the folder, and how.
    const TempFolder folder;
    const auto blocks = fill(folder, 9);
    const std::string mine = folder.path() + "/blocks";
    fs::path log;
    for (const auto& file : fs::directory_iterator(mine)) {
        if (file.path().extension() == ".log") log = file.path();
    }
    REQUIRE_FALSE(log.empty());
    const int number = std::stoi(log.stem().string()) + GENERATE(-1, 1);
    const std::string digits = std::to_string(number);
    fs::copy_file(log, mine + "/" + std::string(6 - digits.size(), '0') + digits + ".log");
    const std::string words = ".log has what another log here has too";
    const auto opened = storage::open_block_store(options_for(folder));
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == errc::corrupt_block);
    CHECK(opened.error().context.find(words) != std::string::npos);
    CHECK(storage::open_block_store_readonly(folder.path()).error().context.find(words) !=
          std::string::npos);
    const auto salvaged = recover(folder);
    CHECK(salvaged.damage.find(words) != std::string::npos);
    CHECK(salvaged.kept == Index(9));
    CHECK(fs::exists(salvaged.set_aside + "/CURRENT"));
    CHECK(open(folder)->tip().hash == blocks.back().hash);
    CHECK_FALSE(open(folder)->recovering().empty());
}

TEST_CASE("what a mark had stays known, whatever the next start finds") {
    const TempFolder folder;
    ChainMaker chain(kNetwork, 1);
    REQUIRE(open(folder)->write({chain.next_blocks(4, 300), hard_state(1, 1, 4)}));
    fs::copy(folder.path() + "/blocks", folder.path() + "/older", fs::copy_options::recursive);
    REQUIRE(open(folder)->write({chain.next_blocks(5, 300), hard_state(1, 1, 9)}));
    CHECK(storage::farthest_mark(folder.path())->index == Index(9));
    fs::remove_all(folder.path() + "/blocks");
    fs::rename(folder.path() + "/older", folder.path() + "/blocks");
    CHECK(storage::is_behind(open(folder)->tip(), *storage::farthest_mark(folder.path())));
    CHECK(storage::farthest_mark(folder.path())->index == Index(9));
    fs::remove_all(folder.path() + "/blocks");
    CHECK(recover(folder).kept == Index(0));
    CHECK(storage::farthest_mark(folder.path())->index == Index(9));
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

TEST_CASE("a node takes the blocks that it lacks from another one's folder") {
    const TempFolder folder;
    const TempFolder source;
    const auto blocks = fill(folder, 9);
    ChainMaker chain(kNetwork, 1);
    auto longer = chain.next_blocks(9, 3000);
    const auto more = chain.next_blocks(6, 300, 7);
    {
        // Made as that of node 1 was; a node's first mark names it.
        const auto made = node_options(source.path(), kNetwork, 2);
        const auto store = storage::open_block_store(made);
        REQUIRE(store);
        REQUIRE((*store)->write({longer, hard_state(3, 2, 9)}));
        REQUIRE((*store)->write({more, hard_state(7, 2, 12)}));
    }
    const bool alone = GENERATE(false, true);  // blocks/ alone, or the node's folder
    storage::TakenBlocks taken{source.path() + (alone ? "/blocks" : ""), {}};
    SECTION("beyond its own") {
        const auto salvaged = storage::make_recovering(options_for(folder), taken);
        REQUIRE(salvaged);
        CHECK(salvaged->own_kept == Index(9));
        CHECK(salvaged->kept == Index(15));
        CHECK(fs::exists(salvaged->set_aside + "/CURRENT"));
        const auto store = open(folder);
        CHECK(store->tip().hash == more.back().hash);
        CHECK(store->load()->hard_state == hard_state(7, 0, 12));
        CHECK(store->signed_mark()->size == 9);
        CHECK_FALSE(store->recovering().empty());
        CHECK(read_whole_chain(*store, kNetwork).size() == 15);
        // The other folder is as it was, and has nothing more to give.
    }
    SECTION("and gives up nothing where none of its own is another one") {
        for (const std::uint64_t block : {1U, 10U, 40U}) {
            taken.give_up_from = Index(block);
            const auto refused = storage::make_recovering(options_for(folder), taken);
            REQUIRE_FALSE(refused);
            CHECK(refused.error().context.find("nothing to give up") != std::string::npos);
            CHECK(open(folder)->recovering().empty());
        }
    }
    SECTION("and nothing where it has all of them") {
        REQUIRE(storage::make_recovering(options_for(folder), taken));
        const auto again = storage::make_recovering(options_for(folder), taken);
        REQUIRE(again);
        CHECK(again->set_aside.empty());
        CHECK(again->kept == Index(15));
        taken.give_up_from = Index(10);
        CHECK_FALSE(storage::make_recovering(options_for(folder), taken));
    }
    SECTION("of another history only where it is said from which block on") {
        fs::remove_all(source.path());
        ChainMaker second(kNetwork, 1);
        auto theirs = second.next_blocks(5, 3000);
        const auto parted = second.next_blocks(7, 200, 5);
        fs::create_directories(source.path());
        {
            const auto made = storage::open_block_store(node_options(source.path(), kNetwork, 2));
            REQUIRE(made);
            REQUIRE((*made)->write({theirs, hard_state(3, 2, 5)}));
            REQUIRE((*made)->write({parted, hard_state(5, 2, 12)}));
            REQUIRE((*made)->put_checkpoint({12, "theirs", true}));
        }
        const auto refused = storage::make_recovering(options_for(folder), taken);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::diverged);
        CHECK(refused.error().context.find("--give-up-from 6") != std::string::npos);
        CHECK(open(folder)->tip().hash == blocks.back().hash);
        CHECK(open(folder)->recovering().empty());
        for (const std::uint64_t other : {5U, 7U, 40U}) {
            taken.give_up_from = Index(other);
            const auto wrong = storage::make_recovering(options_for(folder), taken);
            REQUIRE_FALSE(wrong);
            CHECK(wrong.error().context.find(
                      " is 6; to give up its blocks from there to 9, name") != std::string::npos);
        }
        taken.give_up_from = Index(6);
        const auto done = storage::make_recovering(options_for(folder), taken);
        REQUIRE(done);
        CHECK(done->own_kept == Index(5));
        CHECK(done->kept == Index(12));
        const auto store = open(folder);
        CHECK(store->tip().hash == parted.back().hash);
        // What it signed of the other history is set aside with it.
        CHECK_FALSE(store->signed_mark());
        CHECK((*store->latest_certified())->note == "theirs");
        CHECK(fs::exists(done->set_aside + "/CURRENT"));
    }
    SECTION("and from none that has no blocks, or those of another network") {
        taken.folder = folder.path() + "/keys";
        CHECK(storage::make_recovering(options_for(folder), taken).error().code == errc::not_found);
        const TempFolder foreign;
        const auto network = test_network("other");
        ChainMaker theirs(network, 1);
        {
            const auto made = storage::open_block_store(node_options(foreign.path(), network, 2));
            REQUIRE(made);
            REQUIRE((*made)->write({theirs.next_blocks(20, 30), hard_state(1, 1, 20)}));
        }
        taken.folder = foreign.path();
        CHECK(storage::make_recovering(options_for(folder), taken).error().code ==
              errc::wrong_network);
    }
}

namespace {

/// All that was signed of more entries than these.
storage::GivenUp above(std::uint64_t entries) {
    return [entries](std::uint64_t size, const crypto::Digest*) { return size > entries; };
}

}  // namespace

TEST_CASE("what was signed above the last entry is kept aside where that was given up") {
    const TempFolder folder;
    fill(folder, 3);  // with a certified checkpoint of 9, and its signature
    REQUIRE(open(folder)->put_checkpoint({4, "early", true}));
    REQUIRE(storage::give_up_signed(options_for(folder), above(9)));
    CHECK(open(folder)->signed_mark()->size == 9);
    REQUIRE(storage::give_up_signed(options_for(folder), above(5)));
    const auto store = open(folder);
    CHECK_FALSE(store->signed_mark());
    CHECK_FALSE(*store->checkpoint(9));
    CHECK((*store->latest_certified())->note == "early");
    CHECK(store->gave_up_signed(9));
    CHECK_FALSE(store->gave_up_signed(4));
    CHECK(store->remember_signed({6, kNetwork}));
}

TEST_CASE("of what was signed that of another history is kept aside, each time") {
    const TempFolder folder;
    fill(folder, 3);
    const crypto::Digest other = test_network("other");
    const auto give_up = [&](const crypto::Digest& gone) {
        return storage::give_up_signed(options_for(folder),
                                       [&](std::uint64_t, const crypto::Digest* root) {
                                           return root != nullptr && *root == gone;
                                       });
    };
    REQUIRE(give_up(other));
    CHECK(open(folder)->signed_mark()->root == kNetwork);
    REQUIRE(give_up(kNetwork));
    {
        const auto store = open(folder);
        CHECK_FALSE(store->signed_mark());
        CHECK(*store->checkpoint(9));  // it cannot be read, so that nobody knows of what it is
        REQUIRE(store->remember_signed({9, other}));
    }
    REQUIRE(give_up(other));
    CHECK_FALSE(open(folder)->signed_mark());
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
