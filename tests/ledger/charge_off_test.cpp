#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Loss and recovery.
namespace {

constexpr Amount kMax = std::numeric_limits<Amount>::max();
constexpr Amount kMin = std::numeric_limits<Amount>::min();
const Day kLate = day_of("2024-08-31");  // every row has fallen due

/// Charged off and given to the collector, who may keep everything.
struct Lost : Stage {
    Lost() {
        accept(ChargeOff{.contract = kContract}, kLate);
        accept(CollectionAssign{kContract, collector->id, 1'000'000}, kLate);
    }
};

Recovery recovery(Amount amount, Amount commission, std::string source) {
    return {Stage::kContract, amount, commission, std::move(source)};
}

}  // namespace

TEST_CASE("CHARGE_OFF gives up what is outstanding", "[ledger][rules][charge_off]") {
    // Goal: rows, totals, use of the line, and what may still happen to the contract.
    Stage stage;
    const Day day = day_of("2024-08-31");
    stage.accept(stage.payment(10'000), day_of("2024-02-29"));
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    const ByComponent owed = stage.position().outstanding;
    stage.accept(ChargeOff{.contract = Stage::kContract}, day);
    const Position position = stage.position();
    CHECK(position.status == ContractStatus::charged_off);
    CHECK(position.outstanding == ByComponent{});
    CHECK(position.totals.charged_off == owed);
    CHECK(stage.line().used == 0);
    CHECK(stage.line().status == LineStatus::frozen);
    stage.refuse(stage.capture(100, 3, id_of<ContractId>(9)), Outcome::line_not_active, day);
    CHECK(position.ageing == Ageing{0, 0, 0, 4});
    for (const TransactionBody& body :
         {TransactionBody(ChargeOff{.contract = Stage::kContract}),
          TransactionBody(stage.payment(1)), TransactionBody(PenaltyAssess{Stage::kContract, 1}),
          TransactionBody(OverdueMark{Stage::kContract, 0, 0, 0}),
          TransactionBody(Waive{Stage::kContract, {{0, Component::fee, 1}}}),
          TransactionBody(stage.request(id_of<HardshipId>(1))),
          TransactionBody(stage.grace(day, day)), TransactionBody(stage.replan(0, 3)),
          TransactionBody(MerchantRefund{Stage::kContract, 1, "r-1"}),
          TransactionBody(PrepaySettle{Stage::kContract, 1, "p-1"})}) {
        stage.refuse(body, Outcome::contract_charged_off, day);
    }
}

TEST_CASE("CHARGE_OFF is refused, each rule with its code", "[ledger][rules][charge_off]") {
    // Goal: owner, role, reason, amounts at the ends of their type, closed contracts.
    Stage stage;
    const auto draft = [&] { return stage.draft(ChargeOff{.contract = Stage::kContract}, kLate); };
    require_refused(stage.book, draft(), {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, draft(), {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    for (const Amount amount : {kMax, kMin, Amount{-1}}) {
        Transaction wrong = draft();
        std::get<ChargeOff>(wrong.body).interest = amount;
        stage.refuse(wrong, Outcome::charge_off_differs);
    }
    for (const std::string& reason : {std::string(), std::string(65, 'x')}) {
        Transaction wrong = draft();
        std::get<ChargeOff>(wrong.body).reason = reason;
        stage.refuse(wrong, Outcome::text_out_of_range);
    }
    stage.refuse(ChargeOff{.contract = id_of<ContractId>(9)}, Outcome::contract_unknown, kLate);
    stage.accept(stage.payment(101'500), kLate);
    stage.refuse(draft(), Outcome::contract_not_active);
}

TEST_CASE("CHARGE_OFF waits for what is late", "[ledger][rules][charge_off]") {
    // Goal: nothing before the first due date, nothing below the ruleset's least days past due.
    Stage stage;
    stage.refuse(ChargeOff{.contract = Stage::kContract}, Outcome::not_past_due,
                 day_of("2024-02-28"));
    stage.accept(ChargeOff{.contract = Stage::kContract}, day_of("2024-02-29"));
    Stage strict({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.charge_off_days_min = 90;
    }});
    strict.refuse(ChargeOff{.contract = Stage::kContract}, Outcome::not_past_due,
                  day_of("2024-05-28"));
    strict.accept(ChargeOff{.contract = Stage::kContract}, day_of("2024-05-29"));
}

TEST_CASE("Charges that never fell due are no loss", "[ledger][rules][charge_off]") {
    // Goal: two of three fees lapse; the loss is what was owed.
    Stage stage;
    stage.accept(ChargeOff{.contract = Stage::kContract}, day_of("2024-03-10"));
    CHECK(stage.position().totals.charged_off == ByComponent{0, 500, 0, 100'000});
    CHECK(stage.position().totals.lapsed == ByComponent{0, 1'000, 0, 0});
}

TEST_CASE("What is not due alone is no loss", "[ledger][rules][charge_off]") {
    // Goal: principal paid in advance, fees to come: there is nothing to give up.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.order = {Component::principal, Component::fee, Component::interest,
                         Component::penalty};
    }});
    const Day day = day_of("2024-02-29");
    stage.accept(Waive{Stage::kContract,
                       {{1, Component::principal, 33'333}, {2, Component::principal, 33'334}}});
    stage.accept(stage.payment(33'833), day);
    REQUIRE(stage.position().outstanding == ByComponent{0, 1'000, 0, 0});
    stage.refuse(ChargeOff{.contract = Stage::kContract}, Outcome::charge_off_differs, day);
}

TEST_CASE("RECOVERY comes after a charge-off, up to it", "[ledger][rules][charge_off]") {
    // Goal: amounts, commission, references, signers and the end at CLOSED_RECOVERED.
    Lost stage;
    for (const Amount amount : {Amount{0}, Amount{-1}, kMin}) {
        stage.refuse(recovery(amount, 0, "c-1"), Outcome::amount_not_positive, kLate);
    }
    stage.refuse(recovery(100, -1, "c-1"), Outcome::commission_invalid, kLate);
    for (const Amount commission : {Amount{101}, kMax}) {
        stage.refuse(recovery(100, commission, "c-1"), Outcome::commission_above_agreement, kLate);
    }
    for (const Amount amount : {Amount{101'501}, kMax}) {
        stage.refuse(recovery(amount, 0, "c-1"), Outcome::above_charged_off, kLate);
    }
    stage.refuse(recovery(5, 0, ""), Outcome::text_out_of_range, kLate);
    stage.refuse(recovery(5, 0, std::string(65, 'x')), Outcome::text_out_of_range, kLate);
    require_refused(stage.book, stage.draft(recovery(5, 0, "c-1"), kLate), {stage.servicer},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(recovery(5, 0, "c-1"), kLate), {stage.collector},
                    Outcome::role_missing);
    stage.accept(recovery(100, 100, "c-1"), kLate);
    stage.refuse(recovery(100, 0, "c-1"), Outcome::source_ref_used, kLate);
    stage.accept(recovery(101'399, 0, "d-1"), kLate);
    CHECK(stage.position().status == ContractStatus::charged_off);
    stage.refuse(recovery(2, 0, "e-1"), Outcome::above_charged_off, kLate);
    stage.accept(recovery(1, 0, "e-1"), kLate);
    CHECK(stage.position().status == ContractStatus::closed_recovered);
    CHECK(stage.position().totals.recovered == 101'500);
    CHECK(stage.position().totals.commission == 100);
    stage.refuse(recovery(1, 0, "f-1"), Outcome::above_charged_off, kLate);
}

TEST_CASE("Only the assigned collector recovers, within its agreement",
          "[ledger][rules][charge_off]") {
    // Goal: assigned, assigned anew, recalled; who signs; the commission to the fen.
    Stage stage;
    const auto assign = [&](Ppm commission) {
        return CollectionAssign{Stage::kContract, stage.collector->id, commission};
    };
    stage.accept(ChargeOff{.contract = Stage::kContract}, kLate);
    stage.refuse(recovery(5, 0, "c-1"), Outcome::collector_differs, kLate);
    stage.refuse(CollectionRecall{Stage::kContract}, Outcome::collector_differs, kLate);
    for (const Ppm commission : {-1, 1'000'001}) {
        stage.refuse(assign(commission), Outcome::commission_invalid, kLate);
    }
    stage.refuse(CollectionAssign{Stage::kContract, stage.servicer->id, 5},
                 Outcome::collector_unknown, kLate);
    require_refused(stage.book, stage.draft(assign(5), kLate), {stage.lender},
                    Outcome::role_missing);
    stage.accept(assign(150'000), kLate);
    stage.refuse(recovery(99, 15, "c-1"), Outcome::commission_above_agreement, kLate);
    stage.accept(recovery(99, 14, "c-1"), kLate);
    stage.accept(assign(0), kLate);
    stage.refuse(recovery(99, 1, "c-2"), Outcome::commission_above_agreement, kLate);
    stage.accept(CollectionRecall{Stage::kContract}, kLate);
    stage.refuse(recovery(5, 0, "c-2"), Outcome::collector_differs, kLate);
}

TEST_CASE("A recovery before its charge-off is refused", "[ledger][rules][charge_off]") {
    // Goal: in the order of value dates, not of entries.
    Lost stage;
    stage.refuse(stage.backdated(recovery(5, 0, "c-1"), kLate, kLate - 1),
                 Outcome::contract_not_charged_off);
    stage.accept(recovery(5, 0, "c-1"), kLate);
}
