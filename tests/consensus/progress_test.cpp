#include "consensus/progress.h"

#include "consensus/inflights.h"
#include "tests/support/catch.h"

namespace tally::consensus {
namespace {

Progress probing(std::uint64_t next) {
    Progress peer;
    peer.start(Index(next));
    return peer;
}

}  // namespace

// Goal: the window is bounded in bytes, yet never too small for one append.
TEST_CASE("the pipeline is bounded in bytes and frees what is acknowledged") {
    Inflights inflights;
    CHECK_FALSE(inflights.full(0));
    inflights.add(Index(3), 100);
    inflights.add(Index(7), 50);
    CHECK(inflights.full(150));
    CHECK_FALSE(inflights.full(151));
    inflights.acknowledge(Index(2));
    CHECK(inflights.bytes() == 150);
    inflights.acknowledge(Index(5));
    CHECK(inflights.bytes() == 50);
    inflights.acknowledge(Index(9));
    CHECK(inflights.empty());
}

// Goal: a probe waits for its answer; an acknowledgement opens the pipeline.
TEST_CASE("a probe sends once and replication follows its answer") {
    Progress peer = probing(10);
    CHECK(peer.may_send(1000));
    peer.sent(3, 300, 5);
    CHECK_FALSE(peer.may_send(1000));
    CHECK(peer.next == Index(10));
    CHECK(peer.acknowledge(Index(12)));
    CHECK(peer.pace == Pace::replicate);
    CHECK(peer.next == Index(13));
    peer.sent(2, 600, 5);
    CHECK(peer.next == Index(15));
    CHECK(peer.may_send(1000));
    peer.sent(2, 600, 5);
    CHECK_FALSE(peer.may_send(1000));
    CHECK(peer.acknowledge(Index(14)));
    CHECK(peer.may_send(1000));
}

// Goal: every mismatch moves the probe further back, never below what is known to match.
TEST_CASE("a mismatch moves the next probe back to the hint") {
    Progress peer = probing(10);
    CHECK_FALSE(peer.mismatch(Index(5), Index(3)));
    CHECK(peer.next == Index(10));
    CHECK(peer.mismatch(Index(9), Index(20)));
    CHECK(peer.next == Index(9));
    CHECK(peer.mismatch(Index(8), Index(4)));
    CHECK(peer.next == Index(5));
    CHECK(peer.acknowledge(Index(4)));
    peer.sent(6, 60, 5);
    CHECK_FALSE(peer.mismatch(Index(4), Index(2)));
    CHECK(peer.pace == Pace::replicate);
    CHECK(peer.mismatch(Index(10), Index(1)));
    CHECK(peer.match == Index(4));
    CHECK(peer.next == Index(5));
    CHECK(peer.inflights.empty());
    peer.check_invariants();
}

// Goal: match never falls within one start of the peer, whatever arrives late.
TEST_CASE("late acknowledgements and refusals do not move match back") {
    Progress peer = probing(1);
    peer.acknowledge(Index(8));
    CHECK_FALSE(peer.acknowledge(Index(3)));
    CHECK(peer.match == Index(8));
    CHECK_FALSE(peer.refuse(Index(8), Refusal::signature, "late", 5));
    CHECK(peer.refusal == Refusal::none);
}

// Goal: a block that was refused by policy is not sent again at once, and what was said stands
// until the block is taken.
TEST_CASE("a policy refusal pauses and stands until the block is acknowledged") {
    Progress peer = probing(5);
    peer.acknowledge(Index(4));
    peer.sent(3, 30, 5);
    CHECK(peer.refuse(Index(6), Refusal::clock, "too early", 9));
    CHECK(peer.refuses_after(Index(5)));
    CHECK_FALSE(peer.refuses_after(Index(6)));
    CHECK_FALSE(peer.may_send(1000));
    CHECK(peer.acknowledge(Index(5)));
    CHECK(peer.pace == Pace::probe);
    CHECK_FALSE(peer.may_send(1000));
    CHECK(peer.next == Index(6));
    peer.pause_ticks = 0;
    peer.sent(2, 20, 9);
    CHECK(peer.acknowledge(Index(7)));
    CHECK(peer.refusal == Refusal::none);
    CHECK(peer.pace == Pace::replicate);
}

// Goal: a new start of the peer may have lost everything: match falls to nothing.
TEST_CASE("a restart of the peer takes match back to nothing") {
    Progress peer = probing(5);
    peer.acknowledge(Index(20));
    peer.round = 17;
    peer.restart(99, Index(31));
    CHECK(peer.match == Index(0));
    CHECK(peer.next == Index(31));
    CHECK(peer.incarnation == 99U);
    CHECK(peer.round == 0);
    CHECK(peer.pace == Pace::probe);
}

}  // namespace tally::consensus
