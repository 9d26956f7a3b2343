#include <limits>
#include <string>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Payments that come late, back in time, or above what is payable.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr Amount kMax = std::numeric_limits<Amount>::max();

StageOptions crediting() {
    return {.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    }};
}

}  // namespace

TEST_CASE("A payment is backdated within the ruleset's days", "[ledger][rules][payment]") {
    // Goal: the last day that passes, the first that does not, and never before the contract.
    Stage stage;
    const Day late = kToday + 60;
    stage.refuse(stage.backdated(stage.payment(100), late, late - 31), Outcome::backdated_too_far);
    stage.accept(stage.backdated(stage.payment(100), late, late - 30));
    const Day soon = kToday + 61;
    stage.refuse(stage.backdated(stage.payment(100), soon, kToday - 1),
                 Outcome::date_outside_validity);
    stage.refuse(stage.backdated(stage.payment(100), soon, soon + 1), Outcome::value_date_ahead);
}

TEST_CASE("A backdated payment takes the place that it would have had",
          "[ledger][rules][payment]") {
    // Goal: later payments are allocated anew; claims are of the position on the value date.
    Stage stage;
    stage.accept(stage.payment(33'833), day_of("2024-03-20"));
    CHECK(stage.position().rows[0].base() == 0);
    stage.accept(
        stage.backdated(stage.payment(30'000), day_of("2024-03-21"), day_of("2024-02-28")));
    const Position position = stage.position();
    REQUIRE(position.effects.size() == 3);
    // The first in time now fills the first row, and the one of 20 March what is left of it.
    CHECK(position.effects[1].allocation ==
          std::vector<Allocation>{{0, Component::fee, 500}, {0, Component::principal, 29'500}});
    CHECK(position.effects[2].allocation ==
          std::vector<Allocation>{{0, Component::principal, 3'833},
                                  {1, Component::fee, 500},
                                  {1, Component::principal, 29'500}});
    CHECK(position.payable() == 101'500 - 63'833);
}

TEST_CASE("A backdated payment that a later event contradicts is refused",
          "[ledger][rules][payment]") {
    // Goal: the later charge-off, settlement and waiver stand; what breaks them is refused.
    Stage stage;
    stage.accept(PrepaySettle{Stage::kContract, 0, "settle-1"}, kToday + 10);
    stage.refuse(stage.backdated(stage.payment(100), kToday + 10, kToday + 5),
                 Outcome::replay_conflict);
    Stage lost;
    lost.accept(ChargeOff{.contract = Stage::kContract}, kToday + 40);
    lost.refuse(lost.backdated(lost.payment(100), kToday + 40, kToday + 35),
                Outcome::replay_conflict);
    Stage waived;
    waived.accept(Waive{Stage::kContract, {{0, Component::fee, 500}}}, kToday + 10);
    waived.refuse(waived.backdated(waived.payment(500), kToday + 10, kToday + 5),
                  Outcome::replay_conflict);
}

TEST_CASE("A payment after a charge-off is refused", "[ledger][rules][payment]") {
    // Goal: what comes in then is a recovery; also once all of it is recovered.
    Stage stage;
    const Day late = day_of("2024-08-31");
    stage.accept(ChargeOff{.contract = Stage::kContract}, late);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 0}, late);
    stage.refuse(stage.payment(100), Outcome::contract_charged_off, late);
    stage.refuse(PrepaySettle{Stage::kContract, 100, "p-1"}, Outcome::contract_charged_off, late);
    stage.accept(Recovery{Stage::kContract, 101'500, 0, "all-1"}, late);
    CHECK(stage.position().status == ContractStatus::closed_recovered);
    stage.refuse(stage.payment(100), Outcome::contract_charged_off, late);
}

TEST_CASE("What is paid above the debt is refused or credited", "[ledger][rules][payment]") {
    // Goal: by the ruleset; the contract is OVERPAID and takes more credit, up to ten times the
    // principal: no servicer can fill the sums of a lender's book.
    Stage strict;
    strict.refuse(strict.payment(101'501), Outcome::above_payable);
    strict.accept(strict.payment(101'500));
    strict.refuse(strict.payment(1), Outcome::contract_not_active);

    Stage stage(crediting());
    stage.accept(stage.payment(101'510));
    CHECK(stage.position().status == ContractStatus::overpaid);
    CHECK(stage.position().totals.credit == 10);
    CHECK(stage.position().payable() == 0);
    CHECK(stage.line().used == 0);
    constexpr Amount kMostCredit = 10 * 100'000;
    stage.refuse(stage.payment(kMax), Outcome::overflow);
    stage.refuse(stage.payment(kMostCredit - 9), Outcome::above_payable);
    stage.accept(stage.payment(kMostCredit - 10));
    CHECK(stage.position().totals.credit == kMostCredit);
    stage.refuse(stage.payment(1), Outcome::above_payable);
    // What a refund makes of it later is credit all the same.
    stage.accept(stage.backdated(MerchantRefund{Stage::kContract, 100, stage.next_ref()},
                                 Drafts::kToday, Drafts::kToday));
    CHECK(stage.position().totals.credit > kMostCredit);
}

TEST_CASE("A credited contract comes back when its payment is reversed",
          "[ledger][rules][payment]") {
    // Goal: a later payment that was all credit then meets the debt.
    Stage stage(crediting());
    const auto first = stage.draft(stage.payment(101'500));
    stage.accept(first);
    CHECK(stage.position().status == ContractStatus::closed_paid);
    stage.accept(stage.payment(600));
    CHECK(stage.position().totals.credit == 600);
    stage.accept(stage.reversal(first));
    CHECK(stage.position().status == ContractStatus::active);
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().payable() == 100'900);
}

TEST_CASE("A claim counts at its value date alone", "[ledger][rules][payment]") {
    // Goal: the allocation of today is not that of the value date.
    Stage stage;
    stage.accept(stage.payment(33'833), day_of("2024-02-29"));
    auto back = stage.backdated(stage.payment(400), day_of("2024-02-29"), day_of("2024-02-15"));
    CHECK(std::get<Repayment>(back.body).allocation ==
          std::vector<Allocation>{{0, Component::fee, 400}});
    auto today = back;
    today.id = stage.book.drafts().next_id();
    std::get<Repayment>(today.body).allocation = {{1, Component::fee, 400}};
    stage.refuse(today, Outcome::allocation_differs);
    stage.accept(back);
}

TEST_CASE("Notes on a contract do not use up the room of payments", "[ledger][rules][payment]") {
    // Goal: marks have a bound of their own, and whatever their number, money is taken.
    Stage stage;
    for (std::size_t event = 0; event < room_of(EventKind::mark); ++event) {
        REQUIRE(stage.send(OverdueMark{Stage::kContract}) == Outcome::accepted);
    }
    stage.refuse(OverdueMark{Stage::kContract}, Outcome::history_full);
    stage.accept(stage.payment(5, "still taken 1"));
    stage.accept(ChargeOff{.contract = Stage::kContract}, day_of("2024-02-29"));
}

TEST_CASE("A contract's history is full after 1,000 payments", "[ledger][rules][payment]") {
    // Goal: the bound holds for payments alone: a charge-off, a reversal and a mark still pass.
    Stage stage;
    const auto first = stage.draft(stage.payment(5));
    stage.accept(first);
    for (std::size_t event = 2; event <= room_of(EventKind::repayment); ++event) {
        REQUIRE(stage.send(stage.payment(5, "ref-" + std::to_string(event))) == Outcome::accepted);
    }
    stage.refuse(stage.payment(5, "one more 1"), Outcome::history_full);
    stage.accept(OverdueMark{Stage::kContract});
    stage.accept(stage.reversal(first));
    CHECK(stage.position().payable() == 101'500 - 5 * 999);
    // What one party alone could use up goes on with the other's signature, by a fifth.
    int number = 0;
    const auto next = [&] {
        return stage.draft(stage.payment(5, "more-" + std::to_string(++number)));
    };
    require_refused(stage.book, next(), {stage.servicer, stage.bank, stage.collector},
                    Outcome::history_full);
    for (int event = 1; event < 200; ++event) {
        REQUIRE(stage.book.submit_one(next(), {stage.servicer, stage.lender}) == Outcome::accepted);
    }
    CHECK(stage.book.submit_one(next(), {stage.servicer, stage.regulator}) == Outcome::accepted);
    require_refused(stage.book, next(), {stage.servicer, stage.lender, stage.regulator},
                    Outcome::history_full);
}
