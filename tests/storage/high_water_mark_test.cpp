#include "storage/high_water_mark.h"

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "storage/errc.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"

namespace tally::testing {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;
using storage::BlockStore;
using storage::errc;
using storage::HighWaterMark;

namespace fs = std::filesystem;

const crypto::Digest kNetwork = test_network();

storage::BlockStoreOptions options_for(const TempFolder& folder, bool strict) {
    storage::BlockStoreOptions options = node_options(folder.path(), kNetwork, 2);
    options.strict_mark = strict;
    return options;
}

std::unique_ptr<BlockStore> open(const storage::BlockStoreOptions& options) {
    auto store = storage::open_block_store(options);
    if (!store) FAIL(store.error().context);
    return std::move(*store);
}

HighWaterMark mark_of(const TempFolder& folder) {
    const auto mark = storage::read_high_water_mark(folder.path());
    if (!mark) FAIL(mark.error().context);
    return *mark;
}

std::string mark_path(const TempFolder& folder) { return folder.path() + "/high_water_mark"; }

void change_byte(const std::string& path, std::size_t byte) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(static_cast<std::streamoff>(byte));
    const auto value = static_cast<char>(file.get() ^ 0x10);
    file.seekp(static_cast<std::streamoff>(byte));
    file.put(value);
}

/// Refused to an audit as corrupt_block, in these words; to the node they are why it recovers.
void check_recovers(const TempFolder& folder, const std::string& words) {
    INFO(words);
    const auto audited = storage::open_block_store_readonly(folder.path());
    REQUIRE_FALSE(audited);
    CHECK(audited.error().code == errc::corrupt_block);
    CHECK_THAT(audited.error().context, Catch::Matchers::Contains(words));
    CHECK_THAT(open(options_for(folder, false))->recovering(), Catch::Matchers::Contains(words));
    CHECK(mark_of(folder).recovering == storage::Recovering::unmarked);
    CHECK_FALSE(open(options_for(folder, false))->recovering().empty());
    CHECK(storage::open_block_store_readonly(folder.path()));
}

HighWaterMark sample() {
    HighWaterMark mark;
    mark.sequence = 9;
    mark.network = kNetwork;
    mark.node = 3;
    mark.index = Index(70);
    mark.term = Term(4);
    mark.hash = test_network("hash");
    mark.voted_term = Term(5);
    mark.vote = NodeId(2);
    mark.recovering = storage::Recovering::behind;
    mark.file = {65024, 9977959, 1'700'000'000, 777'113'384};
    return mark;
}

/// The same bytes in a new file.
void copy_over(const std::string& path) {
    fs::rename(path, path + ".old");
    fs::copy_file(path + ".old", path);
    fs::remove(path + ".old");
}

}  // namespace

TEST_CASE("a slot of the mark decodes to what was encoded, and to nothing else") {
    const Bytes slot = storage::encode_high_water_mark(sample());
    REQUIRE(storage::decode_high_water_mark(slot));
    CHECK(*storage::decode_high_water_mark(slot) == sample());
    for (std::size_t bit = 0; bit < 8 * slot.size(); ++bit) {
        Bytes changed = slot;
        changed[bit / 8] = static_cast<std::uint8_t>(changed[bit / 8] ^ (1U << (bit % 8)));
        const auto decoded = storage::decode_high_water_mark(changed);
        REQUIRE_FALSE(decoded);
        REQUIRE(decoded.error().code == errc::corrupt_block);
    }
    for (std::size_t size = 0; size < slot.size(); ++size) {
        REQUIRE_FALSE(storage::decode_high_water_mark(ByteView(slot).first(size)));
    }
    Bytes longer = slot;
    longer.push_back(0);
    CHECK_FALSE(storage::decode_high_water_mark(longer));
}

TEST_CASE("what is stored is held against the mark") {
    const HighWaterMark mark = sample();
    const auto judge = [&mark](std::uint64_t index, std::uint64_t term, std::uint64_t voted_term,
                               std::uint32_t vote) {
        const consensus::ChainTip tip{Index(index), Term(term), consensus::Millis(0), mark.hash};
        const Status status =
            storage::check_high_water_mark(mark, tip, hard_state(voted_term, vote, 0));
        return status ? std::string() : status.error().context;
    };
    CHECK(judge(70, 4, 5, 2).empty());
    CHECK(judge(71, 4, 5, 2).empty());
    CHECK(judge(60, 5, 5, 2).empty());  // replaced by a later leader
    CHECK(judge(70, 4, 6, 0).empty());
    CHECK(judge(69, 4, 5, 2).starts_with("block 70: missing, though the high-water mark has it"));
    CHECK(judge(0, 0, 5, 2).starts_with("block 1: missing"));
    CHECK(judge(99, 3, 5, 2).starts_with("block 70: missing"));
    CHECK(judge(70, 4, 4, 2).starts_with("hard state: term 4"));
    CHECK(judge(70, 4, 5, 0).starts_with("hard state: the vote for node 2 in term 5"));
    CHECK(judge(70, 4, 5, 1).starts_with("hard state: the vote"));
    const consensus::ChainTip other{Index(70), Term(4), consensus::Millis(0), kNetwork};
    const Status status = storage::check_high_water_mark(mark, other, hard_state(5, 2, 0));
    REQUIRE_FALSE(status);
    CHECK(status.error().context.starts_with("block 70: hash"));
}

TEST_CASE("a node begins with an empty mark, and never again with another") {
    const TempFolder folder(TempFolder::On::memory);
    REQUIRE(storage::create_high_water_mark(folder.path(), kNetwork, 2));
    const HighWaterMark mark = mark_of(folder);
    CHECK(mark.index == Index(0));
    CHECK(mark.hash == kNetwork);
    CHECK(mark.node == 2);
    CHECK(fs::file_size(mark_path(folder)) == 8192);
    auto again = storage::create_high_water_mark(folder.path(), kNetwork, 2);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::diverged);
    { const auto store = open(options_for(folder, false)); }
    fs::remove(mark_path(folder));
    again = storage::create_high_water_mark(folder.path(), kNetwork, 2);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == errc::diverged);
    CHECK_FALSE(storage::create_high_water_mark(folder.path() + "/none", kNetwork, 2));
}

TEST_CASE("a folder whose mark is gone, damaged or another's takes part in nothing") {
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, false);
    SECTION("new, without one") {
        fs::remove(mark_path(folder));
        const auto store = storage::open_block_store(options);
        REQUIRE_FALSE(store);
        CHECK(store.error().code == errc::corrupt_block);
        CHECK(store.error().context.starts_with(mark_path(folder) + ": is missing. Without"));
        CHECK(fs::is_empty(folder.path()));
    }
    SECTION("another network's or another node's") {
        auto other = options;
        other.network = test_network("other");
        CHECK(storage::open_block_store(other).error().code == errc::wrong_network);
        other = options;
        other.node = 3;
        CHECK(storage::open_block_store(other).error().code == errc::wrong_node);
        CHECK_FALSE(fs::exists(folder.path() + "/blocks"));
    }
    SECTION("with blocks, without one") {
        { const auto store = open(options); }
        fs::remove(mark_path(folder));
        check_recovers(folder, "is missing beside blocks/");
    }
    SECTION("both copies damaged") {
        { const auto store = open(options); }
        change_byte(mark_path(folder), 20);
        change_byte(mark_path(folder), 4096 + 100);
        check_recovers(folder, "both copies of the mark are damaged");
    }
    SECTION("the database gone") {
        ChainMaker chain(kNetwork, 1);
        REQUIRE(open(options)->write({{chain.next(10)}, hard_state(1, 1, 0)}));
        fs::remove_all(folder.path() + "/blocks");
        const auto store = storage::open_block_store(options);
        REQUIRE_FALSE(store);
        CHECK(store.error().context.starts_with("block 1: missing, though the high-water mark"));
        CHECK_FALSE(fs::exists(folder.path() + "/blocks"));
    }
}

TEST_CASE("of a slot that was torn or damaged the other stands") {
    const TempFolder folder(TempFolder::On::memory);
    const auto options = options_for(folder, true);
    ChainMaker chain(kNetwork, 1);
    {
        const auto store = open(options);
        for (std::uint64_t term = 1; term <= 4; ++term) {
            REQUIRE(store->write({{chain.next(10, term)}, hard_state(term, 1, 0)}));
        }
    }
    const HighWaterMark newest = mark_of(folder);
    CHECK(newest.index == Index(4));
    CHECK(newest.hash == chain.tip().hash);
    const std::size_t slot = newest.sequence % 2;
    for (std::size_t byte = 0; byte < storage::kHighWaterMarkBytes; ++byte) {
        change_byte(mark_path(folder), slot * 4096 + byte);
        const HighWaterMark before = mark_of(folder);
        REQUIRE(before.index == Index(3));
        REQUIRE(before.sequence + 1 == newest.sequence);
        change_byte(mark_path(folder), slot * 4096 + byte);
    }
    // The next writing repairs the damaged slot and not the one that counts.
    change_byte(mark_path(folder), slot * 4096);
    {
        const auto store = open(options);
        CHECK(store->recovering().empty());
        REQUIRE(store->write({{chain.next(10)}, hard_state(4, 1, 0)}));
    }
    const HighWaterMark later = mark_of(folder);
    CHECK(later.index == Index(5));
    change_byte(mark_path(folder), later.sequence % 2 * 4096);
    CHECK(mark_of(folder).index == Index(4));
    change_byte(mark_path(folder), later.sequence % 2 * 4096);
    // Files that end early, and a whole slot in the other's place.
    std::vector<char> file(8192);
    std::ifstream(mark_path(folder), std::ios::binary).read(file.data(), 8192);
    fs::resize_file(mark_path(folder), 4096 + storage::kHighWaterMarkBytes - 1);
    CHECK(mark_of(folder).sequence % 2 == 0);
    std::rotate(file.begin(), file.begin() + 4096, file.end());
    std::ofstream(mark_path(folder), std::ios::binary).write(file.data(), 8192);
    CHECK(storage::read_high_water_mark(folder.path()).error().code == errc::corrupt_block);
}

TEST_CASE("a term or a vote is marked before the write returns") {
    const TempFolder folder;
    const auto store = open(options_for(folder, false));
    ChainMaker chain(kNetwork, 1);
    for (std::uint64_t term = 1; term <= 20; ++term) {
        REQUIRE(store->write({{}, hard_state(term, 0, 0)}));
        REQUIRE(mark_of(folder).voted_term == Term(term));
        REQUIRE(mark_of(folder).vote == consensus::kNobody);
        REQUIRE(store->write({{chain.next(10, term)}, hard_state(term, 3, 0)}));
        REQUIRE(mark_of(folder).vote == NodeId(3));
        REQUIRE(mark_of(folder).hash == chain.tip().hash);
    }
}

TEST_CASE("a tip is marked before the write returns when strict, else soon and when closed") {
    const bool strict = GENERATE(true, false);
    const TempFolder folder;
    auto store = open(options_for(folder, strict));
    ChainMaker chain(kNetwork, 1);
    for (int i = 0; i < 20; ++i) {
        REQUIRE(store->write({{chain.next(10)}, hard_state(1, 1, 0)}));
        if (strict) REQUIRE(mark_of(folder).hash == chain.tip().hash);
    }
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (mark_of(folder).hash != chain.tip().hash) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
    // Many tips, few writings.
    if (!strict) CHECK(mark_of(folder).sequence < 20);
    REQUIRE(store->write({{chain.next(10)}, hard_state(1, 1, 0)}));
    store.reset();
    CHECK(mark_of(folder).hash == chain.tip().hash);
}

TEST_CASE("a chain that comes before the one it replaces leaves no mark ahead of it") {
    const bool strict = GENERATE(true, false);
    const TempFolder folder;
    ChainMaker chain(kNetwork, 1);
    const auto first = chain.next_blocks(4, 100);
    auto store = open(options_for(folder, strict));
    REQUIRE(store->write({first, hard_state(1, 1, 3)}));
    REQUIRE(store->write({{chain.next(100, 3)}, hard_state(3, 0, 3)}));
    CHECK(mark_of(folder).term == Term(3));
    // A leader of term 4 sends what it has of term 1 first.
    chain.go_back_to(consensus::tip_of(first[3]));
    REQUIRE(store->write({{}, hard_state(4, 0, 3)}));
    REQUIRE(store->write({chain.next_blocks(3, 100), hard_state(4, 0, 3)}));
    CHECK(mark_of(folder).term == Term(1));
    store.reset();
    store = open(options_for(folder, strict));
    CHECK(store->tip().index == Index(7));
    CHECK(mark_of(folder).hash == store->tip().hash);
}

TEST_CASE("a failed writing of the mark in the background is told by whatever is written next") {
    const TempFolder folder(TempFolder::On::memory);
    const std::uint64_t operation = GENERATE(3U, 4U);
    FaultyDisk disk(1);
    auto options = options_for(folder, false);
    options.env = disk.env();
    ChainMaker chain(kNetwork, 1);
    const auto store = open(options);
    REQUIRE(store->write({{}, hard_state(1, 1, 0)}));
    // Append and sync of the log are 1 and 2.
    disk.fail_at(operation, DiskFault::no_space, false);
    REQUIRE(store->write({{chain.next(10)}, hard_state(1, 1, 0)}));
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (!disk.tripped()) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        std::this_thread::yield();
    }
    const bool by_log = GENERATE(true, false);
    Status refused;
    while (refused) {
        REQUIRE(std::chrono::steady_clock::now() < deadline);
        refused = by_log ? store->write({{}, hard_state(1, 1, 0)})
                         : store->remember_signed({4, kNetwork});
    }
    CHECK(refused.error().code == errc::no_space);
    CHECK(refused.error().context.find("high_water_mark") != std::string::npos);
    for (const Status& later :
         {store->write({{chain.next(10)}, hard_state(2, 1, 0)}),
          store->remember_signed({5, kNetwork}), store->put_checkpoint({5, "note", false})}) {
        REQUIRE_FALSE(later);
        CHECK(later.error().context == refused.error().context);
    }
}

TEST_CASE("the power goes between the log and the mark: the write is there") {
    const TempFolder folder(TempFolder::On::memory);
    const std::uint64_t operation = GENERATE(3U, 4U);
    FaultyDisk disk(GENERATE(range(std::uint64_t{1}, std::uint64_t{20})));
    auto options = options_for(folder, true);
    options.env = disk.env();
    ChainMaker chain(kNetwork, 1);
    {
        const auto store = open(options);
        REQUIRE(store->write({{chain.next(10)}, hard_state(1, 1, 0)}));
        disk.cut_power_at(operation);
        REQUIRE_FALSE(store->write({{chain.next(10)}, hard_state(2, 1, 0)}));
        CHECK(store->tip().index == Index(1));
    }
    disk.lose_power();
    CHECK(mark_of(folder).index >= Index(1));
    const auto store = open(options);
    CHECK(store->tip().hash == chain.tip().hash);
    // Opening has brought the mark on.
    CHECK(mark_of(folder).hash == chain.tip().hash);
    CHECK(mark_of(folder).voted_term == Term(2));
}

TEST_CASE("a copy of a mark, wherever it comes from, makes a node recover") {
    const TempFolder folder(GENERATE(TempFolder::On::disk, TempFolder::On::memory));
    const auto options = options_for(folder, false);
    ChainMaker chain(kNetwork, 1);
    REQUIRE(open(options)->write({{chain.next(10)}, hard_state(1, 1, 0)}));
    CHECK(open(options)->recovering().empty());
    SECTION("the folder under another name is no copy") {
        fs::rename(folder.path(), folder.path() + "-moved");
        auto moved = options;
        moved.folder = folder.path() + "-moved";
        CHECK(open(moved)->recovering().empty());
        fs::rename(moved.folder, folder.path());
        CHECK(open(options)->recovering().empty());
    }
    SECTION("another file with the same bytes") {
        copy_over(mark_path(folder));
        CHECK_THAT(open(options)->recovering(), Catch::Matchers::Contains("is a copy"));
        CHECK(mark_of(folder).recovering == storage::Recovering::copied);
    }
    SECTION("older bytes in the same file") {
        // As `cp -a backup/. folder` writes them over what is there.
        fs::copy_file(mark_path(folder), folder.path() + "/backup");
        { const auto store = open(options); }
        fs::copy_file(folder.path() + "/backup", mark_path(folder),
                      fs::copy_options::overwrite_existing);
        CHECK_THAT(open(options)->recovering(), Catch::Matchers::Contains("is a copy"));
    }
    SECTION("a whole image cannot be told: its mark has to lie elsewhere") {
        copy_over(mark_path(folder));
        adopt_mark(folder.path());
        CHECK(open(options)->recovering().empty());
    }
}

TEST_CASE(
    "a file is the one that it was by inode and birth, and by its device where there is no birth") {
    const storage::FileIdentity file{1, 2, 3, 4};
    CHECK(storage::is_same_file(file, file));
    CHECK(storage::is_same_file(file, {9, 2, 3, 4}));  // the machine has started again
    CHECK_FALSE(storage::is_same_file(file, {1, 9, 3, 4}));
    CHECK_FALSE(storage::is_same_file(file, {1, 2, 9, 4}));  // an inode that was used again
    CHECK_FALSE(storage::is_same_file(file, {1, 2, 3, 9}));
    CHECK_FALSE(storage::is_same_file(file, {1, 2, 0, 0}));
    CHECK(storage::is_same_file({1, 2, 0, 0}, {1, 2, 0, 0}));
    CHECK_FALSE(storage::is_same_file({1, 2, 0, 0}, {9, 2, 0, 0}));
}

TEST_CASE("a mark that lies elsewhere shows that an image was put back") {
    const TempFolder folder;
    const TempFolder elsewhere;
    const TempFolder image;
    auto options = options_for(folder, true);
    options.mark_folder = elsewhere.path();
    fs::rename(mark_path(folder), elsewhere.path() + "/high_water_mark");
    ChainMaker chain(kNetwork, 1);
    REQUIRE(open(options)->write({{chain.next(10)}, hard_state(1, 1, 0)}));
    CHECK_FALSE(fs::exists(mark_path(folder)));
    fs::copy(folder.path(), image.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    REQUIRE(open(options)->write({{chain.next(10)}, hard_state(1, 1, 0)}));
    CHECK(open(options)->recovering().empty());
    fs::remove_all(folder.path() + "/blocks");
    fs::copy(image.path(), folder.path(),
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    CHECK(is_loss(open(options)->recovering()));
}

TEST_CASE("that a node does not recover any more is durable, and not before it is written") {
    const TempFolder folder(TempFolder::On::memory);
    FaultyDisk disk(GENERATE(range(std::uint64_t{1}, std::uint64_t{10})));
    auto options = options_for(folder, false);
    options.env = disk.env();
    { const auto store = open(options); }
    copy_over(mark_path(folder));
    const bool ends = GENERATE(true, false);
    {
        const auto store = open(options);
        REQUIRE_FALSE(store->recovering().empty());
        if (ends) REQUIRE(store->write({{}, hard_state(1, 0, 0), true}));
        if (!ends) REQUIRE(store->write({{}, hard_state(1, 0, 0)}));
        CHECK(store->recovering().empty() == ends);
    }
    disk.lose_power();
    CHECK(open(options)->recovering().empty() == ends);
}

TEST_CASE("the power goes while a start renews the mark: it is no copy afterwards") {
    const TempFolder folder(TempFolder::On::memory);
    std::uint64_t tripped = 0;
    for (std::uint64_t operation = 1; operation < 60; ++operation) {
        FaultyDisk disk(operation);
        auto options = options_for(folder, false);
        options.env = disk.env();
        { const auto store = open(options); }
        disk.cut_power_at(operation);
        { const auto store = storage::open_block_store(options); }
        tripped += disk.tripped() ? 1U : 0U;
        disk.lose_power();
        INFO("operation " << operation);
        REQUIRE(open(options)->recovering().empty());
        disk.lose_power();
    }
    CHECK(tripped > 10);
}

}  // namespace tally::testing
