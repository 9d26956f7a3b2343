#include "node/driver/scrubber.h"

#include <map>

#include "storage/errc.h"
#include "tests/support/catch.h"
#include "tests/support/chain.h"
#include "tests/support/log_only_store.h"

namespace tally::node::driver {
namespace {

using consensus::Block;
using consensus::Index;
using consensus::NodeId;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using storage::errc;

const crypto::Digest kNetwork = testing::chain_network();

std::vector<Block> chain_of(std::size_t count, std::size_t payload, std::uint64_t term = 1) {
    std::vector<Block> blocks;
    for (std::size_t index = 1; index <= count; ++index) {
        consensus::BlockHeader header;
        header.network = kNetwork;
        header.index = Index(index);
        header.term = consensus::Term(term);
        header.kind = consensus::BlockKind::submissions;
        header.previous = blocks.empty() ? kNetwork : blocks.back().hash;
        blocks.push_back(consensus::make_block(header, share(Bytes(payload, 1))));
    }
    return blocks;
}

/// The memory twin on a disk that rots: what is damaged comes back only when it is mended.
class RottenStore final : public testing::LogOnlyStore {
public:
    explicit RottenStore(std::size_t blocks, std::size_t payload)
        : twin_(storage::make_memory_block_store(kNetwork)), blocks_(chain_of(blocks, payload)) {
        if (blocks == 0) return;
        const consensus::HardState state{consensus::Term(1), consensus::kNobody, Index(blocks)};
        REQUIRE(twin_->write({blocks_, state}));
    }

    void rot(std::uint64_t block) { rotten_[Index(block)] = "rot"; }
    bool is_rotten(std::uint64_t block) const { return rotten_.contains(Index(block)); }
    const Block& block(std::uint64_t index) const { return blocks_.at(index - 1); }
    /// A reader came upon it.
    void note(std::uint64_t block) { noted_[Index(block)] = "rot"; }

    std::vector<std::uint64_t> scrubbed;  ///< first blocks of readings
    std::size_t bytes = 0;                ///< of all readings
    std::optional<Error> mend_fails;
    bool mends_nothing = false;

    Result<storage::Scrubbed> scrub(Index first, Index last, std::size_t bytes_max) override {
        scrubbed.push_back(first.value);
        const auto bad = rotten_.lower_bound(first);
        if (bad != rotten_.end() && bad->first == first) {
            noted_.insert(*bad);
            return storage::Scrubbed{first, 0, storage::DamagedBlock{first, "rot"}};
        }
        if (bad != rotten_.end()) last = std::min(last, bad->first.previous());
        const auto found = twin_->scrub(first, last, bytes_max);
        if (!found) return found.error();
        bytes += found->bytes;
        noted_.erase(noted_.lower_bound(first), noted_.lower_bound(found->next));
        return *found;
    }
    Status mend(const Block& block) override {
        if (mend_fails) return *mend_fails;
        const Index index = block.header.index;
        if (rotten_.contains(index.next())) return fail(errc::corrupt_block, "the next one");
        if (Status status = twin_->mend(block); !status) return status;
        if (!mends_nothing) rotten_.erase(index);
        return {};
    }
    std::vector<storage::DamagedBlock> damaged(Index first, Index last) const override {
        std::vector<storage::DamagedBlock> some;
        for (const auto& [index, problem] : noted_) {
            if (index >= first && index <= last) some.push_back({index, problem});
        }
        return some;
    }
    using BlockStore::damaged;

    Status write(const consensus::LogWrite& write) override { return twin_->write(write); }
    Result<std::vector<Block>> read(Index first, Index last, std::size_t max) const override {
        return twin_->read(first, last, max);
    }
    Result<consensus::PersistedState> load() const override { return twin_->load(); }
    consensus::ChainTip tip() const override { return twin_->tip(); }
    Index committed() const override { return twin_->committed(); }

private:
    std::unique_ptr<storage::BlockStore> twin_;
    std::vector<Block> blocks_;
    std::map<Index, std::string> rotten_;
    std::map<Index, std::string> noted_;
};

/// A scrubber whose peers answer at once, as a test says.
struct Bench {
    explicit Bench(std::size_t blocks = 20, ScrubConfig config = {{NodeId(2), NodeId(3)}, {}, {}},
                   std::size_t payload = 100)
        : store(blocks, payload), scrubber(std::move(config), store) {}

    RottenStore store;
    Scrubber scrubber;
    Moment now{Clock::time_point(seconds(1000)), consensus::Millis(1'700'000'000'000)};
    std::map<NodeId, bool> has{{NodeId(2), true}, {NodeId(3), true}};
    std::size_t fits = kGivenBlocksMax;  ///< blocks in an answer
    bool silent = false;
    std::vector<std::pair<NodeId, BlocksWanted>> asked;
    std::vector<std::string> told;
    std::vector<std::string> mended;
    std::optional<Error> failed;

    void step() {
        scrubber.on_time(now);
        perform();
    }
    void perform() {
        const ScrubActions actions = scrubber.take_actions();
        for (const auto& notice : actions.notices) {
            (notice.mended ? mended : told).push_back(notice.text);
        }
        if (actions.failed) failed = actions.failed;
        for (const auto& [to, wanted] : actions.messages) {
            asked.emplace_back(to, wanted);
            if (!silent) answer(to, wanted);
        }
    }
    void answer(NodeId from, const BlocksWanted& wanted) {
        BlocksGiven given{wanted.id, {}, has[from] ? "" : "it lacks it"};
        for (Index at = wanted.first; has[from] && at <= wanted.last; at = at.next()) {
            if (given.blocks.size() < fits) given.blocks.push_back(store.block(at.value));
        }
        scrubber.on_given(from, given, now);
        perform();
    }
    /// As a thread does that wakes when it has to.
    void pass(milliseconds time) {
        const auto end = now.steady + time;
        while (true) {
            step();
            const auto next = std::max(scrubber.next(now), now.steady + milliseconds(1));
            if (next > end) break;
            now.wall += std::chrono::duration_cast<milliseconds>(next - now.steady);
            now.steady = next;
        }
        now.wall += std::chrono::duration_cast<milliseconds>(end - now.steady);
        now.steady = end;
    }
};

ScrubConfig within(milliseconds round) { return {{NodeId(2), NodeId(3)}, round, {}}; }

TEST_CASE("every block is read within the time of a round, and the load is spread over it") {
    Bench bench(4000, within(hours(24)), 2000);
    bench.pass(hours(1));
    const auto after_an_hour = bench.scrubber.view();
    CHECK(after_an_hour.block > Index(4000 / 24));
    CHECK(after_an_hour.block < Index(4000 / 8));
    CHECK(after_an_hour.until == Index(4000));
    CHECK_FALSE(after_an_hour.ended);
    bench.pass(hours(11));
    // What was written behind the reading has as much time left.
    REQUIRE(bench.scrubber.view().ended);
    CHECK(bench.store.bytes >= 4000 * 2126);
    bench.pass(hours(36));
    CHECK(bench.store.bytes >= 4 * 4000 * 2126);
    CHECK(bench.store.bytes <= 5 * 4000 * 2126);
    CHECK(bench.told.empty());
    CHECK(bench.asked.empty());
}

TEST_CASE("never more is read in a second than is stated, however short the round") {
    Bench bench(2000, {{NodeId(2)}, milliseconds(1), {}}, 10'000);
    bench.pass(seconds(2));
    CHECK(bench.store.bytes > Scrubber::kRateBytes);
    CHECK(bench.store.bytes < 5 * Scrubber::kRateBytes / 2);
}

TEST_CASE("without rounds nothing is read, and what others come upon is mended all the same") {
    Bench bench(20, within(milliseconds(0)));
    bench.pass(hours(1));
    CHECK(bench.store.scrubbed.empty());
    bench.store.rot(7);
    bench.store.note(7);
    bench.pass(seconds(2));
    CHECK_FALSE(bench.store.is_rotten(7));
    CHECK(bench.store.damaged().empty());
    CHECK(bench.told == std::vector<std::string>{"a stored block cannot be read: rot"});
    CHECK(bench.mended == std::vector<std::string>{"block 7 mended from node 2"});
    CHECK(bench.scrubber.view().mended == 1);
    CHECK(bench.scrubber.view().damaged == 0);
}

TEST_CASE("a round with a fixed pause finds what nobody reads") {
    Bench bench(20, {{NodeId(2), NodeId(3)}, hours(24), milliseconds(50)});
    bench.pass(seconds(1));
    bench.store.rot(3);
    bench.store.rot(11);
    bench.pass(seconds(5));
    CHECK_FALSE(bench.store.is_rotten(3));
    CHECK_FALSE(bench.store.is_rotten(11));
    CHECK(bench.asked.size() == 2);
    CHECK(bench.told.size() == 2);
    CHECK(bench.mended.size() == 2);
}

TEST_CASE("a run of damaged blocks is mended from its end, and more at a time") {
    Bench bench(200);
    for (std::uint64_t block = 20; block < 120; ++block) bench.store.rot(block);
    // One is known: where the damage ends is found out.
    bench.store.note(50);
    SECTION("as many as are wanted fit") {
        bench.pass(seconds(60));
        CHECK(bench.asked.size() < 20);
    }
    SECTION("few fit into an answer") {
        bench.fits = 3;
        bench.pass(seconds(60));
    }
    CHECK(bench.store.damaged().empty());
    for (std::uint64_t block = 20; block < 120; ++block) CHECK_FALSE(bench.store.is_rotten(block));
    CHECK(bench.scrubber.view().mended == 100);
    CHECK(bench.told.size() == 1);
    for (const auto& [to, wanted] : bench.asked) {
        CHECK(wanted.last.value - wanted.first.value < kGivenBlocksMax);
        CHECK(wanted.first.value >= 4);
    }
}

TEST_CASE("a peer that lacks a block, or says nothing, is not the only one") {
    Bench bench;
    bench.store.rot(7);
    bench.store.note(7);
    SECTION("it lacks it") {
        bench.has[NodeId(2)] = false;
        bench.pass(seconds(2));
    }
    SECTION("it says nothing") {
        bench.silent = true;
        bench.step();
        REQUIRE(bench.asked.size() == 1);
        bench.now.steady += Scrubber::kAnswerMax;
        bench.silent = false;
        bench.step();
    }
    SECTION("it gives another block") {
        bench.silent = true;
        bench.step();
        const auto& wanted = bench.asked.at(0).second;
        const auto others = chain_of(20, 50, 2);
        bench.silent = false;
        bench.scrubber.on_given(NodeId(2), {wanted.id, {others.at(6)}, ""}, bench.now);
        CHECK(bench.store.is_rotten(7));
        bench.pass(seconds(1));
    }
    SECTION("it gives another place") {
        bench.silent = true;
        bench.step();
        const auto& wanted = bench.asked.at(0).second;
        bench.silent = false;
        bench.scrubber.on_given(NodeId(2), {wanted.id, {bench.store.block(8)}, ""}, bench.now);
        bench.pass(seconds(1));
    }
    CHECK_FALSE(bench.store.is_rotten(7));
    REQUIRE(bench.asked.size() == 2);
    CHECK(bench.asked[0].first == NodeId(2));
    CHECK(bench.asked[1].first == NodeId(3));
    CHECK(bench.told.size() == 1);
}

TEST_CASE("what nobody asked for counts for nothing") {
    Bench bench;
    bench.store.rot(7);
    bench.store.note(7);
    bench.scrubber.on_given(NodeId(2), {1, {bench.store.block(7)}, ""}, bench.now);
    bench.silent = true;
    bench.step();
    REQUIRE(bench.asked.size() == 1);
    const std::uint64_t id = bench.asked[0].second.id;
    bench.scrubber.on_given(NodeId(3), {id, {bench.store.block(7)}, ""}, bench.now);
    bench.scrubber.on_given(NodeId(2), {id + 1, {bench.store.block(7)}, ""}, bench.now);
    CHECK(bench.store.is_rotten(7));
    bench.scrubber.on_given(NodeId(2), {id, {bench.store.block(7)}, ""}, bench.now);
    CHECK_FALSE(bench.store.is_rotten(7));
}

TEST_CASE(
    "where no peer has a block they are asked less and less often, and other damage waits not") {
    Bench bench;
    bench.has[NodeId(2)] = bench.has[NodeId(3)] = false;
    bench.store.rot(15);
    bench.store.note(15);
    bench.pass(hours(1));
    // Twice at once, then after 30 s, 60 s, ... 600 s.
    CHECK(bench.asked.size() >= 2 * 8);
    CHECK(bench.asked.size() <= 2 * 12);
    CHECK(bench.store.is_rotten(15));
    // One below it, which they have.
    bench.store.rot(5);
    bench.store.note(5);
    bench.asked.clear();
    bench.silent = true;
    bench.pass(Scrubber::kRetryPauseMax + seconds(60));
    bool asked_for_it = false;
    for (const auto& [to, wanted] : bench.asked) asked_for_it |= wanted.last == Index(5);
    CHECK(asked_for_it);
    bench.silent = false;
    bench.has[NodeId(3)] = true;
    bench.pass(2 * Scrubber::kRetryPauseMax);
    CHECK(bench.store.damaged().empty());
    CHECK(bench.mended.size() == 2);
}

TEST_CASE("a moment's failure of the disk asks nobody") {
    Bench bench;
    bench.store.note(7);
    bench.pass(seconds(2));
    CHECK(bench.asked.empty());
    CHECK(bench.store.damaged().empty());
}

TEST_CASE(
    "a block counts as mended when the disk gives it back, and a failed write ends the node") {
    Bench bench;
    bench.store.rot(7);
    bench.store.note(7);
    SECTION("it does not") {
        bench.store.mends_nothing = true;
        bench.pass(seconds(10));
        CHECK(bench.asked.size() == 1);
        CHECK(bench.mended.empty());
        CHECK(bench.scrubber.view().mended == 0);
        CHECK_FALSE(bench.failed);
    }
    SECTION("a failed write") {
        bench.store.mend_fails = fail(errc::no_space, "full");
        bench.step();
        REQUIRE(bench.failed);
        CHECK(bench.failed->code == errc::no_space);
    }
}

TEST_CASE("a node without blocks or without others has nothing to do, and does not spin") {
    Bench empty(0, within(hours(24)));
    empty.pass(hours(1));
    CHECK(empty.store.scrubbed.size() <= 3601);
    Bench alone(20, {{}, hours(24), {}});
    alone.store.rot(7);
    alone.pass(hours(2));
    CHECK(alone.asked.empty());
    CHECK(alone.store.is_rotten(7));
    CHECK(alone.told.size() < 40);
    CHECK(alone.store.scrubbed.size() < 100);
}

}  // namespace
}  // namespace tally::node::driver
