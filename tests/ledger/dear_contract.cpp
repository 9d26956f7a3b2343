#include "tests/ledger/dear_contract.h"

namespace tally::testing {

using namespace ledger;

void make_dear(Stage& stage) {
    std::vector<Transaction> payments;
    while (payments.size() < kDearPayments) {
        payments.push_back(stage.draft(stage.payment(1), kDearDay - 1));
        stage.accept(payments.back());
    }
    for (std::size_t count = 0; count < kDearTakenBack; ++count) {
        stage.accept(stage.reversal(payments[count], stage.servicer), kDearDay);
    }
}

std::vector<Transaction> dear_refusals(Stage& stage, std::size_t count) {
    std::vector<Transaction> all;
    while (all.size() < count) {
        // Not what is owed, so without the claim that a draft fills in.
        all.push_back(stage.book.drafts().draft(PrepaySettle{Stage::kContract, 1, stage.next_ref()},
                                                kDearDay));
    }
    return all;
}

}  // namespace tally::testing
