#include "node/driver/applying.h"

#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/support/catch.h"
#include "tests/support/chain.h"

namespace tally::node::driver {
namespace {

using consensus::Block;
using consensus::Index;
using consensus::Term;

const crypto::Digest kNetwork = testing::chain_network();

std::unique_ptr<storage::BlockStore> store_of(std::uint64_t count) {
    auto store = storage::make_memory_block_store(kNetwork);
    consensus::LogWrite write;
    write.blocks = testing::empty_chain(kNetwork, 1, count, 1);
    write.hard_state = {Term(1), consensus::kNobody, Index(0)};
    REQUIRE(store->write(write));
    return store;
}

/// Notes what it is given and fails at one block.
struct NotingMachine final : BlockMachine {
    std::vector<std::uint64_t> seen;
    std::uint64_t bad = 0;

    Result<Applied> apply(const Block& block) override {
        if (block.header.index.value == bad) return fail(storage::errc::diverged, "bad block");
        seen.push_back(block.header.index.value);
        Applied applied;
        applied.block.index = block.header.index;
        return applied;
    }
};

TEST_CASE("blocks are applied in order, each once, up to the target") {
    // Goal: the order of the log is the order of the book, also when the target moves meanwhile.
    const auto store = store_of(5);
    NotingMachine machine;
    Applying applying(*store, machine, Index(1));
    CHECK(applying.idle());
    applying.apply_to(Index(3));
    REQUIRE(applying.step());
    applying.apply_to(Index(5));
    applying.apply_to(Index(2));  // never back
    while (!applying.idle()) REQUIRE(applying.step());
    CHECK(machine.seen == std::vector<std::uint64_t>{2, 3, 4, 5});
    CHECK(applying.applied() == Index(5));
}

TEST_CASE("a block that cannot be applied or read ends applying for good") {
    // Goal: nothing is ever skipped.
    const auto store = store_of(3);
    NotingMachine machine;
    machine.bad = 2;
    Applying applying(*store, machine, Index(0));
    applying.apply_to(Index(3));
    REQUIRE(applying.step());
    CHECK_FALSE(applying.step());
    CHECK(applying.idle());
    applying.apply_to(Index(3));
    CHECK(applying.idle());
    CHECK(machine.seen == std::vector<std::uint64_t>{1});

    NotingMachine other;
    Applying beyond(*store, other, Index(3));
    beyond.apply_to(Index(4));
    CHECK_FALSE(beyond.step());
    CHECK(beyond.idle());
}

}  // namespace
}  // namespace tally::node::driver
