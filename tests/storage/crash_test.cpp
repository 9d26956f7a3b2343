// The power goes at every single operation of a scripted life of a node's two stores, and each time
// the stores are opened again on what is left. SIGKILL would prove nothing here: the page cache
// survives it.
#include <functional>

#include "storage/applier.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/high_water_mark.h"
#include "storage/state_codec.h"
#include "tests/storage/chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/ledger_chain.h"

namespace tally::testing {
namespace {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::LogWrite;
using storage::BlockStore;
using storage::errc;
using storage::StateStore;

/// The writes of a life, and what must be on disk after each: expected[i] after i writes.
struct Script {
    struct Expected {
        ChainTip tip;
        HardState hard_state;
    };
    std::vector<LogWrite> writes;
    std::vector<Expected> expected;

    /// Whether the write that leads to expected[number] replaces blocks.
    bool replaces(std::size_t number) const {
        const std::vector<Block>& blocks = writes[number - 1].blocks;
        return !blocks.empty() && blocks.front().header.index <= expected[number - 1].tip.index;
    }
};

Script make_script(LedgerChain& chain) {
    Script script;
    ChainTip empty;
    empty.hash = chain.cast().network();
    script.expected.push_back({empty, {}});
    const auto add = [&script](std::vector<Block> blocks, HardState state) {
        const ChainTip tip =
            blocks.empty() ? script.expected.back().tip : consensus::tip_of(blocks.back());
        script.writes.push_back({std::move(blocks), state});
        script.expected.push_back({tip, state});
    };
    add({}, hard_state(1, 2, 0));
    for (std::uint64_t round = 1; round <= 4; ++round) {
        std::vector<Block> blocks{chain.random_block(), chain.grants(20), chain.seal()};
        const std::uint64_t last = chain.blocks().size();
        // Blocks of a leader that is about to fail, replaced by the next round's: in a higher term,
        // so that the chain after them is longer and yet comes before them by (term, index).
        ChainMaker lost(chain.cast().network(), round);
        lost.go_back_to(consensus::tip_of(blocks.back()));
        add(blocks, hard_state(round, 2, last - 1));
        add(lost.next_blocks(2, round % 2 == 0 ? 5000 : 50, round + 1),
            hard_state(round + 1, 0, last));
    }
    std::vector<Block> rest{chain.noop(), chain.random_block()};
    add(std::move(rest), hard_state(6, 1, chain.blocks().size()));
    return script;
}

/// How far a life came before the disk failed.
struct Progress {
    bool opened = false;
    std::size_t acknowledged = 0;  ///< writes that returned success
    std::uint64_t signed_size = 0;
    std::string error;
};

class Life {
public:
    Life(const LedgerChain& chain, const Script& script, const std::string& folder,
         FaultyDisk& disk, bool strict)
        : chain_(chain), script_(script), disk_(disk) {
        block_options_ = node_options(folder, chain.cast().network(), 1);
        block_options_.strict_mark = strict;
        block_options_.write_buffer_bytes = 16 << 10;
        block_options_.env = disk.env();
        state_options_.folder = folder;
        state_options_.generation_bytes_max = 24 << 10;
        state_options_.env = disk.env();
    }

    /// Opens and goes on from where the stores are, until the end or a fault.
    Progress run(std::size_t first_write);
    /// Opens after a fault and checks what is left; returns how many writes are there.
    std::size_t verify(const Progress& progress);
    void verify_end();

private:
    bool open(Progress& progress);
    void verify_mark(const Progress& progress) const;
    void close() {
        applier_.reset();
        state_.reset();
        blocks_.reset();
    }
    Status apply_committed();

    const LedgerChain& chain_;
    const Script& script_;
    FaultyDisk& disk_;
    storage::BlockStoreOptions block_options_;
    storage::StateStoreOptions state_options_;
    std::unique_ptr<BlockStore> blocks_;
    std::unique_ptr<StateStore> state_;
    std::unique_ptr<storage::Applier> applier_;
};

bool Life::open(Progress& progress) {
    auto blocks = storage::open_block_store(block_options_);
    if (!blocks) {
        progress.error = blocks.error().context;
        return false;
    }
    blocks_ = std::move(*blocks);
    std::string rebuilt;
    auto state = storage::open_state_store(state_options_, chain_.genesis(), rebuilt);
    if (!state) {
        progress.error = state.error().context;
        return false;
    }
    if (!rebuilt.empty()) {
        progress.error = "state rebuilt: " + rebuilt;
        if (!disk_.tripped()) return false;
    }
    state_ = std::move(*state);
    applier_ = std::make_unique<storage::Applier>(chain_.genesis(), *state_);
    progress.opened = true;
    return true;
}

Status Life::apply_committed() {
    const auto loaded = blocks_->load();
    if (!loaded) return loaded.error();
    return storage::replay(*blocks_, *state_, *applier_, loaded->hard_state.commit,
                           storage::plain_checker(chain_.genesis()));
}

Progress Life::run(std::size_t first_write) {
    Progress progress;
    progress.acknowledged = first_write;
    Status status;
    if (open(progress)) {
        status = apply_committed();
        for (std::size_t i = first_write; status && i < script_.writes.size(); ++i) {
            status = blocks_->write(script_.writes[i]);
            if (!status) break;
            progress.acknowledged = i + 1;
            status = apply_committed();
            const auto seal = state_->view()->applied().last_seal;
            if (status && seal && seal->size > progress.signed_size) {
                status = blocks_->remember_signed({seal->size, seal->root});
                if (status) progress.signed_size = seal->size;
                if (status) status = blocks_->put_checkpoint({seal->size, "note", true});
            }
        }
        if (status) status = state_->flush();
    }
    if (!status) progress.error = status.error().context;
    close();
    return progress;
}

/// The mark has every acknowledged vote and, when strict, every acknowledged block. That it has no
/// more than the log is what opening asks.
void Life::verify_mark(const Progress& progress) const {
    const auto mark = storage::read_high_water_mark(block_options_.folder);
    if (!mark) FAIL(mark.error().context);
    const Script::Expected& expected = script_.expected[progress.acknowledged];
    const auto& state = expected.hard_state;
    REQUIRE(mark->voted_term >= state.term);
    if (mark->voted_term == state.term && state.vote != consensus::kNobody) {
        REQUIRE(mark->vote == state.vote);
    }
    if (!block_options_.strict_mark) return;
    // The write that failed may have brought it on, or back before replacing blocks.
    const std::size_t next = std::min(progress.acknowledged + 1, script_.expected.size() - 1);
    const bool replaced = script_.replaces(next);
    const bool acknowledged = mark->hash == expected.tip.hash;
    const bool later = mark->hash == script_.expected[next].tip.hash;
    REQUIRE((acknowledged || later || (replaced && mark->index < expected.tip.index)));
}

std::size_t Life::verify(const Progress& progress) {
    verify_mark(progress);
    Progress reopened;
    if (!open(reopened)) FAIL("does not open again: " << reopened.error);
    const auto loaded = blocks_->load();
    if (!loaded) FAIL(loaded.error().context);
    // Every acknowledged write is there; of the one that failed, all or nothing.
    std::size_t there = progress.acknowledged;
    const auto matches = [&](std::size_t writes) {
        return writes < script_.expected.size() &&
               script_.expected[writes].tip.hash == blocks_->tip().hash &&
               script_.expected[writes].hard_state == loaded->hard_state;
    };
    if (!matches(there)) ++there;
    INFO(progress.acknowledged << " writes acknowledged, tip at block "
                               << blocks_->tip().index.value);
    REQUIRE(matches(there));
    read_whole_chain(*blocks_, chain_.cast().network());
    const auto mark = blocks_->signed_mark();
    REQUIRE((mark ? mark->size : 0) >= progress.signed_size);

    const auto applied = state_->view()->applied();
    REQUIRE(applied.index <= blocks_->tip().index);
    REQUIRE(applied.index <= loaded->hard_state.commit);
    const bool same = storage::encode_applied(applied) ==
                      storage::encode_applied(chain_.points()[applied.index.value]);
    REQUIRE(same);
    const Status replayed = apply_committed();
    if (!replayed) FAIL(replayed.error().context);
    const auto commit = loaded->hard_state.commit.value;
    REQUIRE(state_->view()->applied().head == chain_.points()[commit].head);
    close();
    return there;
}

void Life::verify_end() {
    Progress reopened;
    if (!open(reopened)) FAIL("does not open at the end: " << reopened.error);
    const auto view = state_->view();
    const bool same =
        storage::encode_applied(view->applied()) == storage::encode_applied(chain_.points().back());
    REQUIRE(same);
    for (const auto& [key, value] : chain_.records().all()) {
        const auto found = view->get(key);
        REQUIRE(found);
        REQUIRE(found->has_value());
        REQUIRE(**found == value);
    }
    for (std::uint64_t entry = 0; entry < chain_.entries().size(); entry += 5) {
        REQUIRE(storage::read_entry(*blocks_, *view, entry).value() == chain_.entries()[entry]);
    }
    const auto size = view->applied().head.entry_count;
    REQUIRE(crypto::root_at(*view, size).value() == view->applied().frontier.root());
    close();
}

using Plan = std::function<void(FaultyDisk&, std::uint64_t)>;

/// Lives again and again, with a fault at the operations `first`, `first + stride` and so on, until
/// none is left to fail.
void for_operations(std::uint64_t seed, std::uint64_t first, std::uint64_t stride, const Plan& plan,
                    bool strict = true) {
    LedgerChain chain(seed);
    const Script script = make_script(chain);
    std::uint64_t operation = first;
    std::uint64_t lives = 0;
    for (bool tripped = true; tripped; operation += stride) {
        INFO("seed " << seed << ", operation " << operation);
        const TempFolder folder(TempFolder::On::memory);
        FaultyDisk disk(seed * 100'000 + operation);
        Life life(chain, script, folder.path(), disk, strict);
        plan(disk, operation);
        const Progress progress = life.run(0);
        tripped = disk.tripped();
        if (!tripped) REQUIRE(progress.error.empty());
        disk.lose_power();
        const std::size_t there = life.verify(progress);
        if (++lives % 4 != 0 && tripped) continue;
        // The life goes on to its end as if nothing had happened.
        const Progress rest = life.run(there);
        INFO(rest.error);
        REQUIRE(rest.error.empty());
        REQUIRE(rest.acknowledged == script.writes.size());
        disk.lose_power();
        life.verify_end();
    }
    // If this were small, the loop would have ended by accident.
    REQUIRE(operation > 150);
}

const Plan kPowerCut = [](FaultyDisk& disk, std::uint64_t operation) {
    disk.cut_power_at(operation);
};
const Plan kDiskFull = [](FaultyDisk& disk, std::uint64_t operation) {
    disk.fail_at(operation, DiskFault::no_space, true);
};
const Plan kOneFailure = [](FaultyDisk& disk, std::uint64_t operation) {
    disk.fail_at(operation, DiskFault::io_error, false);
};

}  // namespace

// Two halves, so that two cores share them.
TEST_CASE("nothing acknowledged is lost when the power goes at any odd operation") {
    for_operations(1, 1, 2, kPowerCut);
}

TEST_CASE("nothing acknowledged is lost when the power goes at any even operation") {
    for_operations(1, 2, 2, kPowerCut);
}

TEST_CASE("nothing acknowledged is lost when the disk is full") {
    for_operations(2, 1, 4, kDiskFull);
}

TEST_CASE("nothing acknowledged is lost when a single operation fails") {
    for_operations(3, 1, 4, kOneFailure);
}

TEST_CASE("nothing acknowledged is lost when the power goes, with a mark that lags behind") {
    for_operations(4, 1, 3, kPowerCut, false);
}

TEST_CASE("nothing acknowledged is lost, whatever fails, over many seeds", "[.slow]") {
    for (std::uint64_t seed = 10; seed < 15; ++seed) {
        for_operations(seed, 1, 1, kPowerCut);
        for_operations(seed, 1, 1, kPowerCut, false);
        for_operations(seed, 1, 1, kDiskFull);
        for_operations(seed, 1, 1, kOneFailure);
    }
}

}  // namespace tally::testing
