#include "ledger/ownership.h"
#include "ledger/trial_balance.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Contracts are bought back out of a pool by their originator.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
constexpr PoolId kPool = Stage::kPool;
constexpr Amount kPrice = 97'000;
const auto kSecond = id_of<ContractId>(2);

/// The stage's contract and one of 20000 in an issued pool.
struct Vault : Stage {
    const Party* other_lender = &book.cast().other_originator();
    const Party* other_trustee = &book.cast().other_trustee();

    Vault() {
        accept(capture(20'000, 3, kSecond));
        accept(pool());
        for (const ContractId& id : {kContract, kSecond}) accept(PoolAdd{kPool, id});
        accept(PoolSeal{kPool});
        for (const ContractId& id : {kContract, kSecond}) sell(kToday, id);
        accept(notes(50'000));
    }

    BuybackInit offer(Day until = kToday + 10) const { return {kContract, kPrice, until}; }
    BuybackSettle price() { return {kContract, next_ref()}; }
    Ownership ownership(const PointInTime& point = {}) const {
        return ownership_of(book.contract(kContract)->body, point);
    }
    /// All that a lender's book holds of an account.
    Wide in_book(const Party* of, BookAccount account) const {
        const DaysRecord days = read_days(book.records()).value();
        std::vector<Day> places = days.open;
        places.push_back(kClosedDays);
        Wide sum = 0;
        for (const Day day : places) {
            const auto value =
                book.records().get(totals_key({of->id, {'C', 'N', 'Y'}}, day)).value();
            if (!value) continue;
            sum += decode_totals(*value).value().balances[static_cast<std::size_t>(account) - 1];
        }
        return sum;
    }
    std::uint64_t entries_of(AccountClass account_class,
                             const std::array<std::uint8_t, 16>& id) const {
        return account_head(book.records(), account_class, id).value()->count;
    }
};

}  // namespace

TEST_CASE("A buyback that settles on a day is the originator's from the next day on",
          "[ledger][rules][pool]") {
    // Goal: intervals without a gap, for each date and as known at each entry; the contract leaves
    // the pool, and is free again.
    Vault stage;
    CHECK(stage.ownership().owner() == stage.vehicle->id);
    stage.accept(stage.offer(), kToday + 3);
    const std::uint64_t offered = stage.known();
    const PendingSale pending = stage.ownership().pending.value();
    CHECK(pending.buyback);
    CHECK(pending.buyer == stage.lender->id);
    CHECK(pending.price == kPrice);
    CHECK(stage.ownership().pool == kPool);
    stage.accept(stage.price(), kToday + 5);

    const Ownership back = stage.ownership();
    CHECK_FALSE(back.pending);
    CHECK_FALSE(back.pool);
    REQUIRE(back.chain.size() == 3);
    CHECK(back.owner() == stage.lender->id);
    CHECK(back.owner_on(kToday) == stage.lender->id);
    CHECK(back.owner_on(kToday + 1) == stage.vehicle->id);
    CHECK(back.owner_on(kToday + 5) == stage.vehicle->id);
    CHECK(back.owner_on(kToday + 6) == stage.lender->id);
    CHECK(owner_of(stage.book.contract(kContract)->body) == stage.lender->id);
    CHECK(stage.ownership({kDayMax, offered}).owner() == stage.vehicle->id);
    CHECK(stage.ownership({kDayMax, offered}).pool == kPool);
    CHECK(stage.ownership({kToday + 4}).pending->buyback);

    const PoolRecord pool = stage.pool_record();
    CHECK(pool.balance == 20'000);
    CHECK(pool.live == 1);
    CHECK(pool.owned == 1);
    CHECK(pool.contracts.size() == 2);
    stage.accept(stage.payment(500), kToday + 6);
    CHECK(stage.pool_record().balance == 20'000);
    // The balance fell by it as by anything else.
    CHECK(pool.below.since == kToday + 5);
    stage.refuse(stage.offer(), Outcome::not_pooled, kToday + 6);
    stage.accept(Pledge{kContract, stage.funder->id}, kToday + 6);
    stage.accept(Release{kContract}, kToday + 6);
    // The pool still revolves.
    stage.accept(PoolAdd{kPool, kContract}, kToday + 6);
    CHECK(stage.pool_record().contracts.size() == 3);
    CHECK(stage.pool_record().live == 2);
    CHECK(stage.pool_record().owned == 1);
    CHECK(stage.ownership().pool == kPool);
}

TEST_CASE("A buyback is booked in both books", "[ledger][rules][pool]") {
    // Goal: as a sale is: receivables and what is still to be earned come home, the price is cash.
    using enum BookAccount;
    Vault stage;
    const Wide bought = stage.in_book(stage.vehicle, cash);
    const Wide own = stage.in_book(stage.lender, cash);
    CHECK(stage.in_book(stage.vehicle, receivable_principal) == 120'000);
    stage.accept(stage.offer(), kToday + 1);
    BuybackSettle settlement = stage.price();
    settlement.source_ref = "back-1";
    stage.accept(settlement, kToday + 1);
    CHECK(stage.in_book(stage.vehicle, receivable_principal) == 20'000);
    CHECK(stage.in_book(stage.lender, receivable_principal) == 100'000);
    CHECK(stage.in_book(stage.lender, receivable_fee) == 1'500);
    CHECK(stage.in_book(stage.lender, unearned_income) == -1'500);
    CHECK(stage.in_book(stage.vehicle, cash) == bought + kPrice);
    CHECK(stage.in_book(stage.lender, cash) == own - kPrice);
    CHECK(stage.in_book(stage.lender, purchase_difference) == kPrice - 100'000);
    CHECK(stage.in_book(stage.vehicle, sale_loss) == 100'000 - kPrice);
    // The price is the former owner's payment, and posts once.
    CHECK(find_payment(stage.book.records(), stage.vehicle->id, "back-1").value());
    CHECK_FALSE(find_payment(stage.book.records(), stage.lender->id, "back-1").value());
    stage.refuse(stage.payment(5, "BACK-1"), Outcome::source_ref_used, kToday + 2);
    stage.close_days(kToday + 1);
    // What is paid from now on is the originator's.
    stage.accept(stage.payment(500), kToday + 2);
    CHECK(stage.in_book(stage.lender, cash) == own - kPrice + 500);
}

TEST_CASE("BUYBACK_INIT is refused, each rule with its code", "[ledger][rules][pool]") {
    // Goal: who signs; an issued pool, whose buyer owns it; price, days, and no other offer.
    Vault stage;
    const Day day = kToday + 1;
    const auto draft = [&] { return stage.draft(stage.offer(), day); };
    require_refused(stage.book, draft(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.vehicle, stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.other_lender, stage.trustee},
                    Outcome::owner_differs);
    require_refused(stage.book, draft(), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    const auto refuse = [&](Outcome expected, auto change) {
        BuybackInit body = stage.offer();
        change(body);
        stage.refuse(body, expected, day);
    };
    using B = BuybackInit;
    refuse(Outcome::contract_unknown, [](B& body) { body.contract = id_of<ContractId>(9); });
    refuse(Outcome::amount_not_positive, [](B& body) { body.price = 0; });
    refuse(Outcome::date_out_of_range, [](B& body) { body.valid_until = kDayMax + 1; });
    refuse(Outcome::transfer_expired, [&](B& body) { body.valid_until = day - 1; });
    stage.refuse(stage.backdated(stage.offer(), day + 1, day), Outcome::backdated_too_far);
    // The buyer owns it from the next day on.
    stage.refuse(stage.offer(), Outcome::date_out_of_order, kToday);
    stage.accept(stage.offer(day), day);
    refuse(Outcome::transfer_pending, [](B&) {});
    // One that nobody settled in time is replaced.
    stage.accept(stage.offer(), day + 1);
    stage.accept(stage.payment(101'500), day + 1);
    stage.refuse(stage.price(), Outcome::contract_not_active, day + 1);

    // In no pool, in one that is not issued, and not sold to its buyer yet.
    Stage other;
    const BuybackInit offer{kContract, kPrice, kToday + 9};
    other.refuse(offer, Outcome::not_pooled);
    other.accept(other.pool());
    other.accept(PoolAdd{kPool, kContract});
    other.refuse(offer, Outcome::not_pooled);
    other.accept(PoolSeal{kPool});
    other.sell();
    other.refuse(offer, Outcome::not_pooled, kToday + 1);
    other.accept(Stage::notes(5));
    other.accept(other.capture(1'000, 3, kSecond));
    other.accept(PoolAdd{kPool, kSecond});
    other.refuse(BuybackInit{kSecond, 5, kToday + 9}, Outcome::pool_not_owned);
    other.accept(offer, kToday + 1);
}

TEST_CASE("A buyback is settled by its own type, and a sale by its own", "[ledger][rules][pool]") {
    // Goal: neither takes the other's signatures for its own; the owner's is not asked.
    Vault stage;
    const Day day = kToday + 1;
    stage.refuse(stage.price(), Outcome::transfer_not_pending, day);
    stage.accept(stage.offer(), day);
    const Transaction plain = stage.draft(TransferSettle{kContract, "price-9"}, day);
    require_refused(stage.book, plain, {stage.vehicle, stage.lender},
                    Outcome::transfer_not_pending);
    const auto draft = [&](Day on) { return stage.draft(stage.price(), on); };
    require_refused(stage.book, draft(day), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(day), {stage.vehicle, stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(day), {stage.other_lender, stage.trustee},
                    Outcome::owner_differs);
    require_refused(stage.book, draft(day), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    stage.refuse(BuybackSettle{kContract, ""}, Outcome::text_out_of_range, day);
    stage.refuse(BuybackSettle{kContract, "Li Lei"}, Outcome::reference_personal, day);
    stage.refuse(draft(kToday), Outcome::date_out_of_order);
    stage.refuse(draft(kToday + 11), Outcome::transfer_expired);
    stage.accept(draft(kToday + 10));

    // A contract that came in later is sold to the buyer, and that is no buyback.
    stage.accept(stage.capture(1'000, 3, id_of<ContractId>(3)), kToday + 10);
    stage.accept(PoolAdd{kPool, id_of<ContractId>(3)}, kToday + 10);
    stage.accept(TransferInit{id_of<ContractId>(3), stage.vehicle->id, 5, kToday + 20},
                 kToday + 10);
    stage.refuse(BuybackSettle{id_of<ContractId>(3), "back-3"}, Outcome::transfer_not_pending,
                 kToday + 10);
}

TEST_CASE("A buyback that is cancelled or declined changes nothing", "[ledger][rules][pool]") {
    // Goal: by the pool's buyer, who owns it, or by the originator; the contract stays in the pool.
    Vault stage;
    const Day day = kToday + 1;
    stage.accept(stage.offer(), day);
    const auto cancelling = [&] { return stage.draft(TransferCancel{kContract}, day); };
    require_refused(stage.book, cancelling(), {stage.lender}, Outcome::owner_missing);
    REQUIRE(stage.book.submit_one(cancelling(), {stage.vehicle}) == Outcome::accepted);
    CHECK_FALSE(stage.ownership().pending);
    stage.accept(stage.offer(), day);
    const auto declining = [&] { return stage.draft(TransferDecline{kContract}, day); };
    require_refused(stage.book, declining(), {stage.funder}, Outcome::buyer_differs);
    REQUIRE(stage.book.submit_one(declining(), {stage.lender}) == Outcome::accepted);
    CHECK_FALSE(stage.ownership().pending);
    CHECK(stage.ownership().owner() == stage.vehicle->id);
    CHECK(stage.ownership().pool == kPool);
    CHECK(stage.pool_record().balance == 120'000);
    CHECK(stage.pool_record().owned == 2);
}

TEST_CASE("Buybacks stand in the histories of the pool and of both parties",
          "[ledger][rules][pool]") {
    // Goal: also where offer and settlement come in one submission, and for what was refused.
    Vault stage;
    const auto of_pool = [&] { return stage.entries_of(AccountClass::pool, kPool.bytes); };
    const auto of = [&](const Party* party) {
        return stage.entries_of(AccountClass::member, party->id.bytes);
    };
    const std::uint64_t pool = of_pool();
    const std::uint64_t vehicle = of(stage.vehicle);
    stage.refuse(stage.price(), Outcome::transfer_not_pending, kToday + 1);
    CHECK(of_pool() == pool + 1);
    CHECK(of(stage.vehicle) == vehicle);
    const std::vector both{stage.draft(stage.offer(), kToday + 1),
                           stage.draft(stage.price(), kToday + 1)};
    const SubmissionResult result = stage.book.submit(both, {stage.trustee, stage.lender}, true);
    CHECK(result.transactions[1].outcome == Outcome::accepted);
    CHECK(of_pool() == pool + 3);
    CHECK(of(stage.vehicle) == vehicle + 2);
    // It is in none any more.
    stage.refuse(stage.offer(), Outcome::not_pooled, kToday + 2);
    CHECK(of_pool() == pool + 3);
    const auto links =
        std::get<TransactionEntry>(decode_entry(stage.book.entries().back()).value()).links;
    CHECK(links.size() == 4);
}

TEST_CASE("A buyback is a day of its pool", "[ledger][rules][pools]") {
    // Goal: nothing is said of a pool as of a day before a contract was bought back out of it.
    Stage stage;
    stage.issue_pool(stage.pool());
    const Day offered = Drafts::kToday + 3;
    const PoolTrigger trigger{Stage::kPool, TriggerReason::default_event, 0};
    stage.accept(BuybackInit{Stage::kContract, 90'000, offered + 5}, offered);
    stage.refuse(trigger, Outcome::date_out_of_order, offered - 1);
    stage.accept(BuybackSettle{Stage::kContract, "back-1"}, offered + 2);
    stage.refuse(trigger, Outcome::date_out_of_order, offered);
    stage.accept(trigger, offered + 2);
    stage.refuse(PoolClose{Stage::kPool}, Outcome::date_out_of_order, offered);
    stage.accept(PoolClose{Stage::kPool}, offered + 2);
}
