// Without a majority nothing is promised: submissions are answered no_quorum or outcome_unknown,
// reads say that they may be old, and all of it ends when one node returns.

#include <boost/json.hpp>
#include <thread>

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

client::Client impatient(const LocalCluster& cluster, std::size_t node, milliseconds deadline) {
    client::ClientOptions options;
    options.urls = {cluster.url(node)};
    options.deadline = deadline;
    return cluster.make_client(options);
}

/// The code of the 503 with which this node answers it.
std::string refusal_of(const LocalCluster& cluster, std::size_t node,
                       const ledger::Submission& submission) {
    auto client = impatient(cluster, node, milliseconds(10'000));
    const auto answer = client.post_to(0, "/v1/submissions", client::submission_json(submission),
                                       "application/json");
    REQUIRE(answer);
    REQUIRE(answer->status == 503);
    const auto problem = client::Document::parse(*answer);
    REQUIRE(problem);
    return problem->text("code").value_or("");
}

/// Two nodes are gone; the one that is left was a follower, or the leader.
void lose_the_majority(bool leader_is_left) {
    ClusterOptions options;
    options.spec.request_timeout = milliseconds(1000);
    LocalCluster cluster(options);
    Contract contract(cluster);
    const auto before = cluster.client().submit(contract.next_repayment());
    REQUIRE(before);
    const std::size_t leader = cluster.await_leader();
    const std::size_t left = leader_is_left ? leader : (leader + 1) % 3;
    // A follower hears of the commit a moment later than the client: it must have it to show it.
    client::ReadOptions seen;
    seen.local = true;
    seen.min_index = before->applied_index;
    REQUIRE(impatient(cluster, left, milliseconds(10'000)).contract(contract.id(), seen));
    for (std::size_t node = 0; node < 3; ++node) {
        if (node != left) cluster.kill(node);
    }

    // A submission gets one of the two honest answers, and in time.
    auto client = impatient(cluster, left, milliseconds(3000));
    const auto submission = contract.next_repayment();
    const auto begin = Clock::now();
    const auto lost = client.submit(submission);
    CHECK(Clock::now() - begin < milliseconds(6000));
    REQUIRE_FALSE(lost);
    INFO(lost.error().code.message() << ": " << lost.error().context);
    CHECK((client::is(lost.error().code, "no_quorum") ||
           client::is(lost.error().code, "outcome_unknown")));

    // Over the wire it is a 503 with the time after which to try again; once the node has noticed,
    // nothing is proposed any more and the answer is no_quorum. Of what stands in its log already
    // that would be a lie: it may be committed yet.
    const auto deadline = Clock::now() + milliseconds(10'000);
    while (cluster.status(left).text("leader") != "") REQUIRE(Clock::now() < deadline);
    CHECK(refusal_of(cluster, left, contract.next_repayment()) == "no_quorum");
    CHECK(refusal_of(cluster, left, submission) ==
          (leader_is_left ? "outcome_unknown" : "no_quorum"));

    // Reads are answered from what this node has, and say so.
    const auto stale = client.contract(contract.id());
    REQUIRE(stale);
    CHECK(stale->stale());
    CHECK(stale->integer(kRepaid) == 1);
    const auto status = cluster.status(left);
    CHECK(status.text("advice").value_or("").find("No quorum: 1 of 3") != std::string::npos);

    // One returns: everything does. The payment whose fate was open is booked once.
    cluster.start((left + 1) % 3);
    cluster.await_leader();
    const auto again = cluster.client().submit(submission);
    REQUIRE(again);
    CHECK(again->all_accepted());
    client::ReadOptions own_writes;
    own_writes.min_index = again->applied_index;
    const auto fresh = cluster.client().contract(contract.id(), own_writes);
    REQUIRE(fresh);
    CHECK_FALSE(fresh->stale());
    CHECK(fresh->integer(kRepaid) == 2);
    cluster.start((left + 2) % 3);
    cluster.await_ready();
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

TEST_CASE("Two of three are gone and a follower is left: 503, stale reads, and all back with one") {
    lose_the_majority(false);
}

TEST_CASE("Two of three are gone and the leader is left: 503, stale reads, and all back with one") {
    lose_the_majority(true);
}

TEST_CASE("Every node takes submissions and answers reads, whoever leads") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    std::uint64_t index = 0;
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        auto client = impatient(cluster, node, milliseconds(10'000));
        const auto receipt = client.submit(contract.next_repayment());
        REQUIRE(receipt);
        CHECK(receipt->all_accepted());
        index = receipt->applied_index;
    }
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        auto client = impatient(cluster, node, milliseconds(10'000));
        client::ReadOptions own_writes;
        own_writes.local = true;
        own_writes.min_index = index;
        const auto local = client.contract(contract.id(), own_writes);
        REQUIRE(local);
        CHECK(local->integer(kRepaid) == 3);
        const auto confirmed = client.contract(contract.id());
        REQUIRE(confirmed);
        CHECK_FALSE(confirmed->stale());
        CHECK(confirmed->integer(kRepaid) == 3);
    }
}

TEST_CASE("The same bytes again, on any node and after a restart, get the first answer") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    const auto submission = contract.next_repayment();
    const auto first = cluster.client().submit(submission);
    REQUIRE(first);
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        if (node == 2) {
            cluster.restart(node);
            cluster.await_ready();
        }
        auto client = impatient(cluster, node, milliseconds(10'000));
        const auto again = client.submit(submission);
        INFO((again ? again->json : again.error().code.message() + ": " + again.error().context));
        REQUIRE(again);
        CHECK(again->transactions[0].entry == first->transactions[0].entry);
        CHECK(again->all_accepted());
    }
    const auto state = cluster.client().contract(contract.id());
    REQUIRE(state);
    CHECK(state->integer(kRepaid) == 1);
}

}  // namespace
}  // namespace tally::testing
