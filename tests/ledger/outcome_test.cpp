#include <set>
#include <string>

#include "ledger/errc.h"
#include "ledger/outcome.h"
#include "tests/ledger/outcome_scenarios.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

TEST_CASE("Every outcome has a number, a code and a sentence of its own", "[ledger]") {
    // Goal: codes are stable identifiers; two outcomes with one code would be one for programs.
    std::set<std::string> codes;
    std::set<std::string> texts;
    constexpr auto kLast = static_cast<std::uint16_t>(Outcome::price_out_of_range);
    for (std::uint16_t number = 0; number <= kLast; ++number) {
        const auto outcome = outcome_from(number);
        REQUIRE(outcome);
        CHECK(static_cast<std::uint16_t>(*outcome) == number);
        CHECK(codes.insert(std::string(outcome_code(*outcome))).second);
        CHECK(texts.insert(std::string(outcome_text(*outcome))).second);
    }
    CHECK_FALSE(outcome_from(kLast + 1));
    CHECK_FALSE(outcome_from(0xFFFF));
    CHECK(outcome_code(Outcome::accepted) == "accepted");
    CHECK(outcome_code(Outcome::source_ref_used) == "source_ref_used");
    CHECK(outcome_code(Outcome::repeated) == "repeated");
    CHECK(outcome_code(static_cast<Outcome>(999)) == "unknown");
}

TEST_CASE("Every error code has a name of its own", "[ledger]") {
    // Goal: an Error shown to a person names its code.
    std::set<std::string> names;
    for (int code = 1; code <= static_cast<int>(errc::nodes_behind); ++code) {
        CHECK(names.insert(make_error_code(static_cast<errc>(code)).message()).second);
    }
    CHECK(std::string(category().name()) == "ledger");
    CHECK(make_error_code(errc::corrupt_record).message() == "corrupt_record");
}

TEST_CASE("Every outcome can be produced by a submission", "[ledger][outcomes]") {
    // Goal: none is unreachable, and the table of them is complete.
    Scenarios all = submission_scenarios();
    for (Scenarios more :
         {day_scenarios(),           registry_scenarios(),      line_scenarios(),
          authorisation_scenarios(), capture_scenarios(),       payment_scenarios(),
          hardship_scenarios(),      servicing_scenarios(),     collection_scenarios(),
          debit_scenarios(),         receivable_scenarios(),    governance_scenarios(),
          conduct_scenarios(),       oversight_scenarios(),     merchant_scenarios(),
          cost_scenarios(),          purchase_cost_scenarios(), alert_scenarios(),
          pool_scenarios(),          pool_sale_scenarios()}) {
        const std::size_t size = all.size() + more.size();
        all.merge(more);
        REQUIRE(all.size() == size);
    }
    for (std::uint16_t number = 0; outcome_from(number); ++number) {
        const Outcome outcome = *outcome_from(number);
        INFO(outcome_code(outcome));
        REQUIRE(all.count(outcome) == 1);
        Stage stage;
        const Outcome got = all.at(outcome)(stage);
        INFO("got " << outcome_code(got));
        CHECK(got == outcome);
    }
}
