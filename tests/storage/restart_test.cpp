// How long a node of 100,000 transactions takes to start. Slow, and a measurement: run it alone.
#include <chrono>
#include <ctime>

#include "storage/applier.h"
#include "storage/block_store.h"
#include "tests/support/ledger_chain.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;

double cpu_seconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

struct Node {
    std::unique_ptr<storage::BlockStore> blocks;
    std::unique_ptr<storage::StateStore> state;
    std::unique_ptr<storage::Applier> applier;
};

Node open(const TempFolder& folder, const LedgerChain& chain) {
    Node node;
    auto blocks = storage::open_block_store(node_options(folder.path(), chain.cast().network(), 1));
    REQUIRE(blocks);
    node.blocks = std::move(*blocks);
    storage::StateStoreOptions state_options;
    state_options.folder = folder.path();
    std::string rebuilt;
    auto state = storage::open_state_store(state_options, chain.genesis(), rebuilt);
    REQUIRE(state);
    node.state = std::move(*state);
    node.applier = std::make_unique<storage::Applier>(chain.genesis(), *node.state);
    return node;
}

}  // namespace

TEST_CASE("a node of 100,000 transactions restarts in two seconds", "[.slow]") {
    const std::size_t batch = GENERATE(std::size_t{1000}, std::size_t{1});
    const std::size_t blocks = 100;
    LedgerChain chain(77);
    for (std::size_t i = 0; i < blocks; ++i) {
        if (batch == 1000) {
            chain.grants(1000);
        } else {
            chain.single_grants(1000);
        }
    }
    const TempFolder folder;
    const auto check = storage::plain_checker(chain.genesis());
    const consensus::Index target(blocks);
    Clock::time_point start = Clock::now();
    {
        const Node node = open(folder, chain);
        for (const auto& block : chain.blocks()) {
            REQUIRE(node.blocks->write({{block}, {consensus::Term(1), {}, block.header.index}}));
        }
        WARN(batch << " a submission: blocks written in " << seconds_since(start) << " s");
    }
    for (const char* name : {"replayed from nothing", "intact"}) {
        start = Clock::now();
        const double cpu_start = cpu_seconds();
        const Node node = open(folder, chain);
        const double opened = seconds_since(start);
        const Status status =
            storage::replay(*node.blocks, *node.state, *node.applier, target, check);
        if (!status) FAIL(status.error().context);
        const double all = seconds_since(start);
        WARN(batch << " a submission: " << name << " in " << all << " s, of them " << opened
                   << " s to open; " << cpu_seconds() - cpu_start << " s of CPU");
        CHECK(node.state->view()->applied().head == chain.points().back().head);
        if (std::string(name) == "intact") CHECK(all < 2.0);
        start = Clock::now();
        REQUIRE(node.state->flush());
        WARN(batch << " a submission: flushed in " << seconds_since(start) << " s");
    }
}

}  // namespace tally::testing
