#include <limits>

#include "ledger/ownership.h"
#include "ledger/trial_balance.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// A sale in the books of seller and buyer, and what is booked behind it.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
const Day kDue = day_of("2024-02-29");

/// All that a lender's book holds, closed or not.
Balances book_of(const Stage& stage, const Party* lender) {
    const DaysRecord days = read_days(stage.book.records()).value();
    std::vector<Day> places = days.open;
    places.push_back(kClosedDays);
    Balances sum;
    for (const Day day : places) {
        const BookId id{lender->id, {'C', 'N', 'Y'}};
        const auto value = stage.book.records().get(totals_key(id, day)).value();
        if (!value) continue;
        const TotalsRecord totals = decode_totals(*value).value();
        for (std::size_t place = 0; place < totals.balances.size(); ++place) {
            sum.of(static_cast<BookAccount>(place + 1)) += totals.balances[place];
        }
    }
    CHECK(sum.sum() == 0);
    return sum;
}

Balances with(std::initializer_list<std::pair<BookAccount, Amount>> amounts) {
    Balances balances;
    for (const auto& [account, amount] : amounts) balances.of(account) = amount;
    return balances;
}

void sell(Stage& stage, Amount price, Day day = kToday) {
    stage.accept(TransferInit{kContract, stage.funder->id, price, day}, day);
    stage.accept(TransferSettle{kContract, stage.next_ref()}, day);
}

}  // namespace

TEST_CASE("A sale takes receivables, unearned income and credit from one book to the other",
          "[ledger][rules][receivables]") {
    // Goal: 100000 and fees of 1500 that are still to be earned, sold below and above what they
    // stand at; both books balance, and what the line may use stays with its originator.
    using enum BookAccount;
    for (const Amount difference : {-2'000, 0, 3'000}) {
        INFO(difference);
        Stage stage;
        const LineView line = stage.line();
        sell(stage, 100'000 + difference);
        const Amount gain = difference > 0 ? difference : 0;
        CHECK(book_of(stage, stage.lender) == with({{merchant_payable, -100'000},
                                                    {cash, 100'000 + difference},
                                                    {sale_gain, -gain},
                                                    {sale_loss, gain - difference}}));
        CHECK(book_of(stage, stage.funder) == with({{receivable_principal, 100'000},
                                                    {receivable_fee, 1'500},
                                                    {unearned_income, -1'500},
                                                    {cash, -100'000 - difference},
                                                    {purchase_difference, difference}}));
        CHECK(stage.line().used == line.used);
        CHECK(stage.line().body.owner == stage.lender->id);
    }
}

TEST_CASE("What has fallen due by a sale was earned by the seller",
          "[ledger][rules][receivables]") {
    // Goal: income up to the day, with what was paid, stays; a penalty goes over as it stands.
    using enum BookAccount;
    Stage stage;
    stage.accept(stage.payment(20'000), kDue);
    const Day late = kDue + 10;
    stage.accept(PenaltyAssess{kContract, 0}, late);
    const Amount penalty = stage.position().outstanding[place_of(Component::penalty)];
    REQUIRE(penalty > 0);
    sell(stage, 80'000, late);
    const Balances seller = book_of(stage, stage.lender);
    CHECK(seller.of(fee_income) == -500);
    CHECK(seller.of(penalty_income) == -penalty);
    CHECK(seller.of(receivable_fee) == 0);
    CHECK(seller.of(receivable_penalty) == 0);
    CHECK(seller.of(unearned_income) == 0);
    CHECK(seller.of(cash) == 100'000);
    // 80500 and two fees to come of principal and fees are left, and the penalty.
    CHECK(seller.of(sale_loss) == 80'500 + penalty - 80'000);
    const Balances buyer = book_of(stage, stage.funder);
    CHECK(buyer.of(receivable_penalty) == penalty);
    CHECK(buyer.of(receivable_principal) + buyer.of(receivable_fee) == 81'500);
    CHECK(buyer.of(unearned_income) == -1'000);
}

TEST_CASE("What comes after a sale is booked with the owner, whatever its value date",
          "[ledger][rules][receivables]") {
    // Goal: the seller's figures never change again, closed or not; each day closes for both.
    using enum BookAccount;
    Stage stage;
    const Transaction early = stage.draft(stage.payment(500, "bank-1"));
    stage.accept(early);
    sell(stage, 98'000, kToday + 3);
    const Balances seller = book_of(stage, stage.lender);
    CHECK(seller.of(cash) == 98'500);
    stage.close_days(kToday + 3);
    stage.accept(stage.backdated(stage.payment(1'000), kToday + 4, kToday + 1));
    CHECK(book_of(stage, stage.lender) == seller);
    CHECK(book_of(stage, stage.funder).of(cash) == -97'000);
    // Also what takes back a payment that the seller had: the two settle it between them.
    const Transaction back = stage.draft(stage.reversal(early), kToday + 4);
    REQUIRE(stage.book.submit_one(back, {stage.servicer, stage.servicer_2}) == Outcome::accepted);
    CHECK(book_of(stage, stage.lender) == seller);
    CHECK(book_of(stage, stage.funder).of(cash) == -97'500);
    stage.accept(stage.payment(33'833), kDue);
    CHECK(book_of(stage, stage.funder).of(fee_income) == -500);
}

TEST_CASE("A payment is not posted before a sale and once more behind it",
          "[ledger][rules][receivables]") {
    // Goal: references are a lender's, but on one contract also those of who owned it before.
    Stage stage;
    const Transaction payment = stage.draft(stage.payment(500, "bank-1"));
    stage.accept(payment);
    stage.accept(stage.capture(1'000, 3, id_of<ContractId>(2)));
    sell(stage, 98'000);
    stage.refuse(stage.payment(500, "BANK-1"), Outcome::source_ref_used, kToday + 1);
    Repayment other = stage.payment(50, "bank-1");
    other.contract = id_of<ContractId>(2);
    stage.refuse(other, Outcome::source_ref_used, kToday + 1);
    stage.accept(stage.payment(500, "bank-2"), kToday + 1);
    CHECK(find_payment(stage.book.records(), stage.funder->id, "bank-2").value().has_value());
    CHECK_FALSE(find_payment(stage.book.records(), stage.lender->id, "bank-2").value());
    // The seller may have one of this name, of another contract.
    other.source_ref = "bank-2";
    stage.accept(other, kToday + 1);
    stage.accept(stage.reversal(payment), kToday + 1);
    stage.accept(stage.payment(500, "bank-1"), kToday + 1);
}

TEST_CASE("A price that a book cannot hold is refused with both books as they were",
          "[ledger][rules][receivables]") {
    // Goal: a seller that has almost all that 64 bits hold; every open day can still be closed.
    constexpr Amount kMost = std::numeric_limits<Amount>::max();
    const auto kSecond = id_of<ContractId>(2);
    Stage stage;
    stage.accept(stage.capture(1'000, 3, kSecond));
    stage.refuse(TransferInit{kSecond, stage.funder->id, 10'001, kToday + 1},
                 Outcome::price_out_of_range);
    stage.refuse(TransferInit{kSecond, stage.funder->id, kMost, kToday + 1},
                 Outcome::price_out_of_range);
    // No transaction leads there.
    const BookId lender{stage.lender->id, {'C', 'N', 'Y'}};
    const auto key = totals_key(lender, kToday);
    TotalsRecord totals = decode_totals(stage.book.records().all().at(key)).value();
    const auto place = [](BookAccount account) { return static_cast<std::size_t>(account) - 1; };
    totals.balances.at(place(BookAccount::cash)) += kMost - 9'999;
    totals.balances.at(place(BookAccount::customer_credit)) -= kMost - 9'999;
    stage.book.force(key, encode_record(totals));
    const Balances seller = book_of(stage, stage.lender);
    const Balances buyer = book_of(stage, stage.funder);
    stage.accept(TransferInit{kSecond, stage.funder->id, 10'000, kToday + 1});
    // On one day, and on two of which the second could not be closed.
    stage.refuse(TransferSettle{kSecond, "price-1"}, Outcome::overflow);
    stage.refuse(TransferSettle{kSecond, "price-1"}, Outcome::overflow, kToday + 1);
    CHECK(book_of(stage, stage.lender) == seller);
    CHECK(book_of(stage, stage.funder) == buyer);
    stage.accept(TransferCancel{kSecond}, kToday + 1);
    stage.close_days(kToday + 1);
}
