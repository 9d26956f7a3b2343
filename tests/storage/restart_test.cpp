// What a node of 100,000 transactions does again when it starts. Slow, and a measurement too: it
// prints how long each start took.
#include <atomic>
#include <chrono>
#include <ctime>

#include "storage/applier.h"
#include "storage/block_store.h"
#include "tests/storage/node_options.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_chain.h"

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

/// The checker of a node, which counts what it is asked.
struct CountingChecker {
    explicit CountingChecker(const ledger::Genesis& genesis)
        : check_(storage::plain_checker(genesis)) {}

    storage::SubmissionChecker checker() {
        return [this](ByteView submission) {
            ++count_;
            return check_(submission);
        };
    }
    std::size_t count() const { return count_; }

private:
    storage::SubmissionChecker check_;
    std::atomic<std::size_t> count_ = 0;  // replay checks on several threads
};

}  // namespace

TEST_CASE("a node of 100,000 transactions starts from what was flushed, and checks the rest alone",
          "[.slow]") {
    // Goal: starting does the work of what a kill took away, never that of the whole history.
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
    const consensus::Index target(blocks);
    Clock::time_point start = Clock::now();
    {
        const Node node = open(folder, chain);
        for (const auto& block : chain.blocks()) {
            REQUIRE(node.blocks->write({{block}, {consensus::Term(1), {}, block.header.index}}));
        }
        WARN(batch << " a submission: blocks written in " << seconds_since(start) << " s");
    }
    std::vector<std::size_t> checked;
    for (const char* name : {"from nothing", "killed", "flushed"}) {
        start = Clock::now();
        const double cpu_start = cpu_seconds();
        const Node node = open(folder, chain);
        const double opened = seconds_since(start);
        CountingChecker counting(chain.genesis());
        const Status status =
            storage::replay(*node.blocks, *node.state, *node.applier, target, counting.checker());
        if (!status) FAIL(status.error().context);
        checked.push_back(counting.count());
        WARN(batch << " a submission: started " << name << " in " << seconds_since(start)
                   << " s, of them " << opened << " s to open; " << cpu_seconds() - cpu_start
                   << " s of CPU; " << counting.count() << " submissions checked");
        CHECK(node.state->view()->applied().head == chain.points().back().head);
        // The first start ends without: what its last generation held is lost.
        if (checked.size() > 1) REQUIRE(node.state->flush());
    }
    CHECK(checked[0] >= blocks * 1000 / batch);  // and the few that open the book
    CHECK(checked[1] < checked[0]);
    CHECK(checked[2] == 0);
}

}  // namespace tally::testing
