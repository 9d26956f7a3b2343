// Two servers of one originator, each with a key of its own and a node of its own, sell on one line
// at the same moment. Together they are above its limit: the ledger must let exactly one of them.

#include <array>
#include <barrier>
#include <optional>
#include <thread>

#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

/// A shop's server: signs with its key, and speaks to its node alone.
struct Server {
    std::string key;
    client::Client client;

    Server(const LocalCluster& cluster, std::size_t node, std::string name)
        : key(std::move(name)), client([&] {
              client::ClientOptions options;
              options.urls = {cluster.url(node)};
              return cluster.make_client(std::move(options));
          }()) {}
};

/// Submits each of two prepared purchases by its own server, both at once.
std::array<client::Receipt, 2> race(std::array<Server, 2>& servers,
                                    const std::array<ledger::Submission, 2>& purchases) {
    std::array<std::optional<Result<client::Receipt>>, 2> answers;
    std::barrier start(2);
    {
        std::vector<std::jthread> threads;
        for (std::size_t i = 0; i < 2; ++i) {
            threads.emplace_back([&, i] {
                start.arrive_and_wait();
                answers[i].emplace(servers[i].client.submit(purchases[i]));
            });
        }
    }
    for (const auto& answer : answers) {
        INFO((*answer ? std::string() : answer->error().context));
        REQUIRE(*answer);
    }
    return {**answers[0], **answers[1]};
}

TEST_CASE("Two servers on two nodes race for one line: one sells, the other is above the limit") {
    LocalCluster cluster{3};
    cluster.open_book(kToday);
    const std::size_t leader = cluster.await_leader();
    // One race through two followers, the next through the leader and a follower, and so on.
    std::array<std::size_t, 2> wins{};
    for (std::size_t round = 0; round < 12; ++round) {
        const std::size_t first = (leader + 1 + round) % 3;
        std::array<Server, 2> servers{Server(cluster, first, "lender"),
                                      Server(cluster, (first + 1) % 3, "lender-2")};
        const auto line = cluster.open_line(100'000, kToday);
        std::array<ledger::Submission, 2> purchases;
        for (std::size_t i = 0; i < 2; ++i) {
            purchases[i] = cluster.sign({servers[i].key, "funder"},
                                        cluster.purchase(line, 60'000, 3, kToday), kToday);
        }
        const auto receipts = race(servers, purchases);
        std::uint64_t applied = 0;
        std::size_t accepted = 0;
        for (std::size_t i = 0; i < 2; ++i) {
            REQUIRE(receipts[i].transactions.size() == 1);
            const auto& one = receipts[i].transactions[0];
            INFO("round " << round << ", server " << i << ": " << one.outcome);
            CHECK((one.accepted() || one.outcome == "limit_exceeded"));
            accepted += one.accepted() ? 1U : 0U;
            wins[i] += one.accepted() ? 1U : 0U;
            applied = std::max(applied, receipts[i].applied_index);
            // Both are on record, for every node to show.
            const auto entry = cluster.client().entry(one.entry);
            REQUIRE(entry);
            CHECK(entry->text("outcome") == one.outcome);
            CHECK(entry->text("transaction/id") == one.id);
        }
        CHECK(accepted == 1);
        client::ReadOptions own_writes;
        own_writes.min_index = applied;
        for (auto& server : servers) {
            const auto state = server.client.line(id_text(line), own_writes);
            REQUIRE(state);
            CHECK(state->integer("used") == 60'000);
            CHECK(state->integer("available") == 40'000);
        }
    }
    INFO("won by the first server: " << wins[0] << ", by the second: " << wins[1]);
    CHECK(wins[0] + wins[1] == 12);
    CHECK(first_difference(cluster) == "");
    CHECK(first_audit_finding(cluster) == "");
}

}  // namespace
}  // namespace tally::testing
