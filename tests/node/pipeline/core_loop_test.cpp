#include "node/pipeline/core_loop.h"

#include <future>

#include "api/errc.h"
#include "storage/block_store.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::node::pipeline {
namespace {

/// A loop around a driver of three voters of which the others are silent.
struct Bench {
    testing::Cast cast;
    std::unique_ptr<storage::StateStore> state = storage::make_memory_state_store(cast.genesis());
    CoreLoop loop{driver::Driver(core(cast.network()), {}, moment_now()), *state,
                  [](driver::Actions&) {}};

    static consensus::RawNode core(const crypto::Digest& network) {
        consensus::Config config;
        config.id = consensus::NodeId(1);
        for (std::uint32_t id = 1; id <= 3; ++id) config.voters.emplace_back(id);
        config.network = network;
        consensus::PersistedState persisted;
        persisted.base = {consensus::Index(0), consensus::Term(0), consensus::Millis(0), network};
        return consensus::RawNode::restore(config, persisted, consensus::Index(0), 1, 7).value();
    }
    std::future<Result<SubmitReceipt>> submit(std::size_t bytes) {
        auto promise = std::make_shared<std::promise<Result<SubmitReceipt>>>();
        driver::SubmissionArrived arrived;
        arrived.bytes = share(Bytes(bytes, 1));
        loop.submit(std::move(arrived), [promise](Result<SubmitReceipt> result) {
            promise->set_value(std::move(result));
        });
        return promise->get_future();
    }
};

TEST_CASE("bytes are counted from the call to the answer, and a stop answers everybody") {
    // Goal: the queue's bound counts what waits, wherever it waits, and no callback is lost.
    Bench bench;
    auto before = bench.submit(100);
    CHECK(bench.loop.queued_bytes() == 100);
    bench.loop.start();
    auto after = bench.submit(50);
    CHECK(bench.loop.queued_bytes() >= 50);
    auto read = std::make_shared<std::promise<Result<ReadPoint>>>();
    bench.loop.read({}, [read](Result<ReadPoint> point) { read->set_value(std::move(point)); });
    bench.loop.stop();
    for (auto* answer : {&before, &after}) {
        REQUIRE(answer->wait_for(std::chrono::seconds(0)) == std::future_status::ready);
        CHECK(answer->get().error().code == api::errc::shutting_down);
    }
    CHECK(bench.loop.queued_bytes() == 0);
    // Without a leader it was answered as stale, from what is published.
    CHECK(read->get_future().wait_for(std::chrono::seconds(0)) == std::future_status::ready);
}

}  // namespace
}  // namespace tally::node::pipeline
