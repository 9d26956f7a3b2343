#include "consensus/read_only.h"

#include "tests/support/catch.h"

namespace tally::consensus {

// Goal: a round confirms the reads that were registered before it was sent, in order.
TEST_CASE("a round confirms the reads that wait for it or for an earlier one") {
    ReadOnly reads;
    reads.add(NodeId(1), 11, Index(5), 3);
    reads.add(NodeId(2), 12, Index(5), 3);
    reads.add(NodeId(1), 13, Index(6), 4);
    CHECK(reads.take_confirmed(2).empty());
    const std::vector<PendingRead> confirmed = reads.take_confirmed(3);
    REQUIRE(confirmed.size() == 2);
    CHECK(confirmed[0].context == 11);
    CHECK(confirmed[1].from == NodeId(2));
    CHECK(confirmed[1].index == Index(5));
    CHECK(reads.size() == 1);
    CHECK(reads.take_all().size() == 1);
    CHECK(reads.size() == 0);
}

// Goal: reads asked before the term has committed anything get the index of that first commit.
TEST_CASE("reads that wait for the first commit of a term are registered there") {
    ReadOnly reads;
    reads.wait(NodeId(3), 7);
    CHECK(reads.has_waiting());
    CHECK(reads.take_confirmed(100).empty());
    reads.open(Index(9), 5);
    CHECK_FALSE(reads.has_waiting());
    const std::vector<PendingRead> confirmed = reads.take_confirmed(5);
    REQUIRE(confirmed.size() == 1);
    CHECK(confirmed[0].index == Index(9));
}

// Goal: an answer is taken once, and only by the start of the node that asked.
TEST_CASE("a forwarded read is answered once, or expires") {
    ForwardedReads reads(1'000'000);
    const std::uint64_t first = reads.add(7, 20);
    const std::uint64_t second = reads.add(7, 30);
    CHECK(first != second);
    CHECK(first >= 1'000'000);
    std::uint64_t context = 0;
    CHECK_FALSE(reads.take(7, context));
    CHECK(reads.take(first, context));
    CHECK(context == 7);
    CHECK_FALSE(reads.take(first, context));
    CHECK(reads.take_expired(29).empty());
    CHECK(reads.take_expired(30) == std::vector<std::uint64_t>{7});
    CHECK(reads.size() == 0);
}

}  // namespace tally::consensus
