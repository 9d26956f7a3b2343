#include "node/pipeline/peer_reading.h"

#include "tests/support/catch.h"
#include "tests/support/chain.h"

namespace tally::node::pipeline {
namespace {

using consensus::Index;
using consensus::NodeId;
using consensus::Term;

TEST_CASE("a peer is given the blocks that it lacks, or the reason why not") {
    const auto store = storage::make_memory_block_store(testing::chain_network());
    const auto blocks = testing::empty_chain(testing::chain_network(), 1, 9, 1);
    REQUIRE(store->write({blocks, {Term(1), consensus::kNobody, Index(9)}}));
    const BlocksGiven given = give({77, Index(3), Index(5)}, *store);
    CHECK(given.id == 77);
    CHECK(given.problem.empty());
    REQUIRE(given.blocks.size() == 3);
    CHECK(given.blocks.front().hash == blocks[2].hash);
    const BlocksGiven beyond = give({78, Index(10), Index(11)}, *store);
    CHECK(beyond.id == 78);
    CHECK(beyond.blocks.empty());
    CHECK(beyond.problem.find("block 10") != std::string::npos);
}

TEST_CASE("each peer is given one answer at a time, and not as often as it likes") {
    // Goal: a peer that asks without end costs no more than one that asks as it should.
    GivingBounds bounds;
    const NodeId one(1);
    const NodeId two(2);
    driver::Clock::time_point now{std::chrono::seconds(9)};
    CHECK(bounds.begin(one, now));
    CHECK_FALSE(bounds.begin(one, now));
    CHECK(bounds.begin(two, now));
    now += GivingBounds::kPause;
    CHECK_FALSE(bounds.begin(one, now));  // the first answer is not through
    bounds.end(one);
    CHECK(bounds.begin(one, now));
    bounds.end(one);
    CHECK_FALSE(bounds.begin(one, now));
}

}  // namespace
}  // namespace tally::node::pipeline
