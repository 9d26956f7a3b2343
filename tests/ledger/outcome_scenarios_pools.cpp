#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
constexpr PoolId kPool = Stage::kPool;

void seal(Stage& stage) {
    stage.accept(stage.pool());
    stage.accept(PoolAdd{kPool, Stage::kContract});
    stage.accept(PoolSeal{kPool});
}

}  // namespace

Scenarios pool_scenarios() {
    return {
        {Outcome::pool_exists,
         [](Stage& s) {
             s.accept(s.pool());
             return s.send(s.pool());
         }},
        {Outcome::pool_unknown, [](Stage& s) { return s.send(PoolClose{kPool}); }},
        {Outcome::trustee_differs,
         [](Stage& s) {
             s.accept(s.pool());
             return s.book.submit_one(s.draft(PoolClose{kPool}),
                                      {s.lender, &s.book.cast().other_trustee()});
         }},
        {Outcome::pool_terms_out_of_range,
         [](Stage& s) {
             PoolCreate terms = s.pool();
             terms.below_days = 0;
             return s.send(terms);
         }},
        {Outcome::pool_not_open,
         [](Stage& s) {
             s.accept(s.pool());
             s.accept(PoolAdd{kPool, Stage::kContract});
             return s.send(TransferInit{Stage::kContract, s.vehicle->id, 90'000, kToday});
         }},
        {Outcome::pool_not_draft,
         [](Stage& s) {
             seal(s);
             return s.send(PoolSeal{kPool, 1, 100'000, s.pool_record().contracts.root()});
         }},
        {Outcome::pool_differs,
         [](Stage& s) {
             s.accept(s.pool());
             return s.send(PoolSeal{kPool});
         }},
        {Outcome::pool_not_issued,
         [](Stage& s) {
             seal(s);
             return s.send(PoolTrigger{kPool, TriggerReason::servicer_event});
         }},
        {Outcome::pool_amortising,
         [](Stage& s) {
             s.issue_pool(s.pool());
             s.accept(PoolTrigger{kPool, TriggerReason::default_event});
             return s.send(PoolTrigger{kPool, TriggerReason::servicer_event});
         }},
        {Outcome::trigger_not_met,
         [](Stage& s) {
             s.issue_pool(s.pool());
             return s.send(PoolTrigger{kPool, TriggerReason::balance_below, kToday});
         }},
        {Outcome::pool_not_over,
         [](Stage& s) {
             s.issue_pool(s.pool());
             return s.send(PoolClose{kPool});
         }},
    };
}

Scenarios pool_sale_scenarios() {
    return {
        {Outcome::pooled,
         [](Stage& s) {
             seal(s);
             return s.send(Pledge{Stage::kContract, s.funder->id});
         }},
        {Outcome::pool_not_sealed,
         [](Stage& s) {
             s.accept(s.pool());
             return s.send(Stage::notes(5));
         }},
        {Outcome::pool_not_owned,
         [](Stage& s) {
             seal(s);
             return s.send(Stage::notes(5));
         }},
        {Outcome::above_pool_balance,
         [](Stage& s) {
             seal(s);
             s.sell();
             return s.send(Stage::notes(100'001));
         }},
        {Outcome::not_pooled,
         [](Stage& s) {
             return s.send(BuybackInit{Stage::kContract, 90'000, kToday});
         }},
    };
}

}  // namespace tally::testing
