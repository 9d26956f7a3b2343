#include "ledger/replay_work.h"
#include "tests/ledger/dear_contract.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

std::size_t exhausted_in(const SubmissionResult& result) {
    std::size_t count = 0;
    for (const auto& transaction : result.transactions) {
        if (transaction.outcome == Outcome::replays_exhausted) ++count;
    }
    return count;
}

}  // namespace

TEST_CASE("What one submission makes nodes replay is bounded", "[ledger][bounds]") {
    // Goal: whoever has a key cannot hold up every node with refused transactions on a contract
    // that is dear to replay; what was not judged keeps no id and is judged when it is sent again.
    Stage stage;
    make_dear(stage);
    // Payments, the new event and the purchase, which counts for twenty; each for three rows and
    // four; once and once more for each that went, sixteen times.
    constexpr std::size_t kEach = (20 + kDearPayments + 1) * 7 * 16 * (1 + kDearTakenBack);
    constexpr std::size_t kJudged = kReplayWorkMax / kEach + 1;
    constexpr std::size_t kRest = 5;
    const std::vector<Transaction> all = dear_refusals(stage, kJudged + kRest);

    const SubmissionResult first = stage.book.submit(all, {stage.servicer});
    CHECK(exhausted_in(first) == kRest);
    for (std::size_t place = 0; place < all.size(); ++place) {
        const Outcome expected =
            place < kJudged ? Outcome::settlement_differs : Outcome::replays_exhausted;
        CAPTURE(place);
        CHECK(first.transactions[place].outcome == expected);
    }

    const SubmissionResult again = stage.book.submit(all, {stage.servicer});
    CHECK(exhausted_in(again) == 0);
    for (std::size_t place = 0; place < all.size(); ++place) {
        CAPTURE(place);
        CHECK(again.transactions[place].outcome == Outcome::settlement_differs);
        CHECK(again.transactions[place].repeated == (place < kJudged));
    }
}

TEST_CASE("A submission beside one that made nodes replay much is judged", "[ledger][bounds]") {
    // Goal: nobody's transactions are refused for what another asked of the same block; and in an
    // atomic submission what was not judged refuses the others.
    Stage stage;
    make_dear(stage);
    const Cast& cast = stage.book.cast();
    constexpr std::size_t kCount = 660;
    const std::vector<Transaction> dear = dear_refusals(stage, kCount);
    const std::vector<Transaction> honest{stage.draft(stage.payment(5), kDearDay)};
    const std::vector<SharedBytes> both{cast.sign(dear, {stage.servicer}),
                                        cast.sign(honest, {stage.servicer})};
    const BlockResult block = stage.book.apply(both);
    CHECK(exhausted_in(block.submissions[0]) > 0);
    CHECK(block.submissions[1].transactions[0].outcome == Outcome::accepted);

    std::vector<Transaction> together = dear_refusals(stage, kCount);
    together.insert(together.begin(), stage.draft(stage.payment(5), kDearDay));
    const SubmissionResult atomic = stage.book.submit(together, {stage.servicer}, true);
    CHECK(atomic.transactions.front().outcome == Outcome::atomic_sibling);
    CHECK(atomic.transactions.back().outcome == Outcome::replays_exhausted);
}

TEST_CASE("What a replay costs is weighed by its rows and by what is dear in it",
          "[ledger][bounds]") {
    // Goal: an event is not an event: the bound means about the same time whatever they are.
    Stage stage({.rules = [](RulesetRegister&, ProductRegister& product) {
        product.terms.push_back({1, 36, 5'000});
    }});
    const auto work = [&](ContractId id) {
        return replay_work(stage.book.contract(id).value().body);
    };
    CHECK(work(Stage::kContract) == 20 * 7);
    const auto wide = id_of<ContractId>(36);
    stage.accept(stage.capture(36'000, 36, wide));
    CHECK(work(wide) == 20 * 40);
    const Transaction payment = stage.draft(Repayment{wide, 50, "p-1", {}});
    stage.accept(payment);
    CHECK(work(wide) == 21 * 40);
    stage.accept(MerchantRefund{wide, 7, "r-1"});
    CHECK(work(wide) == 26 * 40);
    stage.accept(Chargeback{wide, stage.servicer->id, payment.id, 20, "c-1"});
    CHECK(work(wide) == 27 * 40 * 5 / 4);
    // Somebody relied on it: every day since is replayed twice, with it and without.
    const Transaction gone = stage.draft(Repayment{wide, 60, "p-2", {}});
    stage.accept(gone);
    Reversal back = stage.reversal(gone);
    back.contract = wide;
    stage.accept(back, Drafts::kToday + 1);
    CHECK(work(wide) == 28 * 40 * 16 * 2 * 5 / 4);
}
