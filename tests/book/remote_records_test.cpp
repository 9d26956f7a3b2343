#include "book/remote_records.h"

#include "base/hex.h"
#include "book/local_ledger.h"
#include "crypto/base64.h"
#include "ledger/records.h"
#include "tests/client/fake_node.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using testing::Behaviour;
using testing::FakeNode;

namespace {

const Bytes kKey = ledger::days_key();
const Bytes kValue{1, 2, 3};

Behaviour answer(const Bytes& key, const std::string& value) {
    Behaviour behaviour;
    behaviour.body =
        R"({"key":")" + to_hex(key) + R"(","value":)" + value + R"(,"applied_index":7})";
    return behaviour;
}

client::Client client_of(const FakeNode& node) {
    auto client = client::Client::create({node.url()});
    REQUIRE(client.has_value());
    return *std::move(client);
}

}  // namespace

TEST_CASE("A record of a network is asked for once, until everything is forgotten") {
    const std::string value = '"' + crypto::to_base64(kValue) + '"';
    const FakeNode node({answer(kKey, value), answer(kKey, "null")});
    client::Client client = client_of(node);
    book::RemoteRecords records(client);
    CHECK(*records.get(kKey) == std::optional(kValue));
    CHECK(*records.get(kKey) == std::optional(kValue));
    CHECK(node.seen().size() == 1);
    CHECK(node.seen().front().target.starts_with("/v1/records/" + to_hex(kKey)));
    records.forget(9);
    CHECK(*records.get(kKey) == std::nullopt);
    CHECK(*records.get(kKey) == std::nullopt);
    REQUIRE(node.seen().size() == 2);
    CHECK(node.seen().back().target.find("min_index=9") != std::string::npos);
}

TEST_CASE("Ids and payment references count as free unless they are asked for") {
    const Bytes id = ledger::id_key(testing::id_of<ledger::MemberId>(1),
                                    testing::id_of<ledger::TransactionId>(2));
    const Bytes source = ledger::source_key(testing::id_of<ledger::MemberId>(1), "ref");
    const FakeNode node({answer(id, '"' + crypto::to_base64(kValue) + '"')});
    client::Client client = client_of(node);
    book::RemoteRecords records(client);
    CHECK(*records.get(id) == std::nullopt);
    CHECK(*records.get(source) == std::nullopt);
    CHECK(node.seen().empty());
    records.ask_for(id);
    CHECK(*records.get(id) == std::optional(kValue));
}

TEST_CASE("What is planned on references asks for them, and for the ids that it cites") {
    // Goal: a reversal of what is on record, and a payment that is on record already, are judged as
    // the network will judge them; new ids still cost nothing.
    const auto member = testing::id_of<ledger::MemberId>(1);
    const auto cited = testing::id_of<ledger::TransactionId>(2);
    const Bytes own = ledger::id_key(member, testing::id_of<ledger::TransactionId>(3));
    const Bytes id = ledger::id_key(member, cited);
    const Bytes source = ledger::source_key(member, "ref");
    const std::string value = '"' + crypto::to_base64(kValue) + '"';
    const FakeNode node({answer(id, value), answer(source, value)});
    client::Client client = client_of(node);
    book::RemoteRecords records(client, book::RemoteRecords::References::asked_for);
    ledger::Reversal reversal;
    reversal.submitter = member;
    reversal.target = cited;
    records.ask_for_cited({testing::id_of<ledger::TransactionId>(3), 1, 1, reversal});
    CHECK(*records.get(own) == std::nullopt);
    CHECK(node.seen().empty());
    CHECK(*records.get(id) == std::optional(kValue));
    CHECK(*records.get(source) == std::optional(kValue));
}

TEST_CASE("A node that answers with something else than the record is not believed") {
    const std::vector<Behaviour> answers{answer(ledger::genesis_key(), "null"), answer(kKey, "7"),
                                         answer(kKey, "\"%%\""), answer(kKey, "[null]")};
    for (const Behaviour& wrong : answers) {
        const FakeNode node({wrong});
        client::Client client = client_of(node);
        const auto value = book::RemoteRecords(client).get(kKey);
        REQUIRE_FALSE(value.has_value());
        CHECK(value.error().code == client::errc::bad_answer);
    }
}

TEST_CASE("A failing reader below fails the local ledger, and nothing is applied") {
    const FakeNode node({answer(kKey, "7")});
    client::Client client = client_of(node);
    const book::RemoteRecords records(client);
    const testing::Cast cast;
    book::LocalLedger local(cast.genesis(), records);
    const auto& lender = cast.originator();
    const ledger::Transaction open{testing::id_of<ledger::TransactionId>(1), 1, 1,
                                   ledger::DayOpen{}};
    const auto outcomes = local.apply(std::span(&open, 1), {{lender.id, lender.key.public_key()}});
    REQUIRE_FALSE(outcomes.has_value());
    CHECK(outcomes.error().code == client::errc::bad_answer);
}
