#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// A part is paid for all that is owed.
namespace {

constexpr Amount kMax = std::numeric_limits<Amount>::max();
const Day kLate = day_of("2024-04-10");  // two rows have fallen due
const Day kOver = day_of("2024-08-31");  // all have

DebtSettle settle(Amount amount, std::string source = "d-1") {
    return {Stage::kContract, amount, std::move(source)};
}

ByComponent let_go(const Transaction& transaction) {
    const auto& body = std::get<DebtSettle>(transaction.body);
    return {body.penalty, body.fee, body.interest, body.principal};
}

}  // namespace

TEST_CASE("DEBT_SETTLE takes a part for all of a live contract", "[ledger][rules][debt_settle]") {
    // Goal: what is paid, let go and cancelled sums to what was owed; the line is free again.
    Stage stage;
    stage.accept(PenaltyAssess{Stage::kContract}, kLate);
    const Position before = stage.position();
    const Transaction deal = stage.draft(settle(40'000), kLate);
    stage.accept(deal);
    const Position after = stage.position();
    CHECK(after.status == ContractStatus::closed_settled);
    CHECK(after.outstanding_total == 0);
    // Two rows fell due: 33'833 each and the penalty; the third row's fee never did.
    CHECK(after.totals.lapsed == ByComponent{0, 500, 0, 0});
    CHECK(after.totals.waived == let_go(deal));
    const Amount paid = after.totals.repaid[0] + after.totals.repaid[1] + after.totals.repaid[3];
    CHECK(paid == 40'000);
    const ByComponent gone = let_go(deal);
    CHECK(before.outstanding_total == 40'000 + 500 + gone[0] + gone[1] + gone[2] + gone[3]);
    CHECK(gone[0] == 0);  // of the oldest row, which was met
    CHECK(gone[1] == 0);  // a fee goes before principal
    CHECK(stage.line().used == 0);
    CHECK(stage.line().status == LineStatus::active);
    const Balances books = balances_of(after);
    CHECK(books.sum() == 0);
    CHECK(books.of(BookAccount::cash) == 40'000);
    CHECK(books.of(BookAccount::waiver_expense) == gone[0] + gone[1] + gone[2] + gone[3]);
    CHECK(books.of(BookAccount::loss) == 0);
    for (const TransactionBody& body :
         {TransactionBody(settle(1, "d-2")), TransactionBody(PenaltyAssess{Stage::kContract, 1}),
          TransactionBody(ChargeOff{.contract = Stage::kContract}),
          TransactionBody(Waive{Stage::kContract, {{0, Component::fee, 1}}}),
          TransactionBody(stage.payment(1))}) {
        stage.refuse(body, Outcome::contract_not_active, kLate);
    }
}

TEST_CASE("DEBT_SETTLE of a loss is a recovery", "[ledger][rules][debt_settle]") {
    // Goal: income, no more loss; nothing is recovered behind it; the class stays.
    Stage stage;
    stage.accept(ChargeOff{.contract = Stage::kContract}, kOver);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 0}, kOver);
    stage.accept(Recovery{Stage::kContract, 1'000, 0, "c-1"}, kOver);
    const ByComponent lost = stage.position().totals.charged_off;
    CHECK(lost == ByComponent{0, 1'500, 0, 100'000});
    const Transaction deal = stage.draft(settle(20'000), kOver);
    // 21'000 came in: the fees first, then principal.
    CHECK(let_go(deal) == ByComponent{0, 0, 0, 101'500 - 21'000});
    stage.accept(deal);
    const Position after = stage.position();
    CHECK(after.status == ContractStatus::closed_settled);
    CHECK(after.totals.charged_off == lost);
    CHECK(after.totals.recovered == 21'000);
    CHECK(after.totals.forgone == let_go(deal));
    CHECK(after.totals.recoverable() == 0);
    CHECK(after.ageing == Ageing{0, 0, 0, 4});
    const Balances books = balances_of(after);
    CHECK(books.of(BookAccount::recovery_income) == -21'000);
    CHECK(books.of(BookAccount::loss) == 101'500);
    stage.refuse(Recovery{Stage::kContract, 1, 0, "c-2"}, Outcome::contract_not_charged_off, kOver);
    stage.refuse(settle(1, "d-2"), Outcome::contract_not_active, kOver);
    stage.refuse(MerchantRefund{Stage::kContract, 1, "r-1"}, Outcome::contract_not_active, kOver);
    // With two keys it is taken back: the loss stands, and the rest may be recovered.
    require_refused(stage.book, stage.draft(stage.reversal(deal, stage.lender), kOver),
                    {stage.lender}, Outcome::two_keys_required);
    REQUIRE(stage.book.submit_one(stage.draft(stage.reversal(deal, stage.lender), kOver),
                                  {stage.lender, stage.lender_2}) == Outcome::accepted);
    CHECK(stage.position().status == ContractStatus::charged_off);
    CHECK(stage.position().totals.forgone == ByComponent{});
    stage.accept(Recovery{Stage::kContract, 100'500, 0, "c-2"}, kOver);
    CHECK(stage.position().status == ContractStatus::closed_recovered);
}

TEST_CASE("DEBT_SETTLE is refused, each rule with its code", "[ledger][rules][debt_settle]") {
    // Goal: lateness, amounts, claims, keys, references.
    Stage stage;
    stage.refuse(settle(5), Outcome::not_past_due, day_of("2024-02-29"));
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(settle(amount), Outcome::amount_not_positive, kLate);
    }
    for (const Amount amount : {Amount{101'000}, Amount{101'001}, kMax}) {
        stage.refuse(settle(amount), Outcome::nothing_let_go, kLate);
    }
    require_refused(stage.book, stage.draft(settle(5), kLate), {stage.lender},
                    Outcome::two_keys_required);
    require_refused(stage.book, stage.draft(settle(5), kLate), {stage.servicer},
                    Outcome::role_missing);
    stage.refuse(settle(5, "Li Lei"), Outcome::reference_personal, kLate);
    for (Amount DebtSettle::*const part :
         {&DebtSettle::penalty, &DebtSettle::fee, &DebtSettle::interest, &DebtSettle::principal}) {
        for (const Amount by : {Amount{1}, Amount{-1}}) {
            Transaction wrong = stage.draft(settle(100'999), kLate);
            std::get<DebtSettle>(wrong.body).*part += by;
            stage.refuse(wrong, Outcome::debt_settlement_differs);
        }
    }
    stage.accept(settle(100'999), kLate);
    CHECK(stage.position().totals.waived == ByComponent{0, 0, 0, 1});
}

TEST_CASE("A settled debt stays settled", "[ledger][rules][debt_settle]") {
    // Goal: what no longer fits is refused; a bank that takes a payment back reopens that alone.
    Stage stage;
    const Transaction payment = stage.draft(stage.payment(10'000), day_of("2024-02-29"));
    stage.accept(payment);
    stage.accept(settle(30'000), kLate);
    stage.refuse(stage.backdated(stage.payment(1), kLate, kLate - 5), Outcome::replay_conflict);
    {
        // Nor does the right correction of what was posted before it: as much more is owed.
        Stage corrected;
        const Transaction wrong = corrected.draft(corrected.payment(10'000), day_of("2024-02-29"));
        corrected.accept(wrong);
        const Transaction deal = corrected.draft(settle(30'000), kLate);
        corrected.accept(deal);
        corrected.accept(corrected.reversal(wrong), kLate + 1);
        CHECK(corrected.position().status == ContractStatus::active);
        CHECK(corrected.position().outstanding_total == 10'000);
        CHECK(corrected.position().totals.waived == let_go(deal));
        CHECK(corrected.position().rows.at(0).base() == 10'000 - 6'167);
        corrected.accept(corrected.payment(10'000), kLate + 1);
        CHECK(corrected.position().status == ContractStatus::closed_settled);
    }
    const Transaction bank{stage.draft(
        Chargeback{Stage::kContract, stage.servicer->id, payment.id, 10'000, "b-1"}, kLate + 1)};
    stage.accept(bank);
    CHECK(stage.position().status == ContractStatus::active);
    CHECK(stage.position().outstanding_total == 10'000);
    stage.accept(stage.payment(10'000), kLate + 1);
    CHECK(stage.position().status == ContractStatus::closed_settled);
}
