#include "storage/block_store.h"

#include <filesystem>
#include <thread>

#include "storage/errc.h"
#include "storage/free_space.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"

namespace tally::testing {
namespace {

using consensus::Block;
using consensus::Index;
using consensus::LogWrite;
using storage::BlockStore;
using storage::errc;

const crypto::Digest kNetwork = test_network();

storage::BlockStoreOptions options_for(const TempFolder& folder) {
    return node_options(folder.path(), kNetwork, 2);
}

std::unique_ptr<BlockStore> open(const storage::BlockStoreOptions& options) {
    auto store = storage::open_block_store(options);
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

void write(BlockStore& store, std::vector<Block> blocks, consensus::HardState state) {
    const Status status = store.write(LogWrite{std::move(blocks), state});
    if (!status) FAIL(status.error().context);
}

}  // namespace

TEST_CASE("a new block store is the empty log of its network") {
    const TempFolder folder;
    for (int round = 0; round < 2; ++round) {
        const auto store = open(options_for(folder));
        CHECK(store->tip().index == Index(0));
        CHECK(store->tip().hash == kNetwork);
        const auto state = store->load();
        REQUIRE(state);
        CHECK(state->hard_state == consensus::HardState{});
        CHECK(state->base.hash == kNetwork);
        CHECK(state->tail.empty());
        CHECK_FALSE(store->signed_mark());
        CHECK(store->read(Index(1), Index(1), 1).error().code == errc::not_found);
        CHECK(store->read(Index(0), Index(1), 1).error().code == errc::not_found);
    }
}

TEST_CASE("blocks, hard state and tail survive a reopening") {
    const TempFolder folder;
    ChainMaker chain(kNetwork, 1);
    std::vector<Block> written;
    {
        const auto store = open(options_for(folder));
        for (std::uint64_t i = 0; i < 20; ++i) {
            // Small values stay in tables, large ones go to blob files.
            auto blocks = chain.next_blocks(2, i % 2 == 0 ? 100 : 8000);
            written.insert(written.end(), blocks.begin(), blocks.end());
            write(*store, blocks, hard_state(1, 2, 2 * i));
        }
    }
    const auto store = open(options_for(folder));
    CHECK(store->tip().hash == chain.tip().hash);
    const auto all = read_whole_chain(*store, kNetwork);
    REQUIRE(all.size() == written.size());
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(*all[i].payload == *written[i].payload);
    const auto state = store->load();
    REQUIRE(state);
    CHECK(state->hard_state == hard_state(1, 2, 38));
    CHECK(state->base.hash == written[37].hash);
    REQUIRE(state->tail.size() == 2);
    CHECK(state->tail[1].hash == chain.tip().hash);
}

TEST_CASE("a write replaces the conflicting suffix as one") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder;
    auto store = memory ? storage::make_memory_block_store(kNetwork) : open(options_for(folder));
    ChainMaker chain(kNetwork, 2);
    const auto first = chain.next_blocks(10, 3000);
    write(*store, first, hard_state(1, 1, 4));
    chain.go_back_to(consensus::tip_of(first[5]));
    const auto second = chain.next_blocks(2, 50, 3);
    write(*store, second, hard_state(3, 0, 5));
    CHECK(store->tip().index == Index(8));
    CHECK(store->read(Index(9), Index(9), 1).error().code == errc::not_found);
    if (!memory) {
        store.reset();
        store = open(options_for(folder));
    }
    const auto all = read_whole_chain(*store, kNetwork);
    REQUIRE(all.size() == 8);
    CHECK(all[5].hash == first[5].hash);
    CHECK(all[7].hash == second[1].hash);
    CHECK(store->read(Index(9), Index(9), 1).error().code == errc::not_found);
    // A hard state alone leaves the blocks.
    write(*store, {}, hard_state(4, 2, 8));
    CHECK(store->tip().index == Index(8));
    CHECK(store->load()->tail.empty());
}

TEST_CASE("a write that breaks the chain is refused, and so is all after it") {
    const bool memory = GENERATE(false, true);
    const int fault = GENERATE(range(0, 6));
    const TempFolder folder;
    auto store = memory ? storage::make_memory_block_store(kNetwork) : open(options_for(folder));
    ChainMaker chain(kNetwork, 3);
    const auto good = chain.next_blocks(5, 10);
    write(*store, good, hard_state(2, 1, 3));
    LogWrite bad;
    bad.hard_state = hard_state(2, 1, 3);
    if (fault == 0) {  // a gap
        chain.next(10);
        bad.blocks = {chain.next(10)};
    } else if (fault == 1) {  // another predecessor
        chain.go_back_to({Index(5), consensus::Term(2), consensus::Millis(9), kNetwork});
        bad.blocks = {chain.next(10)};
    } else if (fault == 2) {  // replaces a committed block
        chain.go_back_to(consensus::tip_of(good[1]));
        bad.blocks = {chain.next(10)};
    } else if (fault == 3) {  // term goes back
        bad.hard_state = hard_state(1, 1, 3);
    } else if (fault == 4) {  // commit above the tip
        bad.hard_state = hard_state(2, 1, 6);
    } else {  // of another network
        ChainMaker other(test_network("other"), 1);
        other.go_back_to(chain.tip());
        bad.blocks = {other.next(10)};
    }
    const Status refused = store->write(bad);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::diverged);
    CHECK(store->tip().hash == good.back().hash);
    const Status after = store->write(LogWrite{{}, hard_state(9, 1, 3)});
    REQUIRE_FALSE(after);
    CHECK(after.error().context == refused.error().context);
    CHECK(read_whole_chain(*store, kNetwork).size() == 5);
}

TEST_CASE("a store whose write failed takes no other, though the disk would") {
    const DiskFault fault = GENERATE(DiskFault::no_space, DiskFault::io_error);
    // Append and sync of the log, then write and sync of the mark.
    const std::uint64_t operation = GENERATE(1U, 2U, 3U, 4U);
    const TempFolder folder(TempFolder::On::memory);
    FaultyDisk disk(1);
    auto options = options_for(folder);
    options.env = disk.env();
    options.strict_mark = true;
    ChainMaker chain(kNetwork, 7);
    const auto acknowledged = chain.next_blocks(4, 100);
    {
        const auto store = open(options);
        write(*store, acknowledged, hard_state(1, 1, 2));
        disk.fail_at(operation, fault, false);
        const Status failed = store->write({{chain.next(100)}, hard_state(1, 1, 3)});
        REQUIRE_FALSE(failed);
        CHECK(failed.error().code ==
              (fault == DiskFault::no_space ? errc::no_space : errc::io_error));
        CHECK(store->tip().hash == acknowledged.back().hash);
        // The disk works again. Whether the failed write is on it is not known here.
        for (const Status& later :
             {store->write({{}, hard_state(2, 1, 2)}), store->remember_signed({5, kNetwork}),
              store->put_checkpoint({5, "note", false})}) {
            REQUIRE_FALSE(later);
            CHECK(later.error().context == failed.error().context);
        }
        CHECK(read_whole_chain(*store, kNetwork).size() == 4);
    }
    disk.lose_power();
    const auto store = open(options);
    const auto all = read_whole_chain(*store, kNetwork);
    REQUIRE(all.size() >= 4);
    CHECK(all[3].hash == acknowledged.back().hash);
    CHECK(store->load()->hard_state.commit == Index(all.size() == 4 ? 2 : 3));
}

TEST_CASE("read gives at least one block and stays within its bytes") {
    const bool memory = GENERATE(false, true);
    const std::size_t cache_bytes = GENERATE(std::size_t{0}, std::size_t{1} << 20);
    const TempFolder folder;
    auto options = options_for(folder);
    options.cache_bytes_max = cache_bytes;
    auto store = memory ? storage::make_memory_block_store(kNetwork) : open(options);
    ChainMaker chain(kNetwork, 4);
    write(*store, chain.next_blocks(10, 1000), hard_state(1, 1, 0));
    CHECK(store->read(Index(3), Index(9), 0)->size() == 1);
    CHECK(store->read(Index(3), Index(9), 2 * 1126)->size() == 2);
    CHECK(store->read(Index(3), Index(9), 2 * 1126 - 1)->size() == 1);
    CHECK(store->read(Index(3), Index(5), 1 << 20)->size() == 3);
    CHECK(store->read(Index(9), Index(99), 1 << 20)->size() == 2);
    CHECK_FALSE(store->read(Index(5), Index(4), 1 << 20));
}

TEST_CASE("a block store names whose folder it is") {
    const TempFolder folder;
    {
        const auto held = open(options_for(folder));
        const auto second = storage::open_block_store(options_for(folder));
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::in_use);
        CHECK(second.error().context.find(folder.path()) != std::string::npos);
    }
    auto other = options_for(folder);
    other.network = test_network("other");
    auto refused = storage::open_block_store(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::wrong_network);
    CHECK(refused.error().context.find(folder.path()) != std::string::npos);
    other = options_for(folder);
    other.node = 3;
    refused = storage::open_block_store(other);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::wrong_node);
    CHECK(storage::open_block_store(options_for(folder)));
    CHECK(storage::open_block_store_readonly(folder.path() + "/none").error().code ==
          errc::not_found);
}

TEST_CASE("data without CURRENT is never taken for an empty store") {
    const TempFolder folder;
    ChainMaker chain(kNetwork, 5);
    write(*open(options_for(folder)), chain.next_blocks(3, 100), hard_state(1, 1, 1));
    // Opening again moves the blocks from the write-ahead log into a table.
    if (GENERATE(false, true)) open(options_for(folder));
    std::filesystem::remove(folder.path() + "/blocks/CURRENT");
    const auto refused = storage::open_block_store(options_for(folder));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::corrupt_block);
    const auto reader = storage::open_block_store_readonly(folder.path());
    REQUIRE_FALSE(reader);
    CHECK(reader.error().code == errc::corrupt_block);
    CHECK(reader.error().context.find("CURRENT is missing beside ") != std::string::npos);
}

TEST_CASE("the signing mark only grows and is durable") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder;
    auto store = memory ? storage::make_memory_block_store(kNetwork) : open(options_for(folder));
    const crypto::Digest root = test_network("root");
    REQUIRE(store->remember_signed({10, root}));
    REQUIRE(store->remember_signed({10, root}));
    CHECK(store->remember_signed({9, root}).error().code == errc::diverged);
    CHECK(store->remember_signed({10, kNetwork}).error().code == errc::diverged);
    REQUIRE(store->remember_signed({11, kNetwork}));
    if (!memory) {
        store.reset();
        store = open(options_for(folder));
    }
    REQUIRE(store->signed_mark());
    CHECK(store->signed_mark()->size == 11);
    CHECK(store->signed_mark()->root == kNetwork);
    CHECK(store->remember_signed({10, root}).error().code == errc::diverged);
}

TEST_CASE("checkpoints are found by size and by what they cover") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder;
    auto store = memory ? storage::make_memory_block_store(kNetwork) : open(options_for(folder));
    CHECK_FALSE(*store->latest_certified());
    CHECK_FALSE(*store->certified_covering(0));
    REQUIRE(store->put_checkpoint({10, "ten", true}));
    REQUIRE(store->put_checkpoint({20, "twenty", false}));
    REQUIRE(store->put_checkpoint({300, "three hundred", true}));
    REQUIRE(store->put_checkpoint({400, "four hundred", false}));
    write(*store, {}, hard_state(1, 1, 0));
    if (!memory) {
        store.reset();
        store = open(options_for(folder));
    }
    CHECK((*store->checkpoint(20))->note == "twenty");
    CHECK_FALSE((*store->checkpoint(20))->certified);
    CHECK_FALSE(*store->checkpoint(21));
    CHECK((*store->certified_covering(0))->size == 10);
    CHECK((*store->certified_covering(10))->note == "ten");
    CHECK((*store->certified_covering(11))->size == 300);
    CHECK((*store->certified_covering(301))->size == 300);
    CHECK((*store->latest_certified())->size == 300);
    REQUIRE(store->put_checkpoint({20, "twenty again", true}));
    CHECK((*store->certified_covering(11))->note == "twenty again");
}

TEST_CASE("free space is told and a missing folder is an error") {
    const TempFolder folder;
    CHECK(*storage::free_bytes(folder.path()) > 0);
    CHECK(storage::free_bytes(folder.path() + "/none").error().code == errc::io_error);
}

TEST_CASE("a read-only store reads beside a running writer") {
    const TempFolder folder;
    auto options = options_for(folder);
    options.write_buffer_bytes = 1 << 20;
    const auto writer_store = open(options);
    ChainMaker chain(kNetwork, 6);
    std::atomic<bool> stop = false;
    std::atomic<std::uint64_t> durable = 0;
    std::string failure;
    std::thread writer([&] {
        // These fill memtables, so that tables, blob files and logs come and go.
        for (std::uint64_t i = 0; !stop && i < 4000; ++i) {
            const LogWrite next{chain.next_blocks(2, i % 3 == 0 ? 200 : 65536),
                                hard_state(1, 1, durable)};
            const Status status = writer_store->write(next);
            if (!status) {
                failure = status.error().context;
                return;
            }
            durable = next.blocks.back().header.index.value;
        }
    });
    for (int round = 0; round < 20; ++round) {
        const std::uint64_t before = durable;
        const auto reader = storage::open_block_store_readonly(folder.path());
        if (!reader) {
            stop = true;
            writer.join();
            FAIL(reader.error().context);
        }
        const auto all = read_whole_chain(**reader, kNetwork);
        CHECK(all.size() >= before);
        CHECK((*reader)->load());
        CHECK_FALSE((*reader)->write(LogWrite{{}, hard_state(9, 1, 0)}));
    }
    stop = true;
    writer.join();
    CHECK(failure.empty());
    CHECK(read_whole_chain(*writer_store, kNetwork).size() == durable);
}

}  // namespace tally::testing
