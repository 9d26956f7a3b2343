// Blocks that rot on the disk are found by reading them there, and others take their place.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "storage/audit_source.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/salvage.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using consensus::Block;
using consensus::Index;
using storage::errc;

namespace fs = std::filesystem;

const crypto::Digest kNetwork = test_network();
constexpr std::size_t kAll = 64 << 20;

std::unique_ptr<storage::BlockStore> open(const TempFolder& folder, std::size_t cache_bytes = 0,
                                          std::size_t write_buffer = 32 << 20) {
    storage::BlockStoreOptions options = node_options(folder.path(), kNetwork, 1);
    options.cache_bytes_max = cache_bytes;
    options.write_buffer_bytes = write_buffer;
    auto store = storage::open_block_store(options);
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

/// Blocks of both kinds of value, large ones in blob files; all but the last known as committed.
std::vector<Block> fill(storage::BlockStore& store, std::size_t count) {
    ChainMaker chain(kNetwork, 1);
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < count; ++i) {
        blocks.push_back(chain.next(i % 3 == 0 ? 6000 : 300));
        REQUIRE(store.write({{blocks.back()}, hard_state(1, 1, i)}));
    }
    return blocks;
}

std::vector<Block> fill(const TempFolder& folder, std::size_t count) {
    return fill(*open(folder), count);
}

std::vector<std::uint64_t> damaged(const storage::BlockStore& store) {
    std::vector<std::uint64_t> all;
    for (const auto& one : store.damaged()) all.push_back(one.index.value);
    return all;
}
using Places = std::vector<std::uint64_t>;

/// Reads all of it as a scrub does, past what is damaged.
void scrub_all(storage::BlockStore& store) {
    for (Index at(1); at <= store.tip().index;) {
        const auto found = store.scrub(at, store.tip().index, 20'000);
        REQUIRE(found);
        at = found->damaged ? std::max(found->next, found->damaged->index).next() : found->next;
    }
}

void spoil(std::string& value) { value.back() ^= 1; }

/// Changes a byte at so many parts of four of each file of the kind, on the disk itself. Small
/// files hold no blocks.
std::size_t spoil_files(const TempFolder& folder, const std::string& kind, std::uint64_t parts) {
    std::size_t spoilt = 0;
    for (const auto& entry : fs::directory_iterator(folder.path() + "/blocks")) {
        const auto size = fs::file_size(entry.path());
        if (entry.path().extension() != kind || size < 5000) continue;
        const auto place = static_cast<std::streamoff>(size * parts / 4);
        std::fstream file(entry.path(), std::ios::binary | std::ios::in | std::ios::out);
        file.seekg(place);
        const auto value = static_cast<char>(file.get() ^ 1);
        file.seekp(place);
        file.put(value);
        ++spoilt;
    }
    return spoilt;
}

}  // namespace

TEST_CASE("a mended block is read in the place of the damaged one, by whoever reads") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder, 9);
    SECTION("its payload") { RawBlocks(folder.path()).change(5, spoil); }
    SECTION("its header, which it alone covers") {
        RawBlocks(folder.path()).change(5, [](std::string& value) { value[48] ^= 1; });
    }
    SECTION("all of it") { RawBlocks(folder.path()).remove(5); }
    {
        const auto store = open(folder);
        scrub_all(*store);
        CHECK(damaged(*store) == Places{5});
        CHECK(store->unreadable().find("block ") != std::string::npos);
        const auto before = store->read(Index(1), Index(9), kAll);
        CHECK((!before || before->size() == 4));
        REQUIRE(store->mend(blocks[4]));
        CHECK(read_whole_chain(*store, kNetwork).size() == 9);
        CHECK(store->read(Index(5), Index(5), 0)->front().hash == blocks[4].hash);
        scrub_all(*store);
        CHECK(store->unreadable().empty());
    }
    CHECK(read_whole_chain(*open(folder), kNetwork).size() == 9);
    const auto readonly = storage::open_block_store_readonly(folder.path());
    REQUIRE(readonly);
    CHECK(read_whole_chain(**readonly, kNetwork).size() == 9);
    storage::BlockStoreOptions options = node_options(folder.path(), kNetwork, 1);
    const auto salvaged = storage::make_recovering(options);
    REQUIRE(salvaged);
    CHECK(salvaged->damage.empty());
    CHECK(salvaged->kept == Index(9));
}

TEST_CASE("only what the neighbours show is taken, and only where it is committed") {
    const TempFolder folder(TempFolder::On::memory);
    std::unique_ptr<storage::BlockStore> store;
    std::vector<Block> blocks;
    SECTION("on the disk") {
        blocks = fill(folder, 9);
        for (const std::uint64_t block : {5U, 6U, 7U})
            RawBlocks(folder.path()).change(block, spoil);
        store = open(folder);
        scrub_all(*store);
        CHECK(damaged(*store) == Places{5, 6, 7});
        // What the next one says nobody knows: from the end of the damage on.
        const Status early = store->mend(blocks[4]);
        REQUIRE_FALSE(early);
        CHECK(early.error().code == errc::corrupt_block);
        CHECK(early.error().context.find("block 6") != std::string::npos);
        for (const std::size_t at : {6U, 5U, 4U}) REQUIRE(store->mend(blocks[at]));
        scrub_all(*store);
        CHECK(damaged(*store).empty());
    }
    SECTION("in memory") {
        store = storage::make_memory_block_store(kNetwork);
        blocks = fill(*store, 9);
        CHECK(store->scrub(Index(2), Index(9), kAll)->next == Index(10));
        CHECK(store->mend(blocks[4]));
    }
    CHECK(store->committed() == Index(8));
    CHECK(store->mend(blocks[7]));
    const Status last = store->mend(blocks[8]);
    REQUIRE_FALSE(last);
    CHECK(last.error().code == errc::not_found);
    ChainMaker other(kNetwork, 2);
    const auto others = other.next_blocks(9, 300);
    const Status another = store->mend(others[4]);
    REQUIRE_FALSE(another);
    CHECK(another.error().code == errc::diverged);
    Block torn = blocks[4];
    torn.payload = share(Bytes(300, 7));
    const Status broken = store->mend(torn);
    REQUIRE_FALSE(broken);
    CHECK(broken.error().code == errc::diverged);
    CHECK(read_whole_chain(*store, kNetwork).size() == 9);
    CHECK_FALSE(store->scrub(Index(10), Index(10), kAll));
}

TEST_CASE("the newest block is mended by the hash of the tip, and the store opens by it") {
    const TempFolder folder;
    auto blocks = fill(folder, 4);
    REQUIRE(open(folder)->write({{}, hard_state(1, 1, 4)}));
    auto store = open(folder);
    // The write-ahead log has become a table, and the last block is in a blob file.
    REQUIRE(spoil_files(folder, ".blob", 3) == 1);
    scrub_all(*store);
    REQUIRE(damaged(*store) == Places{4});
    REQUIRE(store->mend(blocks[3]));
    store.reset();
    store = open(folder);
    CHECK(store->tip().hash == blocks[3].hash);
    CHECK(read_whole_chain(*store, kNetwork).size() == 4);
}

TEST_CASE("a scrub reads the disk where a reader gets what memory holds") {
    const TempFolder folder;
    fill(folder, 60);
    const auto store = open(folder, 64 << 20);
    ChainMaker chain(kNetwork, 7);
    chain.go_back_to(store->tip());
    REQUIRE(store->write({{chain.next(300)}, hard_state(1, 1, 60)}));
    REQUIRE(spoil_files(folder, ".blob", 1) > 0);
    CHECK(store->read(Index(61), Index(61), 0));
    CHECK(damaged(*store).empty());
    scrub_all(*store);
    CHECK_FALSE(damaged(*store).empty());
}

TEST_CASE("damaged files are mended block by block, and stop no write") {
    // Goal: RocksDB must not come to read what is damaged when it moves its files.
    const TempFolder folder;
    auto blocks = fill(*open(folder, 0, 64 << 10), 200);
    auto store = open(folder, 0, 64 << 10);
    REQUIRE(store->write({{}, hard_state(1, 1, 200)}));
    REQUIRE(spoil_files(folder, ".blob", 1) > 0);
    REQUIRE(spoil_files(folder, ".sst", 1) > 0);
    scrub_all(*store);
    const Places found = damaged(*store);
    REQUIRE(found.size() > 2);
    // Damage hides no block that lies elsewhere.
    CHECK(found.size() < 150);
    for (auto at = found.rbegin(); at != found.rend(); ++at) {
        REQUIRE(store->mend(blocks[*at - 1]));
    }
    scrub_all(*store);
    CHECK(damaged(*store).empty());
    ChainMaker chain(kNetwork, 7);
    chain.go_back_to(store->tip());
    for (int more = 0; more < 3; ++more) {
        for (int each = 0; each < 100; ++each) {
            const auto tip = store->tip().index.value;
            REQUIRE(store->write({{chain.next(3000)}, hard_state(1, 1, tip)}));
        }
        store.reset();
        store = open(folder, 0, 64 << 10);
    }
    CHECK(read_whole_chain(*store, kNetwork).size() == 500);
}

TEST_CASE("what was mended may be damaged in its turn") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder, 9);
    RawBlocks(folder.path()).change(5, spoil);
    REQUIRE(open(folder)->mend(blocks[4]));
    // One that was not damaged for good, so that both are there.
    REQUIRE(open(folder)->mend(blocks[6]));
    for (const std::uint64_t block : {5U, 7U}) {
        RawBlocks(folder.path()).change_mended(block, spoil);
    }
    const auto store = open(folder);
    CHECK(store->read(Index(7), Index(7), 0));
    CHECK_FALSE(store->read(Index(5), Index(5), 0));
    CHECK(damaged(*store) == Places{5});
    REQUIRE(store->mend(blocks[4]));
    scrub_all(*store);
    CHECK(damaged(*store).empty());
    CHECK(read_whole_chain(*store, kNetwork).size() == 9);
}

TEST_CASE("a folder of a build that could not mend is read as it is, and can when it is opened") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder, 9);
    RawBlocks(folder.path()).drop_mended();
    {
        const auto readonly = storage::open_block_store_readonly(folder.path());
        REQUIRE(readonly);
        CHECK(read_whole_chain(**readonly, kNetwork).size() == 9);
    }
    RawBlocks(folder.path()).change(5, spoil);
    CHECK(storage::open_block_store_readonly(folder.path()));
    const auto store = open(folder);
    REQUIRE(store->mend(blocks[4]));
    CHECK(read_whole_chain(*store, kNetwork).size() == 9);
}

}  // namespace tally::testing
