#include "ledger/double_entry.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Payments that a bank took back: they count from their own date.
namespace {

const Day kDue = day_of("2024-02-29");
const Day kLater = day_of("2024-03-20");

struct Paid : Stage {
    Transaction paid;

    explicit Paid(Amount amount = 33'833, const StageOptions& options = {})
        : Stage(options), paid(draft(payment(amount), kDue)) {
        accept(paid);
    }
    Chargeback back(Amount amount, std::string source_ref = "back-1") const {
        return {kContract, servicer->id, paid.id, amount, std::move(source_ref)};
    }
};

}  // namespace

TEST_CASE("A chargeback opens what the payment met, last first", "[ledger][rules][chargeback]") {
    // Goal: by the fen and in two steps; totals, use, cash and the row are as before the payment.
    Paid stage;
    stage.accept(stage.back(20'000), kLater);
    CHECK(stage.position().rows[0].outstanding == ByComponent{0, 0, 0, 20'000});
    CHECK(stage.position().totals.repaid == ByComponent{0, 500, 0, 13'333});
    stage.accept(stage.back(13'833, "back-2"), kLater);
    CHECK(stage.position().rows[0].outstanding == ByComponent{0, 500, 0, 33'333});
    CHECK(stage.position().totals.repaid == ByComponent{});
    CHECK(stage.line().used == 100'000);
    stage.refuse(stage.back(1, "back-3"), Outcome::above_payment, kLater);
}

TEST_CASE("A chargeback makes no earlier day overdue", "[ledger][rules][chargeback]") {
    // Goal: days past due, class and penalty begin on its day, though the row was due before.
    Paid stage;
    stage.accept(stage.back(33'833), kLater);
    for (Day day = kDue; day <= kLater; ++day) {
        CHECK(stage.position_on(day).ageing.days_past_due == 0);
        CHECK(stage.position_on(day).penalty_accrued == 0);
    }
    CHECK(stage.position_on(kLater + 1).ageing.days_past_due == 1);
    CHECK(stage.position_on(kLater + 1).penalty_accrued == 17);
    CHECK(stage.position_on(kLater + 10).ageing.days_past_due == 10);
    stage.refuse(stage.backdated(stage.back(1, "back-2"), kLater, kLater - 1),
                 Outcome::backdated_too_far);
}

TEST_CASE("Days that were overdue anyway go on", "[ledger][rules][chargeback]") {
    // Goal: another row was late: its days are neither lost nor made more.
    Paid stage;
    const Day late = day_of("2024-04-10");
    CHECK(stage.position_on(late).ageing.days_past_due == 10);
    stage.accept(stage.back(33'833), late);
    CHECK(stage.position_on(late).ageing.days_past_due == 10);
    CHECK(stage.position_on(late + 1).ageing.days_past_due == 11);
    stage.accept(stage.payment(33'833), late + 1);
    CHECK(stage.position_on(late + 1).ageing.days_past_due == 11);
}

TEST_CASE("A chargeback hides no day of a row that another one opens",
          "[ledger][rules][chargeback]") {
    // Goal: row 0 is paid 20 days late, row 1 before it is due. A bank takes back the latter, which
    // makes nothing late, then the former: its 20 days count again, and those since day 29. Taking
    // the first chargeback back changes none of them.
    Stage stage;
    const Transaction late = stage.draft(stage.payment(33'833), kDue + 20);
    stage.accept(late);
    const Transaction early = stage.draft(stage.payment(33'833), kDue + 22);
    stage.accept(early);
    const auto back = [&stage](const Transaction& paid, std::string source_ref) {
        return Chargeback{Stage::kContract, stage.servicer->id, paid.id, 33'833, source_ref};
    };
    const Transaction first = stage.draft(back(early, "back-1"), kDue + 25);
    stage.accept(first);
    stage.accept(back(late, "back-2"), kDue + 29);
    const auto expect = [&stage] {
        for (Day day = 29; day <= 80; ++day) {
            const Day counted = stage.position_on(kDue + day).ageing.days_past_due;
            CHECK(counted == day - 9);
        }
    };
    expect();
    stage.accept(stage.reversal(first), kDue + 30);
    expect();
}

TEST_CASE("The days before a payment count again, whatever stood after it",
          "[ledger][rules][chargeback]") {
    // Goal: row 0 is paid 30 days late, row 1 10 days late; that payment stands on days 42 to 60.
    // Of row 1 the days 32 to 41 count and those from 61 on. On day 65 a bank takes back what paid
    // row 0: its 30 days count again, and those since; they are more.
    Stage stage;
    const Transaction late = stage.draft(stage.payment(33'833), kDue + 30);
    stage.accept(late);
    const Transaction other = stage.draft(stage.payment(33'833), kDue + 41);
    stage.accept(other);
    stage.accept(stage.reversal(other), kDue + 60);
    const auto counted = [&stage](Day day) {
        return stage.position_on(kDue + day).ageing.days_past_due;
    };
    CHECK(counted(65) == 15);
    stage.accept(Chargeback{Stage::kContract, stage.servicer->id, late.id, 33'833, "back-1"},
                 kDue + 65);
    CHECK(counted(60) == 0);
    for (Day day = 65; day <= 90; ++day) CHECK(counted(day) == day - 35);
}

TEST_CASE("A contract that a payment closed is open again", "[ledger][rules][chargeback]") {
    // Goal: credit goes first; what was lost is a loss; what was paid out cannot go back.
    const StageOptions credit{.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    }};
    Paid stage(101'600, credit);
    CHECK(stage.position().status == ContractStatus::overpaid);
    stage.accept(stage.back(40), kLater);
    CHECK(stage.position().totals.credit == 60);
    stage.accept(stage.back(100, "back-2"), kLater);
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().status == ContractStatus::active);
    CHECK(stage.position().outstanding == ByComponent{0, 0, 0, 40});

    Paid gone(101'600, credit);
    gone.accept(OverpayRefund{Stage::kContract, 50, "out-1"}, kLater);
    gone.refuse(gone.back(100), Outcome::above_credit, kLater);

    Paid lost;
    lost.accept(ChargeOff{.contract = Stage::kContract}, kLater);
    lost.accept(lost.back(833), kLater);
    CHECK(lost.position().status == ContractStatus::charged_off);
    CHECK(lost.position().totals.charged_off[3] == 66'667 + 833);
    CHECK(lost.position().outstanding == ByComponent{});
}

TEST_CASE("After a re-plan a chargeback is owed in the running row",
          "[ledger][rules][chargeback]") {
    Paid stage;
    stage.accept(stage.replan(5'000, 3), kLater);
    stage.accept(stage.back(300), day_of("2024-05-01"));
    CHECK(stage.position().rows[1].outstanding[3] == stage.position().rows[0].outstanding[3] + 300);
}

TEST_CASE("CHARGEBACK is refused, each rule with its code", "[ledger][rules][chargeback]") {
    // Goal: signers, target, amount, reference; a payment that was charged back is not reversed.
    Paid stage;
    const auto draft = [&](Amount amount) { return stage.draft(stage.back(amount), kLater); };
    require_refused(stage.book, draft(5), {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, draft(5), {stage.bank}, Outcome::role_missing);
    require_refused(stage.book, draft(5), {stage.bank, &stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    for (const Amount amount : {Amount{0}, Amount{-1}}) {
        stage.refuse(draft(amount), Outcome::amount_not_positive);
    }
    stage.refuse(draft(33'834), Outcome::above_payment);
    Chargeback wrong = stage.back(5);
    wrong.submitter = stage.lender->id;
    stage.refuse(wrong, Outcome::target_unknown, kLater);
    const auto mark = stage.draft(OverdueMark{Stage::kContract}, kLater);
    stage.accept(mark);
    wrong = stage.back(5);
    wrong.target = mark.id;
    stage.refuse(wrong, Outcome::target_not_reversible, kLater);
    const Transaction good = draft(5);
    stage.accept(good);
    stage.refuse(stage.back(5), Outcome::source_ref_used, kLater);
    stage.refuse(stage.reversal(stage.paid), Outcome::replay_conflict, kLater);
    stage.accept(stage.reversal(good), kLater);
    stage.accept(stage.reversal(stage.paid), kLater);
}

// Goal: whoever names which of two payments was taken back decides nothing.
TEST_CASE("Credit pays what a chargeback opens again", "[ledger][rules][chargeback]") {
    const auto credit = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    };
    Stage stage({.rules = credit});
    const Amount all = stage.position().payable();
    const Transaction one = stage.draft(stage.payment(all), kDue);
    stage.accept(one);
    const Transaction two = stage.draft(stage.payment(all), kDue);
    stage.accept(two);
    CHECK(stage.position().totals.credit == all);
    const auto back = [&](const Transaction& paid, Amount amount, std::string source_ref) {
        return Chargeback{Stage::kContract, stage.servicer->id, paid.id, amount, source_ref};
    };
    stage.accept(back(one, all - 100, "back-1"), kLater);
    CHECK(stage.position().totals.credit == 100);
    CHECK(stage.position().payable() == 0);
    stage.accept(back(one, 100, "back-2"), kLater);
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().status == ContractStatus::closed_paid);
    // Now of the other payment, whose credit is used: all is owed again, and no more than that.
    stage.accept(back(two, 500, "back-3"), kLater);
    CHECK(stage.position().payable() == 500);
    stage.accept(back(two, all - 500, "back-4"), kLater);
    CHECK(stage.position().payable() == all);
    CHECK(stage.position().totals.repaid == ByComponent{});
    stage.refuse(back(two, 1, "back-5"), Outcome::above_payment, kLater);
}

// Goal: goods that were returned and a payment that was taken back leave nobody anything.
TEST_CASE("A chargeback after a refund of everything leaves no credit beside a debt",
          "[ledger][rules][chargeback]") {
    Paid stage(101'500);
    stage.accept(MerchantRefund{Stage::kContract, 100'000, "shop-1"}, kDue);
    const Amount credit = stage.position().totals.credit;
    CHECK(credit >= 100'000);
    stage.accept(stage.back(101'500), kLater);
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().payable() == 101'500 - credit);
}

TEST_CASE("Credit that a chargeback used and that was paid out is not there twice",
          "[ledger][rules][chargeback]") {
    const auto credit = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    };
    Stage stage({.rules = credit});
    const Amount all = stage.position().payable();
    const Transaction one = stage.draft(stage.payment(all), kDue);
    stage.accept(one);
    const Transaction two = stage.draft(stage.payment(1'000), kDue);
    stage.accept(two);
    stage.accept(OverpayRefund{Stage::kContract, 400, "out-1"}, kLater);
    const auto back = [&](const Transaction& paid, Amount amount, std::string source_ref) {
        return Chargeback{Stage::kContract, stage.servicer->id, paid.id, amount, source_ref};
    };
    stage.accept(back(one, 600, "back-1"), kLater);
    CHECK(stage.position().payable() == 0);
    stage.refuse(back(two, 601, "back-2"), Outcome::above_credit, kLater);
    stage.accept(back(two, 600, "back-3"), kLater);
    CHECK(stage.position().payable() == 600);
}

// Goal: what the borrower was given back and has to return is a debt like any other.
TEST_CASE("What was given back and is owed again is settled, re-planned and given up",
          "[ledger][rules][chargeback]") {
    Paid stage(101'500);
    stage.accept(MerchantRefund{Stage::kContract, 100'000, "shop-1"}, kDue);
    CHECK(stage.position().totals.returned == ByComponent{0, 1'000, 0, 0});
    stage.accept(OverpayRefund{Stage::kContract, 101'000, "out-1"}, kDue);
    stage.accept(stage.back(101'500), kLater);
    // Nothing of it is a charge for time to come, and no income stands behind it.
    CHECK(stage.position().outstanding == ByComponent{0, 1'500, 0, 100'000});
    CHECK(stage.position().unearned == ByComponent{});
    CHECK(balances_of(stage.position()).of(BookAccount::fee_income) == -500);
    const Day late = day_of("2024-08-01");
    SECTION("by one payment") {
        const Transaction settled = stage.draft(PrepaySettle{Stage::kContract, 0, "all-1"}, kLater);
        CHECK(std::get<PrepaySettle>(settled.body).amount == 101'500);
        stage.accept(settled);
        CHECK(stage.position().payable() == 0);
    }
    SECTION("by a new plan, which carries it") {
        stage.accept(stage.replan(5'000, 3), kLater);
        CHECK(stage.position().rows[0].outstanding[1] == 1'500 + 500);
        CHECK(stage.position().totals.lapsed == ByComponent{});
        stage.accept(PrepaySettle{Stage::kContract, 0, "all-1"}, kLater);
        CHECK(stage.position().totals.lapsed == ByComponent{0, 1'000, 0, 0});
    }
    SECTION("by a loss") {
        stage.accept(ChargeOff{.contract = Stage::kContract}, late);
        CHECK(stage.position().totals.charged_off == ByComponent{0, 1'500, 0, 100'000});
    }
    SECTION("by a part") {
        DebtSettle part;
        part.contract = Stage::kContract;
        part.amount = 50'000;
        part.source_ref = "part-1";
        stage.accept(part, kLater + 5);
        CHECK(stage.position().status == ContractStatus::closed_settled);
        CHECK(stage.position().totals.waived == ByComponent{0, 500, 0, 51'000});
    }
    CHECK(balances_of(stage.position()).signs_hold());
    CHECK(balances_of(stage.position()).of(BookAccount::fee_income) >= -2'000);
}

TEST_CASE("After a re-plan a chargeback opens what was paid ahead as not earned",
          "[ledger][rules][chargeback]") {
    // Goal: it lapses like any charge of a row not due, and what was earned does not.
    Paid stage(67'666);  // on the first row's due date, the second one ahead
    const Day day = day_of("2024-03-10");
    stage.accept(stage.replan(5'000, 3), day);
    CHECK(stage.position().unearned[1] == 500 + 3 * 167);
    stage.accept(stage.back(67'666), kLater);
    CHECK(stage.position().rows[0].outstanding[1] == 167 + 1'000);
    CHECK(stage.position().unearned[1] == 500 + 3 * 167);
    stage.accept(MerchantRefund{Stage::kContract, 99'999, "shop-1"}, kLater);
    // What is left of the first plan's fee, which fell due.
    CHECK(stage.position().outstanding[1] == 500);
    CHECK(stage.position().unearned[1] == 0);
}

// Goal: payment, re-plan and chargeback of one day leave the class as payment, chargeback and
// re-plan do; in parts too, and days later.
TEST_CASE("A re-plan between a payment and its chargeback hides no class",
          "[ledger][rules][chargeback]") {
    const auto observed = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.observation_rows = 2;
    };
    const Day late = day_of("2024-09-10");
    const auto class_after = [&](bool replan_first, Day later,
                                 std::initializer_list<Amount> parts) {
        Stage stage({.rules = observed});
        const Transaction paid = stage.draft(stage.payment(67'666), late);
        stage.accept(paid);
        if (replan_first) stage.accept(stage.replan(0, 3), late);
        std::size_t number = 0;
        for (const Amount part : parts) {
            stage.accept(Chargeback{Stage::kContract, stage.servicer->id, paid.id, part,
                                    "back-" + std::to_string(++number)},
                         late + later);
        }
        if (!replan_first) stage.accept(stage.replan(0, 3), late + later);
        return stage.position().ageing.asset_class;
    };
    constexpr std::uint32_t kLossClass = 4;
    CHECK(class_after(false, 0, {67'666}) == kLossClass);
    CHECK(class_after(true, 0, {67'666}) == kLossClass);
    CHECK(class_after(true, 1, {67'666}) == kLossClass);
    CHECK(class_after(true, 1, {1'000, 66'666}) == kLossClass);
    // Without the chargeback the oldest row that is open is another one.
    CHECK(class_after(true, 0, {}) < kLossClass);
}
