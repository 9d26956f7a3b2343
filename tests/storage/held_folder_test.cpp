// A node's folder that is moved while its stores are open, with another one put in its place.

#include "storage/held_folder.h"

#include <filesystem>
#include <map>
#include <string>

#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/node_files.h"
#include "storage/state_store.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

namespace fs = std::filesystem;
using consensus::Index;
using storage::HeldFolder;

/// Both stores of a node, in a folder that is held.
struct Stores {
    explicit Stores(const std::string& folder, const crypto::Digest& network) {
        auto opened = HeldFolder::open(folder);
        REQUIRE(opened);
        held = std::move(*opened);
        files = std::make_unique<storage::NodeFiles>(
            [](const Error& error) { FAIL(error.context); }, held);
        auto block_options = node_options(folder, network, 1);
        block_options.env = files->env();
        auto block_store = storage::open_block_store(block_options);
        REQUIRE(block_store);
        blocks = std::move(*block_store);
        storage::StateStoreOptions state_options;
        state_options.folder = folder;
        state_options.held = held;
        state_options.env = files->env();
        std::string rebuilt;
        auto state_store = storage::open_state_store(state_options, Cast().genesis(), rebuilt);
        REQUIRE(state_store);
        state = std::move(*state_store);
    }

    std::shared_ptr<const HeldFolder> held;
    std::unique_ptr<storage::NodeFiles> files;
    std::unique_ptr<storage::BlockStore> blocks;
    std::unique_ptr<storage::StateStore> state;
};

/// Every file with its size and when it was last written.
std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> files_of(
    const std::string& folder) {
    std::map<std::string, std::pair<std::uintmax_t, fs::file_time_type>> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
        if (!entry.is_regular_file()) continue;
        found[entry.path().string()] = {entry.file_size(), entry.last_write_time()};
    }
    return found;
}

}  // namespace

TEST_CASE("a store whose folder was moved goes on there, and touches nothing in its place") {
    const TempFolder temp;
    const std::string place = temp.path() + "/n1";
    const std::string moved = temp.path() + "/moved";
    fs::create_directory(place);
    const auto network = test_network();
    ChainMaker chain(network, 7);
    {
        Stores first(place, network);
        REQUIRE(first.blocks->write({{chain.next(10'000)}, hard_state(1, 1, 0)}));
        fs::rename(place, moved);
        CHECK(first.held->whereabouts() == moved);
        fs::create_directory(place);
        { const Stores second(place, network); }
        const auto before = files_of(place);
        REQUIRE(before.size() > 4);
        for (int more = 0; more < 20; ++more) {
            REQUIRE(first.blocks->write({{chain.next(2'000'000)}, hard_state(1, 1, 0)}));
        }
        first.state.reset();
        first.blocks.reset();
        CHECK(files_of(place) == before);
    }
    const auto there = storage::open_block_store_readonly(moved);
    REQUIRE(there);
    CHECK((*there)->tip().index == Index(21));
    CHECK((*there)->read(Index(1), Index(21), SIZE_MAX)->size() == 21);
}

TEST_CASE("a database whose own folder was exchanged stops, and touches nothing of the other") {
    // Goal: it removes by name what it needs no more, so it would delete another node's blocks.
    const TempFolder temp;
    const std::string own = temp.path() + "/n1";
    const std::string other = temp.path() + "/n2";
    fs::create_directory(own);
    fs::create_directory(other);
    const auto network = test_network();
    ChainMaker chain(network, 7);
    Stores first(own, network);
    {
        Stores second(other, network);
        REQUIRE(second.blocks->write({{ChainMaker(network, 8).next(10'000)}, hard_state(1, 1, 0)}));
    }
    fs::rename(own + "/blocks", temp.path() + "/aside");
    fs::rename(other + "/blocks", own + "/blocks");
    const auto before = files_of(own + "/blocks");
    REQUIRE(before.size() > 2);
    Status written;
    for (int more = 0; more < 100 && written; ++more) {
        written = first.blocks->write({{chain.next(2'000'000)}, hard_state(1, 1, 0)});
    }
    REQUIRE_FALSE(written);
    CHECK(written.error().context.find("another folder stands in its place") != std::string::npos);
    first.state.reset();
    first.blocks.reset();
    CHECK(files_of(own + "/blocks") == before);
}

TEST_CASE("files of new stores that are taken away are noticed") {
    const TempFolder temp;
    const std::string own = temp.path() + "/n1";
    fs::create_directory(own);
    const std::string what = GENERATE("blocks", "state", "high_water_mark");
    const Stores stores(own, test_network());
    CHECK(stores.files->check_in_use());
    fs::remove_all(own + "/" + what);
    CHECK_FALSE(stores.files->check_in_use());
}

TEST_CASE("files that are taken away under a store are noticed, and no others") {
    const TempFolder temp;
    const std::string own = temp.path() + "/n1";
    fs::create_directory(own);
    const auto network = test_network();
    ChainMaker chain(network, 7);
    Stores stores(own, network);
    // Tables are made and removed, by the store itself.
    for (int more = 0; more < 40; ++more) {
        REQUIRE(stores.blocks->write({{chain.next(2'000'000)}, hard_state(1, 1, 0)}));
        const Status whole = stores.files->check_in_use();
        if (!whole) FAIL(whole.error().context);
    }
    fs::rename(own, temp.path() + "/moved");
    CHECK(stores.files->check_in_use());
    fs::rename(temp.path() + "/moved", own);
    const auto gone = [&](storage::errc code, const std::string& what) {
        const Status found = stores.files->check_in_use();
        REQUIRE_FALSE(found);
        CHECK(found.error().code == code);
        CHECK(found.error().context.find(own + "/" + what) != std::string::npos);
    };
    SECTION("blocks") {
        fs::remove_all(own + "/blocks");
        gone(storage::errc::corrupt_block, "blocks/");
    }
    SECTION("one file of them") {
        for (const auto& file : fs::directory_iterator(own + "/blocks")) {
            if (file.path().extension() == ".log") fs::remove(file.path());
        }
        gone(storage::errc::corrupt_block, "blocks/");
    }
    SECTION("blocks moved away, and a copy put in their place") {
        fs::rename(own + "/blocks", temp.path() + "/aside");
        fs::copy(temp.path() + "/aside", own + "/blocks", fs::copy_options::recursive);
        gone(storage::errc::corrupt_block, "blocks/");
    }
    SECTION("derived data") {
        fs::remove_all(own + "/state");
        gone(storage::errc::io_error, "state/");
    }
    SECTION("the mark") {
        fs::remove(own + "/high_water_mark");
        gone(storage::errc::io_error, "high_water_mark");
    }
    SECTION("all of it") {
        fs::remove_all(own);
        CHECK_FALSE(stores.files->check_in_use());
    }
}

TEST_CASE("what a held folder does not hold is reached by its own path") {
    const TempFolder temp;
    const auto held = HeldFolder::open(temp.path() + "/");
    REQUIRE(held);
    CHECK((*held)->path() == temp.path());
    CHECK((*held)->reach(temp.path() + "/blocks").starts_with("/proc/self/fd/"));
    CHECK((*held)->reach(temp.path() + "x/blocks") == temp.path() + "x/blocks");
    CHECK((*held)->reach("/elsewhere") == "/elsewhere");
    CHECK(HeldFolder::open(temp.path() + "/none").error().code == storage::errc::io_error);
}

}  // namespace tally::testing
