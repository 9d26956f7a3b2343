#include <limits>

#include "ledger/apr.h"
#include "ledger/double_entry.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

StageOptions under(RefundPolicy policy) {
    return {
        .rules = [policy](RulesetRegister&, ProductRegister& product) { product.refund = policy; }};
}

const Day kDue = day_of("2024-02-29");

MerchantRefund refund(Amount amount, std::string source) {
    return {Stage::kContract, amount, std::move(source)};
}

}  // namespace

TEST_CASE("A refund under last_rows_first begins at the end", "[ledger][rules][refund]") {
    // Goal: what is due next keeps its principal; charges shrink by the same share, and lapse
    // wholly where nothing is left to pay off.
    Stage stage(under(RefundPolicy::last_rows_first));
    stage.accept(refund(40'000, "r1"));
    const Position position = stage.position();
    CHECK(position.rows[0].outstanding == ByComponent{0, 300, 0, 33'333});
    CHECK(position.rows[1].outstanding == ByComponent{0, 300, 0, 26'667});
    CHECK(position.rows[2].outstanding == ByComponent{0, 0, 0, 0});
    CHECK(position.totals.refunded == ByComponent{0, 0, 0, 40'000});
    CHECK(position.totals.lapsed == ByComponent{0, 900, 0, 0});
    CHECK(position.totals.credit == 0);
    CHECK(stage.line().used == 60'000);
}

TEST_CASE("A refund under spread shrinks every open row", "[ledger][rules][refund]") {
    // Goal: by the fen, the parts sum to the refund; rows paid and charges due keep what they are.
    Stage stage;
    stage.accept(refund(40'001, "r1"));
    Position position = stage.position();
    CHECK(position.rows[0].outstanding == ByComponent{0, 299, 0, 19'999});
    CHECK(position.rows[1].outstanding == ByComponent{0, 299, 0, 19'999});
    CHECK(position.rows[2].outstanding == ByComponent{0, 299, 0, 20'001});
    CHECK(position.totals.lapsed == ByComponent{0, 603, 0, 0});

    Stage late;
    late.accept(late.payment(33'833), day_of("2024-02-29"));
    late.accept(refund(30'000, "r1"), day_of("2024-04-10"));
    position = late.position();
    CHECK(position.rows[0].outstanding == ByComponent{});
    CHECK(position.rows[1].outstanding == ByComponent{0, 500, 0, 18'333});
    CHECK(position.rows[2].outstanding == ByComponent{0, 275, 0, 18'334});
}

TEST_CASE("Half an order returned on its day costs no more than before",
          "[ledger][rules][refund]") {
    // Goal: the fact of 12 rows at 0.5 %: 368,051 ppm if the fees stayed.
    for (const RefundPolicy policy : {RefundPolicy::spread, RefundPolicy::last_rows_first}) {
        Stage stage(under(policy));
        const auto half = id_of<ContractId>(77);
        stage.accept(stage.capture(50'000, 12, half));
        stage.accept(MerchantRefund{half, 25'000, "r1"});
        const Position position = stage.book.contract(half).value().position;
        std::vector<Instalment> rest = rows_of(position);
        for (std::size_t row = 0; row < rest.size(); ++row) {
            rest[row].principal = position.rows[row].outstanding[3];
            rest[row].fee = position.rows[row].outstanding[1];
        }
        CHECK(apr_ppm(25'000, rest).value() <=
              (policy == RefundPolicy::spread ? 108'960 : 240'000));
    }
}

TEST_CASE("A rest above the cap is free of charge", "[ledger][rules][refund]") {
    // Goal: the last rows first leave short rows with charges of the whole time.
    Stage stage({.rules = [](RulesetRegister&, ProductRegister& product) {
        product.refund = RefundPolicy::last_rows_first;
        product.apr_cap_ppm = 89'777;
    }});
    stage.accept(refund(66'000, "r1"));
    CHECK(stage.position().totals.lapsed[1] == 1'500);
    CHECK(stage.position().payable() == 34'000);
}

TEST_CASE("What a refund leaves over pays what is due before it is owed out",
          "[ledger][rules][refund]") {
    // Goal: penalty and fee of the overdue row; then credit, up to what was captured.
    Stage stage;
    stage.accept(stage.payment(60'000));
    const Day late = day_of("2024-04-30");
    const Amount open = stage.position().outstanding[3];
    const Amount charges = stage.position().payable() - open;
    CHECK(charges == 500);
    stage.accept(refund(open + 700, "r1"), late);
    CHECK(stage.position().totals.credit == 200);
    CHECK(stage.position().totals.refunded[3] == open);
    CHECK(stage.position().status == ContractStatus::overpaid);
    CHECK(stage.line().used == 0);
    const Amount left = 100'000 - open - 700;
    stage.refuse(refund(left + 1, "r2"), Outcome::above_captured, late);
    stage.accept(refund(left, "r2"), late);
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    CHECK(stage.position().totals.credit == 200 + left);
    stage.refuse(refund(1, "r3"), Outcome::above_captured, late);
}

TEST_CASE("OVERPAY_REFUND pays out what is owed and no more", "[ledger][rules][refund]") {
    // Goal: amount, reference, signer; a contract that owes nothing any more is paid.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    }});
    stage.accept(stage.payment(101'600));
    const auto out = [](Amount amount, std::string source) {
        return OverpayRefund{Stage::kContract, amount, std::move(source)};
    };
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(out(amount, "o1"), Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{101}, std::numeric_limits<Amount>::max()}) {
        stage.refuse(out(amount, "o1"), Outcome::above_credit);
    }
    require_refused(stage.book, stage.draft(out(5, "o1")), {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    stage.accept(out(60, "o1"));
    stage.refuse(out(60, "o2"), Outcome::above_credit);
    stage.refuse(out(40, "o1"), Outcome::source_ref_used);
    const Transaction rest = stage.draft(out(40, "o2"));
    stage.accept(rest);
    CHECK(stage.position().status == ContractStatus::closed_paid);
    stage.accept(stage.reversal(rest));
    CHECK(stage.position().status == ContractStatus::overpaid);
    CHECK(stage.position().totals.credit == 40);
}

TEST_CASE("Once everything is refunded charges lapse", "[ledger][rules][refund]") {
    // Goal: fees not yet paid are not owed any more; assessed penalties still are.
    Stage stage;
    stage.accept(stage.payment(300));
    stage.accept(refund(99'999, "r1"));
    CHECK(stage.position().outstanding == ByComponent{0, 0, 0, 1});
    stage.accept(refund(1, "r2"));
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    CHECK(stage.position().totals.lapsed == ByComponent{0, 1'200, 0, 0});
    CHECK(stage.position().payable() == 0);
    CHECK(stage.position().totals.credit == 300);

    Stage late;
    const Day day = day_of("2024-03-10");
    late.accept(PenaltyAssess{Stage::kContract}, day);
    late.accept(refund(100'000, "r1"), day);
    CHECK(late.position().status == ContractStatus::active);
    CHECK(late.position().outstanding == ByComponent{169, 0, 0, 0});
    late.accept(late.payment(169), day);
    CHECK(late.position().status == ContractStatus::closed_refunded);
}

TEST_CASE("What was paid ahead for a purchase that is refunded whole is the borrower's",
          "[ledger][rules][refund]") {
    // Goal: fees of rows that are not due, to the last fen; nothing of it is income.
    Stage stage;
    stage.accept(stage.payment(101'500));
    stage.accept(refund(100'000, "r1"));
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    CHECK(stage.position().totals.credit == 101'500);
    CHECK(stage.position().totals.returned == ByComponent{0, 1'500, 0, 0});
    CHECK(stage.position().effects.back().returned == 1'500);
    CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == 0);
    stage.accept(OverpayRefund{Stage::kContract, 101'500, "out-1"});
    CHECK(balances_of(stage.position()).of(BookAccount::cash) == 0);

    // What is still kept keeps its charge, by the fen.
    Stage part;
    part.accept(part.payment(300));
    part.accept(refund(99'999, "r1"));
    CHECK(part.position().totals.returned == ByComponent{});
    CHECK(part.position().totals.credit == 0);
}

TEST_CASE("A re-plan makes no income of what was paid ahead", "[ledger][rules][refund]") {
    // Goal: it is earned on its own due date, and given back before.
    for (const char* refunded : {"2024-02-15", "2024-02-29", "2024-03-31"}) {
        INFO(refunded);
        Stage stage;
        stage.accept(stage.payment(67'666));
        const Day day = day_of("2024-02-10");
        stage.accept(stage.replan(5'000, 3), day);
        CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == 0);
        CHECK(stage.position().unearned[1] == 1'000 + 3 * 167);
        const Amount earned = day_of(refunded) >= day_of("2024-03-31") ? 1'000
                              : day_of(refunded) >= kDue               ? 500
                                                                       : 0;
        stage.accept(refund(100'000, "r1"), day_of(refunded));
        CHECK(stage.position().totals.returned == ByComponent{0, 1'000 - earned, 0, 0});
        CHECK(stage.position().totals.credit == 66'666 + 1'000 - earned);
        CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == -earned);
    }
}

TEST_CASE("Charges of rows that have fallen due stay paid", "[ledger][rules][refund]") {
    // Goal: they are for time in which the borrower had the money; the due date counts as such.
    Stage stage;
    stage.accept(stage.payment(33'833), kDue);
    const Day day = day_of("2024-03-10");
    stage.accept(stage.payment(33'833), day);
    stage.accept(refund(100'000, "r1"), day);
    CHECK(stage.position().totals.returned == ByComponent{0, 500, 0, 0});
    CHECK(stage.position().totals.lapsed == ByComponent{0, 500, 0, 0});
    CHECK(stage.position().totals.credit == 66'666 + 500);
    CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == -500);

    for (const Day refunded : {kDue - 1, kDue}) {
        Stage on;
        on.accept(on.payment(33'833), kDue - 1);
        on.accept(refund(100'000, "r1"), refunded);
        CHECK(on.position().totals.credit == 33'333 + (refunded < kDue ? 500 : 0));
    }
}

TEST_CASE("Charges that are given back pay what is due before they are owed out",
          "[ledger][rules][refund]") {
    // Goal: a penalty that stands.
    Stage stage;
    const Day day = day_of("2024-03-10");
    stage.accept(stage.payment(67'666), day);
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    REQUIRE(stage.position().outstanding[0] == 169);
    stage.accept(refund(33'334, "r1"), day);
    CHECK(stage.position().totals.credit == 0);
    stage.accept(refund(66'666, "r2"), day);
    CHECK(stage.position().totals.returned == ByComponent{0, 500, 0, 0});
    CHECK(stage.position().totals.credit == 66'666 + 500 - 169);
    CHECK(stage.position().status == ContractStatus::closed_refunded);
}

TEST_CASE("A bank that takes back what a refund gave back takes the credit",
          "[ledger][rules][refund]") {
    // Goal: the borrower kept nothing and paid nothing; books balance, nothing is income.
    Stage stage;
    const Transaction paid = stage.draft(stage.payment(300));
    stage.accept(paid);
    stage.accept(refund(100'000, "r1"));
    REQUIRE(stage.position().totals.credit == 300);
    stage.accept(Chargeback{Stage::kContract, stage.servicer->id, paid.id, 300, "back-1"});
    CHECK(stage.position().outstanding == ByComponent{});
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().unearned == ByComponent{});
    CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == 0);
    CHECK(balances_of(stage.position()).of(BookAccount::cash) == 0);
    CHECK(stage.position().status == ContractStatus::closed_refunded);
}

TEST_CASE("MERCHANT_REFUND is refused, each rule with its code", "[ledger][rules][refund]") {
    // Goal: amounts, references of the lender's own, signers.
    Stage stage;
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(refund(amount, "r0"), Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{100'001}, std::numeric_limits<Amount>::max()}) {
        stage.refuse(refund(amount, "r0"), Outcome::above_captured);
    }
    stage.refuse(refund(5, ""), Outcome::text_out_of_range);
    stage.refuse(refund(5, std::string(65, 'x')), Outcome::text_out_of_range);
    stage.refuse(MerchantRefund{id_of<ContractId>(9), 5, "r0"}, Outcome::contract_unknown);
    require_refused(stage.book, stage.draft(refund(5, "r0")), {stage.servicer},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(refund(5, "r0")),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
    stage.accept(refund(5, "r0"));
    stage.refuse(refund(5, "r0"), Outcome::source_ref_used);
    // One book, one list of references, whoever posts, however it is spelt.
    stage.refuse(stage.payment(5, "R0"), Outcome::source_ref_used);
}

TEST_CASE("A backdated refund that later payments contradict is replayed",
          "[ledger][rules][refund]") {
    // Goal: a payment above what is then left becomes a conflict under a strict ruleset.
    Stage stage;
    stage.accept(stage.payment(101'000), Drafts::kToday + 10);
    stage.refuse(stage.backdated(refund(10'000, "r0"), Drafts::kToday + 10, Drafts::kToday + 5),
                 Outcome::replay_conflict);
    stage.accept(refund(10'000, "r0"), Drafts::kToday + 10);
    CHECK(stage.position().totals.credit == 10'000 - stage.position().totals.refunded[3]);
}
