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
    CHECK(stage.line().available == 150'000);
    CHECK(position.ageing == Ageing{});
    for (const TransactionBody& body :
         {TransactionBody(ChargeOff{.contract = Stage::kContract}),
          TransactionBody(stage.payment(1)), TransactionBody(PenaltyAssess{Stage::kContract, 1}),
          TransactionBody(OverdueMark{Stage::kContract, 0, 0, 0}),
          TransactionBody(Waive{Stage::kContract, {{0, Component::fee, 1}}}),
          TransactionBody(stage.request(id_of<HardshipId>(1))),
          TransactionBody(stage.grace(day, day)), TransactionBody(stage.replan(0, 3)),
          TransactionBody(MerchantRefund{Stage::kContract, 1, "r"}),
          TransactionBody(PrepaySettle{Stage::kContract, 1, "p"})}) {
        stage.refuse(body, Outcome::contract_charged_off, day);
    }
}

TEST_CASE("CHARGE_OFF is refused, each rule with its code", "[ledger][rules][charge_off]") {
    // Goal: owner, role, amounts at the ends of their type, closed contracts.
    Stage stage;
    const auto good = stage.draft(ChargeOff{.contract = Stage::kContract});
    require_refused(stage.book, good, {stage.servicer}, Outcome::role_missing);
    const auto foreign = stage.draft(ChargeOff{.contract = Stage::kContract});
    require_refused(stage.book, foreign, {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    for (const Amount amount : {kMax, kMin, Amount{-1}}) {
        Transaction wrong = stage.draft(ChargeOff{.contract = Stage::kContract});
        std::get<ChargeOff>(wrong.body).interest = amount;
        stage.refuse(wrong, Outcome::charge_off_differs);
    }
    stage.refuse(ChargeOff{.contract = id_of<ContractId>(9)}, Outcome::contract_unknown);
    stage.accept(stage.payment(101'500));
    stage.refuse(ChargeOff{.contract = Stage::kContract}, Outcome::contract_not_active);
}

TEST_CASE("RECOVERY comes after a charge-off, up to it", "[ledger][rules][charge_off]") {
    // Goal: amounts, commission, references, signers and the end at CLOSED_RECOVERED.
    Stage stage;
    stage.refuse(recovery(5, 1, "c"), Outcome::contract_not_charged_off);
    stage.accept(ChargeOff{.contract = Stage::kContract});
    for (const Amount amount : {Amount{0}, Amount{-1}, kMin}) {
        stage.refuse(recovery(amount, 0, "c"), Outcome::amount_not_positive);
    }
    for (const Amount commission : {Amount{-1}, Amount{101}, kMax, kMin}) {
        stage.refuse(recovery(100, commission, "c"), Outcome::commission_invalid);
    }
    for (const Amount amount : {Amount{101'501}, kMax}) {
        stage.refuse(recovery(amount, 0, "c"), Outcome::above_charged_off);
    }
    stage.refuse(recovery(5, 0, ""), Outcome::text_out_of_range);
    stage.refuse(recovery(5, 0, std::string(65, 'x')), Outcome::text_out_of_range);
    require_refused(stage.book, stage.draft(recovery(5, 0, "c")), {stage.servicer},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(recovery(5, 0, "c")), {stage.collector},
                    Outcome::role_missing);
    stage.accept(recovery(100, 100, "c"));
    stage.refuse(recovery(100, 0, "c"), Outcome::source_ref_used);
    stage.accept(recovery(101'399, 0, "d"));
    CHECK(stage.position().status == ContractStatus::charged_off);
    stage.refuse(recovery(2, 0, "e"), Outcome::above_charged_off);
    stage.accept(recovery(1, 0, "e"));
    CHECK(stage.position().status == ContractStatus::closed_recovered);
    CHECK(stage.position().totals.recovered == 101'500);
    CHECK(stage.position().totals.commission == 100);
    stage.refuse(recovery(1, 0, "f"), Outcome::above_charged_off);
}

TEST_CASE("A recovery before its charge-off is refused", "[ledger][rules][charge_off]") {
    // Goal: in the order of value dates, not of entries.
    Stage stage;
    stage.accept(ChargeOff{.contract = Stage::kContract}, Drafts::kToday + 10);
    stage.refuse(stage.backdated(recovery(5, 0, "c"), Drafts::kToday + 10, Drafts::kToday + 9),
                 Outcome::contract_not_charged_off);
    stage.accept(recovery(5, 0, "c"), Drafts::kToday + 10);
}
