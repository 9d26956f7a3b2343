#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

PrepaySettle settle(Amount amount = 0, std::string source = "settle-1") {
    return {Stage::kContract, amount, std::move(source)};
}

Amount proposed_on(Stage& stage, const char* date) {
    return std::get<PrepaySettle>(stage.draft(settle(), day_of(date)).body).amount;
}

}  // namespace

TEST_CASE("PREPAY_SETTLE pays the running period's charges and no later ones",
          "[ledger][rules][prepay]") {
    // Goal: on the first day, a due date, the day after it and behind the last row; with penalty
    // that nobody assessed: 17, 524, then of two rows 1015 more, and of three 51 for a day.
    CHECK([] {
        Stage stage;
        std::vector<Amount> amounts;
        for (const char* date :
             {"2024-01-31", "2024-02-29", "2024-03-01", "2024-03-31", "2024-04-30", "2024-05-01"}) {
            amounts.push_back(proposed_on(stage, date));
        }
        return amounts;
    }() == std::vector<Amount>{100'500, 100'500, 101'017, 101'524, 103'039, 103'090});
    Stage stage;
    stage.accept(stage.payment(33'833), day_of("2024-02-29"));
    CHECK(proposed_on(stage, "2024-03-01") == 66'667 + 500);
    stage.accept(settle(), day_of("2024-03-01"));
    const Position position = stage.position();
    CHECK(position.status == ContractStatus::closed_paid);
    CHECK(position.totals.lapsed == ByComponent{0, 500, 0, 0});
    CHECK(position.totals.repaid == ByComponent{0, 1'000, 0, 100'000});
    CHECK(position.payable() == 0);
    CHECK(stage.line().used == 0);
    stage.refuse(settle(1, "again-1"), Outcome::contract_not_active, day_of("2024-03-01"));
}

TEST_CASE("PREPAY_SETTLE under all charges pays everything", "[ledger][rules][prepay]") {
    // Goal: the product's policy counts.
    Stage stage({.rules = [](RulesetRegister&, ProductRegister& product) {
        product.prepayment = Prepayment::all_charges;
    }});
    CHECK(proposed_on(stage, "2024-01-31") == 101'500);
    Transaction short_of_all = stage.draft(settle());
    std::get<PrepaySettle>(short_of_all.body).amount = 100'500;
    stage.refuse(short_of_all, Outcome::settlement_differs);
    stage.accept(settle());
    CHECK(stage.position().totals.lapsed == ByComponent{});
}

TEST_CASE("PREPAY_SETTLE includes assessed penalties and arrears", "[ledger][rules][prepay]") {
    // Goal: overdue rows in full, the running one in full, later charges not.
    Stage stage;
    const Day day = day_of("2024-03-10");
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    const Amount penalty = stage.position().outstanding[0];
    CHECK(penalty == 169);
    CHECK(proposed_on(stage, "2024-03-10") == 100'000 + 1'000 + penalty);
    stage.accept(settle(), day);
    CHECK(stage.position().totals.lapsed == ByComponent{0, 500, 0, 0});
}

TEST_CASE("PREPAY_SETTLE is refused, each rule with its code", "[ledger][rules][prepay]") {
    // Goal: by one fen on both sides, at the ends of the type, and the general rules.
    Stage stage;
    const auto claims = [&](Amount amount, Outcome expected) {
        Transaction transaction = stage.draft(settle());
        std::get<PrepaySettle>(transaction.body).amount = amount;
        stage.refuse(transaction, expected);
    };
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        claims(amount, Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{1}, Amount{100'499}, Amount{100'501}, Amount{101'500},
                                std::numeric_limits<Amount>::max()}) {
        claims(amount, Outcome::settlement_differs);
    }
    stage.refuse(settle(0, ""), Outcome::text_out_of_range);
    stage.refuse(settle(0, std::string(65, 'x')), Outcome::text_out_of_range);
    stage.refuse(PrepaySettle{id_of<ContractId>(9), 5, "s-1"}, Outcome::contract_unknown);
    require_refused(stage.book, stage.draft(settle()), {stage.lender}, Outcome::role_missing);
}

TEST_CASE("A settlement is as of its value date", "[ledger][rules][prepay]") {
    // Goal: booked later, it still pays what the earlier day asked for.
    Stage stage;
    const Day booked = day_of("2024-03-05");
    const auto back = stage.backdated(settle(), booked, day_of("2024-02-28"));
    CHECK(std::get<PrepaySettle>(back.body).amount == 100'500);
    stage.accept(back);
    CHECK(stage.position().status == ContractStatus::closed_paid);
}
