// What a node must refuse at its door: each with a code of its own, and without any effect on the
// log. Bytes are forged here, because no client of ours would send them.

#include <functional>

#include "client/client.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

Bytes encoded(const ledger::TransactionBody& body) {
    return ledger::encode_transaction({new_transaction_id(), kToday, kToday, body});
}

struct Door {
    LocalCluster cluster{3};
    Grants grants{cluster};
    crypto::Digest network = cluster.genesis().network_id();

    ledger::Submission sign(const std::vector<Bytes>& transactions, const crypto::SecretKey& key,
                            const std::string& member = "lender") const {
        const ledger::SigningKey signer{cluster.member(member), &key};
        return ledger::sign_submission(network, transactions, {&signer, 1}, false,
                                       ledger::Millis(0));
    }
    const crypto::SecretKey& lender() const { return cluster.key("lender"); }

    /// Posts it everywhere; each node must refuse it alike.
    void refuse(const std::string& body, int status, const std::string& code,
                const std::string& type = "application/json") const {
        for (std::size_t node = 0; node < cluster.size(); ++node) {
            const auto answer = cluster.client().post_to(node, "/v1/submissions", body, type);
            REQUIRE(answer);
            INFO(code << ": " << answer->body);
            CHECK(answer->status == status);
            CHECK(answer->content_type.find("application/problem+json") == 0);
            const auto problem = client::Document::parse(*answer);
            REQUIRE(problem);
            CHECK(problem->text("code") == code);
            CHECK(problem->text("detail").value_or("").size() > 5);
        }
    }
    void refuse(const ledger::Submission& submission, int status, const std::string& code) const {
        refuse(client::submission_json(submission), status, code);
    }
    std::int64_t log_size() const {
        return cluster.status(cluster.await_leader()).integer("log_size").value_or(-1);
    }
};

/// Reads through a quorum, so that everything before it is applied.
std::int64_t settled_log_size(const Door& door) {
    static_cast<void>(door.cluster.client().get("/v1/members/lender/history?limit=1"));
    return door.log_size();
}

TEST_CASE("what is malformed, foreign, unsigned or too large is refused with no effect") {
    // Goal: every kind of bad submission has its own code on every node, and the log stays as it
    // is.
    Door door;
    const auto good = door.cluster.submit({"lender"}, door.grants.fresh(), kToday);
    REQUIRE(good.all_accepted());
    // Sealed, so that nothing more is due.
    REQUIRE(door.cluster.client().await_certified(good.transactions[0].entry));
    const std::int64_t before = settled_log_size(door);

    door.refuse("{\"header\":", 400, "invalid_argument");
    door.refuse("[]", 400, "invalid_argument");
    door.refuse("{\"header\":\"!\",\"signatures\":[],\"transactions\":[]}", 400,
                "invalid_argument");
    door.refuse("\xff\xff\xff\xff", 400, "malformed", "application/x-protobuf");
    door.refuse("grant me", 415, "unsupported_media_type", "text/plain");

    auto submission = door.sign({encoded(door.grants.fresh())}, door.lender());
    submission.header.push_back(0);
    door.refuse(submission, 400, "malformed");

    submission = door.sign({encoded(door.grants.fresh())}, door.lender());
    submission.signatures[0].bytes[5] ^= 1;
    door.refuse(submission, 403, "bad_signature");
    submission.signatures.clear();
    door.refuse(submission, 403, "bad_signature");

    submission = door.sign({encoded(door.grants.fresh())}, door.lender());
    submission.transactions[0] = encoded(door.grants.fresh());
    door.refuse(submission, 422, "wrong_root");

    const auto stranger = crypto::SecretKey::generate();
    door.refuse(door.sign({encoded(door.grants.fresh())}, stranger), 403, "key_not_valid");
    const ledger::SigningKey nobody{ledger::member_id_of("nobody"), &stranger};
    const std::vector<Bytes> one{encoded(door.grants.fresh())};
    door.refuse(ledger::sign_submission(door.network, one, {&nobody, 1}, false, ledger::Millis(0)),
                403, "unknown_member");

    const ledger::SigningKey lender{door.cluster.member("lender"), &door.lender()};
    door.refuse(ledger::sign_submission(crypto::domain_hash("other", {}), one, {&lender, 1}, false,
                                        ledger::Millis(0)),
                422, "wrong_network");
    door.refuse(
        ledger::sign_submission(door.network, one, {&lender, 1}, false, ledger::Millis(1000)), 422,
        "expired");

    // Within the bytes but not within the count, and the other way round.
    std::vector<Bytes> many(8191, Bytes{0x0A});
    door.refuse(door.sign(many, door.lender()), 413, "too_large");
    door.refuse(door.sign({Bytes((1 << 20) + 1, 7)}, door.lender()), 413, "too_large");

    CHECK(settled_log_size(door) == before);
}

TEST_CASE("an id on record is answered once more with the same bytes and refused with others") {
    // Goal: a retry is safe and free of effect; a reused id is an error.
    Door door;
    ledger::Transaction first{new_transaction_id(), kToday, kToday, door.grants.fresh()};
    const auto submission = door.sign({ledger::encode_transaction(first)}, door.lender());
    const auto receipt = door.cluster.client().submit(submission, client::Wait::certified);
    REQUIRE(receipt);
    const std::int64_t before = settled_log_size(door);
    const auto again = door.cluster.client().submit(submission);
    REQUIRE(again);
    CHECK(again->replayed);
    CHECK(again->transactions[0].entry == receipt->transactions[0].entry);
    CHECK(again->transactions[0].outcome == "accepted");
    first.business_date += 1;
    for (std::size_t node = 0; node < 3; ++node) {
        // Followers learn of the block a moment later than the leader.
        client::ReadOptions options;
        options.min_index = receipt->applied_index;
        client::ClientOptions one;
        one.urls = {door.cluster.url(node)};
        REQUIRE(door.cluster.make_client(one).get("/v1/members/lender/history?limit=1", options));
    }
    door.refuse(door.sign({ledger::encode_transaction(first)}, door.lender()), 409, "id_reused");
    CHECK(settled_log_size(door) == before);
}

TEST_CASE("a refusal of the rules is on record and changes nothing") {
    // Goal: the attempt is provable, the balance is not touched.
    Door door;
    const auto body = door.grants.fresh();
    REQUIRE(door.cluster.submit({"lender"}, body, kToday).all_accepted());
    const std::string line = id_text(body.line);
    const auto check = [&](const std::vector<std::string>& signers,
                           const ledger::TransactionBody& attempt, const std::string& outcome) {
        const auto receipt = door.cluster.submit(signers, attempt, kToday);
        INFO(outcome);
        REQUIRE(receipt.transactions.size() == 1);
        CHECK(receipt.transactions[0].outcome == outcome);
        const auto entry = door.cluster.client().entry(receipt.transactions[0].entry);
        REQUIRE(entry);
        CHECK(entry->json().find("\"" + outcome + "\"") != std::string::npos);
    };
    check({"lender"}, body, "line_exists");
    ledger::LimitGrant negative = door.grants.fresh();
    negative.limit = -1;
    check({"lender"}, negative, "amount_not_positive");
    check({"servicer"}, door.grants.fresh(), "role_missing");
    check({"lender"}, ledger::LimitChange{new_id<ledger::LineId>(), 5, {}}, "line_unknown");

    const auto capture = door.cluster.purchase(body.line, 100'001, 3, kToday);
    check({"lender", "funder"}, capture, "limit_exceeded");
    check({"lender"}, capture, "signer_missing");
    const auto after = door.cluster.client().line(line);
    REQUIRE(after);
    CHECK(after->integer("used") == 0);
    CHECK(after->integer("limit") == 100'000);
}

}  // namespace
}  // namespace tally::testing
