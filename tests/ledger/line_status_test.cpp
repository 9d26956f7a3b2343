#include <limits>

#include "ledger/queries.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Freezing, closing, and what an assessment's limit covers.
namespace {

constexpr Amount kMax = std::numeric_limits<Amount>::max();
const auto kOther = id_of<LineId>(7);

Amount granted(const Stage& stage, AssessmentId id) {
    return read_assessment(stage.book.records(), id).value()->granted;
}

/// An approving assessment of the stage's borrower.
Assessment assessed(std::uint64_t number, Amount limit) {
    auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
    body.assessment = id_of<AssessmentId>(number);
    body.limit = limit;
    return body;
}

LimitGrant grant(LineId line, Amount limit, AssessmentId assessment) {
    auto body = std::get<LimitGrant>(Drafts().grant(line, Stage::kBorrower, limit).body);
    body.assessment = assessment;
    return body;
}

}  // namespace

TEST_CASE("A frozen line takes no purchase until it is unfrozen", "[ledger][rules][line]") {
    // Goal: both directions, each refused from the wrong state; payments go on.
    Stage stage;
    stage.refuse(LimitUnfreeze{Stage::kLine, "none"}, Outcome::line_status);
    stage.accept(LimitFreeze{Stage::kLine, "lost"});
    CHECK(stage.line().body.status == LineStatus::frozen);
    CHECK(stage.line().available == 50'000);
    stage.refuse(LimitFreeze{Stage::kLine, "lost"}, Outcome::line_status);
    stage.refuse(stage.capture(100, 3, id_of<ContractId>(9)), Outcome::line_not_active);
    stage.accept(stage.payment(33'833));
    stage.accept(LimitUnfreeze{Stage::kLine, "found"});
    stage.accept(stage.capture(83'333, 3, id_of<ContractId>(9)));
    CHECK(stage.line().available == 0);
}

TEST_CASE("A line closes with nothing used and nothing reserved", "[ledger][rules][line]") {
    // Goal: by one fen of either; a frozen line closes too; a closed one never changes again.
    Stage stage;
    stage.refuse(LimitClose{Stage::kLine}, Outcome::line_in_use);
    stage.accept(stage.payment(101'499));
    stage.refuse(LimitClose{Stage::kLine}, Outcome::line_in_use);
    stage.accept(stage.payment(1));
    const auto authorisation = id_of<AuthorisationId>(1);
    stage.accept(PurchaseAuth{authorisation, Stage::kLine, 1, Drafts::kToday});
    stage.refuse(LimitClose{Stage::kLine}, Outcome::line_in_use);
    stage.accept(PurchaseVoid{authorisation});
    stage.accept(LimitFreeze{Stage::kLine, "unused"});
    CHECK(granted(stage, Drafts::assessment_of(Stage::kBorrower)) == 150'000);
    stage.accept(LimitClose{Stage::kLine});
    CHECK(stage.line().status == LineStatus::closed);
    CHECK(stage.line().available == 0);
    CHECK(granted(stage, Drafts::assessment_of(Stage::kBorrower)) == 0);
    stage.refuse(LimitClose{Stage::kLine}, Outcome::line_status);
    stage.refuse(LimitFreeze{Stage::kLine, "x"}, Outcome::line_status);
    stage.refuse(LimitUnfreeze{Stage::kLine, "x"}, Outcome::line_status);
    stage.refuse(LimitChange{Stage::kLine, 5, {}}, Outcome::line_not_active);
}

TEST_CASE("A payment of a closed line can still be reversed", "[ledger][rules][line]") {
    // Goal: use comes back on a closed line and nothing becomes available by it.
    Stage stage;
    const auto paid = stage.draft(stage.payment(101'500));
    stage.accept(paid);
    stage.accept(LimitClose{Stage::kLine});
    stage.accept(stage.reversal(paid));
    CHECK(stage.line().used == 100'000);
    CHECK(stage.line().available == 0);
    stage.accept(stage.payment(101'500));
    CHECK(stage.line().used == 0);
    CHECK(stage.line().available == 0);
}

TEST_CASE("Freezing and closing have reasons, owners and an order of dates",
          "[ledger][rules][line]") {
    // Goal: one broken rule at a time.
    Stage stage;
    stage.refuse(LimitFreeze{Stage::kLine, ""}, Outcome::text_out_of_range);
    stage.refuse(LimitFreeze{Stage::kLine, std::string(65, 'x')}, Outcome::text_out_of_range);
    stage.refuse(LimitFreeze{kOther, "x"}, Outcome::line_unknown);
    stage.refuse(LimitClose{kOther}, Outcome::line_unknown);
    const auto foreign = stage.draft(LimitFreeze{Stage::kLine, "x"});
    CHECK(stage.book.submit_one(foreign, {&stage.book.cast().other_originator()}) ==
          Outcome::owner_differs);
    stage.accept(LimitFreeze{Stage::kLine, std::string(64, 'x')}, Drafts::kToday + 5);
    for (const TransactionBody& body : {TransactionBody(LimitUnfreeze{Stage::kLine, "x"}),
                                        TransactionBody(LimitClose{Stage::kLine}),
                                        TransactionBody(LimitChange{Stage::kLine, 5, {}})}) {
        stage.refuse(stage.backdated(body, Drafts::kToday + 5, Drafts::kToday + 4),
                     Outcome::date_out_of_order);
    }
    stage.accept(LimitUnfreeze{Stage::kLine, "x"}, Drafts::kToday + 5);
}

TEST_CASE("Lines that cite an assessment stay within its limit", "[ledger][rules][line]") {
    // Goal: over several lines, by the fen; raises, cuts, closing and another assessment move it.
    Stage stage;
    const auto first = id_of<AssessmentId>(1);
    const auto second = id_of<AssessmentId>(2);
    stage.accept(assessed(1, 1'000));
    stage.accept(assessed(2, 700));
    stage.refuse(grant(kOther, 1'001, first), Outcome::above_assessment);
    stage.refuse(grant(kOther, kMax, first), Outcome::above_assessment);
    stage.accept(grant(kOther, 600, first));
    const auto third = id_of<LineId>(8);
    stage.refuse(grant(third, 401, first), Outcome::above_assessment);
    stage.accept(grant(third, 400, first));
    CHECK(granted(stage, first) == 1'000);
    stage.refuse(LimitChange{third, 401, {}}, Outcome::above_assessment);
    stage.accept(LimitChange{kOther, 500, {}});
    stage.accept(LimitChange{third, 500, {}});
    CHECK(granted(stage, first) == 1'000);
    stage.refuse(LimitChange{third, 701, second}, Outcome::above_assessment);
    stage.accept(LimitChange{third, 700, second});
    CHECK(granted(stage, first) == 500);
    CHECK(granted(stage, second) == 700);
    CHECK(stage.book.line(third)->body.assessment == second);
    stage.accept(LimitClose{kOther});
    CHECK(granted(stage, first) == 0);
}

TEST_CASE("A raise needs a live assessment, a cut none", "[ledger][rules][line]") {
    // Goal: the line's own past its last day; the day itself is in time.
    Stage stage;
    const auto first = id_of<AssessmentId>(1);
    Assessment body = assessed(1, 10'000);
    body.valid_to = Drafts::kToday + 3;
    stage.accept(body);
    stage.accept(grant(kOther, 1'000, first));
    stage.accept(LimitChange{kOther, 2'000, {}}, Drafts::kToday + 3);
    stage.refuse(LimitChange{kOther, 2'001, {}}, Outcome::assessment_not_live, Drafts::kToday + 4);
    stage.accept(LimitChange{kOther, 1'999, {}}, Drafts::kToday + 4);
    stage.refuse(LimitChange{kOther, 5'000, id_of<AssessmentId>(9)}, Outcome::assessment_unknown,
                 Drafts::kToday + 4);
    stage.refuse(grant(id_of<LineId>(8), 5, first), Outcome::assessment_not_live,
                 Drafts::kToday + 4);
    body = assessed(2, 10'000);
    stage.accept(body, Drafts::kToday + 4);
    stage.accept(LimitChange{kOther, 2'001, id_of<AssessmentId>(2)}, Drafts::kToday + 4);
}

TEST_CASE("Only an approving assessment of the same borrower and currency counts",
          "[ledger][rules][line]") {
    // Goal: declined, another borrower's, another currency, unknown.
    Stage stage;
    Assessment declined = assessed(1, 0);
    declined.decision = Decision::declined;
    declined.currency = "";
    stage.accept(declined);
    stage.refuse(grant(kOther, 1, declined.assessment), Outcome::assessment_not_live);
    Assessment other = assessed(2, 1'000);
    other.borrower = id_of<BorrowerId>(8);
    stage.accept(other);
    stage.refuse(grant(kOther, 1, other.assessment), Outcome::assessment_not_live);
    Assessment yen = assessed(3, 1'000);
    yen.currency = "JPY";
    stage.accept(yen);
    stage.refuse(grant(kOther, 1, yen.assessment), Outcome::currency_differs);
    stage.refuse(LimitChange{Stage::kLine, 1, yen.assessment}, Outcome::currency_differs);
    LimitGrant in_yen = grant(kOther, 1'000, yen.assessment);
    in_yen.currency = "JPY";
    stage.accept(in_yen);
    stage.refuse(grant(id_of<LineId>(9), 1, id_of<AssessmentId>(77)), Outcome::assessment_unknown);
}

TEST_CASE("A new assessment moves a line to its band", "[ledger][rules][line]") {
    // Goal: prices follow the band of the assessment that covers the line.
    Stage stage({.captured = false});
    Assessment better = assessed(1, 150'000);
    better.band = 9;
    stage.accept(better);
    stage.accept(LimitChange{Stage::kLine, 150'000, better.assessment});
    CHECK(stage.line().body.band == 9);
    const auto free = stage.draft(stage.capture(90'000));
    CHECK(std::get<Capture>(free.body).rate_ppm == 0);
    stage.accept(free);
    CHECK(stage.position().payable() == 90'000);
}

TEST_CASE("A line's history is full after 1,000 changes", "[ledger][rules][line]") {
    // Goal: the bound holds for every change of the line, closing included.
    Stage stage({.captured = false});
    for (std::size_t event = 1; event < kLineEventsMax; ++event) {
        const auto limit = static_cast<Amount>(1'000 + event % 2);
        REQUIRE(stage.send(LimitChange{Stage::kLine, limit, {}}) == Outcome::accepted);
    }
    CHECK(stage.line().body.events.size() == kLineEventsMax);
    stage.refuse(LimitChange{Stage::kLine, 5, {}}, Outcome::history_full);
    stage.refuse(LimitFreeze{Stage::kLine, "x"}, Outcome::history_full);
    stage.refuse(LimitClose{Stage::kLine}, Outcome::history_full);
    stage.accept(stage.capture(1'000));
    // Nor does it bar a charge-off: who owns the contract by then need not be who filled it.
    stage.accept(ChargeOff{.contract = Stage::kContract}, day_of("2024-02-29"));
    CHECK(stage.line().body.status == LineStatus::frozen);
    CHECK(stage.line().body.events.size() == kLineEventsMax + 1);
    stage.refuse(LimitUnfreeze{Stage::kLine, "x"}, Outcome::history_full, day_of("2024-02-29"));
}
