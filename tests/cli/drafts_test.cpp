#include "cli/drafts.h"

#include <boost/json.hpp>

#include "api/ids.h"
#include "base/hex.h"
#include "crypto/base64.h"
#include "tests/client/fake_node.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using testing::Behaviour;
using testing::FakeNode;
using testing::Stage;

namespace {

/// A node that has the stage's book and answers for its records, days and proposals.
Behaviour answer_from(const testing::Book& book, const testing::SeenRequest& request) {
    Behaviour answer;
    constexpr std::string_view kRecords = "/v1/records/";
    if (!request.target.starts_with(kRecords)) {
        answer.status = 404;
        answer.headers = {{"Content-Type", "application/problem+json"}};
        answer.body = R"({"status":404,"code":"not_found","detail":"no"})";
        return answer;
    }
    std::string key = request.target.substr(kRecords.size());
    key.resize(std::min(key.size(), key.find('?')));
    const auto value = book.records().get(from_hex(key).value()).value();
    boost::json::object said{{"key", key}, {"value", nullptr}, {"applied_index", 7}};
    if (value) said["value"] = crypto::to_base64(*value);
    answer.body = boost::json::serialize(said);
    return answer;
}

/// What a file of drafts comes to, signed by the servicer.
std::vector<Transaction> completed(const Stage& stage, const std::string& text) {
    const FakeNode node(
        [&stage](const testing::SeenRequest& request) { return answer_from(stage.book, request); });
    auto client = client::Client::create({node.url()});
    REQUIRE(client.has_value());
    const book::Signers signers{{stage.servicer->id, stage.servicer->key.public_key()}};
    const auto whole = cli::complete_transactions(text, stage.book.cast().genesis(), *client,
                                                  signers, [](const std::string&) {});
    INFO((whole ? std::string() : whole.error().context));
    REQUIRE(whole.has_value());
    return *whole;
}

std::string payment(Amount amount, const std::string& reference, const std::string& more = "") {
    return R"({"type": "REPAYMENT", "business_date": "2024-01-31", )"
           R"("value_date": "2024-01-31", "contract": ")" +
           api::id_text(Stage::kContract) + R"(", "amount": )" + std::to_string(amount) +
           R"(, "source_ref": ")" + reference + "\"" + more + "}";
}

}  // namespace

TEST_CASE("Claims behind a reversal of what is on record are computed without it") {
    // Goal: a correction and the right payment in one file, all or none, is what people send.
    Stage stage;
    const Transaction wrong = stage.draft(stage.payment(5'000));
    stage.accept(wrong);
    const std::string reversal =
        R"({"type": "REVERSAL", "business_date": "2024-01-31", "submitter": "servicer", )"
        R"("target": ")" +
        api::id_text(wrong.id) + R"(", "contract": ")" + api::id_text(Stage::kContract) +
        R"(", "reason": "wrong amount"})";
    const auto whole = completed(stage, "[" + reversal + "," + payment(5'500, "right-1") + "]");
    const SubmissionResult result = stage.book.submit(whole, {stage.servicer}, true);
    CHECK(result.transactions[0].outcome == Outcome::accepted);
    CHECK(result.transactions[1].outcome == Outcome::accepted);
}

TEST_CASE("Claims behind what the network will refuse or find repeated do not rest on it") {
    // Goal: a payment whose reference is on record, or which is on record itself, counts once.
    Stage stage;
    const Transaction first = stage.draft(stage.payment(5'000, "bank-1"));
    stage.accept(first);
    const std::string allocation =
        R"(, "allocation": [{"instalment": 0, "component": "fee", "amount": 500},)"
        R"( {"instalment": 0, "component": "principal", "amount": 4500}])";
    const std::string again = payment(5'000, "bank-1", allocation);
    const std::string repeated =
        payment(5'000, "bank-1", allocation + R"(, "id": ")" + api::id_text(first.id) + "\"");
    for (const std::string& before : {again, repeated}) {
        const auto whole =
            completed(stage, "[" + before + "," + payment(30'000, stage.next_ref()) + "]");
        const SubmissionResult result = stage.book.submit(whole, {stage.servicer});
        CHECK(result.transactions[1].outcome == Outcome::accepted);
        stage.accept(stage.reversal(whole[1]));
    }
}
