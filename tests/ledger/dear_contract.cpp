#include "tests/ledger/dear_contract.h"

#include "tests/support/catch.h"

namespace tally::testing {

using namespace ledger;

void make_dear(Stage& stage) {
    std::vector<Transaction> payments;
    while (payments.size() < kDearPayments) {
        payments.push_back(stage.draft(stage.payment(1), kDearDay - 1));
    }
    const SubmissionResult paid = stage.book.submit(payments, {stage.servicer});
    for (const auto& payment : paid.transactions) REQUIRE(payment.outcome == Outcome::accepted);
    for (std::size_t count = 0; count < kDearTakenBack; ++count) {
        stage.accept(stage.reversal(payments[count], stage.servicer), kDearDay);
    }
}

std::vector<Transaction> dear_refusals(Stage& stage, std::size_t count) {
    std::vector<Transaction> all;
    while (all.size() < count) {
        all.push_back(stage.draft(PrepaySettle{Stage::kContract, 1, stage.next_ref()}, kDearDay));
    }
    return all;
}

}  // namespace tally::testing
