#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

MerchantRefund refund(Amount amount, std::string source) {
    return {Stage::kContract, amount, std::move(source)};
}

}  // namespace

TEST_CASE("MERCHANT_REFUND lowers the last rows first", "[ledger][rules][refund]") {
    // Goal: rows, fees untouched, use freed; what is due next stays as agreed.
    Stage stage;
    stage.accept(refund(40'000, "r1"));
    const Position position = stage.position();
    CHECK(position.rows[0].outstanding == ByComponent{0, 500, 0, 33'333});
    CHECK(position.rows[1].outstanding == ByComponent{0, 500, 0, 26'667});
    CHECK(position.rows[2].outstanding == ByComponent{0, 500, 0, 0});
    CHECK(position.totals.refunded == ByComponent{0, 0, 0, 40'000});
    CHECK(position.totals.credit == 0);
    CHECK(stage.line().used == 60'000);
}

TEST_CASE("What is refunded above the outstanding principal is owed", "[ledger][rules][refund]") {
    // Goal: credit, on open and on closed contracts, up to what was captured and no further.
    Stage stage;
    stage.accept(stage.payment(60'000));
    const Amount open = stage.position().outstanding[3];
    stage.accept(refund(open + 5, "r1"));
    CHECK(stage.position().totals.credit == 5);
    CHECK(stage.position().totals.refunded[3] == open);
    CHECK(stage.position().payable() == stage.position().outstanding[1]);
    CHECK(stage.line().used == 0);
    stage.accept(stage.payment(stage.position().payable()));
    CHECK(stage.position().status == ContractStatus::overpaid);
    const Amount left = 100'000 - open - 5;
    stage.refuse(refund(left + 1, "r2"), Outcome::above_captured);
    stage.accept(refund(left, "r2"));
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    CHECK(stage.position().totals.credit == 5 + left);
    stage.refuse(refund(1, "r3"), Outcome::above_captured);
}

TEST_CASE("Once everything is refunded charges lapse", "[ledger][rules][refund]") {
    // Goal: fees not yet paid are not owed any more; assessed penalties still are.
    Stage stage;
    stage.accept(stage.payment(300));
    stage.accept(refund(99'999, "r1"));
    CHECK(stage.position().outstanding == ByComponent{0, 1'200, 0, 1});
    stage.accept(refund(1, "r2"));
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    CHECK(stage.position().totals.lapsed == ByComponent{0, 1'200, 0, 0});
    CHECK(stage.position().payable() == 0);

    Stage late;
    const Day day = day_of("2024-03-10");
    late.accept(PenaltyAssess{Stage::kContract}, day);
    late.accept(refund(100'000, "r"), day);
    CHECK(late.position().status == ContractStatus::active);
    CHECK(late.position().outstanding == ByComponent{169, 0, 0, 0});
    late.accept(late.payment(169), day);
    CHECK(late.position().status == ContractStatus::closed_refunded);
}

TEST_CASE("MERCHANT_REFUND is refused, each rule with its code", "[ledger][rules][refund]") {
    // Goal: amounts, references of the lender's own, signers.
    Stage stage;
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(refund(amount, "r"), Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{100'001}, std::numeric_limits<Amount>::max()}) {
        stage.refuse(refund(amount, "r"), Outcome::above_captured);
    }
    stage.refuse(refund(5, ""), Outcome::text_out_of_range);
    stage.refuse(refund(5, std::string(65, 'x')), Outcome::text_out_of_range);
    stage.refuse(MerchantRefund{id_of<ContractId>(9), 5, "r"}, Outcome::contract_unknown);
    require_refused(stage.book, stage.draft(refund(5, "r")), {stage.servicer},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(refund(5, "r")),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
    stage.accept(refund(5, "r"));
    stage.refuse(refund(5, "r"), Outcome::source_ref_used);
    // The servicer's references are its own.
    stage.accept(stage.payment(5, "r"));
}

TEST_CASE("A backdated refund that later payments contradict is replayed",
          "[ledger][rules][refund]") {
    // Goal: a payment above what is then left becomes a conflict under a strict ruleset.
    Stage stage;
    stage.accept(stage.payment(101'000), Drafts::kToday + 10);
    stage.refuse(stage.backdated(refund(10'000, "r"), Drafts::kToday + 10, Drafts::kToday + 5),
                 Outcome::replay_conflict);
    stage.accept(refund(10'000, "r"), Drafts::kToday + 10);
    CHECK(stage.position().totals.credit == 10'000 - stage.position().totals.refunded[3]);
}
