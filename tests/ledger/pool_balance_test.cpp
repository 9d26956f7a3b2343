#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// What a pool sums to follows its contracts, whatever happens to them; what is below or rolls is
// warned of, and lets the trustee end the revolving.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
constexpr PoolId kPool = Stage::kPool;
const Day kDue = day_of("2024-02-29");
const auto kSecond = id_of<ContractId>(2);
const auto kThird = id_of<ContractId>(3);
/// Takes the balance from 100000 to 57333, which is below 60000.
constexpr Amount kMuch = 43'667;

struct Issued : Stage {
    explicit Issued(PoolCreate terms = PoolCreate{}) {
        issue_pool(terms.pool == kPool ? terms : pool());
    }

    Amount balance() const { return pool_record().balance; }
    std::optional<Day> below_since() const { return pool_record().below.since; }
    Amount principal() const { return position().outstanding[place_of(Component::principal)]; }
    std::vector<AlertsView::Item> alerts() const {
        return read_alerts(book.records(), AccountClass::pool, kPool.bytes, kNoEntry - 1)
            .value()
            .alerts;
    }
    /// By everybody whose word an owner's deed or a loss takes.
    void by_owners(const TransactionBody& body, Day day) {
        const Transaction transaction = draft(body, day);
        const Outcome outcome =
            book.submit_one(transaction, {lender, lender_2, vehicle, servicer, bank});
        INFO(type_name(body) << ": " << outcome_code(outcome));
        REQUIRE(outcome == Outcome::accepted);
    }
    Transaction pay(Amount amount, Day day) {
        const Transaction paid = draft(payment(amount), day);
        accept(paid);
        return paid;
    }
};

}  // namespace

TEST_CASE("The balance of a pool follows whatever happens to its contracts",
          "[ledger][rules][pool]") {
    // Goal: payments, refunds, losses and what takes them back: always the principal outstanding.
    Issued stage;
    CHECK(stage.balance() == 100'000);
    const auto follows = [&](Amount expected) {
        CHECK(stage.principal() == expected);
        CHECK(stage.balance() == expected);
        CHECK(stage.pool_record().live == (expected > 0 ? 1U : 0U));
        CHECK(stage.pool_record().owned == stage.pool_record().live);
    };
    const Transaction paid = stage.pay(33'833, kToday + 1);
    follows(66'667);
    stage.accept(stage.reversal(paid), kToday + 1);
    follows(100'000);
    const Transaction second = stage.pay(33'833, kToday + 2);
    stage.accept(Chargeback{kContract, stage.servicer->id, second.id, 33'833, stage.next_ref()},
                 kToday + 3);
    follows(100'000);
    stage.by_owners(MerchantRefund{kContract, 9'000, "shop-1"}, kToday + 3);
    follows(91'000);
    stage.accept(PenaltyAssess{kContract, 0}, kDue + 20);
    follows(91'000);
    const Transaction loss = stage.draft(ChargeOff{.contract = kContract}, kDue + 200);
    REQUIRE(stage.book.submit_one(loss, {stage.lender, stage.vehicle}) == Outcome::accepted);
    follows(0);
    stage.by_owners(stage.reversal(loss, stage.lender), kDue + 200);
    follows(91'000);
    // As the contract stands at last, also by what is dated back.
    stage.accept(stage.backdated(stage.payment(30'000), kDue + 201, kDue + 200));
    CHECK(stage.balance() == stage.principal());
    CHECK(stage.balance() < 91'000);
    stage.accept(PrepaySettle{kContract, 0, stage.next_ref()}, kDue + 201);
    follows(0);
}

TEST_CASE("The balance of a pool is that of each of its contracts once", "[ledger][rules][pool]") {
    // Goal: of several, sold or not; a purchase that is taken back is in it with nothing.
    Stage stage;
    const Transaction second = stage.draft(stage.capture(20'000, 3, kSecond));
    stage.accept(second);
    stage.accept(stage.capture(3'000, 3, kThird));
    stage.accept(stage.pool());
    for (const ContractId& id : {kContract, kSecond, kThird}) stage.accept(PoolAdd{kPool, id});
    CHECK(stage.pool_record().balance == 123'000);
    Reversal undone = stage.reversal(second, stage.lender);
    undone.contract = kSecond;
    REQUIRE(stage.book.submit_one(stage.draft(undone), {stage.lender, stage.funder}) ==
            Outcome::accepted);
    CHECK(stage.pool_record().balance == 103'000);
    CHECK(stage.pool_record().live == 2);
    stage.accept(PoolSeal{kPool});
    CHECK(stage.pool_record().sealed->said.contracts == 3);
    CHECK(stage.pool_record().sealed->said.principal == 103'000);
    stage.sell();
    CHECK(stage.pool_record().owned == 1);
    stage.sell(kToday, kThird);
    CHECK(stage.pool_record().owned == 2);
    // An atomic submission that is refused moves nothing.
    const std::vector both{stage.draft(stage.payment(33'833)), stage.draft(stage.payment(0))};
    CHECK(stage.book.submit(both, {stage.servicer}, true).transactions[0].outcome ==
          Outcome::atomic_sibling);
    CHECK(stage.pool_record().balance == 103'000);
    stage.accept(Stage::notes(103'000));
    CHECK_FALSE(stage.pool_record().below.since);
}

TEST_CASE("A sum of a pool that does not fit is refused", "[ledger][rules][pool]") {
    // Goal: nobody can make a pool overflow; the contract stays outside of it.
    Stage stage;
    stage.accept(stage.pool());
    PoolRecord full = stage.pool_record();
    full.balance = std::numeric_limits<Amount>::max() - 99'999;
    stage.book.force(registry_key(kPoolRecord, kPool.bytes), encode_record(full));
    stage.refuse(PoolAdd{kPool, kContract}, Outcome::overflow);
    full.balance -= 1;
    stage.book.force(registry_key(kPoolRecord, kPool.bytes), encode_record(full));
    stage.accept(PoolAdd{kPool, kContract});
}

TEST_CASE("A day below the least balance counts by how it ended", "[ledger][rules][pool]") {
    // Goal: what rises and falls again on one day of the book did not rise; on a later day it did.
    Issued stage;
    CHECK_FALSE(stage.below_since());
    const Day first = kToday + 1;
    stage.pay(40'000, first);
    CHECK_FALSE(stage.below_since());
    Transaction last = stage.pay(3'667, first);
    CHECK(stage.balance() == 57'333);
    CHECK(stage.below_since() == first);
    REQUIRE(stage.alerts().size() == 1);
    const AlertRecord alert = stage.alerts().front().record;
    CHECK(alert.rule == AlertRule::pool_balance);
    CHECK(alert.pool == kPool);
    CHECK_FALSE(alert.contract);
    CHECK(alert.line == LineId{});
    CHECK(alert.owner == stage.lender->id);
    CHECK(alert.measured == 57'333);
    CHECK(alert.threshold == 60'000);
    CHECK(alert.as_of == first);
    CHECK(alert.entry == stage.known());
    CHECK(stage.alerts().front().id ==
          alert_id_of(AccountClass::pool, kPool.bytes, AlertRule::pool_balance, 0));

    const auto rise = [&](Day day) {
        stage.accept(stage.reversal(last), day);
        CHECK_FALSE(stage.below_since());
    };
    rise(first);
    last = stage.pay(3'667, first);
    CHECK(stage.below_since() == first);
    const Day second = first + 1;
    rise(second);
    last = stage.pay(3'667, second);
    CHECK(stage.below_since() == first);
    // And once more on the same day.
    rise(second);
    last = stage.pay(3'667, second);
    CHECK(stage.below_since() == first);
    CHECK(stage.alerts().size() == 1);
    // Further below is no new fall.
    stage.pay(1'000, second);
    CHECK(stage.below_since() == first);
    rise(second);
    const Day third = second + 1;
    last = stage.pay(3'667, third);
    CHECK(stage.below_since() == third);
    CHECK(stage.alerts().size() == 2);
}

TEST_CASE("Days below are those of the book, not of a value date", "[ledger][rules][pool]") {
    // Goal: nobody dates a fall back, and a pool that begins below is so from its issue on.
    Stage early;
    PoolCreate terms = early.pool();
    terms.balance_min = 100'001;
    early.issue_pool(terms, kToday + 2);
    CHECK(early.pool_record().below.since == kToday + 2);
    CHECK(read_alerts(early.book.records(), AccountClass::pool, kPool.bytes, kNoEntry - 1)
              .value()
              .alerts.size() == 1);

    Issued stage;
    stage.accept(stage.backdated(stage.payment(kMuch), kToday + 4, kToday + 1));
    CHECK(stage.below_since() == kToday + 4);
    stage.accept(PoolTrigger{kPool, TriggerReason::balance_below}, kToday + 6);

    Stage none;
    terms = none.pool();
    terms.balance_min = 0;
    terms.below_days = 0;
    none.issue_pool(terms);
    none.accept(none.payment(101'500), kToday + 1);
    CHECK_FALSE(none.pool_record().below.since);
}

TEST_CASE("The trustee ends the revolving once the balance was below for so many days",
          "[ledger][rules][pool]") {
    // Goal: its word alone, for that reason not before; other reasons are the trustee's to know.
    Issued stage;
    const auto draft = [&](Day day, Day since = 0) {
        Transaction trigger = stage.draft(PoolTrigger{kPool, TriggerReason::default_event, 0}, day);
        trigger.body = PoolTrigger{kPool, TriggerReason::balance_below, since};
        return trigger;
    };
    stage.refuse(draft(kToday, kToday), Outcome::trigger_not_met);
    const Day fell = kToday + 1;
    stage.pay(kMuch, fell);
    require_refused(stage.book, draft(fell, fell), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(fell, fell), {&stage.book.cast().other_trustee()},
                    Outcome::trustee_differs);
    stage.refuse(draft(fell, fell), Outcome::trigger_not_met);
    stage.refuse(draft(fell + 1, fell), Outcome::trigger_not_met);
    stage.refuse(draft(fell + 2, fell - 1), Outcome::pool_differs);
    stage.refuse(draft(fell + 2, 0), Outcome::pool_differs);
    stage.refuse(PoolTrigger{id_of<PoolId>(9), TriggerReason::default_event}, Outcome::pool_unknown,
                 fell + 2);
    Transaction odd = stage.draft(PoolTrigger{kPool, TriggerReason::default_event}, fell + 2);
    std::get<PoolTrigger>(odd.body).below_since = fell;
    stage.refuse(odd, Outcome::pool_differs);
    const Transaction met = stage.draft(PoolTrigger{kPool, TriggerReason::balance_below}, fell + 2);
    CHECK(std::get<PoolTrigger>(met.body).below_since == fell);
    stage.accept(met);
    CHECK(stage.pool_record().triggered->said.below_since == fell);
    stage.refuse(PoolTrigger{kPool, TriggerReason::default_event}, Outcome::pool_amortising,
                 fell + 2);
    // The balance is watched further on.
    stage.pay(500, fell + 3);
    CHECK(stage.below_since() == fell);
}

TEST_CASE("What is marked worse in a day is warned of", "[ledger][rules][pool]") {
    // Goal: at its share of the balance, once a day; what is marked as before adds nothing.
    Stage stage;
    stage.accept(stage.capture(10'000, 3, kSecond));
    stage.accept(stage.capture(2'000, 3, kThird));
    stage.accept(stage.pool());
    for (const ContractId& id : {kContract, kSecond, kThird}) stage.accept(PoolAdd{kPool, id});
    stage.accept(PoolSeal{kPool});
    for (const ContractId& id : {kContract, kSecond, kThird}) stage.sell(kToday, id);
    const Day late = kDue + 10;
    const auto mark = [&](const ContractId& id, Day day) {
        stage.accept(OverdueMark{id, 0, 0, 0}, day);
    };
    const auto rolled = [&] { return stage.pool_record().rolled; };
    const auto alerts = [&] {
        return read_alerts(stage.book.records(), AccountClass::pool, kPool.bytes, kNoEntry - 1)
            .value()
            .alerts;
    };
    // Before notes are issued, nobody watches.
    mark(kThird, kToday);
    CHECK(rolled() == Rolled{});
    stage.accept(Stage::notes(50'000));
    mark(kSecond, late);
    CHECK(rolled() == Rolled{late, 10'000, false});
    mark(kSecond, late);
    CHECK(rolled() == Rolled{late, 10'000, false});
    CHECK(alerts().empty());
    mark(kThird, late);
    CHECK(rolled() == Rolled{late, 12'000, true});
    REQUIRE(alerts().size() == 1);
    const AlertRecord alert = alerts().front().record;
    CHECK(alert.rule == AlertRule::roll_rate);
    CHECK_FALSE(alert.by_hand);
    CHECK(alert.pool == kPool);
    CHECK(alert.measured == 107'142);
    CHECK(alert.threshold == 100'000);
    CHECK(alert.as_of == late);
    mark(kContract, late);
    CHECK(rolled() == Rolled{late, 112'000, true});
    CHECK(alerts().size() == 1);
    // The next bucket, on another day.
    const Day later = late + 30;
    mark(kSecond, later);
    CHECK(rolled() == Rolled{later, 10'000, false});
    mark(kContract, later);
    CHECK(rolled() == Rolled{later, 110'000, true});
    CHECK(alerts().size() == 2);
    CHECK(alerts().front().record.measured == 982'142);
}

TEST_CASE("A warning on a pool is its originator's to decide", "[ledger][rules][pool]") {
    // Goal: as on lines and contracts, and linked to the pool's log.
    Issued stage;
    stage.pay(kMuch, kToday + 1);
    const AlertId id = stage.alerts().front().id;
    const auto draft = [&] {
        return stage.draft(AlertDisposition{id, Disposition::confirmed, "seen"}, kToday + 1);
    };
    require_refused(stage.book, draft(), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    const auto entries = [&] {
        return account_head(stage.book.records(), AccountClass::pool, kPool.bytes).value()->count;
    };
    const std::uint64_t before = entries();
    stage.accept(draft());
    CHECK(entries() == before + 1);
    CHECK(stage.alerts().front().record.disposed());
    stage.refuse(draft(), Outcome::alert_disposed);
}
