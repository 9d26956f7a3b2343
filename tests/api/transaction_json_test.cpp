#include "api/transaction_json.h"

#include <random>

#include "api/errc.h"
#include "tests/ledger/samples.h"
#include "tests/support/catch.h"

using namespace tally;
using boost::json::parse;

namespace {

constexpr std::string_view kRepayment = R"({
  "id": "00000000000000000000000000000001", "business_date": "2024-02-29",
  "value_date": "2024-02-29", "type": "REPAYMENT",
  "contract": "018f2c3e-7a10-7c4b-9d2e-0123456789ab", "amount": 33833, "source_ref": "pay-1",
  "allocation": [{"instalment": 0, "component": "fee", "amount": 500},
                 {"instalment": 0, "component": "principal", "amount": 33333}]})";

constexpr std::string_view kCapture = R"({
  "id": "00000000000000000000000000000002", "business_date": "2024-01-31",
  "value_date": "2024-01-31", "type": "CAPTURE", "contract": "018f2c3e7a107c4b9d2e0123456789ab",
  "line": "018f2c3e7a107c4b9d2e0123456789ac", "principal": 100,
  "product": "018f2c3e7a107c4b9d2e0123456789ad", "rate_ppm": 5000, "apr_ppm": 60000,
  "terms_hash": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
  "schedule": [{"due": "2024-02-29", "principal": 100, "fee": 1, "interest": 0}],
  "shares": [{"funder": "funder-a", "share": 1000000}],
  "servicer": "018f2c3e7a107c4b9d2e0123456789ae"})";

constexpr std::string_view kRuleset = R"({
  "id": "00000000000000000000000000000003", "business_date": "2024-01-31",
  "value_date": "2024-01-31", "type": "RULESET_REGISTER",
  "ruleset": "018f2c3e7a107c4b9d2e0123456789ab", "bucket_days": [30, 60], "class_days": [1, 91],
  "order": ["penalty", "fee", "interest", "principal"], "principal_first_after": 0,
  "penalty_ppm_day": 500, "penalty_cap_ppm": 240000, "grace_days": 3, "grace_grants_max": 2,
  "grace_grant_days_max": 90, "reschedules_max": 1, "backdating_days_max": 5,
  "overpayment": "refuse"})";

constexpr std::string_view kAssessment = R"({
  "id": "00000000000000000000000000000004", "business_date": "2024-01-31",
  "value_date": "2024-01-31", "type": "ASSESSMENT",
  "assessment": "018f2c3e7a107c4b9d2e0123456789ab", "borrower": "018f2c3e7a107c4b9d2e0123456789ac",
  "model": "018f2c3e7a107c4b9d2e0123456789ad",
  "inputs": "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff", "band": 7,
  "decision": "declined"})";

constexpr std::string_view kReversal = R"({
  "id": "00000000000000000000000000000005", "business_date": "2024-01-31",
  "value_date": "2024-01-31", "type": "REVERSAL", "submitter": "servicer-a",
  "target": "018f2c3e7a107c4b9d2e0123456789ab", "contract": "018f2c3e7a107c4b9d2e0123456789ac",
  "reason": "error"})";

/// The error of the text with one part replaced.
std::string refusal(std::string_view text, const std::string& part, const std::string& instead) {
    std::string changed(text);
    const std::size_t position = changed.find(part);
    REQUIRE(position != std::string::npos);
    changed.replace(position, part.size(), instead);
    const auto result = api::transaction_from_json(parse(changed));
    INFO(changed);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == api::errc::invalid_argument);
    return result.error().context;
}

}  // namespace

// Goal: nothing that the ledger can hold is lost or changed on the way through JSON text.
TEST_CASE("a transaction survives the way through JSON text") {
    const auto require_same = [](const ledger::Transaction& before) {
        const std::string text = boost::json::serialize(api::to_json(before));
        INFO(text);
        const auto after = api::transaction_from_json(parse(text));
        INFO((after ? std::string() : after.error().context));
        REQUIRE(after);
        REQUIRE(ledger::encode_transaction(*after) == ledger::encode_transaction(before));
    };
    for (const ledger::Transaction& sample : testing::full_samples()) require_same(sample);
    for (const ledger::Transaction& sample : testing::minimal_samples()) require_same(sample);
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    testing::Samples samples(seed);
    for (int i = 0; i < 5000; ++i) require_same(samples.transaction());
}

// Goal: the written form is the one in the documentation.
TEST_CASE("a repayment is written and read field by field") {
    const auto transaction = api::transaction_from_json(parse(kRepayment));
    REQUIRE(transaction);
    const auto& repayment = std::get<ledger::Repayment>(transaction->body);
    CHECK(transaction->value_date == 19'782);
    CHECK(repayment.amount == 33'833);
    REQUIRE(repayment.allocation.size() == 2);
    CHECK(repayment.allocation[1].component == ledger::Component::principal);
    CHECK(boost::json::serialize(api::to_json(*transaction)) ==
          R"({"id":"00000000000000000000000000000001","business_date":"2024-02-29",)"
          R"("value_date":"2024-02-29","type":"REPAYMENT",)"
          R"("contract":"018f2c3e7a107c4b9d2e0123456789ab","amount":33833,"source_ref":"pay-1",)"
          R"("allocation":[{"instalment":0,"component":"fee","amount":500},)"
          R"({"instalment":0,"component":"principal","amount":33333}]})");
}

// Goal: money is never a floating point number, however it is written.
TEST_CASE("amounts that are not integers are refused") {
    for (const std::string number : {"33833.0", "3.3833e4", "\"33833\"", "null", "true"}) {
        CHECK(refusal(kRepayment, "33833", number).starts_with("amount: not an integer"));
    }
    CHECK(refusal(kRepayment, "33833", "338.33") ==
          "amount: not an integer: amounts are whole minor units, 138.33 CNY is 13833");
    for (const std::string number : {"9223372036854775808", "99999999999999999999", "1e300"}) {
        CHECK(refusal(kRepayment, "33833", number) == "amount: out of range");
    }
    CHECK(refusal(kRepayment, "500", "500.5").starts_with("allocation[0].amount: not an integer"));
    CHECK(refusal(kRepayment, "\"instalment\": 0", "\"instalment\": -1") ==
          "allocation[0].instalment: out of range");
    CHECK(refusal(kRepayment, "\"instalment\": 0", "\"instalment\": 4294967296") ==
          "allocation[0].instalment: out of range");
    CHECK(refusal(kCapture, "5000", "2147483648") == "rate_ppm: out of range");
}

// Goal: an error names the field, missing, unknown or wrong.
TEST_CASE("wrong fields are named with their path") {
    CHECK(refusal(kRepayment, "\"amount\": 33833,", "") == "amount: missing");
    CHECK(refusal(kRepayment, "\"source_ref\"", "\"sourceref\"") ==
          "sourceref: unknown field; did you mean source_ref?");
    CHECK(refusal(kRepayment, "\"amount\": 33833,", "\"amount\": 33833, \"memo\": 1,") ==
          "memo: unknown field");
    CHECK(refusal(kRepayment, "\"amount\": 500", "\"amount\": 500, \"x\": 1") ==
          "allocation[0].x: unknown field");
    CHECK(refusal(kRepayment, "\"fee\"", "\"fees\"") ==
          "allocation[0].component: not one of penalty, fee, interest, principal");
    CHECK(refusal(kRepayment, "REPAYMENT", "REFUND") == "type: unknown type \"REFUND\"");
    CHECK(refusal(kRepayment, "REPAYMENT", "REPAYMNET") ==
          "type: unknown type \"REPAYMNET\"; did you mean REPAYMENT?");
    CHECK(refusal(kRepayment, "018f2c3e-7a10", "018f2c3e7a10").find("contract: not an id") == 0);
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "\"2023-02-29\"") ==
          "business_date: not a date YYYY-MM-DD that exists");
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "\"2024-2-29\"") ==
          "business_date: not a date YYYY-MM-DD that exists");
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "19782") == "business_date: not a date YYYY-MM-DD");
    CHECK(refusal(kCapture, "\"schedule\": [", "\"schedule\": [7, ") ==
          "schedule[0]: not an object");
    const auto array = api::transaction_from_json(parse("[]"));
    REQUIRE_FALSE(array);
    CHECK(array.error().context == "value: not an object");
    const auto inside = api::transaction_from_json(parse("{}"), {}, "transactions[3]");
    REQUIRE_FALSE(inside);
    CHECK(inside.error().context == "transactions[3].id: missing");
}

// Goal: people write names, the ledger has ids.
TEST_CASE("funders are resolved by name where there is a resolver") {
    CHECK(refusal(kCapture, "", "").find("shares[0].funder: not an id") == 0);
    const ledger::MemberId funder{{7}};
    const api::MemberResolver resolver =
        [&](std::string_view name) -> std::optional<ledger::MemberId> {
        if (name == "funder-a") return funder;
        return std::nullopt;
    };
    const auto found = api::transaction_from_json(parse(kCapture), resolver);
    REQUIRE(found);
    CHECK(std::get<ledger::Capture>(found->body).shares[0].funder == funder);
    const auto by_id =
        api::transaction_from_json(boost::json::value(api::to_json(*found)), resolver);
    REQUIRE(by_id);
    std::string other(kCapture);
    other.replace(other.find("funder-a"), 8, "funder-z");
    const auto unknown = api::transaction_from_json(parse(other), resolver);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().context == "shares[0].funder: neither a member's id nor its name");
}

// Goal: a reversal names a member too.
TEST_CASE("the submitter of a reversal is resolved by name") {
    CHECK(refusal(kReversal, "", "") == "submitter: not an id: 32 hexadecimal digits or a UUID");
    const api::MemberResolver resolver =
        [](std::string_view name) -> std::optional<ledger::MemberId> {
        if (name == "servicer-a") return ledger::MemberId{{9}};
        return std::nullopt;
    };
    const auto found = api::transaction_from_json(parse(kReversal), resolver);
    REQUIRE(found);
    CHECK(std::get<ledger::Reversal>(found->body).submitter == ledger::MemberId{{9}});
}

// Goal: lists of days and of components are arrays of plain values, each named in errors.
TEST_CASE("a ruleset is read strictly") {
    const auto transaction = api::transaction_from_json(parse(kRuleset));
    REQUIRE(transaction);
    const auto& ruleset = std::get<ledger::RulesetRegister>(transaction->body);
    CHECK(ruleset.bucket_days == std::vector<ledger::Day>{30, 60});
    CHECK(ruleset.order.back() == ledger::Component::principal);
    const auto bucket = [](const std::string& value) {
        return refusal(kRuleset, "[30, 60]", "[30, " + value + "]");
    };
    CHECK(bucket("60.0") == "bucket_days[1]: not an integer");
    CHECK(bucket("\"60\"") == "bucket_days[1]: not an integer");
    CHECK(bucket("null") == "bucket_days[1]: not an integer");
    CHECK(bucket("2147483648") == "bucket_days[1]: out of range");
    CHECK(bucket("18446744073709551615") == "bucket_days[1]: out of range");
    CHECK(refusal(kRuleset, "[30, 60]", "30") == "bucket_days: not an array");
    const std::string order = "\"interest\", \"principal\"";
    CHECK(refusal(kRuleset, order, "\"interest\"") == "order: not 4 components");
    CHECK(refusal(kRuleset, order, order + ", \"fee\"") == "order: not 4 components");
    CHECK(refusal(kRuleset, order, "\"interest\", 4") ==
          "order[3]: not one of penalty, fee, interest, principal");
    CHECK(refusal(kRuleset, "\"refuse\"", "\"Refuse\"") ==
          "overpayment: not one of refuse, credit");
    CHECK(refusal(kRuleset, "\"refuse\"", "1") == "overpayment: not a text");
    // A number of days is not a date.
    CHECK(refusal(kRuleset, "\"grace_days\": 3", "\"grace_days\": \"1970-01-04\"") ==
          "grace_days: not an integer");
}

// Goal: what may be left out may be, and only that; null is not a way to leave out.
TEST_CASE("optional fields may be left out") {
    const auto declined = api::transaction_from_json(parse(kAssessment));
    REQUIRE(declined);
    CHECK(std::get<ledger::Assessment>(declined->body).limit == 0);
    CHECK(boost::json::value(api::to_json(*declined)) == parse(kAssessment));
    const std::string last = "\"declined\"";
    CHECK(refusal(kAssessment, last, last + ", \"limit\": null") == "limit: not an integer");
    CHECK(refusal(kAssessment, last, last + ", \"currency\": 1") == "currency: not a text");
    CHECK(refusal(kAssessment, "\"band\": 7,", "") == "band: missing");
    CHECK(refusal(kAssessment, "ddeeff\", \"band", "ddeef\", \"band") ==
          "inputs: not 64 hexadecimal digits");

    const std::string line = "\"line\":";
    CHECK(refusal(kCapture, line, "\"authorisation\": null, " + line) ==
          "authorisation: not a text");
    CHECK(refusal(kCapture, line, "\"authorisation\": \"\", " + line)
              .find("authorisation: not an id") == 0);
    CHECK(refusal(kCapture, "\"interest\": 0", "\"interests\": 0") ==
          "schedule[0].interests: unknown field; did you mean interest?");
}
