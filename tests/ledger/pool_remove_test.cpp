#include "ledger/ownership.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Contracts that nobody bought are taken out of their pool again.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
constexpr PoolId kPool = Stage::kPool;
const auto kSecond = id_of<ContractId>(2);

/// The stage's contract in an issued pool; one of 20000 that came in later and was not sold.
struct Vault : Stage {
    const Party* other_lender = &book.cast().other_originator();
    const Party* other_trustee = &book.cast().other_trustee();

    Vault() {
        issue_pool(pool());
        accept(capture(20'000, 3, kSecond));
        accept(PoolAdd{kPool, kSecond});
    }
    std::optional<PoolId> pool_of(const ContractId& id, const PointInTime& point = {}) const {
        return ownership_of(book.contract(id)->body, point).pool;
    }
};

}  // namespace

TEST_CASE("A contract that the pool's buyer never bought leaves an issued pool",
          "[ledger][rules][pool]") {
    // Goal: the buyer alone ties up nobody's receivable: the contract is free to be pledged, sold
    // and pooled again, and the pool ends without it.
    Vault stage;
    REQUIRE(stage.pool_record().balance == 120'000);
    stage.refuse(BuybackInit{kSecond, 5, kToday + 9}, Outcome::pool_not_owned);
    stage.accept(PoolTrigger{kPool, TriggerReason::default_event}, kToday + 1);
    stage.accept(PoolRemove{kPool, kSecond}, kToday + 2);
    const std::uint64_t removed = stage.known();
    const PoolRecord pool = stage.pool_record();
    CHECK(pool.balance == 100'000);
    CHECK(pool.live == 1);
    CHECK(pool.owned == 1);
    // Its place in the tree stays.
    CHECK(pool.contracts.size() == 2);
    CHECK_FALSE(stage.pool_of(kSecond));
    CHECK(stage.pool_of(kSecond, {kDayMax, removed - 1}) == kPool);
    CHECK(stage.pool_of(kSecond, {kToday + 1}) == kPool);
    stage.accept(stage.payment(500, "bank-1"), kToday + 2);
    stage.accept(Pledge{kSecond, stage.funder->id}, kToday + 2);
    stage.accept(Release{kSecond}, kToday + 2);
    const auto other = id_of<PoolId>(2);
    stage.accept(stage.pool(other), kToday + 2);
    stage.accept(PoolAdd{other, kSecond}, kToday + 2);
    stage.accept(PrepaySettle{kContract, 0, "bank-2"}, kToday + 3);
    stage.accept(PoolClose{kPool}, kToday + 3);
    CHECK(stage.pool_of(kSecond) == other);
}

TEST_CASE("A pool that is not sealed yet gives up contracts too", "[ledger][rules][pool]") {
    // Goal: and takes them back: each adding is a place of the tree, and what is sealed counts all
    // that was added.
    Stage stage;
    stage.accept(stage.pool());
    stage.accept(PoolAdd{kPool, kContract});
    stage.accept(PoolRemove{kPool, kContract});
    CHECK(stage.pool_record().balance == 0);
    stage.accept(PoolAdd{kPool, kContract});
    CHECK(stage.pool_record().balance == 100'000);
    const auto places = read_pool_contracts(stage.book.records(), kPool, 0, 9).value();
    REQUIRE(places.size() == 2);
    CHECK(places[0].contract == places[1].contract);
    CHECK(places[0].entry < places[1].entry);
    const PooledSince since = pooled_since(stage.book.contract(kContract)->body).value();
    CHECK(since.entry == places[1].entry);
    stage.accept(PoolSeal{kPool});
    CHECK(stage.pool_record().sealed->said.contracts == 2);
    // What is sealed stays as it is until notes are issued, or the pool is given up.
    stage.refuse(PoolRemove{kPool, kContract}, Outcome::pool_not_open);
    stage.accept(PoolClose{kPool});
    stage.refuse(PoolRemove{kPool, kContract}, Outcome::pool_not_open);
}

TEST_CASE("What is taken out of a pool is the originator's, and free", "[ledger][rules][pool]") {
    // Goal: who signs, and each refusal.
    Vault stage;
    const auto draft = [&](Day day = kToday) {
        return stage.draft(PoolRemove{kPool, kSecond}, day);
    };
    require_refused(stage.book, draft(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.other_lender, stage.trustee},
                    Outcome::owner_differs);
    require_refused(stage.book, draft(), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    stage.refuse(PoolRemove{id_of<PoolId>(9), kSecond}, Outcome::pool_unknown);
    stage.refuse(PoolRemove{kPool, id_of<ContractId>(9)}, Outcome::contract_unknown);
    stage.refuse(PoolRemove{kPool, kContract}, Outcome::contract_sold, kToday + 1);
    stage.accept(stage.capture(1'000, 3, id_of<ContractId>(3)), kToday + 1);
    stage.refuse(PoolRemove{kPool, id_of<ContractId>(3)}, Outcome::not_pooled, kToday + 1);
    // A contract that is in another pool.
    stage.accept(stage.pool(id_of<PoolId>(2)), kToday + 1);
    stage.accept(PoolAdd{id_of<PoolId>(2), id_of<ContractId>(3)}, kToday + 1);
    stage.refuse(PoolRemove{kPool, id_of<ContractId>(3)}, Outcome::not_pooled, kToday + 1);
    // While it is offered to the buyer, the buyer may still take it.
    stage.accept(TransferInit{kSecond, stage.vehicle->id, 5, kToday + 3}, kToday + 1);
    stage.refuse(draft(kToday), Outcome::date_out_of_order);
    stage.refuse(draft(kToday + 3), Outcome::transfer_pending);
    stage.refuse(stage.backdated(PoolRemove{kPool, kSecond}, kToday + 4, kToday + 3),
                 Outcome::backdated_too_far);
    stage.accept(draft(kToday + 4));
    stage.refuse(draft(kToday + 4), Outcome::not_pooled);
    // It happened to the pool as well.
    stage.refuse(PoolTrigger{kPool, TriggerReason::default_event}, Outcome::date_out_of_order,
                 kToday + 3);
}

TEST_CASE("What is over stays in its pool", "[ledger][rules][pool]") {
    // Goal: it is asked for no owner there, and counts again if that is taken back.
    Vault stage;
    stage.accept(PrepaySettle{kSecond, 0, "bank-1"});
    stage.refuse(PoolRemove{kPool, kSecond}, Outcome::contract_not_active);
}

TEST_CASE("A pool that falls below its least balance by what is taken out is warned of",
          "[ledger][rules][pool]") {
    Vault stage;
    stage.accept(stage.payment(60'500, "bank-1"));
    REQUIRE_FALSE(stage.pool_record().below.since);
    stage.accept(PoolRemove{kPool, kSecond}, kToday + 1);
    CHECK(stage.pool_record().below.since == kToday + 1);
}

TEST_CASE("A pool in which nothing is owed is not sealed, nor issued against",
          "[ledger][rules][pool]") {
    // Goal: without contracts, with such as left it or are paid; what is paid counts nothing.
    Stage stage;
    stage.accept(stage.pool());
    stage.accept(PoolAdd{kPool, kContract});
    stage.accept(PoolRemove{kPool, kContract});
    stage.refuse(PoolSeal{kPool}, Outcome::pool_differs);
    stage.accept(PoolAdd{kPool, kContract});
    const Transaction paid = stage.draft(stage.payment(101'500, "bank-1"));
    stage.accept(paid);
    CHECK(stage.pool_record().contracts.size() == 2);
    CHECK(stage.pool_record().live == 0);
    CHECK(stage.pool_record().balance == 0);
    stage.refuse(PoolSeal{kPool}, Outcome::pool_differs);
    stage.accept(stage.reversal(paid));
    CHECK(stage.pool_record().balance == 100'000);
    stage.accept(PoolSeal{kPool});
    stage.refuse(Stage::notes(1), Outcome::pool_not_owned);
    stage.accept(stage.payment(101'500, "bank-2"));
    stage.refuse(Stage::notes(1), Outcome::above_pool_balance);
    stage.accept(PoolClose{kPool});
}

TEST_CASE("What was bought back stays listed and moves nothing of its pool",
          "[ledger][rules][pool]") {
    // Goal: payments, losses and what takes them back, on both sides of the buyback.
    Vault stage;
    stage.sell(kToday, kSecond);
    stage.accept(BuybackInit{kSecond, 5, kToday + 9}, kToday + 1);
    stage.accept(BuybackSettle{kSecond, "back-1"}, kToday + 1);
    const auto check = [&] {
        const PoolRecord pool = stage.pool_record();
        CHECK(pool.contracts.size() == 2);
        CHECK(pool.balance == 100'000);
        CHECK(pool.live == 1);
        CHECK(pool.owned == 1);
    };
    check();
    Repayment payment = stage.payment(5'000, "bank-1");
    payment.contract = kSecond;
    const Transaction paid = stage.draft(payment, kToday + 2);
    stage.accept(paid);
    check();
    Reversal reversal = stage.reversal(paid);
    reversal.contract = kSecond;
    stage.accept(reversal, kToday + 2);
    check();
}
