// Members and keys that come and go, and a network that goes to the next rules version, on real
// processes: the lender of a development network governs alone.

#include "ledger/governance.h"

#include <filesystem>
#include <fstream>

#include "base/hex.h"
#include "client/proof.h"
#include "node/keys.h"
#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using ledger::RoleName;

const std::string kNext = TALLY_BINARY_DIR "/tests/next_release";

/// An organisation that is in no genesis.
struct Newcomer {
    std::string name;
    crypto::SecretKey key = crypto::SecretKey::generate();

    ledger::MemberId id() const { return ledger::member_id_of(name); }
    ledger::MemberAdd addition(std::vector<ledger::GivenRole> roles) const {
        return {name, std::move(roles), {ledger::claim_key(id(), key)}};
    }
};

ledger::TransactionId new_id() {
    ledger::TransactionId id;
    crypto::random_bytes(id.bytes);
    return id;
}

/// What became of one transaction that these keys sign.
std::string outcome_of(LocalCluster& cluster, std::vector<ledger::SigningKey> keys,
                       ledger::TransactionBody body) {
    ledger::Transaction transaction{new_id(), kToday, kToday, std::move(body)};
    const Bytes bytes = ledger::encode_transaction(transaction);
    const auto submission = ledger::sign_submission(cluster.genesis().network_id(),
                                                    std::span(&bytes, 1), keys, false, {});
    const auto receipt = cluster.client().submit(submission);
    if (!receipt) return receipt.error().code.message() + ": " + receipt.error().context;
    return receipt->transactions.at(0).outcome;
}

}  // namespace

TEST_CASE("A member that joins a running network acts, and its proofs hold offline") {
    LocalCluster cluster{3};
    cluster.open_book(kToday);
    const Newcomer fund{"second-fund"};
    const auto lender = cluster.member("lender");
    const auto line = cluster.open_line(1'000'000, kToday);
    ledger::Capture capture = cluster.purchase(line, 60'000, 3, kToday);
    capture.shares = {{fund.id(), 1'000'000}};
    const std::vector<ledger::SigningKey> both{{lender, &cluster.key("lender")},
                                               {fund.id(), &fund.key}};
    CHECK(outcome_of(cluster, both, capture).find("unknown_member") == 0);
    REQUIRE(outcome_of(cluster, {{lender, &cluster.key("lender")}},
                       fund.addition({{RoleName::funder}})) == "accepted");
    REQUIRE(outcome_of(cluster, both, capture) == "accepted");

    // Every node knows it, by name too, and shows it as it shows those of genesis.
    for (std::size_t node = 0; node < 3; ++node) {
        const auto shown = cluster.make_client().get_from(node, "/v1/members/second-fund");
        REQUIRE(shown);
        CHECK(shown->body.find("\"roles\":[\"funder\"]") != std::string::npos);
    }
    const auto contract =
        cluster.client().get("/v1/contracts/" + to_hex(capture.contract.bytes) + "/history");
    REQUIRE(contract);
    const std::string folder = cluster.folder();
    const std::string dir = " --dir " + folder;
    const Ended listed = run_binary("members" + dir);
    CHECK(listed.output.find("second-fund") != std::string::npos);

    // Its key file signs on the command line.
    REQUIRE(node::write_secret_key(folder + "/fund.key", fund.key));
    std::ofstream(folder + "/repeat.json") << R"({"type":"DAY_OPEN","business_date":"2024-02-01"})";
    const Ended refused =
        run_binary("submit " + folder + "/repeat.json --key " + folder + "/fund.key" + dir);
    CHECK(refused.output.find("role_missing") != std::string::npos);

    // A proof of what it signed needs the genesis alone, and shows which entry brought the key.
    const auto found = cluster.client().get("/v1/members/second-fund/history?limit=1");
    REQUIRE(found);
    const auto first = client::Document::parse(*found);
    REQUIRE(first);
    const auto entry = first->integer("items/0/entry");
    REQUIRE(entry);
    std::string text;
    REQUIRE(within_patience([&] {
        const auto proof = cluster.client().get("/v1/proofs/" + std::to_string(*entry));
        if (proof && proof->status == 200) text = proof->body;
        return !text.empty();
    }));
    const auto report = client::verify_proof(text, cluster.genesis());
    INFO(report.failed_field << ": " << report.failure);
    CHECK(report.verified);
    CHECK(report.to_text().find("key of entry") != std::string::npos);
    // Without that entry nobody says whose key it was.
    const auto at = text.find(",\"key_entries\":");
    REQUIRE(at != std::string::npos);
    const auto bare = client::verify_proof(text.substr(0, at) + "}", cluster.genesis());
    CHECK_FALSE(bare.verified);
    CHECK(bare.failed_field == "member_keys");
    CHECK(run_binary("audit" + dir).output.find("PASSED") != std::string::npos);
}

TEST_CASE("A revoked key signs nothing more, after a restart neither") {
    LocalCluster cluster{3};
    cluster.open_book(kToday);
    const auto lender = cluster.member("lender");
    const auto& second = cluster.key("lender-2");
    const ledger::KeyRevoke end{
        lender, {{crypto::Suite::ed25519, second.public_key()}}, "left on a train"};
    REQUIRE(outcome_of(cluster, {{lender, &second}}, end) == "accepted");
    CHECK(outcome_of(cluster, {{lender, &second}}, end).find("key_not_valid") == 0);
    for (std::size_t node = 0; node < 3; ++node) cluster.restart(node);
    cluster.await_ready();
    CHECK(outcome_of(cluster, {{lender, &second}}, end).find("key_not_valid") == 0);
    // The last key of the only one that governs stays.
    const ledger::KeyRevoke last{
        lender, {{crypto::Suite::ed25519, cluster.key("lender").public_key()}}, "gone"};
    CHECK(outcome_of(cluster, {{lender, &cluster.key("lender")}}, last) == "quorum_endangered");
}

TEST_CASE("A network goes to the next rules version node by node, and who cannot follow stops") {
    LocalCluster cluster{3};
    cluster.open_book(kToday);
    const std::vector<ledger::SigningKey> lender{
        {cluster.member("lender"), &cluster.key("lender")}};
    const auto decide = [&](std::uint32_t version, std::uint64_t height) {
        return outcome_of(cluster, lender,
                          ledger::RulesActivate{version, static_cast<std::uint32_t>(height)});
    };
    const auto applied = [&](std::size_t node) {
        return static_cast<std::uint64_t>(cluster.status(node).integer("applied_index").value());
    };
    const std::uint32_t next = ledger::kRulesVersion + 1;
    // Most could not follow: no node takes the decision.
    CHECK(decide(next, applied(0) + 50).find("nodes_behind") == 0);
    cluster.upgrade(0, kNext);
    cluster.await_ready();
    CHECK(decide(next, applied(0) + 50).find("nodes_behind") == 0);
    cluster.upgrade(1, kNext);
    cluster.await_ready();
    REQUIRE(within_patience([&] {
        return cluster.status(2).integer("peers/0/rules_newest") == next &&
               cluster.status(2).integer("peers/1/rules_newest") == next;
    }));
    const std::uint64_t height = applied(0) + 6;
    REQUIRE(decide(next, height) == "accepted");
    REQUIRE(
        within_patience([&] { return cluster.status(2).integer("next_rules/version") == next; }));
    CHECK(cluster.status(2).text("advice")->find("this node cannot apply it") != std::string::npos);
    // Up to the height all three apply alike; from there the third stops with the words.
    REQUIRE(within_patience([&] {
        (void)outcome_of(cluster, lender, ledger::ModelRegister{{new_id().bytes}, "m", {}});
        return applied(0) > height && applied(1) > height;
    }));
    REQUIRE(within_patience([&] { return !cluster.status(2).text("halted")->empty(); }));
    const auto stopped = cluster.status(2);
    CHECK(applied(2) == height - 1);
    CHECK(stopped.text("halted")->find("rules version 4; this build applies version 3") !=
          std::string::npos);
    CHECK(stopped.text("advice")->find("install that release and start it again") !=
          std::string::npos);
    CHECK(cluster.status(0).integer("rules_version") == next);
    // With the release it goes on from where it stopped.
    cluster.upgrade(2, kNext);
    cluster.await_ready();
    REQUIRE(within_patience([&] {
        return applied(2) >= height && cluster.status(2).integer("rules_version") == next;
    }));
    CHECK(cluster.status(2).text("halted")->empty());
    REQUIRE(outcome_of(cluster, lender, ledger::ModelRegister{{new_id().bytes}, "m", {}}) ==
            "accepted");
}

}  // namespace tally::testing
