#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

OverdueMark mark() { return {Stage::kContract, 0, 0, 0}; }

}  // namespace

TEST_CASE("Days past due run from the oldest row not met", "[ledger][rules][ageing]") {
    // Goal: each boundary of the usual buckets and classes, from the first due date on.
    const Stage stage;
    const Day due = day_of("2024-02-29");
    const auto at = [&](Day days) { return stage.position_on(due + days).ageing; };
    CHECK(at(-29) == Ageing{});
    CHECK(at(0) == Ageing{});
    struct Row {
        Day days;
        std::uint32_t bucket;
        std::uint32_t asset_class;
    };
    for (const Row row :
         {Row{1, 1, 1}, Row{30, 1, 1}, Row{31, 2, 1}, Row{60, 2, 1}, Row{61, 3, 1}, Row{90, 3, 1},
          Row{91, 4, 2}, Row{120, 4, 2}, Row{121, 5, 3}, Row{150, 5, 3}, Row{151, 6, 3},
          Row{180, 6, 3}, Row{181, 7, 4}, Row{5'000, 7, 4}}) {
        CHECK(at(row.days) == Ageing{row.days, row.days, row.bucket, row.asset_class});
    }
    CHECK(stage.position_on(kDayMax).ageing.days_past_due == kDayMax - due);
}

TEST_CASE("A row fully met passes its days on to the next", "[ledger][rules][ageing]") {
    // Goal: a part payment does not reset them, the last fen does; penalties do not count.
    Stage stage;
    const Day day = day_of("2024-04-10");
    CHECK(stage.position_on(day).ageing.days_past_due == 41);
    stage.accept(stage.payment(33'832), day);
    CHECK(stage.position_on(day).ageing.days_past_due == 41);
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    // 862 of penalty stand before the last fen of the first row.
    stage.accept(stage.payment(863), day);
    CHECK(stage.position().rows[0].base() == 0);
    CHECK(stage.position_on(day).ageing.days_past_due == 10);
    stage.accept(stage.payment(33'833), day);
    CHECK(stage.position_on(day).ageing == Ageing{});
}

TEST_CASE("Standing grace moves delinquency, not days past due", "[ledger][rules][ageing]") {
    // Goal: buckets and classes go by delinquent days.
    const Stage stage(
        {.rules = [](RulesetRegister& ruleset, ProductRegister&) { ruleset.grace_days = 5; }});
    const Day due = day_of("2024-02-29");
    CHECK(stage.position_on(due + 5).ageing == Ageing{5, 0, 0, 0});
    CHECK(stage.position_on(due + 6).ageing == Ageing{6, 1, 1, 1});
    CHECK(stage.position_on(due + 35).ageing == Ageing{35, 30, 1, 1});
    CHECK(stage.position_on(due + 36).ageing == Ageing{36, 31, 2, 1});
}

TEST_CASE("Granted graces pause what ages", "[ledger][rules][ageing]") {
    // Goal: days of a grace since the oldest row was due do not count; those before it neither way.
    Stage stage;
    const Day due = day_of("2024-02-29");
    stage.accept(stage.grace(due - 3, due + 2), due - 10);
    CHECK(stage.position_on(due).in_grace);
    CHECK(stage.position_on(due + 2).ageing == Ageing{2, 0, 0, 0});
    CHECK(stage.position_on(due + 3).ageing == Ageing{3, 1, 1, 1});
    CHECK_FALSE(stage.position_on(due + 3).in_grace);
    stage.accept(stage.grace(due + 10, due + 19), due + 5);
    CHECK(stage.position_on(due + 15).ageing.delinquent_days == 7);
    CHECK(stage.position_on(due + 19).ageing.delinquent_days == 7);
    CHECK(stage.position_on(due + 25).ageing.delinquent_days == 25 - 2 - 10);
}

TEST_CASE("OVERDUE_MARK says what every reader computes", "[ledger][rules][ageing]") {
    // Goal: each claim by one, at the ends of its type; any state of an active contract.
    Stage stage;
    const Transaction good = stage.draft(mark(), day_of("2024-06-01"));
    CHECK(std::get<OverdueMark>(good.body).days_past_due == 93);
    const auto claims = [&](Day days, std::uint32_t bucket, std::uint32_t asset_class) {
        Transaction transaction = good;
        transaction.id = stage.book.drafts().next_id();
        transaction.body = OverdueMark{Stage::kContract, days, bucket, asset_class};
        stage.refuse(transaction, Outcome::mark_differs);
    };
    constexpr std::uint32_t kUint32Max = std::numeric_limits<std::uint32_t>::max();
    for (const Day days :
         {92, 94, 0, -1, std::numeric_limits<Day>::max(), std::numeric_limits<Day>::min()}) {
        claims(days, 4, 2);
    }
    for (const std::uint32_t bucket : {0U, 3U, 5U, 255U, 256U, 260U, kUint32Max}) {
        claims(93, bucket, 2);
    }
    for (const std::uint32_t asset_class : {0U, 1U, 3U, 4U, 258U, kUint32Max}) {
        claims(93, 4, asset_class);
    }
    require_refused(stage.book, good, {stage.lender}, Outcome::role_missing);
    Transaction again = good;
    again.id = stage.book.drafts().next_id();
    stage.accept(again);
    const Position before = stage.position();
    CHECK(before.outstanding_total == 101'500);
    // Behind a backdated payment the mark stands as what was said.
    stage.accept(
        stage.backdated(stage.payment(33'833), day_of("2024-06-02"), day_of("2024-05-20")));
    CHECK_FALSE(stage.position().misfit);
    CHECK(stage.position_on(day_of("2024-06-01")).ageing.days_past_due == 62);
    stage.accept(stage.payment(67'667), day_of("2024-06-02"));
    stage.refuse(mark(), Outcome::contract_not_active, day_of("2024-06-02"));
}
