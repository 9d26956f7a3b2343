#include "storage/state_store.h"

#include <atomic>
#include <fstream>
#include <random>
#include <thread>

#include "storage/errc.h"
#include "tests/storage/made_state.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using storage::AppliedBlock;
using storage::errc;
using storage::StateStore;
using storage::StateView;

storage::StateStoreOptions options_for(const TempFolder& folder, std::size_t generation_bytes) {
    storage::StateStoreOptions options;
    options.folder = folder.path();
    options.generation_bytes_max = generation_bytes;
    return options;
}

std::unique_ptr<StateStore> open(const storage::StateStoreOptions& options,
                                 const std::string& expected_rebuild = "") {
    std::string rebuilt;
    auto store = storage::open_state_store(options, small_genesis(), rebuilt);
    if (!store) FAIL(store.error().context);
    INFO(rebuilt);
    CHECK((rebuilt.find(expected_rebuild) != std::string::npos &&
           rebuilt.empty() == expected_rebuild.empty()));
    return std::move(*store);
}

void publish(StateStore& store, AppliedBlock block) {
    const Status status = store.publish(std::move(block));
    if (!status) FAIL(status.error().context);
}

crypto::Digest digest_now(const StateStore& store) {
    return digest_of_view(*store.view(), made_keys());
}

}  // namespace

TEST_CASE("a new state stands for genesis") {
    const TempFolder folder(TempFolder::On::memory);
    const auto genesis = small_genesis();
    const auto store = open(options_for(folder, 1 << 20));
    const auto view = store->view();
    CHECK(view->applied().index.value == 0);
    CHECK(view->applied().block_hash == genesis.network_id());
    for (const auto& change : ledger::initial_state(genesis).changes) {
        CHECK(view->get(change.key)->value() == change.value.value());
    }
    CHECK(digest_now(*store) == digest_now(*storage::make_memory_state_store(genesis)));
}

TEST_CASE("stores on disk and in memory show the same after every block") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(take(6, random(1, 1 << 30))));
    const std::size_t generation_bytes = GENERATE(std::size_t{1}, std::size_t{40'000});
    INFO("seed " << seed << ", generations of " << generation_bytes << " bytes");
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, generation_bytes);
    auto disk = open(options);
    const auto memory = storage::make_memory_state_store(small_genesis());
    StateMaker maker(small_genesis(), seed);
    for (int i = 1; i <= 60; ++i) {
        const AppliedBlock block = maker.next();
        publish(*disk, block);
        publish(*memory, block);
        REQUIRE(digest_now(*disk) == digest_now(*memory));
        if (i % 20 == 0) {
            REQUIRE(disk->flush());
            REQUIRE(digest_now(*disk) == digest_now(*memory));
            disk.reset();
            disk = open(options);
            REQUIRE(digest_now(*disk) == digest_now(*memory));
        }
    }
    CHECK(memory->view()->applied().frontier.root() == crypto::merkle_root(maker.leaves()));
    for (const auto& [key, value] : maker.records())
        CHECK(memory->view()->get(key)->value() == value);
}

TEST_CASE("an unflushed generation is gone after a restart, and whole blocks remain") {
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, 1 << 20);
    StateMaker maker(small_genesis(), 7);
    crypto::Digest flushed;
    {
        const auto store = open(options);
        for (int i = 0; i < 10; ++i) publish(*store, maker.next());
        REQUIRE(store->flush());
        flushed = digest_now(*store);
        for (int i = 0; i < 10; ++i) publish(*store, maker.next());
        CHECK(digest_now(*store) != flushed);
    }
    const auto store = open(options);
    CHECK(store->view()->applied().index.value == 10);
    CHECK(digest_now(*store) == flushed);
}

TEST_CASE("blocks that do not follow are refused") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder(TempFolder::On::memory);
    const auto store =
        memory ? storage::make_memory_state_store(small_genesis()) : open(options_for(folder, 1));
    StateMaker maker(small_genesis(), 8);
    const AppliedBlock first = maker.next();
    const AppliedBlock second = maker.next();
    CHECK(store->publish(second).error().code == errc::diverged);
    publish(*store, first);
    CHECK(store->publish(first).error().code == errc::diverged);
    publish(*store, second);
    AppliedBlock wrong = maker.next();
    wrong.point.head.entry_count += 1;
    CHECK(store->publish(wrong).error().code == errc::diverged);
}

TEST_CASE("held views of many blocks each show their own") {
    const bool memory = GENERATE(false, true);
    const auto seed = static_cast<std::uint64_t>(GENERATE(take(3, random(1, 1 << 30))));
    INFO("seed " << seed);
    const TempFolder folder(TempFolder::On::memory);
    const auto store = memory ? storage::make_memory_state_store(small_genesis())
                              : open(options_for(folder, 100'000));
    StateMaker maker(small_genesis(), seed);
    std::mt19937_64 random(seed);
    struct Held {
        std::shared_ptr<const StateView> view;
        crypto::Digest digest;
    };
    std::vector<Held> held;
    for (int i = 0; i < 80; ++i) {
        publish(*store, maker.next());
        if (random() % 3 == 0) held.push_back({store->view(), digest_now(*store)});
        if (held.size() > 6) {
            held.erase(held.begin() + static_cast<std::ptrdiff_t>(random() % held.size()));
        }
        for (const Held& each : held) {
            REQUIRE(digest_of_view(*each.view, made_keys()) == each.digest);
        }
    }
}

TEST_CASE("views stay as they were while blocks are published and generations flushed") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder(TempFolder::On::memory);
    auto store = memory ? storage::make_memory_state_store(small_genesis())
                        : open(options_for(folder, 60'000));
    constexpr int kBlocks = 400;
    std::vector<AppliedBlock> blocks;
    std::vector<crypto::Digest> expected;  // by block
    {
        StateMaker maker(small_genesis(), 9);
        const auto twin = storage::make_memory_state_store(small_genesis());
        expected.push_back(digest_now(*twin));
        for (int i = 0; i < kBlocks; ++i) {
            blocks.push_back(maker.next());
            publish(*twin, blocks.back());
            expected.push_back(digest_now(*twin));
        }
    }
    std::atomic<int> wrong = 0;
    std::atomic<int> looked = 0;
    std::atomic<bool> done = false;
    const std::vector<Bytes> keys = made_keys();
    const auto look = [&] {
        std::vector<std::shared_ptr<const StateView>> held;
        while (!done) {
            held.push_back(store->view());
            if (held.size() > 5) held.erase(held.begin());
            // The oldest one has seen many blocks pass.
            for (const auto& view : {held.front(), held.back()}) {
                const auto digest = digest_of_view(*view, keys);
                if (digest != expected[view->applied().index.value]) ++wrong;
                ++looked;
            }
        }
    };
    const auto reader = [&] {
        try {
            look();
        } catch (const std::exception&) {
            ++wrong;
            looked = 1000;
        }
    };
    std::thread first(reader);
    std::thread second(reader);
    for (const AppliedBlock& block : blocks) publish(*store, block);
    REQUIRE(store->flush());
    while (looked < 20) std::this_thread::yield();
    done = true;
    first.join();
    second.join();
    CHECK(wrong == 0);
    CHECK(digest_now(*store) == expected.back());
}

TEST_CASE("a state that cannot be used is discarded with its reason") {
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, 1);
    StateMaker maker(small_genesis(), 10);
    {
        const auto store = open(options);
        for (int i = 0; i < 5; ++i) publish(*store, maker.next());
        REQUIRE(store->flush());
        std::string rebuilt;
        const auto second = storage::open_state_store(options, small_genesis(), rebuilt);
        REQUIRE_FALSE(second);
        CHECK(second.error().code == errc::in_use);
    }
    SECTION("of another network") {
        auto genesis = small_genesis();
        genesis.name = "other";
        std::string rebuilt;
        const auto store = storage::open_state_store(options, genesis, rebuilt);
        REQUIRE(store);
        CHECK(rebuilt.find("another network") != std::string::npos);
        CHECK((*store)->view()->applied().block_hash == genesis.network_id());
    }
    SECTION("with a broken manifest") {
        std::ofstream(folder.path() + "/state/CURRENT") << "MANIFEST-999999\n";
        CHECK(open(options, "MANIFEST")->view()->applied().index.value == 0);
    }
    SECTION("after a read met damage") {
        std::ofstream(folder.path() + "/state.damaged") << "record 7 is bad\n";
        CHECK(open(options, "record 7 is bad")->view()->applied().index.value == 0);
        CHECK(open(options)->view()->applied().index.value == 0);
    }
}

TEST_CASE("reset forgets everything at once and leaves older views whole") {
    const bool memory = GENERATE(false, true);
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, 20'000);
    auto store = memory ? storage::make_memory_state_store(small_genesis()) : open(options);
    const crypto::Digest empty = digest_now(*store);
    StateMaker maker(small_genesis(), 11);
    for (int i = 0; i < 50; ++i) publish(*store, maker.next());
    {
        const auto old = store->view();
        const crypto::Digest before = digest_of_view(*old, made_keys());
        REQUIRE(store->reset(small_genesis()));
        CHECK(digest_of_view(*old, made_keys()) == before);
    }
    CHECK(digest_now(*store) == empty);
    StateMaker again(small_genesis(), 12);
    for (int i = 0; i < 50; ++i) publish(*store, again.next());
    REQUIRE(store->flush());
    const crypto::Digest after = digest_now(*store);
    if (!memory) {
        store.reset();
        store = open(options);
    }
    CHECK(digest_now(*store) == after);
    const auto twin = storage::make_memory_state_store(small_genesis());
    StateMaker third(small_genesis(), 12);
    for (int i = 0; i < 50; ++i) publish(*twin, third.next());
    CHECK(digest_now(*twin) == after);
}

}  // namespace tally::testing
