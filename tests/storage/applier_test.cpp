#include "storage/applier.h"

#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/faulty_file_system.h"
#include "tests/support/ledger_chain.h"

namespace tally::testing {
namespace {

using consensus::Block;
using consensus::Index;
using storage::errc;

consensus::LogWrite write_of(std::vector<Block> blocks, std::uint64_t commit) {
    return {std::move(blocks), {consensus::Term(1), consensus::NodeId(1), Index(commit)}};
}

}  // namespace

TEST_CASE("applying blocks gives the log, the tiles and the entries of the memory twin") {
    const auto seed = static_cast<std::uint64_t>(GENERATE(take(3, random(1, 1 << 30))));
    INFO("seed " << seed);
    LedgerChain chain(seed);
    const TempFolder folder(TempFolder::On::memory);
    FaultyDisk disk(seed);
    storage::StateStoreOptions options;
    options.folder = folder.path();
    options.generation_bytes_max = 100'000;
    options.env = disk.env();
    std::string rebuilt;
    auto state = storage::open_state_store(options, chain.genesis(), rebuilt);
    REQUIRE(state);
    const auto blocks = storage::make_memory_block_store(chain.cast().network());
    storage::Applier applier(chain.genesis(), **state);
    const auto check = storage::plain_checker(chain.genesis());
    for (int i = 0; i < 60; ++i) {
        const Block block = i % 10 == 9  ? chain.seal()
                            : i % 7 == 6 ? chain.noop()
                                         : chain.random_block();
        REQUIRE(blocks->write(write_of({block}, block.header.index.value)));
        const auto applied = applier.apply(block, check);
        if (!applied) FAIL(applied.error().context);
        REQUIRE(storage::read_entry(*blocks, *(*state)->view(), 0));
    }
    const auto view = (*state)->view();
    const auto twin = chain.state().view();
    CHECK(view->applied().head == twin->applied().head);
    CHECK(view->applied().frontier.root() == twin->applied().frontier.root());
    std::vector<crypto::Digest> leaves;
    for (std::size_t entry = 0; entry < chain.entries().size(); ++entry) {
        const auto bytes = storage::read_entry(*blocks, *view, entry);
        if (!bytes) FAIL(bytes.error().context);
        REQUIRE(*bytes == chain.entries()[entry]);
        leaves.push_back(crypto::leaf_hash(*bytes));
    }
    CHECK(crypto::merkle_root(leaves) == view->applied().frontier.root());
    CHECK(crypto::root_at(*view, leaves.size()).value() == view->applied().frontier.root());
    CHECK(storage::read_entry(*blocks, *view, leaves.size()).error().code == errc::not_found);
}

TEST_CASE("the applier takes only the block that follows") {
    LedgerChain chain(1);
    for (int i = 0; i < 3; ++i) chain.random_block();
    const auto state = storage::make_memory_state_store(chain.genesis());
    storage::Applier applier(chain.genesis(), *state);
    const auto check = storage::plain_checker(chain.genesis());
    CHECK(applier.apply(chain.blocks()[1], check).error().code == errc::diverged);
    REQUIRE(applier.apply(chain.blocks()[0], check));
    CHECK(applier.apply(chain.blocks()[0], check).error().code == errc::diverged);
    Block other = chain.blocks()[1];
    other.header.previous = chain.cast().network();
    CHECK(applier.apply(other, check).error().code == errc::diverged);
    CHECK(state->view()->applied().index == Index(1));
    REQUIRE(applier.apply(chain.blocks()[1], check));
}

TEST_CASE("a payload that does not decode is kept and yields no entries") {
    LedgerChain chain(2);
    chain.add(consensus::BlockKind::submissions, Bytes(40, 0xAB));
    CHECK(chain.points()[1].head.entry_count == 0);
    CHECK(chain.points()[1].index == Index(1));
    chain.random_block();
    CHECK(chain.points()[2].head.entry_count > 0);
}

TEST_CASE("replay brings an old, an empty and an advanced state to the log") {
    LedgerChain chain(3);
    for (int i = 0; i < 30; ++i) i % 5 == 4 ? chain.seal() : chain.random_block();
    const auto blocks = storage::make_memory_block_store(chain.cast().network());
    REQUIRE(blocks->write(write_of(chain.blocks(), 20)));
    const auto check = storage::plain_checker(chain.genesis());
    const auto state = storage::make_memory_state_store(chain.genesis());
    storage::Applier applier(chain.genesis(), *state);
    std::uint64_t told = 0;
    const auto progress = [&told](Index index) { told = index.value; };
    REQUIRE(storage::replay(*blocks, *state, applier, Index(10), check, progress));
    CHECK(told == 10);
    CHECK(state->view()->applied().head == chain.points()[10].head);
    REQUIRE(storage::replay(*blocks, *state, applier, Index(25), check));
    CHECK(state->view()->applied().head == chain.points()[25].head);
    REQUIRE(storage::replay(*blocks, *state, applier, Index(20), check));
    CHECK(state->view()->applied().index == Index(25));
    CHECK(storage::replay(*blocks, *state, applier, Index(31), check).error().code ==
          errc::not_found);

    SECTION("a state ahead of the log starts again") {
        const auto shorter = storage::make_memory_block_store(chain.cast().network());
        const std::vector<Block> first(chain.blocks().begin(), chain.blocks().begin() + 15);
        REQUIRE(shorter->write(write_of(first, 12)));
        REQUIRE(storage::replay(*shorter, *state, applier, Index(12), check));
        CHECK(state->view()->applied().head == chain.points()[12].head);
    }
    SECTION("a state of blocks that were replaced starts again") {
        LedgerChain other(3);
        for (int i = 0; i < 24; ++i) i % 5 == 4 ? other.seal() : other.random_block();
        other.grants(3);
        other.grants(2);
        const auto replaced = storage::make_memory_block_store(chain.cast().network());
        REQUIRE(replaced->write(write_of(other.blocks(), 26)));
        REQUIRE(storage::replay(*replaced, *state, applier, Index(26), check));
        CHECK(state->view()->applied().head == other.points()[26].head);
    }
}

}  // namespace tally::testing
