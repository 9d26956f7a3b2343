// Links between nodes that run and answer their clients are cut, in both directions or in one, and
// made slow: whoever is not in a majority promises nothing, and whoever is goes on undisturbed.

#include <algorithm>

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using std::chrono::milliseconds;

/// Elections come late, so that one which is not allowed is not one that a busy machine made.
ClusterOptions linked(std::uint32_t nodes) {
    ClusterOptions options;
    options.spec = network::NetworkSpec::development(nodes);
    options.spec.election_ticks = 25;
    options.spec.request_timeout = milliseconds(1000);
    options.links = true;
    return options;
}

std::vector<std::size_t> all_but(const LocalCluster& cluster,
                                 const std::vector<std::size_t>& some) {
    std::vector<std::size_t> others;
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        if (std::find(some.begin(), some.end(), node) == some.end()) others.push_back(node);
    }
    return others;
}

std::int64_t term(const LocalCluster& cluster, std::size_t node) {
    return cluster.status(node).integer("term").value_or(0);
}

/// Whoever leads and is followed, among those who are not cut off.
std::size_t leader_among(const LocalCluster& cluster, const std::vector<std::size_t>& nodes) {
    std::size_t leader = cluster.size();
    REQUIRE(within_patience([&] {
        leader = cluster.await_leader();
        return std::find(nodes.begin(), nodes.end(), leader) != nodes.end();
    }));
    return leader;
}

/// One question to one node: a cut-off one must not call its answer confirmed.
bool confirms_a_read(const LocalCluster& cluster, std::size_t node, const Contract& contract) {
    const auto answer = cluster.client().get_from(node, "/v1/contracts/" + contract.id());
    return answer && answer->status == 200 && !answer->stale;
}
/// The code of its refusal; empty when it is none.
std::string refusal(const LocalCluster& cluster, std::size_t node,
                    const ledger::Submission& submission) {
    const auto answer = cluster.client().post_to(
        node, "/v1/submissions", client::submission_json(submission), "application/json");
    if (!answer) return answer.error().code.message();
    if (answer->status != 503) return {};
    const auto problem = client::Document::parse(*answer);
    return problem ? problem->text("code").value_or("") : "";
}
bool is_honest(const std::string& code) { return code == "no_quorum" || code == "outcome_unknown"; }

void check_all(LocalCluster& cluster, Workload& workload) {
    workload.await_progress(10);
    cluster.await_ready();
    workload.stop();
    CHECK(workload.first_fault() == "");
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

/// A minority with the leader is cut off; it comes back with what it was asked meanwhile.
void cut_off(std::uint32_t nodes) {
    LocalCluster cluster(linked(nodes));
    Contract contract(cluster);
    Workload workload(cluster, 3);
    workload.await_progress(20);
    std::vector<std::size_t> minority{cluster.await_leader()};
    while (minority.size() < (nodes - 1) / 2) {
        minority.push_back((minority.back() + 1) % nodes);
    }
    const auto majority = all_but(cluster, minority);
    cluster.partition(minority, majority);
    const auto open = contract.next_repayment();
    CHECK_FALSE(confirms_a_read(cluster, minority.front(), contract));  // while it thinks it leads
    const std::string code = refusal(cluster, minority.front(), open);
    INFO(code);
    CHECK(is_honest(code));
    (void)leader_among(cluster, majority);
    workload.await_progress(20);
    for (const std::size_t node : minority) {
        CHECK_FALSE(confirms_a_read(cluster, node, contract));
        CHECK(is_honest(refusal(cluster, node, open)));
        CHECK(cluster.status(node).text("role") != "leader");
    }
    cluster.heal();
    // It is booked once, whatever became of it where it was first asked for.
    const auto receipt = cluster.client().submit(open);
    REQUIRE(receipt);
    CHECK(receipt->all_accepted());
    client::ReadOptions own_writes;
    own_writes.min_index = receipt->applied_index;
    const auto state = cluster.client().contract(contract.id(), own_writes);
    REQUIRE(state);
    CHECK(state->integer(kRepaid) == 1);
    cluster.await_ready();
    for (const std::size_t node : minority) {
        CHECK(within_patience([&] { return confirms_a_read(cluster, node, contract); }));
    }
    check_all(cluster, workload);
}

}  // namespace

TEST_CASE("a leader that is cut off is replaced, confirms nothing meanwhile, and follows after") {
    cut_off(3);
}

TEST_CASE("two of five with the leader are cut off: three go on, two confirm nothing") {
    cut_off(5);
}

TEST_CASE("a leader that one direction does not work for is replaced, and disturbs nobody") {
    LocalCluster cluster(linked(3));
    Contract contract(cluster);
    Workload workload(cluster, 3);
    workload.await_progress(20);
    const std::size_t old = cluster.await_leader();
    const auto others = all_but(cluster, {old});
    const bool hears_nobody = GENERATE(true, false);
    INFO((hears_nobody ? "the leader hears nobody" : "nobody hears the leader"));
    for (const std::size_t other : others) {
        cluster.cut(hears_nobody ? other : old, hears_nobody ? old : other);
    }
    CHECK_FALSE(confirms_a_read(cluster, old, contract));
    const std::size_t next = leader_among(cluster, others);
    workload.await_progress(20);
    // Whoever stands for election again and again wins nobody's vote and ends nobody's term.
    const std::int64_t led_in = term(cluster, next);
    workload.await_progress(60);
    CHECK(term(cluster, next) == led_in);
    CHECK_FALSE(confirms_a_read(cluster, old, contract));
    CHECK(is_honest(refusal(cluster, old, contract.next_repayment())));
    cluster.heal();
    check_all(cluster, workload);
}

TEST_CASE("a node that was cut off is ready only once it has what was booked meanwhile") {
    LocalCluster cluster(linked(3));
    Contract contract(cluster);
    const std::size_t leader = cluster.await_leader();
    const std::size_t away = (leader + 1) % 3;
    cluster.await_ready();
    cluster.partition({away}, all_but(cluster, {away}));
    REQUIRE(
        within_patience([&] { return cluster.status(away).text("leader").value_or("").empty(); }));
    const auto booked = cluster.client().submit(contract.next_repayment());
    REQUIRE(booked);
    cluster.heal();
    // It hears of the leader long before it gets the first block.
    cluster.slow(leader, away, milliseconds(200));
    cluster.slow(away, leader, milliseconds(200));
    cluster.await_ready();
    const auto local =
        cluster.client().get_from(away, "/v1/contracts/" + contract.id() + "?consistency=local");
    REQUIRE(local);
    const auto state = client::Document::parse(*local);
    REQUIRE(state);
    CHECK(state->integer(kRepaid) == 1);
}

TEST_CASE("a partial partition elects nobody: whoever hears the leader holds on to it") {
    LocalCluster cluster(linked(3));
    Workload workload(cluster, 3);
    workload.await_progress(20);
    const std::size_t leader = cluster.await_leader();
    const auto followers = all_but(cluster, {leader});
    const std::int64_t led_in = term(cluster, leader);
    SECTION("two followers do not hear each other") {
        cluster.partition({followers[0]}, {followers[1]});
        workload.await_progress(100);
        for (std::size_t node = 0; node < 3; ++node) CHECK(term(cluster, node) == led_in);
    }
    SECTION("one follower and the leader do not hear each other") {
        cluster.partition({followers[0]}, {leader});
        REQUIRE(within_patience(
            [&] { return cluster.status(followers[0]).text("leader").value_or("").empty(); }));
        workload.await_progress(100);
    }
    CHECK(cluster.await_leader() == leader);
    CHECK(term(cluster, leader) == led_in);
    cluster.heal();
    check_all(cluster, workload);
}

TEST_CASE("a link that takes 200 ms each way elects nobody and stops nothing") {
    LocalCluster cluster(linked(3));
    Workload workload(cluster, 3);
    workload.await_progress(20);
    const std::size_t leader = cluster.await_leader();
    const std::int64_t led_in = term(cluster, leader);
    const std::size_t far = (leader + 1) % 3;
    cluster.slow(leader, far, milliseconds(200));
    cluster.slow(far, leader, milliseconds(200));
    workload.await_progress(150);
    CHECK(term(cluster, leader) == led_in);
    // With the other one away, every block takes that way.
    cluster.kill((leader + 2) % 3);
    workload.await_progress(10);
    CHECK(term(cluster, leader) == led_in);
    CHECK(cluster.await_leader() == leader);
    cluster.start((leader + 2) % 3);
    cluster.heal();
    check_all(cluster, workload);
}

TEST_CASE("what is asked of links that there are not is refused in words") {
    LocalCluster plain{1};
    CHECK_THROWS_AS(plain.cut(0, 0), ClusterError);
    CHECK_THROWS_AS(plain.slow(0, 1, milliseconds(1)), ClusterError);
    ClusterOptions options;
    options.spec = network::NetworkSpec::development(1);
    options.links = true;
    LocalCluster alone(options);
    CHECK_THROWS_AS(alone.cut(0, 0), ClusterError);
    CHECK_THROWS_AS(alone.cut(0, 1), ClusterError);
    alone.heal();
}

}  // namespace tally::testing
