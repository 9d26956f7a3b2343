#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// What merchants are paid.
namespace {

constexpr Day kToday = Drafts::kToday;

MerchantSettle pay(Amount amount, std::string source, ContractId contract = Stage::kContract) {
    return {contract, amount, std::move(source)};
}

MerchantRefund refund(Amount amount, std::string source) {
    return {Stage::kContract, amount, std::move(source)};
}

Wide balance(const Stage& stage, BookAccount account) {
    return balances_of(stage.position()).of(account);
}

}  // namespace

TEST_CASE("MERCHANT_SETTLE pays what the purchase leaves payable", "[ledger][rules][merchant]") {
    // Goal: in parts, never more than was captured less what was paid and refunded.
    Stage stage;
    CHECK(stage.book.contract(Stage::kContract)->body.merchant == Stage::kMerchant);
    stage.accept(pay(60'000, "m-1"));
    stage.refuse(pay(40'001, "m-2"), Outcome::above_merchant_payable);
    stage.accept(refund(10'000, "r-1"));
    stage.refuse(pay(30'001, "m-2"), Outcome::above_merchant_payable);
    stage.accept(pay(30'000, "m-2"));
    CHECK(stage.position().totals.merchant_settled == 90'000);
    CHECK(stage.position().totals.merchant_payable() == 0);
    CHECK(balance(stage, BookAccount::merchant_payable) == 0);
    CHECK(balance(stage, BookAccount::cash) == -90'000);
    stage.refuse(pay(1, "m-3"), Outcome::above_merchant_payable);
    CHECK(stage.position().outstanding[3] == 90'000);
}

TEST_CASE("A refund after the merchant was paid is a claim", "[ledger][rules][merchant]") {
    // Goal: the books name it and balance; an earlier date changes nothing; taken back, all is as
    // it was.
    Stage stage;
    const Transaction paid = stage.draft(pay(100'000, "m-1"), kToday + 5);
    stage.accept(paid);
    // It was returned before the payment, and arrives after it.
    const Transaction back = stage.backdated(refund(30'000, "r-1"), kToday + 6, kToday + 1);
    stage.accept(back);
    CHECK(stage.position().totals.merchant_payable() == -30'000);
    CHECK(balance(stage, BookAccount::merchant_claim) == 30'000);
    CHECK(balance(stage, BookAccount::merchant_payable) == 0);
    CHECK(balances_of(stage.position()).sum() == 0);
    stage.refuse(pay(1, "m-2"), Outcome::above_merchant_payable, kToday + 6);
    stage.refuse(stage.backdated(pay(1, "m-2"), kToday + 6, kToday),
                 Outcome::above_merchant_payable);
    stage.accept(stage.reversal(paid, stage.lender), kToday + 6);
    CHECK(balance(stage, BookAccount::merchant_claim) == 0);
    CHECK(balance(stage, BookAccount::merchant_payable) == -70'000);
    stage.accept(pay(70'000, "M -1"), kToday + 6);  // the reference is free again
}

TEST_CASE("MERCHANT_SETTLE is refused, each rule with its code", "[ledger][rules][merchant]") {
    // Goal: amounts, references of the lender's own, signers, a purchase without a merchant.
    constexpr Amount kMax = std::numeric_limits<Amount>::max();
    Stage stage;
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(pay(amount, "m-1"), Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{100'001}, kMax}) {
        stage.refuse(pay(amount, "m-1"), Outcome::above_merchant_payable);
    }
    stage.refuse(pay(5, ""), Outcome::text_out_of_range);
    stage.refuse(pay(5, "Li Lei"), Outcome::reference_personal);
    stage.refuse(pay(5, "m-1", id_of<ContractId>(9)), Outcome::contract_unknown);
    require_refused(stage.book, stage.draft(pay(5, "m-1")), {stage.servicer},
                    Outcome::role_missing);
    stage.accept(stage.payment(5, "m-1"));
    stage.refuse(pay(5, "m-1"), Outcome::source_ref_used);
    Capture nameless = stage.capture(1'000, 3, id_of<ContractId>(8));
    nameless.merchant.reset();
    stage.accept(nameless);
    stage.refuse(pay(5, "m-2", id_of<ContractId>(8)), Outcome::merchant_missing);
}

TEST_CASE("A merchant is paid whatever became of the borrower", "[ledger][rules][merchant]") {
    // Goal: also after a loss; but no purchase is taken back whose merchant was paid.
    Stage stage;
    const Day late = day_of("2024-08-31");
    stage.accept(ChargeOff{.contract = Stage::kContract}, late);
    const Transaction paid = stage.draft(pay(100'000, "m-1"), late);
    stage.accept(paid);
    CHECK(stage.position().status == ContractStatus::charged_off);

    Stage gone({.captured = false});
    const Transaction capture = gone.draft(gone.capture(1'000));
    gone.accept(capture);
    gone.accept(pay(10, "m-1"));
    require_refused(gone.book, gone.draft(gone.reversal(capture, gone.lender)),
                    {gone.lender, gone.funder}, Outcome::replay_conflict);
}

TEST_CASE("What a merchant was paid stands once the contract is sold",
          "[ledger][rules][merchant]") {
    // Goal: the buyer owes him nothing, so that nobody could pay him again.
    Stage stage;
    const Transaction paid = stage.draft(pay(100'000, "m-1"));
    stage.accept(paid);
    stage.accept(TransferInit{Stage::kContract, stage.funder->id, 90'000, Drafts::kToday + 5});
    stage.accept(TransferSettle{Stage::kContract, "price-1"});
    require_refused(stage.book, stage.draft(stage.reversal(paid, stage.lender)),
                    {stage.lender, stage.funder}, Outcome::contract_sold);
}
