// The end of a log is damaged so that RocksDB takes it for a torn write, or an older copy of the
// database is put in its place. RocksDB opens what is left without a word; the mark does not.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>

#include "storage/audit_source.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using consensus::Index;
using storage::errc;

namespace fs = std::filesystem;

const crypto::Digest kNetwork = test_network();

std::unique_ptr<storage::BlockStore> open(const std::string& folder) {
    auto store = storage::open_block_store(node_options(folder, kNetwork, 1));
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

void copy_folder(const std::string& from, const std::string& to) {
    fs::copy(from, to, fs::copy_options::recursive | fs::copy_options::overwrite_existing);
}

std::string newest_file(const std::string& folder, const std::string& part) {
    std::string newest;
    for (const auto& file : fs::directory_iterator(folder + "/blocks")) {
        const std::string name = file.path().filename().string();
        if (name.find(part) != std::string::npos) newest = std::max(newest, name);
    }
    REQUIRE_FALSE(newest.empty());
    return newest;
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// Where the records of a RocksDB log begin: a checksum of 4 bytes, a little-endian length of 2 and
/// a type; none crosses a boundary of 32 KiB.
std::vector<std::size_t> records_of(const std::string& log) {
    constexpr std::size_t kPage = 32 << 10;
    constexpr std::size_t kHeader = 7;
    std::vector<std::size_t> records;
    std::size_t at = 0;
    while (at + kHeader <= log.size()) {
        if (kPage - at % kPage < kHeader) {
            at += kPage - at % kPage;
            continue;
        }
        const auto low = static_cast<unsigned char>(log[at + 4]);
        const auto high = static_cast<unsigned char>(log[at + 5]);
        records.push_back(at);
        at += kHeader + low + std::size_t{256} * high;
    }
    return records;
}

struct Counts {
    int whole = 0;
    int refused = 0;
};

/// Opens a copy in which `edit` has changed one file: with all blocks, not at all, or as a node
/// that recovers and says what it lost.
void open_changed(const TempFolder& original, const std::string& name, std::uint64_t blocks,
                  const std::function<void(std::string&)>& edit, Counts& counts) {
    const TempFolder copy(TempFolder::On::memory);
    copy_folder(original.path(), copy.path());
    const std::string path = copy.path() + "/blocks/" + name;
    std::string content = content_of(path);
    edit(content);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    // Read-only first: it changes nothing, and an audit must not be kinder than the node.
    if (counts.refused < 3) {
        const auto source = storage::make_folder_audit_source(copy.path());
        if (!source) CHECK(source.error().code == errc::corrupt_block);
    }
    const auto store = storage::open_block_store(node_options(copy.path(), kNetwork, 1));
    if (!store) {
        INFO(store.error().context);
        REQUIRE(store.error().code == errc::corrupt_block);
        ++counts.refused;
        return;
    }
    if (is_loss((*store)->recovering())) {
        REQUIRE((*store)->tip().index < Index(blocks));
        ++counts.refused;
        return;
    }
    REQUIRE((*store)->tip().index == Index(blocks));
    REQUIRE(read_whole_chain(**store, kNetwork).size() == blocks);
    ++counts.whole;
}

}  // namespace

TEST_CASE("a damaged length anywhere in the write-ahead log never shortens the chain in silence") {
    const TempFolder folder(TempFolder::On::memory);
    constexpr std::uint64_t kBlocks = 40;
    {
        ChainMaker chain(kNetwork, 1);
        const auto store = open(folder.path());
        for (std::uint64_t i = 0; i < kBlocks; ++i) {
            REQUIRE(store->write({{chain.next(i % 3 == 0 ? 4000 : 300)}, hard_state(1, 1, 0)}));
        }
    }
    const std::string name = newest_file(folder.path(), ".log");
    const auto records = records_of(content_of(folder.path() + "/blocks/" + name));
    REQUIRE(records.size() >= kBlocks);
    Counts counts;
    for (const std::size_t record : records) {
        INFO("record at " << record);
        open_changed(
            folder, name, kBlocks, [&](std::string& log) { log[record + 5] ^= 0x40; }, counts);
        open_changed(
            folder, name, kBlocks, [&](std::string& log) { log[record + 4] ^= 0x01; }, counts);
        open_changed(
            folder, name, kBlocks, [&](std::string& log) { log.resize(record + 3); }, counts);
    }
    CHECK(counts.refused == static_cast<int>(3 * records.size()));
}

TEST_CASE("a damaged or torn end of the manifest never shortens the chain in silence") {
    const TempFolder folder(TempFolder::On::memory);
    std::uint64_t blocks = 0;
    {
        // Small memtables: the manifest is told of tables, blob files and logs, again and again.
        auto options = node_options(folder.path(), kNetwork, 1);
        options.write_buffer_bytes = 64 << 10;
        auto store = storage::open_block_store(options);
        REQUIRE(store);
        ChainMaker chain(kNetwork, 2);
        for (; blocks < 60; ++blocks) {
            REQUIRE((*store)->write({{chain.next(6000)}, hard_state(1, 1, 0)}));
        }
    }
    const std::string name = newest_file(folder.path(), "MANIFEST");
    const std::string manifest = content_of(folder.path() + "/blocks/" + name);
    const auto records = records_of(manifest);
    REQUIRE(records.size() > 5);
    Counts counts;
    for (const std::size_t record : records) {
        INFO("record at " << record << " of " << manifest.size());
        open_changed(
            folder, name, blocks, [&](std::string& log) { log[record + 5] ^= 0x40; }, counts);
        open_changed(
            folder, name, blocks, [&](std::string& log) { log[record + 4] ^= 0x01; }, counts);
        open_changed(
            folder, name, blocks, [&](std::string& log) { log.resize(record); }, counts);
        open_changed(
            folder, name, blocks, [&](std::string& log) { log.resize(record + 3); }, counts);
    }
    WARN("manifest: " << counts.refused << " refused, " << counts.whole << " whole");
    CHECK(counts.refused > 0);
}

TEST_CASE("with an older copy of the blocks a node recovers, whatever they lack") {
    const TempFolder folder(TempFolder::On::memory);
    const TempFolder backup(TempFolder::On::memory);
    ChainMaker chain(kNetwork, 3);
    REQUIRE(open(folder.path())->write({chain.next_blocks(3, 10), hard_state(1, 1, 0)}));
    copy_folder(folder.path() + "/blocks", backup.path());
    std::string words;
    SECTION("blocks") {
        REQUIRE(open(folder.path())->write({chain.next_blocks(2, 10), hard_state(1, 1, 0)}));
        words = "block 4: missing, though the high-water mark has it";
    }
    SECTION("a term") {
        REQUIRE(open(folder.path())->write({{}, hard_state(2, 0, 0)}));
        words = "hard state: term 1, though the high-water mark has term 2";
    }
    SECTION("a vote") {
        REQUIRE(open(folder.path())->write({{}, hard_state(2, 0, 0)}));
        fs::remove_all(backup.path());
        copy_folder(folder.path() + "/blocks", backup.path());
        REQUIRE(open(folder.path())->write({{}, hard_state(2, 3, 0)}));
        words = "hard state: the vote for node 3 in term 2";
    }
    fs::remove_all(folder.path() + "/blocks");
    copy_folder(backup.path(), folder.path() + "/blocks");
    // An audit finds it as well, with the same words, as long as no start has taken note of it.
    const auto source = storage::make_folder_audit_source(folder.path());
    REQUIRE_FALSE(source);
    CHECK(source.error().code == errc::corrupt_block);
    CHECK_THAT(source.error().context, Catch::Matchers::Contains(words));
    CHECK_THAT(open(folder.path())->recovering(), Catch::Matchers::Contains(words));
    // Until it is told that it has caught up, and not again afterwards.
    const auto store = open(folder.path());
    CHECK_FALSE(store->recovering().empty());
    CHECK(store->load()->recovering);
    REQUIRE(store->write({{}, store->load()->hard_state, true}));
    CHECK(store->recovering().empty());
}

}  // namespace tally::testing
