#include "ledger/governance.h"
#include "ledger/ownership.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Contracts are pledged and sold: who may, when, and what follows for everybody else.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
constexpr Amount kPrice = 98'000;

/// A contract that may be offered to a funder and sold to it.
struct Market : Stage {
    const Party* other = &book.cast().other_funder();

    explicit Market(const StageOptions& options = {}) : Stage(options) {}

    TransferInit offer(const Party* buyer = nullptr, Day until = kToday + 10) const {
        return {kContract, buyer == nullptr ? funder->id : buyer->id, kPrice, until};
    }
    TransferSettle price() { return {kContract, next_ref()}; }
    void sell(Day day = kToday) {
        accept(offer(), day);
        accept(price(), day);
    }
    Ownership ownership(const PointInTime& point = {}) const {
        return ownership_of(book.contract(kContract)->body, point);
    }
    std::uint64_t entries_of(const Party* party) const {
        return account_head(book.records(), AccountClass::member, party->id.bytes)
            .value()
            .value_or(AccountHead{})
            .count;
    }
};

}  // namespace

TEST_CASE("A contract is pledged to one funder until it is released",
          "[ledger][rules][receivables]") {
    // Goal: who signs, one pledge at a time, not a fen moves; the pledge is there at its time.
    Market stage;
    // Each under an id of its own, or the first outcome would stand.
    const auto pledge = [&] { return stage.draft(Pledge{kContract, stage.funder->id}); };
    require_refused(stage.book, pledge(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, pledge(), {stage.funder}, Outcome::role_missing);
    require_refused(stage.book, pledge(), {stage.lender, stage.other}, Outcome::signer_missing);
    require_refused(stage.book, pledge(), {&stage.book.cast().other_originator(), stage.funder},
                    Outcome::owner_differs);
    stage.refuse(Pledge{kContract, stage.servicer->id}, Outcome::funder_unknown);
    stage.refuse(Pledge{id_of<ContractId>(9), stage.funder->id}, Outcome::contract_unknown);
    stage.refuse(stage.backdated(Pledge{kContract, stage.funder->id}, kToday + 1, kToday),
                 Outcome::backdated_too_far);
    stage.refuse(Release{kContract}, Outcome::pledgee_differs);
    const Position before = stage.position();
    stage.accept(pledge());
    CHECK(stage.position().outstanding == before.outstanding);
    CHECK(stage.ownership().pledge.value().funder == stage.funder->id);
    const std::uint64_t then = stage.known();

    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::pledged);
    stage.refuse(stage.offer(), Outcome::pledged);
    const auto release = [&](Day day = kToday) { return stage.draft(Release{kContract}, day); };
    require_refused(stage.book, release(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, release(), {stage.lender, stage.other}, Outcome::pledgee_differs);
    // What is owed may be paid meanwhile, and then nothing is left to be released from.
    stage.accept(stage.payment(101'500), kToday + 1);
    stage.accept(release(kToday + 2));
    CHECK_FALSE(stage.ownership().pledge);
    CHECK(stage.ownership({kToday + 1}).pledge);
    CHECK(stage.ownership({kToday + 9, then}).pledge);
    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::contract_not_active, kToday + 2);
}

TEST_CASE("A sale that settles on a day is the buyer's from the next day on",
          "[ledger][rules][receivables]") {
    // Goal: intervals without a gap or an overlap, for each date and as known at each entry.
    Market stage;
    CHECK(stage.ownership().owner() == stage.lender->id);
    stage.accept(stage.offer());
    const std::uint64_t offered = stage.known();
    const auto pending = stage.ownership().pending.value();
    CHECK(pending.buyer == stage.funder->id);
    CHECK(pending.price == kPrice);
    CHECK(stage.ownership().owner() == stage.lender->id);
    stage.accept(stage.price(), kToday + 5);

    const Ownership sold = stage.ownership();
    CHECK_FALSE(sold.pending);
    CHECK(sold.sold());
    CHECK(sold.owner() == stage.funder->id);
    CHECK(sold.owner_on(kToday - 1) == stage.lender->id);
    CHECK(sold.owner_on(kToday + 5) == stage.lender->id);
    CHECK(sold.owner_on(kToday + 6) == stage.funder->id);
    CHECK(owner_of(stage.book.contract(kContract)->body) == stage.funder->id);
    CHECK(stage.ownership({kDayMax, offered}).owner() == stage.lender->id);
    CHECK(stage.ownership({kToday + 4}).pending);
    CHECK(stage.book.contract(kContract)->body.originator == stage.lender->id);

    // The buyer sells on, not before it owns.
    const Transaction early = stage.draft(stage.offer(stage.other), kToday + 5);
    require_refused(stage.book, early, {stage.funder}, Outcome::date_out_of_order);
    const Transaction onward = stage.draft(stage.offer(stage.other), kToday + 6);
    require_refused(stage.book, onward, {stage.lender}, Outcome::owner_missing);
    REQUIRE(stage.book.submit_one(onward, {stage.funder}) == Outcome::accepted);
    const Transaction price = stage.draft(stage.price(), kToday + 6);
    REQUIRE(stage.book.submit_one(price, {stage.other, stage.funder}) == Outcome::accepted);
    const std::vector<OwnedSince> chain = stage.ownership().chain;
    REQUIRE(chain.size() == 3);
    CHECK(chain[0].from == kToday);
    CHECK(chain[1].from == kToday + 6);
    CHECK(chain[2].from == kToday + 7);
    CHECK(chain[2].owner == stage.other->id);
}

TEST_CASE("TRANSFER_INIT is refused, each rule with its code", "[ledger][rules][receivables]") {
    // Goal: owner, price, buyer, days; nothing that is over, pledged or on offer is sold.
    Market stage;
    const auto refuse = [&](Outcome expected, auto change, Day day = kToday) {
        TransferInit body = stage.offer();
        change(body);
        stage.refuse(stage.draft(body, day), expected);
    };
    require_refused(stage.book, stage.draft(stage.offer()), {stage.funder}, Outcome::owner_missing);
    refuse(Outcome::contract_unknown,
           [](TransferInit& body) { body.contract = id_of<ContractId>(9); });
    refuse(Outcome::amount_not_positive, [](TransferInit& body) { body.price = 0; });
    refuse(Outcome::date_out_of_range, [](TransferInit& body) { body.valid_until = kDayMax + 1; });
    refuse(Outcome::buyer_invalid, [&](TransferInit& body) { body.buyer = stage.lender->id; });
    refuse(Outcome::buyer_invalid, [&](TransferInit& body) { body.buyer = stage.bank->id; });
    refuse(Outcome::transfer_expired, [](TransferInit& body) { body.valid_until = kToday - 1; });
    stage.refuse(stage.backdated(stage.offer(), kToday + 1, kToday), Outcome::backdated_too_far);
    // Something of a later day is there already.
    stage.accept(stage.payment(5), kToday + 3);
    refuse(
        Outcome::date_out_of_order, [](TransferInit&) {}, kToday + 2);
    stage.accept(stage.offer(), kToday + 3);
    refuse(
        Outcome::transfer_pending, [](TransferInit&) {}, kToday + 3);
    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::transfer_pending, kToday + 3);
    stage.accept(TransferCancel{kContract}, kToday + 3);
    stage.accept(stage.payment(101'495), kToday + 3);
    refuse(
        Outcome::contract_not_active, [](TransferInit&) {}, kToday + 3);

    Market lost;
    const Day late = day_of("2024-08-31");
    lost.accept(ChargeOff{.contract = kContract}, late);
    lost.refuse(lost.offer(nullptr, late), Outcome::contract_charged_off, late);
}

TEST_CASE("TRANSFER_SETTLE, CANCEL and DECLINE are refused, each rule with its code",
          "[ledger][rules][receivables]") {
    // Goal: both sign a settlement, one the other two; the offer is there and lasts.
    Market stage;
    for (const TransactionBody& body : std::vector<TransactionBody>{
             stage.price(), TransferCancel{kContract}, TransferDecline{kContract}}) {
        stage.refuse(body, Outcome::transfer_not_pending);
    }
    stage.accept(stage.offer());
    const auto settlement = [&] { return stage.draft(stage.price(), kToday + 1); };
    require_refused(stage.book, settlement(), {stage.funder}, Outcome::owner_missing);
    require_refused(stage.book, settlement(), {stage.lender}, Outcome::buyer_differs);
    require_refused(stage.book, settlement(), {stage.lender, stage.other}, Outcome::buyer_differs);
    stage.refuse(TransferSettle{kContract, ""}, Outcome::text_out_of_range);
    stage.refuse(TransferSettle{kContract, "Li Lei"}, Outcome::reference_personal);
    const Transaction cancelling = stage.draft(TransferCancel{kContract});
    require_refused(stage.book, cancelling, {stage.funder}, Outcome::owner_missing);
    const auto declining = [&] { return stage.draft(TransferDecline{kContract}); };
    require_refused(stage.book, declining(), {stage.lender}, Outcome::buyer_differs);
    require_refused(stage.book, declining(), {stage.other}, Outcome::buyer_differs);
    stage.accept(declining());
    CHECK_FALSE(stage.ownership().pending);
    CHECK(stage.ownership().owner() == stage.lender->id);

    // Paid off meanwhile, there is nothing left to sell.
    stage.accept(stage.offer());
    stage.accept(stage.payment(101'500));
    stage.refuse(stage.price(), Outcome::contract_not_active);
    stage.accept(TransferCancel{kContract});
}

TEST_CASE("An offer that nobody settled in time blocks nothing", "[ledger][rules][receivables]") {
    // Goal: over for its settlement, not for its end; replaced by another or by a pledge.
    Market stage;
    stage.accept(stage.offer(nullptr, kToday + 2));
    stage.refuse(stage.price(), Outcome::transfer_expired, kToday + 3);
    CHECK_FALSE(stage.ownership().pending.value().live_on(kToday + 3));
    stage.accept(stage.offer(stage.other, kToday + 4), kToday + 3);
    CHECK(stage.ownership().pending.value().buyer == stage.other->id);
    require_refused(stage.book, stage.draft(stage.price(), kToday + 3),
                    {stage.lender, stage.funder}, Outcome::buyer_differs);
    stage.accept(Pledge{kContract, stage.funder->id}, kToday + 5);
    const Transaction late = stage.draft(stage.price(), kToday + 5);
    require_refused(stage.book, late, {stage.lender, stage.other}, Outcome::transfer_expired);
    // On a day before it, the offer would last: but days do not go back.
    const Transaction back = stage.draft(stage.price(), kToday + 4);
    require_refused(stage.book, back, {stage.lender, stage.other}, Outcome::date_out_of_order);
    stage.accept(TransferCancel{kContract}, kToday + 5);
    CHECK_FALSE(stage.ownership().pending);
    CHECK(stage.ownership().pledge);
}

TEST_CASE("After a sale the owner signs what gives its money away",
          "[ledger][rules][receivables]") {
    // Goal: beside the originator; payments, marks and penalties stay the servicer's.
    const Day late = day_of("2024-08-31");
    // Nothing is past due behind a re-plan, so that it comes last or stands alone.
    for (const bool replans : {false, true}) {
        Market stage;
        stage.sell();
        std::vector<TransactionBody> bodies{
            MerchantRefund{kContract, 5, "shop-1"}, stage.grace(late + 1, late + 2),
            ServicerChange{kContract, stage.book.cast().other_servicer().id},
            CollectionAssign{kContract, stage.collector->id, 5}};
        bodies.emplace_back(ChargeOff{.contract = kContract});
        if (replans) bodies.back() = stage.replan(100, 6);
        const Party* next = &stage.book.cast().other_servicer();
        for (const TransactionBody& body : bodies) {
            INFO(type_name(body));
            require_refused(stage.book, stage.draft(body, late),
                            {stage.lender, stage.lender_2, stage.servicer, next, stage.collector},
                            Outcome::owner_missing);
            require_refused(stage.book, stage.draft(body, late),
                            {stage.funder, stage.servicer, next, stage.collector},
                            Outcome::role_missing);
        }
        stage.accept(stage.payment(33'833), late);
        stage.accept(PenaltyAssess{kContract, 0}, late);
        stage.accept(OverdueMark{kContract, 0, 0, 0}, late);
        for (const TransactionBody& body : bodies) {
            INFO(type_name(body));
            const Outcome outcome = stage.book.submit_one(
                stage.draft(body, late),
                {stage.lender, stage.funder, stage.servicer, next, stage.collector});
            INFO(outcome_code(outcome));
            CHECK(outcome == Outcome::accepted);
        }
        CHECK((stage.position().status == ContractStatus::charged_off) != replans);
        CHECK(stage.position().plan == (replans ? 1U : 0U));
    }
}

TEST_CASE("A waiver of what was sold takes two keys of its owner", "[ledger][rules][receivables]") {
    // Goal: four eyes of whose money it is; its reversal takes the same.
    Market stage;
    stage.sell();
    const Waive waive{kContract, {{0, Component::fee, 5}}};
    require_refused(stage.book, stage.draft(waive, kToday + 1),
                    {stage.lender, stage.lender_2, stage.funder}, Outcome::two_keys_required);
    const Party second{"funder/2", stage.funder->id, key_of(7, "funder/2")};
    const KeyRotate rotation{stage.funder->id, {claim_key(stage.funder->id, second.key)}, {}};
    REQUIRE(stage.book.submit_one(stage.draft(rotation), {&stage.book.cast().governor('a'),
                                                          &stage.book.cast().governor('b'),
                                                          stage.funder}) == Outcome::accepted);
    const Transaction waived = stage.draft(waive, kToday + 1);
    REQUIRE(stage.book.submit_one(waived, {stage.lender, stage.funder, &second}) ==
            Outcome::accepted);
    const auto reversal = [&] {
        return stage.draft(stage.reversal(waived, stage.lender), kToday + 1);
    };
    require_refused(stage.book, reversal(), {stage.lender, stage.lender_2}, Outcome::owner_missing);
    require_refused(stage.book, reversal(), {stage.lender, stage.lender_2, stage.funder},
                    Outcome::two_keys_required);
    CHECK(stage.book.submit_one(reversal(), {stage.lender, stage.funder, &second}) ==
          Outcome::accepted);
}

TEST_CASE("A purchase that is pledged, on offer or sold is not taken back",
          "[ledger][rules][receivables]") {
    // Goal: the way back is a release or the end of an offer; pledges and sales have no other.
    Market stage({.captured = false});
    const Transaction capture = stage.draft(stage.capture(100'000));
    stage.accept(capture);
    const auto reverse = [&](Day day) {
        return stage.draft(stage.reversal(capture, stage.lender), day);
    };
    const auto refuse = [&](Outcome expected, Day day = kToday) {
        require_refused(stage.book, reverse(day), {stage.lender, stage.funder}, expected);
    };
    const Transaction pledge = stage.draft(Pledge{kContract, stage.funder->id});
    stage.accept(pledge);
    refuse(Outcome::pledged);
    require_refused(stage.book, stage.draft(stage.reversal(pledge, stage.lender)),
                    {stage.lender, stage.funder}, Outcome::target_not_reversible);
    stage.accept(Release{kContract});
    stage.accept(stage.offer(nullptr, kToday + 1));
    refuse(Outcome::transfer_pending, kToday + 1);
    // An offer that is over holds nobody.
    Market over({.captured = false});
    const Transaction bought = over.draft(over.capture(100'000));
    over.accept(bought);
    over.accept(over.offer(nullptr, kToday + 1));
    CHECK(over.book.submit_one(over.draft(over.reversal(bought, over.lender), kToday + 2),
                               {over.lender, over.funder}) == Outcome::accepted);
    CHECK(over.position().status == ContractStatus::reversed);

    const Transaction price = stage.draft(stage.price());
    stage.accept(price);
    refuse(Outcome::contract_sold, kToday + 1);
    require_refused(stage.book, stage.draft(stage.reversal(price, stage.lender)),
                    {stage.lender, stage.funder}, Outcome::target_not_reversible);
    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::contract_sold, kToday + 1);
}

TEST_CASE("Pledges and sales stand in the history of both parties",
          "[ledger][rules][receivables]") {
    // Goal: whoever signed or not, also where offer and settlement come in one submission.
    Market stage;
    const std::uint64_t lender = stage.entries_of(stage.lender);
    const std::uint64_t buyer = stage.entries_of(stage.funder);
    stage.accept(stage.offer());
    CHECK(stage.entries_of(stage.lender) == lender + 1);
    CHECK(stage.entries_of(stage.funder) == buyer + 1);
    stage.refuse(stage.offer(), Outcome::transfer_pending);  // the submitter's alone
    CHECK(stage.entries_of(stage.funder) == buyer + 1);
    stage.accept(TransferDecline{kContract});
    CHECK(stage.entries_of(stage.lender) == lender + 3);
    CHECK(stage.entries_of(stage.funder) == buyer + 2);
    const std::vector both{stage.draft(stage.offer()), stage.draft(stage.price())};
    const SubmissionResult result = stage.book.submit(both, {stage.funder, stage.lender}, true);
    CHECK(result.transactions[1].outcome == Outcome::accepted);
    CHECK(stage.entries_of(stage.lender) == lender + 5);
    CHECK(stage.entries_of(stage.funder) == buyer + 4);
}
