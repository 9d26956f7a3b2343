#include "ledger/propose.h"

#include <functional>
#include <string>
#include <vector>

#include "ledger/type_table.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

constexpr Day kToday = Drafts::kToday;

/// Every type whose claims are computed, each with claims that somebody could have written.
std::vector<TransactionBody> claiming(Stage& stage, const ContractId& contract) {
    Reschedule replan = stage.replan(0, 2);
    replan.contract = contract;
    Capture capture = stage.capture(1'000, 3, {{0x5B, 1}});
    capture.line = contract == Stage::kContract ? Stage::kLine : LineId{{0x5B, 2}};
    return {capture,
            Repayment{contract, 100, stage.next_ref(), {}},
            PrepaySettle{contract, 100, stage.next_ref()},
            PenaltyAssess{contract, 100},
            OverdueMark{contract, 1, 1, 1},
            replan,
            ChargeOff{contract, 1, 1, 1, 1, "gone"},
            DebtSettle{contract, 100, stage.next_ref(), 1, 1, 1, 1},
            PoolSeal{Stage::kPool, 1, 1, {}},
            PoolTrigger{Stage::kPool, TriggerReason::balance_below, 1}};
}

struct Situation {
    const char* name;
    std::function<void(Stage&)> prepare;
    Day business_date = kToday + 200;
    Day value_date = kToday + 200;
    ContractId contract = Stage::kContract;
};

std::vector<Situation> situations() {
    const auto nothing = [](Stage&) {};
    const auto give_up = [](Stage& stage) {
        stage.accept(ChargeOff{Stage::kContract, 0, 0, 0, 0, "gone"}, kToday + 200);
    };
    const auto settle = [](Stage& stage) {
        stage.accept(PrepaySettle{Stage::kContract, 0, stage.next_ref()}, kToday + 200);
    };
    const auto close = [](Stage& stage) { stage.close_days(kToday + 200); };
    return {{"in order", nothing},
            {"before the contract", nothing, kToday + 200, kToday - 1},
            {"no such contract", nothing, kToday + 200, kToday + 200, {{0x5B, 3}}},
            {"value date ahead", nothing, kToday + 200, kToday + 201},
            {"a day that was never opened", nothing, kToday + 300, kToday + 300},
            {"an unknown contract on it", nothing, kToday + 300, kToday + 300, {{0x5B, 3}}},
            {"a closed day", close, kToday + 200, kToday + 200, {{0x5B, 3}}},
            {"charged off", give_up},
            {"before what was charged off", give_up, kToday + 200, kToday - 1},
            {"settled", settle}};
}

}  // namespace

TEST_CASE("A proposal is refused with what its submission is refused with", "[ledger][rules]") {
    // Goal: people are shown the rules' own reason, whatever stands in the way of computing a
    // claim.
    std::size_t refused = 0;
    for (const Situation& situation : situations()) {
        const std::size_t types = 10;
        for (std::size_t type = 0; type < types; ++type) {
            Stage stage;
            stage.book.ensure_day(kToday + 200);
            situation.prepare(stage);
            Transaction transaction = stage.book.drafts().draft(
                claiming(stage, situation.contract).at(type), situation.value_date);
            transaction.business_date = situation.business_date;
            Transaction proposed = transaction;
            const Outcome outcome = propose(proposed, stage.book.records()).value();
            if (outcome == Outcome::accepted) continue;
            CHECK(encode_transaction(proposed) == encode_transaction(transaction));
            const Outcome judged = stage.send(transaction);
            INFO(situation.name << ", " << facts_of(transaction.body).name << ": proposed as "
                                << outcome_code(outcome) << ", judged as " << outcome_code(judged));
            CHECK(outcome == judged);
            ++refused;
        }
    }
    CHECK(refused > 50);
}

TEST_CASE("The balances of an open day hold once the days before it are closed",
          "[ledger][rules][day]") {
    // Goal: what is proposed and signed for a later day is what it must state after those before
    // it.
    Stage stage;
    stage.accept(stage.payment(500), kToday);
    stage.book.ensure_day(kToday + 1);
    stage.accept(stage.payment(300), kToday + 1);
    const auto close = [&](Day day) {
        return stage.book.proposed(stage.book.drafts().draft(DayClose{}, day));
    };
    const Transaction later = close(kToday + 1);
    stage.refuse(later, Outcome::day_out_of_order);
    stage.accept(close(kToday));
    Transaction again = later;
    again.id = stage.book.drafts().next_id();
    stage.accept(again);
}
