#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;

void offer(Stage& stage) {
    stage.accept(TransferInit{Stage::kContract, stage.funder->id, 90'000, kToday + 3});
}
void sell(Stage& stage) {
    offer(stage);
    stage.accept(TransferSettle{Stage::kContract, stage.next_ref()});
}

}  // namespace

Scenarios receivable_scenarios() {
    return {
        {Outcome::pledged,
         [](Stage& s) {
             s.accept(Pledge{Stage::kContract, s.funder->id});
             return s.send(Pledge{Stage::kContract, s.funder->id});
         }},
        {Outcome::pledgee_differs, [](Stage& s) { return s.send(Release{Stage::kContract}); }},
        {Outcome::contract_sold,
         [](Stage& s) {
             sell(s);
             return s.send(Pledge{Stage::kContract, s.funder->id}, kToday + 1);
         }},
        {Outcome::owner_missing,
         [](Stage& s) {
             sell(s);
             return s.send(s.grace(kToday, kToday + 1));
         }},
        {Outcome::buyer_invalid,
         [](Stage& s) {
             return s.send(TransferInit{Stage::kContract, s.lender->id, 90'000, kToday + 3});
         }},
        {Outcome::buyer_differs,
         [](Stage& s) {
             offer(s);
             return s.book.submit_one(s.draft(TransferDecline{Stage::kContract}), {s.lender});
         }},
        {Outcome::transfer_pending,
         [](Stage& s) {
             offer(s);
             return s.send(TransferInit{Stage::kContract, s.funder->id, 5, kToday + 3});
         }},
        {Outcome::transfer_not_pending,
         [](Stage& s) { return s.send(TransferCancel{Stage::kContract}); }},
        {Outcome::transfer_expired,
         [](Stage& s) {
             offer(s);
             return s.send(TransferSettle{Stage::kContract, "price-1"}, kToday + 4);
         }},
        {Outcome::price_out_of_range,
         [](Stage& s) {
             const TransferInit dear{Stage::kContract, s.funder->id, 1'000'001, kToday};
             return s.send(dear);
         }},
    };
}

}  // namespace tally::testing
