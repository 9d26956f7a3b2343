// More than a network can take: it says so, answers what it takes, and puts nothing into the log
// twice, also while the leader dies and everybody sends everything again.

#include <atomic>
#include <map>
#include <thread>

#include <boost/json.hpp>

#include "crypto/base64.h"
#include "ledger/submission.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

struct Copies {
    std::size_t submissions = 0;
    std::size_t in_log = 0;
};

/// Reads every block of a node and counts each submission's bytes.
Copies copies_in_log(LocalCluster& cluster, std::size_t node) {
    std::map<Bytes, std::size_t> seen;
    Copies copies;
    const auto last = static_cast<std::uint64_t>(*cluster.status(node).integer("commit"));
    for (std::uint64_t first = 1; first <= last;) {
        const auto answer =
            cluster.client().get_from(node, "/v1/blocks/" + std::to_string(first) + "?count=1000");
        REQUIRE(answer);
        REQUIRE(answer->status == 200);
        const auto document = boost::json::parse(answer->body);
        for (const auto& block : document.at("blocks").as_array()) {
            ++first;
            const auto payload =
                crypto::from_base64(std::string_view(block.at("payload").as_string()));
            REQUIRE(payload);
            if (payload->empty()) continue;
            const auto submissions = ledger::decode_payload(*payload);
            if (!submissions) continue;  // a seal
            for (const ByteView bytes : *submissions) ++seen[to_bytes(bytes)];
        }
    }
    copies.submissions = seen.size();
    for (const auto& [bytes, count] : seen) copies.in_log += count;
    return copies;
}

TEST_CASE("under more than it can take a network answers, recovers, and keeps one copy of each") {
    // Goal: no collapse under load that repeats itself, and no growth of the log by repetition.
    LocalCluster cluster{3};
    const Grants grants(cluster);
    constexpr std::size_t kClients = 16;
    constexpr std::size_t kBatch = 200;
    std::atomic<bool> going{true};
    std::atomic<std::size_t> answered{0};
    std::vector<std::thread> threads;
    for (std::size_t number = 0; number < kClients; ++number) {
        threads.emplace_back([&] {
            client::Client client = cluster.make_client();
            while (going) {
                std::vector<ledger::TransactionBody> bodies;
                for (std::size_t more = 0; more < kBatch; ++more) bodies.push_back(grants.fresh());
                const auto submission = cluster.sign_all({"lender"}, bodies, kToday);
                // The same bytes until there is an answer.
                while (!client.submit(submission) && going) continue;
                ++answered;
            }
        });
    }
    const auto await = [&](std::size_t count) {
        return within_patience([&] { return answered >= count; });
    };
    const bool before = await(kClients);
    const std::size_t leader = cluster.await_leader();
    cluster.kill(leader);
    const bool during = await(answered + kClients);
    cluster.start(leader);
    const bool after = await(answered + kClients);
    going = false;
    for (std::thread& thread : threads) thread.join();
    CHECK(before);
    CHECK(during);
    CHECK(after);
    // It recovers: a single submission is answered, within the client's usual time.
    REQUIRE(cluster.submit({"lender"}, grants.fresh(), kToday).all_accepted());
    cluster.await_ready();
    const Copies copies = copies_in_log(cluster, cluster.await_leader());
    INFO(copies.in_log << " copies of " << copies.submissions << " submissions");
    CHECK(copies.submissions > 3 * kClients);
    CHECK(copies.in_log * 100 <= copies.submissions * 105);
}

}  // namespace
}  // namespace tally::testing
