// What is on the disk is changed behind the store's back, below RocksDB's checksums and above them.
#include <rocksdb/db.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "storage/audit_source.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/state_store.h"
#include "tests/storage/chain.h"
#include "tests/storage/made_state.h"
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

storage::BlockStoreOptions options_for(const std::string& folder) {
    storage::BlockStoreOptions options = node_options(folder, kNetwork, 1);
    options.cache_bytes_max = 0;
    return options;
}

std::unique_ptr<storage::BlockStore> open(const std::string& folder) {
    auto store = storage::open_block_store(options_for(folder));
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

/// Blocks of both kinds of value, large ones in blob files. The first `there` are there already.
std::vector<Block> fill_more(const std::string& folder, std::size_t count, std::size_t there) {
    ChainMaker chain(kNetwork, 1);
    std::vector<Block> blocks;
    const auto store = open(folder);
    for (std::size_t i = 0; i < count; ++i) {
        blocks.push_back(chain.next(i % 3 == 0 ? 6000 : 300));
        if (i >= there) REQUIRE(store->write({{blocks.back()}, hard_state(1, 1, i)}));
    }
    return blocks;
}

std::vector<Block> fill(const std::string& folder, std::size_t count) {
    return fill_more(folder, count, 0);
}

std::vector<fs::path> files_with(const std::string& folder, const std::string& part) {
    std::vector<fs::path> found;
    for (const auto& file : fs::directory_iterator(folder)) {
        if (file.path().filename().string().find(part) != std::string::npos) {
            found.push_back(file.path());
        }
    }
    std::sort(found.begin(), found.end());
    return found;
}

void flip_bit(const fs::path& path, std::uint64_t byte, int bit) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(byte));
    const auto value = static_cast<char>(file.get() ^ (1 << bit));
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(value);
}

enum class Seen { refused, told, read_error, everything, part, wrong };

/// Opens and reads everything. Of a true beginning of the chain: `told`, the node recovers and says
/// that it lost its end; `part`, nothing is said.
Seen look(const std::string& folder, const std::vector<Block>& blocks, std::string& error) {
    const auto store = storage::open_block_store(options_for(folder));
    if (!store) {
        error = store.error().context;
        return store.error().code == errc::corrupt_block ? Seen::refused : Seen::wrong;
    }
    const auto tip = (*store)->tip().index;
    for (Index index(1); index <= tip; index = index.next()) {
        const auto found = (*store)->read(index, index, 0);
        if (!found) {
            error = found.error().context;
            const bool named =
                error.find("block " + std::to_string(index.value)) != std::string::npos;
            return named && found.error().code == errc::corrupt_block ? Seen::read_error
                                                                      : Seen::wrong;
        }
        if (found->front().hash != blocks[index.value - 1].hash) return Seen::wrong;
        if (*found->front().payload != *blocks[index.value - 1].payload) return Seen::wrong;
    }
    if (tip.value == blocks.size()) return Seen::everything;
    error = (*store)->recovering();
    return is_loss(error) ? Seen::told : Seen::part;
}

/// Flips one bit in a copy, `rounds` times, in the first `share` of a random file of the kind.
std::map<Seen, int> flip_often(const TempFolder& original, const std::vector<Block>& blocks,
                               const std::string& kind, int rounds, double share) {
    std::mt19937_64 random(7);
    std::map<Seen, int> seen;
    for (int round = 0; round < rounds; ++round) {
        const TempFolder copy(TempFolder::On::memory);
        fs::copy(original.path(), copy.path(),
                 fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        const auto files = files_with(copy.path() + "/blocks", kind);
        REQUIRE_FALSE(files.empty());
        const fs::path file = files[random() % files.size()];
        const auto size = static_cast<double>(fs::file_size(file));
        const auto bound = static_cast<std::uint64_t>(size * share);
        if (bound == 0) continue;
        const std::uint64_t byte = random() % bound;
        const int bit = static_cast<int>(random() % 8);
        flip_bit(file, byte, bit);
        std::string error;
        const Seen result = look(copy.path(), blocks, error);
        INFO(file.filename() << " byte " << byte << " of " << size << " bit " << bit << ": "
                             << error);
        CHECK(result != Seen::wrong);
        ++seen[result];
    }
    return seen;
}

}  // namespace

TEST_CASE("a flipped bit in a table or a blob file is an error that names the block, or nothing") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder.path(), 60);
    open(folder.path());  // recovery moves the write-ahead log into tables
    auto seen = flip_often(folder, blocks, ".blob", 60, 1.0);
    // Blob files hold hardly anything but blocks.
    CHECK(seen[Seen::read_error] + seen[Seen::refused] > 50);
    CHECK(seen[Seen::part] == 0);
    seen = flip_often(folder, blocks, ".sst", 100, 1.0);
    CHECK(seen[Seen::read_error] + seen[Seen::refused] > 30);
    CHECK(seen[Seen::part] == 0);
    seen = flip_often(folder, blocks, "CURRENT", 10, 1.0);
    CHECK(seen[Seen::refused] == 10);
}

TEST_CASE("a flipped bit in the write-ahead log is refused, or the node recovers") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder.path(), 60);
    // In the last 32 KiB a length that reaches beyond the end of the file cannot be told from a
    // torn write: there it is the high-water mark that tells.
    auto seen = flip_often(folder, blocks, ".log", 100, 0.7);
    CHECK(seen[Seen::refused] + seen[Seen::told] > 90);
    CHECK(seen[Seen::part] == 0);
    seen = flip_often(folder, blocks, ".log", 100, 1.0);
    CHECK(seen[Seen::refused] + seen[Seen::told] > 90);
    CHECK(seen[Seen::part] == 0);
}

TEST_CASE("a torn tail of the write-ahead log is what was never acknowledged") {
    const TempFolder folder(TempFolder::On::memory);
    fill(folder.path(), 4);
    const std::string mark = folder.path() + "/high_water_mark";
    const fs::path kept = fs::path(mark).concat("_of_four");
    fs::copy_file(mark, kept);
    const auto blocks = fill_more(folder.path(), 5, 4);
    const auto logs = files_with(folder.path() + "/blocks", ".log");
    const fs::path log = logs.back();
    fs::resize_file(log, fs::file_size(log) - 1);
    std::string error;
    SECTION("with the mark of before") {
        fs::rename(kept, mark);
        CHECK(look(folder.path(), blocks, error) == Seen::part);
        CHECK(open(folder.path())->tip().hash == blocks[3].hash);
    }
    SECTION("but with a mark that has it, it is a loss") {
        CHECK(look(folder.path(), blocks, error) == Seen::told);
        CHECK(error.find("block 5: missing, though the high-water mark has it") !=
              std::string::npos);
    }
}

TEST_CASE("a block rewritten below valid checksums is found by its hashes") {
    const TempFolder folder(TempFolder::On::memory);
    const auto blocks = fill(folder.path(), 9);
    struct Case {
        std::size_t byte;
        const char* field;
    };
    // Offsets of the header, docs/FORMAT.md.
    const Case rewritten =
        GENERATE(Case{126 + 5, "payload_hash"}, Case{90, "payload_hash"}, Case{125, "payload_size"},
                 Case{58, "previous"}, Case{40, "index"}, Case{1, "network"}, Case{0, "header"},
                 Case{48, "previous"});
    RawBlocks(folder.path()).change(5, [&](std::string& value) { value[rewritten.byte] ^= 1; });
    const auto store = open(folder.path());
    INFO(rewritten.field);
    const bool alone = rewritten.byte != 48 && rewritten.byte != 58;
    if (alone) {
        // What is whole before it is given, and nothing is said yet.
        const auto before = store->read(Index(1), Index(9), 1 << 20);
        REQUIRE(before);
        CHECK(before->size() == 4);
        CHECK(store->unreadable().empty());
    }
    const auto all = store->read(Index(alone ? 5 : 1), Index(9), 1 << 20);
    REQUIRE_FALSE(all);
    CHECK_FALSE(store->unreadable().empty());
    CHECK(all.error().code == errc::corrupt_block);
    INFO(all.error().context);
    CHECK(all.error().context.find(rewritten.field) != std::string::npos);
    // The term is covered by the hash alone: its change shows in the link of the next block.
    const std::string name = rewritten.byte == 48 ? "block 6" : "block 5";
    CHECK(all.error().context.find(name) != std::string::npos);
}

TEST_CASE("a missing block is an error that names it") {
    const TempFolder folder(TempFolder::On::memory);
    fill(folder.path(), 9);
    SECTION("in the middle") {
        RawBlocks(folder.path()).remove(5);
        const auto store = open(folder.path());
        CHECK(store->unreadable().empty());
        CHECK_FALSE(store->read(Index(10), Index(10), 0));  // is not there yet, and nothing is lost
        CHECK(store->unreadable().empty());
        CHECK(store->read(Index(1), Index(9), 1 << 20)->size() == 4);
        CHECK(store->unreadable().empty());
        CHECK(store->read(Index(5), Index(9), 1 << 20).error().context == "block 5: missing");
        CHECK(store->unreadable() == "corrupt_block: block 5: missing");
        CHECK(store->read(Index(5), Index(5), 0).error().context == "block 5: missing");
        CHECK(store->read(Index(6), Index(9), 0));
    }
    SECTION("at the end") {
        RawBlocks(folder.path()).remove(9);
        const auto refused = storage::open_block_store(options_for(folder.path()));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().code == errc::corrupt_block);
        CHECK(refused.error().context.find("block 9") != std::string::npos);
    }
    SECTION("rewritten at the end") {
        RawBlocks(folder.path()).change(9, [](std::string& value) { value[48] ^= 1; });
        const auto refused = storage::open_block_store(options_for(folder.path()));
        REQUIRE_FALSE(refused);
        CHECK(refused.error().context == "block 9: hash: not that of the tip");
    }
}

TEST_CASE("a store of another format is refused with both formats") {
    const TempFolder folder(TempFolder::On::memory);
    fill(folder.path(), 1);
    RawBlocks(folder.path()).set_meta("format", "tallystick blocks 2");
    const auto refused = storage::open_block_store(options_for(folder.path()));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::wrong_format);
    CHECK(refused.error().context.find("blocks 2") != std::string::npos);
    CHECK(refused.error().context.find("blocks 1") != std::string::npos);
}

TEST_CASE("a damaged table of derived data leads to a rebuild, never to other values") {
    const TempFolder folder(TempFolder::On::memory);
    storage::StateStoreOptions options;
    options.folder = folder.path();
    StateMaker maker(small_genesis(), 5);
    const auto twin = storage::make_memory_state_store(small_genesis());
    std::string rebuilt;
    {
        auto store = storage::open_state_store(options, small_genesis(), rebuilt);
        REQUIRE(store);
        for (int i = 0; i < 50; ++i) {
            const storage::AppliedBlock block = maker.next();
            REQUIRE((*store)->publish(block));
            REQUIRE(twin->publish(block));
        }
        REQUIRE((*store)->flush());
    }
    std::mt19937_64 random(3);
    int noticed = 0;
    for (int round = 0; round < 60; ++round) {
        const TempFolder copy(TempFolder::On::memory);
        fs::copy(folder.path(), copy.path(),
                 fs::copy_options::recursive | fs::copy_options::overwrite_existing);
        const auto files = files_with(copy.path() + "/state", ".sst");
        const fs::path file = files[random() % files.size()];
        flip_bit(file, random() % fs::file_size(file), static_cast<int>(random() % 8));
        options.folder = copy.path();
        bool damaged = false;
        {
            auto store = storage::open_state_store(options, small_genesis(), rebuilt);
            if (!store) FAIL(store.error().context);
            if (!rebuilt.empty()) {
                ++noticed;
                continue;
            }
            const auto view = (*store)->view();
            for (const Bytes& key : made_keys()) {
                const auto value = view->get(key);
                damaged = damaged || !value;
                if (value) REQUIRE(*value == *twin->view()->get(key));
                if (!value) REQUIRE(value.error().code == errc::corrupt_state);
            }
        }
        if (!damaged) continue;
        ++noticed;
        // The next start knows, and begins again.
        auto again = storage::open_state_store(options, small_genesis(), rebuilt);
        REQUIRE(again);
        CHECK_FALSE(rebuilt.empty());
        CHECK((*again)->view()->applied().index == Index(0));
    }
    CHECK(noticed > 20);
}

}  // namespace tally::testing
