#include "ledger/double_entry.h"
#include "ledger/queries.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

constexpr Day kToday = Drafts::kToday;
const Day kLate = day_of("2024-03-10");

/// Everything that a reader sees of the contract and its line, but for who refers to whom.
struct Seen {
    ContractStatus status;
    ByComponent outstanding;
    ByComponent repaid;
    ByComponent waived;
    ByComponent lapsed;
    ByComponent billed;
    Amount credit;
    Amount recovered;
    Amount penalty_accrued;
    Amount used;
    Amount available;
    std::vector<Instalment> rows;
    std::vector<HardshipId> open_requests;
    Balances balances;

    bool operator==(const Seen&) const = default;
};
Seen seen(const Stage& stage) {
    const Position position = stage.position();
    const ContractTotals& totals = position.totals;
    return {position.status,        position.outstanding,   totals.repaid,
            totals.waived,          totals.lapsed,          totals.billed,
            totals.credit,          totals.recovered,       position.penalty_accrued,
            stage.line().used,      stage.line().available, rows_of(position),
            position.open_requests, balances_of(position)};
}

Reversal reversal_of(const Stage& stage, const Transaction& target) {
    const bool by_servicer = std::holds_alternative<Repayment>(target.body) ||
                             std::holds_alternative<PrepaySettle>(target.body) ||
                             std::holds_alternative<PenaltyAssess>(target.body) ||
                             std::holds_alternative<Recovery>(target.body) ||
                             std::holds_alternative<OverdueMark>(target.body) ||
                             std::holds_alternative<HardshipRequest>(target.body);
    return stage.reversal(target, by_servicer ? stage.servicer : stage.lender);
}

/// By everyone who might have to sign.
Outcome by_all(Stage& stage, const Transaction& transaction) {
    return stage.book.submit_one(transaction, {stage.lender, stage.lender_2, stage.servicer,
                                               stage.servicer_2, stage.funder, stage.collector});
}

/// A contract with a penalty assessed and a request open, as it stands when something happens.
struct Begun {
    Stage stage;
    Begun() {
        stage.accept(stage.request(id_of<HardshipId>(1)));
        stage.accept(PenaltyAssess{Stage::kContract}, kLate);
    }
};

}  // namespace

TEST_CASE("A reversal takes back each kind of event", "[ledger][rules][reversal]") {
    // Goal: the book is as if the event had never been; both stay on record.
    const auto request = id_of<HardshipId>(1);
    Begun model;
    const std::vector<TransactionBody> bodies = {
        MerchantRefund{Stage::kContract, 100'000, "r-1"},
        model.stage.payment(50'000, "p-1"),
        PrepaySettle{Stage::kContract, 0, "s-1"},
        Waive{Stage::kContract, {{0, Component::principal, 5}, {0, Component::penalty, 9}}},
        model.stage.grace(kLate + 1, kLate + 30, request),
        model.stage.replan(2'000, 12, request),
        ChargeOff{.contract = Stage::kContract},
    };
    for (const TransactionBody& body : bodies) {
        INFO(type_name(body));
        Begun begun;
        Stage& stage = begun.stage;
        const Seen before = seen(stage);
        const std::size_t events = stage.book.contract(Stage::kContract)->body.events.size();
        const auto target = stage.draft(body, kLate);
        stage.accept(target);
        CHECK_FALSE(seen(stage) == before);
        const auto reversal = stage.draft(reversal_of(stage, target), kLate);
        CHECK(by_all(stage, reversal) == Outcome::accepted);
        CHECK(seen(stage) == before);
        const ContractBody contract = stage.book.contract(Stage::kContract)->body;
        REQUIRE(contract.events.size() == events + 1);
        CHECK(contract.events.back().reversed_by == stage.known());
        // Twice, or the reversal itself, is refused.
        const auto again = stage.draft(reversal_of(stage, target), kLate);
        require_refused(stage.book, again,
                        {stage.lender, stage.lender_2, stage.servicer, stage.funder},
                        Outcome::target_reversed);
        Reversal of_reversal = reversal_of(stage, reversal);
        of_reversal.submitter = stage.lender->id;
        stage.refuse(stage.draft(of_reversal, kLate), Outcome::target_not_reversible);
    }
}

TEST_CASE("A recovery and a penalty are reversed", "[ledger][rules][reversal]") {
    // Goal: the two kinds that need something before them; what they were is assessed anew.
    Begun begun;
    Stage& stage = begun.stage;
    const auto penalty = stage.draft(PenaltyAssess{Stage::kContract}, kLate + 5);
    const Seen before = seen(stage);
    stage.accept(penalty);
    stage.accept(reversal_of(stage, penalty), kLate + 5);
    CHECK(stage.position().outstanding == before.outstanding);
    stage.accept(PenaltyAssess{Stage::kContract}, kLate + 5);
    stage.accept(ChargeOff{.contract = Stage::kContract}, kLate + 5);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 100'000}, kLate + 5);
    const Seen lost = seen(stage);
    const auto recovery = stage.draft(Recovery{Stage::kContract, 500, 50, "c-1"}, kLate + 5);
    stage.accept(recovery);
    const auto back = stage.draft(reversal_of(stage, recovery), kLate + 5);
    require_refused(stage.book, back, {stage.servicer}, Outcome::role_missing);
    const auto good = stage.draft(reversal_of(stage, recovery), kLate + 5);
    CHECK(by_all(stage, good) == Outcome::accepted);
    CHECK(seen(stage) == lost);
}

TEST_CASE("A capture is reversed while nothing stands on it", "[ledger][rules][reversal]") {
    // Goal: the line is free again, the contract stays REVERSED and its id used; funders sign.
    Stage stage({.captured = false});
    const auto capture = stage.draft(stage.capture(100'000));
    stage.accept(capture);
    const auto payment = stage.draft(stage.payment(500));
    stage.accept(payment);
    const auto early = stage.draft(reversal_of(stage, capture));
    require_refused(stage.book, early, {stage.lender, stage.funder}, Outcome::replay_conflict);
    stage.accept(stage.reversal(payment));
    const auto unsigned_ = stage.draft(reversal_of(stage, capture));
    require_refused(stage.book, unsigned_, {stage.lender}, Outcome::signer_missing);
    const auto good = stage.draft(reversal_of(stage, capture));
    CHECK(by_all(stage, good) == Outcome::accepted);
    CHECK(stage.position().status == ContractStatus::reversed);
    CHECK(stage.position().payable() == 0);
    CHECK(stage.line().used == 0);
    CHECK(stage.line().available == 150'000);
    stage.refuse(stage.payment(5), Outcome::contract_not_active);
    stage.refuse(stage.capture(100'000), Outcome::contract_exists);
    stage.refuse(MerchantRefund{Stage::kContract, 5, "r-1"}, Outcome::contract_not_active);
    stage.refuse(PrepaySettle{Stage::kContract, 5, "s-1"}, Outcome::contract_not_active);
    stage.refuse(Recovery{Stage::kContract, 5, 0, "c-1"}, Outcome::collector_differs);
    stage.accept(stage.capture(150'000, 3, id_of<ContractId>(9)));
}

TEST_CASE("A reversal that a later event contradicts is refused", "[ledger][rules][reversal]") {
    // Goal: a charge-off with a recovery, a payment that another one needs, a request that a grace
    // cites.
    Stage stage;
    const auto loss = stage.draft(ChargeOff{.contract = Stage::kContract}, kLate);
    stage.accept(loss);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 0}, kLate);
    stage.accept(Recovery{Stage::kContract, 5, 0, "c-1"}, kLate);
    stage.refuse(reversal_of(stage, loss), Outcome::replay_conflict, kLate);

    Stage paid;
    const auto refund = paid.draft(MerchantRefund{Stage::kContract, 1'000, "r-1"});
    paid.accept(refund);
    paid.accept(ChargeOff{.contract = Stage::kContract}, kLate);
    paid.refuse(reversal_of(paid, refund), Outcome::replay_conflict, kLate);
}

TEST_CASE("REVERSAL names an accepted event of the contract", "[ledger][rules][reversal]") {
    // Goal: unknown ids, another submitter's, another contract's, refused ones, other types.
    Stage stage;
    const auto other = id_of<ContractId>(9);
    stage.accept(stage.capture(10'000, 3, other));
    const auto payment = stage.draft(stage.payment(500));
    stage.accept(payment);
    Reversal body = stage.reversal(payment);
    const auto with = [&](auto change, Outcome expected) {
        Reversal changed = body;
        change(changed);
        stage.refuse(changed, expected);
    };
    with([](Reversal& r) { r.reason = ""; }, Outcome::text_out_of_range);
    with([](Reversal& r) { r.reason = std::string(65, 'x'); }, Outcome::text_out_of_range);
    with([](Reversal& r) { r.contract = id_of<ContractId>(77); }, Outcome::contract_unknown);
    with([&](Reversal& r) { r.contract = other; }, Outcome::target_unknown);
    with([&](Reversal& r) { r.submitter = stage.lender->id; }, Outcome::target_unknown);
    with([](Reversal& r) { r.target = id_of<TransactionId>(9'999); }, Outcome::target_unknown);
    const auto refused = stage.draft(stage.payment(900'000));
    stage.refuse(refused, Outcome::above_payable);
    with([&](Reversal& r) { r.target = refused.id; }, Outcome::target_unknown);
    for (const TransactionBody& kept : {TransactionBody(OverdueMark{Stage::kContract, 0, 0, 0}),
                                        TransactionBody(stage.request(id_of<HardshipId>(3)))}) {
        const auto target = stage.draft(kept);
        stage.accept(target);
        with([&](Reversal& r) { r.target = target.id; }, Outcome::target_not_reversible);
    }
    const auto signed_by_lender = stage.draft(body);
    require_refused(stage.book, signed_by_lender, {stage.lender}, Outcome::role_missing);
    const auto waived = stage.draft(Waive{Stage::kContract, {{2, Component::fee, 1}}});
    stage.accept(waived);
    require_refused(stage.book, stage.draft(reversal_of(stage, waived)), {stage.lender},
                    Outcome::two_keys_required);
    require_refused(stage.book, stage.draft(reversal_of(stage, waived)),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
    stage.accept(body);
}

TEST_CASE("A reversed payment's reference is free again", "[ledger][rules][reversal]") {
    // Goal: once, and taken again by the repost.
    Stage stage;
    const auto first = stage.draft(stage.payment(500, "bank-1"));
    stage.accept(first);
    stage.refuse(stage.payment(600, "bank-1"), Outcome::source_ref_used);
    stage.accept(stage.reversal(first));
    const auto second = stage.draft(stage.payment(600, "bank-1"));
    stage.accept(second);
    stage.refuse(stage.payment(600, "bank-1"), Outcome::source_ref_used);
    stage.refuse(stage.reversal(first), Outcome::target_reversed);
    stage.accept(stage.reversal(second));
    // Also for another kind of payment, and on another contract.
    const auto other = id_of<ContractId>(9);
    stage.accept(stage.capture(10'000, 3, other));
    stage.accept(PrepaySettle{other, 0, "bank-1"});
    stage.refuse(stage.payment(600, "bank-1"), Outcome::source_ref_used);
}

TEST_CASE("A reversal on a later day needs two keys once its target's day is closed",
          "[ledger][rules][reversal]") {
    // Goal: of the member that answers, not of another; booked on the open day.
    Stage stage;
    const auto payment = stage.draft(stage.payment(500));
    const auto refund = stage.draft(MerchantRefund{Stage::kContract, 7, "r-1"});
    stage.accept(payment);
    stage.accept(refund);
    stage.book.ensure_day(kToday + 1);
    const auto open = stage.draft(stage.payment(5));
    stage.accept(open);
    stage.accept(stage.reversal(open), kToday + 1);
    stage.close_days(kToday);
    const auto back = [&] { return stage.draft(stage.reversal(payment), kToday + 1); };
    require_refused(stage.book, back(), {stage.servicer}, Outcome::two_keys_required);
    require_refused(stage.book, back(), {stage.servicer, stage.lender, stage.lender_2},
                    Outcome::two_keys_required);
    require_refused(stage.book, back(), {stage.servicer, &stage.book.cast().other_servicer()},
                    Outcome::two_keys_required);
    CHECK(stage.book.submit_one(back(), {stage.servicer, stage.servicer_2}) == Outcome::accepted);
    const auto refund_back = [&] {
        return stage.draft(stage.reversal(refund, stage.lender), kToday + 1);
    };
    require_refused(stage.book, refund_back(), {stage.lender, stage.servicer, stage.servicer_2},
                    Outcome::two_keys_required);
    CHECK(stage.book.submit_one(refund_back(), {stage.lender, stage.lender_2}) ==
          Outcome::accepted);
    CHECK(stage.position().payable() == 101'500);
}

TEST_CASE("What is taken back again and again has a bound, each kind its own",
          "[ledger][rules][reversal]") {
    // Goal: every reversal bears on each later replay, so none may make one as costly as it likes.
    Stage stage;
    for (int pair = 0; pair < 12; ++pair) {
        const Transaction payment = stage.draft(stage.payment(1), kToday + pair);
        stage.accept(payment);
        stage.accept(stage.reversal(payment), kToday + pair);
    }
    const Transaction payment = stage.draft(stage.payment(1), kToday + 40);
    stage.accept(payment);
    const Transaction back = stage.draft(stage.reversal(payment), kToday + 40);
    require_refused(stage.book, back, {stage.servicer}, Outcome::history_full);
    // Others find room.
    const Transaction refund = stage.draft(MerchantRefund{Stage::kContract, 7, "r-1"}, kToday + 40);
    stage.accept(refund);
    const Transaction refund_back = stage.draft(stage.reversal(refund, stage.lender), kToday + 40);
    CHECK(stage.book.submit_one(refund_back, {stage.lender}) == Outcome::accepted);
    // So do the owner and the servicer together, four times.
    stage.accept(stage.draft(stage.reversal(payment), kToday + 40));
    for (int more = 0; more < 4; ++more) {
        const Transaction again = stage.draft(stage.payment(1), kToday + 40);
        stage.accept(again);
        const Transaction gone = stage.draft(stage.reversal(again), kToday + 40);
        if (more < 3) stage.accept(gone);
        if (more == 3) stage.refuse(gone, Outcome::history_full);
    }
}

TEST_CASE("What had stood and was taken back has a bound of all kinds together",
          "[ledger][rules][reversal]") {
    // Goal: each takes replays of its own; what is taken back on its own day takes none.
    Stage stage;
    Day day = kToday;
    const auto pair = [&](const TransactionBody& body, Day days) {
        const Transaction target = stage.draft(body, day);
        stage.accept(target);
        const bool paid = std::holds_alternative<Repayment>(body);
        day += days;
        return stage.draft(stage.reversal(target, paid ? stage.servicer : stage.lender), day);
    };
    for (int number = 0; number < 4; ++number) {
        stage.accept(pair(stage.payment(1), 1));
        stage.accept(pair(MerchantRefund{Stage::kContract, 7, stage.next_ref()}, 1));
    }
    // The servicer alone, the lender alone.
    const Transaction payment_back = pair(stage.payment(1), 1);
    require_refused(stage.book, payment_back, {stage.servicer, stage.bank}, Outcome::history_full);
    const Transaction grace_back = pair(stage.grace(day, day + 5), 1);
    require_refused(stage.book, grace_back, {stage.lender}, Outcome::history_full);
    // Together, or one beside the regulator: four more.
    const auto anew = [&](Transaction transaction) {
        transaction.id = stage.book.drafts().next_id();
        return transaction;
    };
    CHECK(stage.book.submit_one(anew(payment_back), {stage.servicer, stage.lender}) ==
          Outcome::accepted);
    CHECK(stage.book.submit_one(anew(grace_back), {stage.lender, stage.regulator}) ==
          Outcome::accepted);
    for (int more = 0; more < 2; ++more) stage.accept(pair(stage.payment(1), 1));
    stage.refuse(pair(stage.payment(1), 1), Outcome::history_full);
    stage.accept(pair(stage.payment(1), 0));
    // Nobody relied on a penalty.
    day = kToday + 60;
    const Transaction penalty = stage.draft(PenaltyAssess{Stage::kContract, 0}, day);
    stage.accept(penalty);
    stage.accept(stage.reversal(penalty), day + 1);
}
