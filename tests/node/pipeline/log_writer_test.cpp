#include "node/pipeline/log_writer.h"

#include <future>
#include <mutex>

#include "storage/errc.h"
#include "tests/support/catch.h"
#include "tests/support/chain.h"
#include "tests/support/log_only_store.h"

namespace tally::node::pipeline {
namespace {

using consensus::Block;
using consensus::Index;
using consensus::Term;

const crypto::Digest kNetwork = testing::chain_network();

TEST_CASE("messages that vouch for a write leave only after it") {
    // Goal: RAFT bug 4, an acknowledgement before durability, cannot happen in the writer.
    auto store = storage::make_memory_block_store(kNetwork);
    std::promise<void> finished;
    Index tip_when_sent;
    std::vector<std::uint64_t> done;
    LogWriter writer(
        *store,
        [&](const driver::CommitGroup& group) {
            CHECK(group.release.size() == 1);
            tip_when_sent = store->tip().index;
            done = group.sequences;
            finished.set_value();
        },
        [](const Error&) { std::abort(); });
    consensus::AppendTask task;
    task.sequence = 7;
    task.write = {testing::empty_chain(kNetwork, 1, 3, 1), {Term(1), consensus::kNobody, Index(0)}};
    task.release.push_back({});
    writer.append(std::move(task));
    REQUIRE(finished.get_future().wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    CHECK(tip_when_sent == Index(3));
    CHECK(done == std::vector<std::uint64_t>{7});
}

/// A store whose disk fails.
class BrokenStore final : public testing::LogOnlyStore {
public:
    Status write(const consensus::LogWrite&) override {
        return fail(storage::errc::no_space, "disk full");
    }
    Result<std::vector<Block>> read(Index, Index, std::size_t) const override {
        return fail(storage::errc::not_found);
    }
    Result<consensus::PersistedState> load() const override { return consensus::PersistedState{}; }
    consensus::ChainTip tip() const override { return {}; }
    Index committed() const override { return {}; }
    Result<storage::Scrubbed> scrub(Index, Index, std::size_t) override {
        return fail(storage::errc::not_found);
    }
    Status mend(const Block&) override { return fail(storage::errc::not_found); }
};

TEST_CASE("a failed write says so once and releases nothing") {
    // Goal: no acknowledgement for what the disk refused.
    BrokenStore store;
    std::promise<Error> failed;
    bool released = false;
    LogWriter writer(
        store, [&](const driver::CommitGroup&) { released = true; },
        [&](const Error& error) { failed.set_value(error); });
    consensus::AppendTask task;
    task.write = {testing::empty_chain(kNetwork, 1, 1, 1), {Term(1), consensus::kNobody, Index(0)}};
    task.release.push_back({});
    writer.append(std::move(task));
    auto error = failed.get_future();
    REQUIRE(error.wait_for(std::chrono::seconds(10)) == std::future_status::ready);
    CHECK(error.get().code == storage::errc::no_space);
    CHECK_FALSE(released);
}

}  // namespace
}  // namespace tally::node::pipeline
