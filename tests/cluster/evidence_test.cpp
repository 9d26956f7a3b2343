// Evidence that a running network gives away must hold offline, for somebody who has nothing but
// network.pub.

#include "client/proof.h"
#include "client/trust.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

TEST_CASE("A payment can be proven offline, and an edited proof is refused") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    const auto receipt =
        cluster.client().submit(contract.next_repayment(), client::Wait::certified);
    REQUIRE(receipt);
    const std::uint64_t entry = receipt->transactions[0].entry;
    REQUIRE(receipt->certified_size);
    CHECK(*receipt->certified_size > entry);
    CHECK(cluster.client().await_certified(entry).value() > entry);
    const auto proof = cluster.client().proof(entry);
    REQUIRE(proof);

    const auto trust = client::NetworkTrust::load(cluster.trust_path());
    REQUIRE(trust);
    const auto report = client::verify_proof(*proof, trust->genesis);
    INFO(report.failed_field << ": " << report.failure);
    REQUIRE(report.verified);
    CHECK(report.entry == entry);
    CHECK(report.type == "REPAYMENT");
    CHECK(report.outcome == "accepted");
    CHECK(report.transaction_id == receipt->transactions[0].id);
    REQUIRE(report.signers.size() == 1);
    CHECK(report.signers[0].member == "servicer");
    CHECK(report.cosigners.size() >= 2);

    std::string edited = *proof;
    const auto at = edited.find("\"amount\":1");
    REQUIRE(at != std::string::npos);
    edited.replace(at, 10, "\"amount\":2");
    CHECK(client::verify_proof(edited, trust->genesis).failed_field == "transaction");

    LocalCluster other{1};
    CHECK_FALSE(client::verify_proof(*proof, other.genesis()).verified);
}

TEST_CASE("A proof of an earlier time holds while the log grows, and from every node") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    const auto receipt = cluster.client().submit(contract.next_repayment());
    REQUIRE(receipt);
    const std::uint64_t entry = receipt->transactions[0].entry;
    const auto early = cluster.client().proof(entry);
    REQUIRE(early);
    for (int i = 0; i < 30; ++i) REQUIRE(cluster.client().submit(contract.next_repayment()));
    REQUIRE(client::verify_proof(*early, cluster.genesis()).verified);
    const auto last = cluster.client().submit(contract.next_repayment(), client::Wait::certified);
    REQUIRE(last);
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        client::ClientOptions options;
        options.urls = {cluster.url(node)};
        auto client = cluster.make_client(options);
        for (const std::uint64_t number : {entry, last->transactions[0].entry}) {
            const auto proof = client.proof(number);
            REQUIRE(proof);
            const auto report = client::verify_proof(*proof, cluster.genesis());
            INFO("node " << node << ", entry " << number << ", " << report.failed_field << ": "
                         << report.failure);
            CHECK(report.verified);
        }
    }
}

TEST_CASE("A refused payment is on record, and its refusal can be proven") {
    LocalCluster cluster{3};
    Contract contract(cluster);
    const ledger::LimitChange body{new_id<ledger::LineId>(), 5, {}};
    const auto receipt = cluster.submit({"lender"}, body, kToday);
    REQUIRE(receipt.transactions.size() == 1);
    CHECK(receipt.transactions[0].outcome == "line_unknown");
    const auto proof = cluster.client().proof(receipt.transactions[0].entry);
    REQUIRE(proof);
    const auto report = client::verify_proof(*proof, cluster.genesis());
    REQUIRE(report.verified);
    CHECK(report.outcome == "line_unknown");
}

}  // namespace
}  // namespace tally::testing
