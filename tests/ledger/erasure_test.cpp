#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// When a borrower may be erased, and what is refused from then on.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr Day kLater = kToday + 5;
const ErasureCert kErasure{Stage::kBorrower, {}};

CustomerRecord customer(const Stage& stage) {
    const auto id = customer_id_of(stage.lender->id, Stage::kBorrower);
    return read_customer(stage.book.records(), id).value().value();
}

Assessment next_assessment() {
    auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
    body.assessment = id_of<AssessmentId>(99);
    return body;
}

}  // namespace

TEST_CASE("A borrower is erased once nothing of it is open", "[ledger][rules][erasure]") {
    // Goal: line and contract both bar it; from then on nothing new begins.
    Stage stage;
    CHECK(customer(stage) == CustomerRecord{1, 1});
    stage.refuse(kErasure, Outcome::borrower_in_use);
    stage.accept(stage.payment(101'500), kLater);
    CHECK(customer(stage) == CustomerRecord{1, 0});
    stage.refuse(kErasure, Outcome::borrower_in_use, kLater);
    stage.accept(LimitClose{Stage::kLine}, kLater);
    CHECK(customer(stage) == CustomerRecord{0, 0});
    require_refused(stage.book, stage.draft(kErasure, kLater), {stage.servicer},
                    Outcome::role_missing);
    // Another lender knows no such borrower.
    require_refused(stage.book, stage.draft(kErasure, kLater),
                    {&stage.book.cast().other_originator()}, Outcome::borrower_unknown);
    stage.accept(kErasure, kLater);
    const auto id = customer_id_of(stage.lender->id, Stage::kBorrower);
    const ErasureRecord record = read_erasure(stage.book.records(), id).value().value();
    CHECK(record.owner == stage.lender->id);
    CHECK(record.value_date == kLater);
    stage.refuse(kErasure, Outcome::borrower_erased, kLater);
    stage.refuse(next_assessment(), Outcome::borrower_erased, kLater);
    const auto grant = Drafts().grant(id_of<LineId>(9), Stage::kBorrower, 10).body;
    stage.refuse(grant, Outcome::borrower_erased, kLater);
    stage.refuse(CollectionAssign{Stage::kContract, stage.collector->id, 5},
                 Outcome::borrower_erased, kLater);
    stage.refuse(stage.backdated(stage.contact(), kLater, kToday), Outcome::borrower_erased);
    // A complaint about it still has a place.
    stage.accept(stage.complaint(), kLater);
}

TEST_CASE("Whoever owns a contract answers for its borrower's erasure",
          "[ledger][rules][erasure]") {
    // Goal: a seller that certifies ends nobody's collection; a buyer that has certified buys
    // nothing of that borrower, and cannot certify while it owns.
    Stage stage;
    stage.accept(stage.request(id_of<HardshipId>(1)));
    stage.accept(TransferInit{Stage::kContract, stage.funder->id, 90'000, kLater});
    CHECK(customer(stage) == CustomerRecord{1, 1});
    stage.accept(TransferSettle{Stage::kContract, "price-1"});
    CHECK(customer(stage) == CustomerRecord{1, 0});
    const auto buyer = customer_id_of(stage.funder->id, Stage::kBorrower);
    CHECK(read_customer(stage.book.records(), buyer).value().value() == CustomerRecord{0, 1});
    const Day late = day_of("2024-08-31");
    const auto of_owner = [&](TransactionBody body) {
        return stage.book.submit_one(stage.draft(std::move(body), late),
                                     {stage.lender, stage.funder, stage.collector});
    };
    REQUIRE(of_owner(ChargeOff{.contract = Stage::kContract}) == Outcome::accepted);
    stage.accept(LimitClose{Stage::kLine}, late);
    stage.accept(kErasure, late);
    stage.accept(stage.contact(), late);
    REQUIRE(of_owner(CollectionAssign{Stage::kContract, stage.collector->id, 5}) ==
            Outcome::accepted);
    CHECK(read_customer(stage.book.records(), buyer).value().value() == CustomerRecord{0, 1});
}

TEST_CASE("Money owed to the borrower bars its erasure", "[ledger][rules][erasure]") {
    // Goal: an overpaid contract, and one that was refunded after it was paid.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    }});
    stage.accept(stage.payment(101'600), kLater);
    stage.accept(LimitClose{Stage::kLine}, kLater);
    stage.refuse(kErasure, Outcome::borrower_in_use, kLater);
    stage.accept(OverpayRefund{Stage::kContract, 100, "back-1"}, kLater);
    stage.accept(kErasure, kLater);

    Stage refunded;
    refunded.accept(refunded.payment(101'500), kLater);
    refunded.accept(MerchantRefund{Stage::kContract, 100'000, "refund-1"}, kLater);
    REQUIRE(refunded.position().totals.credit > 0);
    refunded.accept(LimitClose{Stage::kLine}, kLater);
    refunded.refuse(kErasure, Outcome::borrower_in_use, kLater);
}

TEST_CASE("A loss bars erasure while a collector has it", "[ledger][rules][erasure]") {
    // Goal: given up is over unless somebody collects on it.
    Stage stage;
    const Day late = kToday + 200;
    stage.accept(ChargeOff{.contract = Stage::kContract}, late);
    CHECK(customer(stage) == CustomerRecord{1, 0});
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 100'000}, late);
    CHECK(customer(stage) == CustomerRecord{1, 1});
    stage.accept(LimitClose{Stage::kLine}, late);
    stage.refuse(kErasure, Outcome::borrower_in_use, late);
    stage.accept(CollectionRecall{Stage::kContract}, late);
    stage.accept(kErasure, late);
}

TEST_CASE("What comes back after a certificate is booked all the same",
          "[ledger][rules][erasure]") {
    // Goal: a bank's chargeback is a fact; the count follows what a reversal reopens.
    Stage stage;
    const Transaction paid = stage.draft(stage.payment(101'500), kLater);
    stage.accept(paid);
    const Transaction reversal = stage.draft(stage.reversal(paid), kLater);
    stage.accept(reversal);
    CHECK(customer(stage) == CustomerRecord{1, 1});
    const Transaction again = stage.draft(stage.payment(101'500), kLater);
    stage.accept(again);
    stage.accept(LimitClose{Stage::kLine}, kLater);
    stage.accept(kErasure, kLater);
    stage.accept(Chargeback{Stage::kContract, stage.servicer->id, again.id, 500, "back-1"}, kLater);
    CHECK(customer(stage) == CustomerRecord{0, 1});
    stage.refuse(CollectionAssign{Stage::kContract, stage.collector->id, 5},
                 Outcome::borrower_erased, kLater);
    stage.accept(stage.payment(500), kLater);
    CHECK(customer(stage) == CustomerRecord{0, 0});
}

TEST_CASE("A capture that was taken back counts for nothing", "[ledger][rules][erasure]") {
    // Goal: counts by contract, over several of them; an atomic group undoes its own.
    Stage stage({.captured = false});
    CHECK(customer(stage) == CustomerRecord{1, 0});
    const Transaction capture = stage.draft(stage.capture(100'000));
    REQUIRE(stage.book.submit_one(capture, {stage.lender, stage.funder}) == Outcome::accepted);
    stage.accept(stage.capture(500, 3, id_of<ContractId>(7)));
    CHECK(customer(stage) == CustomerRecord{1, 2});
    const Transaction back = stage.draft(stage.reversal(capture, stage.lender));
    REQUIRE(stage.book.submit_one(back, {stage.lender, stage.funder}) == Outcome::accepted);
    CHECK(customer(stage) == CustomerRecord{1, 1});
    const std::vector group{stage.draft(stage.payment(5)), stage.draft(stage.payment(0))};
    (void)stage.book.submit(group, {stage.servicer}, true);
    CHECK(customer(stage) == CustomerRecord{1, 1});
}

TEST_CASE("Borrowers of two lenders are two customers", "[ledger][rules][erasure]") {
    // Goal: neither stands in the other's way.
    const auto lender = id_of<MemberId>(1);
    const auto other = id_of<MemberId>(2);
    CHECK(customer_id_of(lender, Stage::kBorrower) == customer_id_of(lender, Stage::kBorrower));
    CHECK(customer_id_of(lender, Stage::kBorrower) != customer_id_of(other, Stage::kBorrower));
    CHECK(customer_id_of(lender, Stage::kBorrower) != customer_id_of(lender, id_of<BorrowerId>(1)));
}
