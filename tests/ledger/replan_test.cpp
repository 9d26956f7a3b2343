#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using tally::testing::day_of;
using tally::testing::Stage;

TEST_CASE("A backdated payment may not shrink a plan that was signed",
          "[ledger][rules][hardship]") {
    // Goal: the schedule of a re-plan stays the one that was agreed, to the fen of its principal.
    Stage stage;
    stage.accept(stage.payment(33'833), day_of("2024-02-29"));
    stage.accept(stage.replan(5'000, 6), day_of("2024-03-10"));
    const auto late =
        stage.backdated(stage.payment(33'833), day_of("2024-03-12"), day_of("2024-03-05"));
    stage.refuse(late, Outcome::replay_conflict);
    CHECK(stage.position().terms.principal == 66'667);
}
