#include "node/json/transaction_json.h"

#include <limits>
#include <random>

#include "node/errc.h"
#include "node/json/ids.h"
#include "tests/support/catch.h"

using namespace tally;
using boost::json::parse;

namespace {

class Random {
public:
    explicit Random(std::uint64_t seed) : engine_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }
    template <typename Id>
    Id id() {
        Id id;
        for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(engine_());
        return id;
    }
    ledger::Amount amount() {
        switch (below(4)) {
            case 0:
                return std::numeric_limits<ledger::Amount>::min();
            case 1:
                return std::numeric_limits<ledger::Amount>::max();
            case 2:
                return static_cast<ledger::Amount>(below(1000));
            default:
                return static_cast<ledger::Amount>(engine_());
        }
    }
    std::int32_t small() {
        return below(3) == 0 ? static_cast<std::int32_t>(engine_())
                             : static_cast<std::int32_t>(below(40'000));
    }
    std::string text() {
        const std::vector<std::string> pieces = {"a", "\"", "\\",   "\n", "\t",
                                                 "é", "漢", "\x01", "/"};
        std::string text;
        for (std::uint64_t i = below(12); i > 0; --i) text += pieces[below(pieces.size())];
        return text;
    }

private:
    std::mt19937_64 engine_;
};

ledger::TransactionBody random_body(Random& random) {
    switch (random.below(4)) {
        case 0:
            return ledger::LimitGrant{random.id<ledger::LineId>(),
                                      random.id<ledger::BorrowerId>(),
                                      random.text(),
                                      random.amount(),
                                      random.small(),
                                      random.small()};
        case 1:
            return ledger::LimitChange{random.id<ledger::LineId>(), random.amount()};
        case 2: {
            ledger::Capture capture{random.id<ledger::ContractId>(),
                                    random.id<ledger::LineId>(),
                                    random.amount(),
                                    random.small(),
                                    {},
                                    {}};
            for (auto i = random.below(5); i > 0; --i) {
                capture.schedule.push_back({random.small(), random.amount(), random.amount()});
            }
            for (auto i = random.below(5); i > 0; --i) {
                capture.shares.push_back({random.id<ledger::MemberId>(), random.small()});
            }
            return capture;
        }
        default: {
            ledger::Repayment repayment{
                random.id<ledger::ContractId>(), random.amount(), random.text(), {}};
            for (auto i = random.below(5); i > 0; --i) {
                repayment.allocation.push_back({static_cast<std::uint32_t>(random.small()),
                                                static_cast<ledger::Component>(1 + random.below(4)),
                                                random.amount()});
            }
            return repayment;
        }
    }
}

constexpr std::string_view kRepayment = R"({
  "id": "00000000000000000000000000000001", "business_date": "2024-02-29",
  "value_date": "2024-02-29", "type": "REPAYMENT",
  "contract": "018f2c3e-7a10-7c4b-9d2e-0123456789ab", "amount": 33833, "source_ref": "pay-1",
  "allocation": [{"instalment": 0, "component": "fee", "amount": 500},
                 {"instalment": 0, "component": "principal", "amount": 33333}]})";

constexpr std::string_view kCapture = R"({
  "id": "00000000000000000000000000000002", "business_date": "2024-01-31",
  "value_date": "2024-01-31", "type": "CAPTURE", "contract": "018f2c3e7a107c4b9d2e0123456789ab",
  "line": "018f2c3e7a107c4b9d2e0123456789ac", "principal": 100, "fee_ppm": 5000,
  "schedule": [{"due": "2024-02-29", "principal": 100, "fee": 1}],
  "shares": [{"funder": "funder-a", "share": 1000000}]})";

/// The error of the text with one part replaced.
std::string refusal(std::string_view text, const std::string& part, const std::string& instead) {
    std::string changed(text);
    const std::size_t position = changed.find(part);
    REQUIRE(position != std::string::npos);
    changed.replace(position, part.size(), instead);
    const auto result = node::transaction_from_json(parse(changed));
    INFO(changed);
    REQUIRE_FALSE(result);
    CHECK(result.error().code == node::errc::invalid_argument);
    return result.error().context;
}

}  // namespace

// Goal: nothing that the ledger can hold is lost or changed on the way through JSON text.
TEST_CASE("a transaction survives the way through JSON text") {
    const std::uint64_t seed = std::random_device{}();
    INFO("seed " << seed);
    Random random(seed);
    for (int i = 0; i < 5000; ++i) {
        const ledger::Transaction before{random.id<ledger::TransactionId>(), random.small(),
                                         random.small(), random_body(random)};
        const std::string text = boost::json::serialize(node::to_json(before));
        INFO(text);
        const auto after = node::transaction_from_json(parse(text));
        REQUIRE(after);
        REQUIRE(ledger::encode_transaction(*after) == ledger::encode_transaction(before));
    }
}

// Goal: the written form is the one in the documentation.
TEST_CASE("a repayment is written and read field by field") {
    const auto transaction = node::transaction_from_json(parse(kRepayment));
    REQUIRE(transaction);
    const auto& repayment = std::get<ledger::Repayment>(transaction->body);
    CHECK(transaction->value_date == 19'782);
    CHECK(repayment.amount == 33'833);
    REQUIRE(repayment.allocation.size() == 2);
    CHECK(repayment.allocation[1].component == ledger::Component::principal);
    CHECK(boost::json::serialize(node::to_json(*transaction)) ==
          R"({"id":"00000000000000000000000000000001","business_date":"2024-02-29",)"
          R"("value_date":"2024-02-29","type":"REPAYMENT",)"
          R"("contract":"018f2c3e7a107c4b9d2e0123456789ab","amount":33833,"source_ref":"pay-1",)"
          R"("allocation":[{"instalment":0,"component":"fee","amount":500},)"
          R"({"instalment":0,"component":"principal","amount":33333}]})");
}

// Goal: money is never a floating point number, however it is written.
TEST_CASE("amounts that are not integers are refused") {
    for (const std::string number :
         {"33833.0", "3.3833e4", "1e300", "\"33833\"", "null", "true", "99999999999999999999"}) {
        CHECK(refusal(kRepayment, "33833", number) == "amount: not an integer");
    }
    CHECK(refusal(kRepayment, "33833", "9223372036854775808") == "amount: out of range");
    CHECK(refusal(kRepayment, "500", "500.5") == "allocation[0].amount: not an integer");
    CHECK(refusal(kRepayment, "\"instalment\": 0", "\"instalment\": -1") ==
          "allocation[0].instalment: out of range");
    CHECK(refusal(kRepayment, "\"instalment\": 0", "\"instalment\": 4294967296") ==
          "allocation[0].instalment: out of range");
    CHECK(refusal(kCapture, "5000", "2147483648") == "fee_ppm: out of range");
}

// Goal: an error names the field, missing, unknown or wrong.
TEST_CASE("wrong fields are named with their path") {
    CHECK(refusal(kRepayment, "\"amount\": 33833,", "") == "amount: missing");
    CHECK(refusal(kRepayment, "\"source_ref\"", "\"sourceref\"") == "source_ref: missing");
    CHECK(refusal(kRepayment, "\"amount\": 33833,", "\"amount\": 33833, \"memo\": 1,") ==
          "memo: unknown field");
    CHECK(refusal(kRepayment, "\"amount\": 500", "\"amount\": 500, \"x\": 1") ==
          "allocation[0].x: unknown field");
    CHECK(refusal(kRepayment, "\"fee\"", "\"fees\"") ==
          "allocation[0].component: not penalty, fee, interest or principal");
    CHECK(refusal(kRepayment, "REPAYMENT", "REFUND") == "type: unknown type \"REFUND\"");
    CHECK(refusal(kRepayment, "018f2c3e-7a10", "018f2c3e7a10").find("contract: not an id") == 0);
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "\"2023-02-29\"") ==
          "business_date: not a date YYYY-MM-DD that exists");
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "\"2024-2-29\"") ==
          "business_date: not a date YYYY-MM-DD that exists");
    CHECK(refusal(kRepayment, "\"2024-02-29\"", "19782") == "business_date: not a date YYYY-MM-DD");
    CHECK(refusal(kCapture, "\"schedule\": [", "\"schedule\": [7, ") ==
          "schedule[0]: not an object");
    const auto array = node::transaction_from_json(parse("[]"));
    REQUIRE_FALSE(array);
    CHECK(array.error().context == "value: not an object");
    const auto inside = node::transaction_from_json(parse("{}"), {}, "transactions[3]");
    REQUIRE_FALSE(inside);
    CHECK(inside.error().context == "transactions[3].id: missing");
}

// Goal: people write names, the ledger has ids.
TEST_CASE("funders are resolved by name where there is a resolver") {
    CHECK(refusal(kCapture, "100,", "100,").find("shares[0].funder: not an id") == 0);
    const ledger::MemberId funder{{7}};
    const node::MemberResolver resolver =
        [&](std::string_view name) -> std::optional<ledger::MemberId> {
        if (name == "funder-a") return funder;
        return std::nullopt;
    };
    const auto found = node::transaction_from_json(parse(kCapture), resolver);
    REQUIRE(found);
    CHECK(std::get<ledger::Capture>(found->body).shares[0].funder == funder);
    const auto by_id =
        node::transaction_from_json(boost::json::value(node::to_json(*found)), resolver);
    REQUIRE(by_id);
    std::string other(kCapture);
    other.replace(other.find("funder-a"), 8, "funder-z");
    const auto unknown = node::transaction_from_json(parse(other), resolver);
    REQUIRE_FALSE(unknown);
    CHECK(unknown.error().context == "shares[0].funder: neither a member's id nor its name");
}
