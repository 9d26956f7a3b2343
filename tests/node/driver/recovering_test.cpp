#include "node/driver/driver.h"
#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;

constexpr std::uint64_t kIncarnation = 7;
const crypto::Digest kNetwork = crypto::domain_hash("test", {});

/// Node 1 of three, recovering; its disk and its applying are instant.
struct Recovering {
    Moment now{Clock::time_point(std::chrono::seconds(1000)), consensus::Millis(1'700'000'000'000)};
    Driver driver;
    std::vector<ReadAnswer> reads;
    bool ended = false;

    Recovering() : driver(core(), {}, now) { turn(); }
    static consensus::RawNode core() {
        consensus::Config config;
        config.id = NodeId(1);
        config.voters = {NodeId(1), NodeId(2), NodeId(3)};
        config.network = kNetwork;
        consensus::PersistedState state;
        state.base = {Index(0), Term(0), consensus::Millis(0), kNetwork};
        state.recovering = true;
        return consensus::RawNode::restore(config, state, Index(0), 1, kIncarnation).value();
    }
    void turn() {
        for (bool more = true; more;) {
            Actions actions = driver.take_actions(now);
            more = !actions.appends.empty() || actions.apply_to;
            for (auto& answer : actions.read_answers) reads.push_back(std::move(answer));
            for (const auto& task : actions.appends) {
                ended = ended || task.write.ends_recovering;
                driver.handle(WritesDone{{task.sequence}}, now);
            }
            if (!actions.apply_to) continue;
            BlockApplied applied;
            applied.index = *actions.apply_to;
            applied.term = Term(1);
            driver.handle(std::move(applied), now);
        }
    }
    void hear(consensus::MessageBody body) {
        driver.handle(MessageReceived{{NodeId(2), NodeId(1), Term(1), 22, std::move(body)}, {}},
                      now);
        turn();
    }
    void pass(std::chrono::milliseconds time) {
        const auto until = now.steady + time;
        while (now.steady < until) {
            now.steady += std::chrono::milliseconds(50);
            hear(consensus::Heartbeat{Index(1), 1, Index(1)});
        }
    }
};

TEST_CASE(
    "a node that recovers is not ready and confirms no read, until it has written that it ended") {
    Recovering node;
    consensus::BlockHeader header;
    header.network = kNetwork;
    header.index = Index(1);
    header.term = Term(1);
    header.previous = kNetwork;
    const auto block = consensus::make_block(header, share({}));
    node.hear(consensus::AppendRequest{Index(0), Term(0), kNetwork, {block}, Index(1)});
    CHECK(node.driver.view().soft.recovering);
    CHECK(node.driver.view().soft.commit == Index(1));
    CHECK_FALSE(node.driver.view().ready);
    node.driver.handle(ReadArrived{1, {}}, node.now);
    node.pass(std::chrono::seconds(3));
    REQUIRE(node.reads.size() == 1);
    CHECK(node.reads[0].status);
    CHECK(node.reads[0].stale);
    CHECK_FALSE(node.ended);
    node.hear(consensus::Heartbeat{Index(1), 2, Index(1), Index(1), kIncarnation});
    CHECK(node.ended);
    CHECK_FALSE(node.driver.view().soft.recovering);
    CHECK(node.driver.view().ready);
}

}  // namespace
}  // namespace tally::node::driver
