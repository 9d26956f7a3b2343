#include "crypto/merkle.h"
#include "ledger/ownership.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Pools are created, filled, sealed and issued against; they revolve, and end.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr ContractId kContract = Stage::kContract;
constexpr PoolId kPool = Stage::kPool;
const auto kSecond = id_of<ContractId>(2);
const auto kThird = id_of<ContractId>(3);
const auto kOtherPool = id_of<PoolId>(2);

/// A stage with contracts of 100000, 20000 and 3000.
struct Vault : Stage {
    const Party* other_lender = &book.cast().other_originator();
    const Party* other_trustee = &book.cast().other_trustee();

    Vault() {
        accept(capture(20'000, 3, kSecond));
        accept(capture(3'000, 3, kThird));
    }
    void fill(std::initializer_list<ContractId> contracts, PoolId pool = kPool) {
        accept(this->pool(pool));
        for (const ContractId& contract : contracts) accept(PoolAdd{pool, contract});
    }
    std::optional<PoolId> pool_of(const ContractId& id, const PointInTime& point = {}) const {
        return ownership_of(book.contract(id)->body, point).pool;
    }
    std::uint64_t entries_of(AccountClass account_class,
                             const std::array<std::uint8_t, 16>& id) const {
        return account_head(book.records(), account_class, id)
            .value()
            .value_or(AccountHead{})
            .count;
    }
    std::vector<AccountLink> last_links() const {
        return std::get<TransactionEntry>(decode_entry(book.entries().back()).value()).links;
    }
};

}  // namespace

TEST_CASE("A pool is begun by an originator with the trustee that it names",
          "[ledger][rules][pool]") {
    // Goal: who signs, what is on record, and each refusal.
    Vault stage;
    const auto draft = [&] { return stage.draft(stage.pool()); };
    require_refused(stage.book, draft(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    const auto refuse = [&](Outcome expected, auto change) {
        PoolCreate terms = stage.pool();
        change(terms);
        stage.refuse(terms, expected);
    };
    using P = PoolCreate;
    refuse(Outcome::trustee_differs, [&](P& pool) { pool.trustee = stage.lender->id; });
    refuse(Outcome::buyer_invalid, [&](P& pool) { pool.buyer = stage.lender->id; });
    refuse(Outcome::buyer_invalid, [&](P& pool) { pool.buyer = stage.bank->id; });
    refuse(Outcome::buyer_invalid, [&](P& pool) { pool.buyer = id_of<MemberId>(9); });
    refuse(Outcome::currency_unknown, [](P& pool) { pool.currency = "cny"; });
    for (const auto& change : std::vector<std::function<void(P&)>>{
             [](P& pool) { pool.revolving_until = -1; },
             [](P& pool) { pool.revolving_until = kDayMax + 1; },
             [](P& pool) { pool.balance_min = -1; }, [](P& pool) { pool.below_days = 0; },
             [](P& pool) { pool.below_days = 367; }, [](P& pool) { pool.balance_min = 0; },
             [](P& pool) { pool.roll_ppm = -1; }, [](P& pool) { pool.roll_ppm = 1'000'001; }}) {
        refuse(Outcome::pool_terms_out_of_range, change);
    }
    stage.refuse(stage.backdated(stage.pool(), kToday + 1, kToday), Outcome::backdated_too_far);
    CHECK_FALSE(read_pool(stage.book.records(), kPool).value());

    stage.accept(stage.pool());
    const PoolRecord record = stage.pool_record();
    CHECK(record.owner == stage.lender->id);
    CHECK(record.terms.trustee == stage.trustee->id);
    CHECK(record.terms.buyer == stage.vehicle->id);
    CHECK(record.status == PoolStatus::draft);
    CHECK(record.entry == stage.known());
    CHECK(record.contracts.size() == 0);
    CHECK(record.balance == 0);
    stage.refuse(stage.pool(), Outcome::pool_exists);
    PoolCreate bare = stage.pool(kOtherPool);
    bare.revolving_until = 0;
    bare.balance_min = 0;
    bare.below_days = 0;
    bare.roll_ppm = 0;
    stage.accept(bare);
}

TEST_CASE("A contract is put into one pool", "[ledger][rules][pool]") {
    // Goal: both sign, their own; the contract is the originator's, free and active; its event
    // names the pool from then on.
    Vault stage;
    stage.refuse(PoolAdd{kPool, kContract}, Outcome::pool_unknown);
    stage.accept(stage.pool(), kToday + 1);
    const auto draft = [&](const ContractId& id = kContract) {
        return stage.draft(PoolAdd{kPool, id}, kToday + 1);
    };
    const auto refuse = [&](Outcome expected, const ContractId& id = kContract) {
        stage.refuse(draft(id), expected);
    };
    require_refused(stage.book, draft(), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, draft(), {stage.other_lender, stage.trustee},
                    Outcome::owner_differs);
    require_refused(stage.book, draft(), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    refuse(Outcome::contract_unknown, id_of<ContractId>(9));
    stage.refuse(PoolAdd{kPool, kContract}, Outcome::date_out_of_order, kToday);
    stage.refuse(stage.backdated(PoolAdd{kPool, kContract}, kToday + 2, kToday + 1),
                 Outcome::backdated_too_far);
    PoolCreate foreign = stage.pool(kOtherPool);
    foreign.currency = "JPY";
    stage.accept(foreign);
    stage.refuse(PoolAdd{kOtherPool, kContract}, Outcome::currency_differs);
    // A pool of another originator takes none of this one's.
    const auto theirs = id_of<PoolId>(3);
    REQUIRE(stage.book.submit_one(stage.draft(stage.pool(theirs)),
                                  {stage.other_lender, stage.trustee}) == Outcome::accepted);
    require_refused(stage.book, stage.draft(PoolAdd{theirs, kContract}),
                    {stage.other_lender, stage.lender, stage.trustee}, Outcome::owner_differs);

    stage.accept(Pledge{kContract, stage.funder->id});
    refuse(Outcome::pledged);
    stage.accept(Release{kContract});
    stage.accept(TransferInit{kContract, stage.funder->id, 5, kToday + 1});
    refuse(Outcome::transfer_pending);
    stage.accept(TransferCancel{kContract});
    stage.sell(kToday, kSecond);
    refuse(Outcome::contract_sold, kSecond);
    Repayment all = stage.payment(3'045);
    all.contract = kThird;
    stage.accept(all);
    refuse(Outcome::contract_not_active, kThird);

    const Position before = stage.position();
    CHECK_FALSE(stage.pool_of(kContract));
    stage.accept(draft());
    CHECK(stage.position().outstanding == before.outstanding);
    CHECK(stage.pool_of(kContract) == kPool);
    CHECK_FALSE(stage.pool_of(kContract, {kToday}));
    CHECK_FALSE(stage.pool_of(kContract, {kDayMax, stage.known() - 1}));
    CHECK(stage.pool_record().balance == 100'000);
    CHECK(stage.pool_record().live == 1);
    CHECK(stage.pool_record().owned == 0);
    refuse(Outcome::pooled);
    stage.accept(stage.pool(id_of<PoolId>(4)), kToday + 1);
    stage.refuse(PoolAdd{id_of<PoolId>(4), kContract}, Outcome::pooled, kToday + 1);
    // Something of a later day is on the contract.
    stage.accept(stage.capture(1'000, 3, id_of<ContractId>(5)));
    Repayment later = stage.payment(5);
    later.contract = id_of<ContractId>(5);
    stage.accept(later, kToday + 3);
    stage.refuse(PoolAdd{kPool, id_of<ContractId>(5)}, Outcome::date_out_of_order, kToday + 2);
}

TEST_CASE("What is in a pool is neither pledged nor sold past its buyer", "[ledger][rules][pool]") {
    // Goal: until it is sealed to nobody, then to the buyer alone, who does not sell it on.
    Vault stage;
    stage.fill({kContract});
    const auto offer = [&](const Party* buyer) {
        return TransferInit{kContract, buyer->id, 98'000, kToday + 5};
    };
    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::pooled);
    require_refused(stage.book, stage.draft(Pledge{kContract, stage.vehicle->id}),
                    {stage.lender, stage.vehicle}, Outcome::pooled);
    stage.refuse(offer(stage.vehicle), Outcome::pool_not_open);
    stage.refuse(offer(stage.funder), Outcome::pool_not_open);
    stage.accept(PoolSeal{kPool});
    stage.refuse(Pledge{kContract, stage.funder->id}, Outcome::pooled);
    stage.refuse(offer(stage.funder), Outcome::pooled);
    stage.accept(offer(stage.vehicle));
    stage.accept(TransferCancel{kContract});
    stage.sell();
    const Transaction onward = stage.draft(offer(stage.funder), kToday + 1);
    require_refused(stage.book, onward, {stage.vehicle}, Outcome::pooled);
    stage.accept(Stage::notes(50'000), kToday + 1);
    const Transaction later = stage.draft(offer(stage.funder), kToday + 1);
    require_refused(stage.book, later, {stage.vehicle}, Outcome::pooled);
}

TEST_CASE("A pool is sealed as it is", "[ledger][rules][pool]") {
    // Goal: count, principal and root by nodes or claimed; nothing is added behind it; each
    // contract has its place in the tree.
    Vault stage;
    stage.accept(stage.pool());
    const auto empty = stage.pool_record().contracts.root();
    stage.refuse(PoolSeal{kPool, 0, 0, empty}, Outcome::pool_differs);
    for (const ContractId& id : {kContract, kThird, kSecond}) stage.accept(PoolAdd{kPool, id});
    stage.accept(stage.payment(33'833));
    const Transaction seal = stage.draft(PoolSeal{kPool});
    const auto& claimed = std::get<PoolSeal>(seal.body);
    CHECK(claimed.contracts == 3);
    CHECK(claimed.principal == 66'667 + 20'000 + 3'000);
    const std::vector<crypto::Digest> leaves{pool_leaf(kContract), pool_leaf(kThird),
                                             pool_leaf(kSecond)};
    CHECK(leaves[0] == crypto::leaf_hash(kContract.bytes));
    CHECK(claimed.root == crypto::merkle_root(leaves));
    CHECK(crypto::verify_inclusion(leaves[1], 1, 3, crypto::merkle_path(leaves, 1), claimed.root));
    const auto refuse = [&](auto change) {
        Transaction changed = stage.draft(claimed);
        change(std::get<PoolSeal>(changed.body));
        stage.refuse(changed, Outcome::pool_differs);
    };
    refuse([](PoolSeal& body) { ++body.contracts; });
    refuse([](PoolSeal& body) { --body.principal; });
    refuse([](PoolSeal& body) { body.root.bytes[0] ^= 1; });
    require_refused(stage.book, stage.draft(claimed), {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, stage.draft(claimed), {stage.lender, stage.other_trustee},
                    Outcome::trustee_differs);
    stage.accept(seal);
    const PoolRecord record = stage.pool_record();
    CHECK(record.status == PoolStatus::sealed);
    REQUIRE(record.sealed);
    CHECK(record.sealed->said.principal == claimed.principal);
    CHECK(record.sealed->entry == stage.known());
    CHECK(record.sealed->on == kToday);
    stage.refuse(stage.draft(claimed), Outcome::pool_not_draft);
    stage.accept(stage.capture(1'000, 3, id_of<ContractId>(4)));
    stage.refuse(PoolAdd{kPool, id_of<ContractId>(4)}, Outcome::pool_not_open);
    // Page by page, in the order of adding.
    const auto page = [&](std::uint64_t first, std::size_t count) {
        std::vector<ContractId> ids;
        const auto places = read_pool_contracts(stage.book.records(), kPool, first, count).value();
        for (const PoolContractRecord& place : places) ids.push_back(place.contract);
        return ids;
    };
    CHECK(page(0, 9) == std::vector{kContract, kThird, kSecond});
    CHECK(page(1, 1) == std::vector{kThird});
    CHECK(page(3, 9).empty());
    CHECK(read_pool_contracts(stage.book.records(), kOtherPool, 0, 9).value().empty());
}

TEST_CASE("Notes are issued against what the buyer owns", "[ledger][rules][pool]") {
    // Goal: all that is not over is sold to it before; the notes sum to no more than the balance.
    Vault stage;
    stage.fill({kContract, kSecond, kThird});
    stage.refuse(Stage::notes(5), Outcome::pool_not_sealed);
    stage.accept(PoolSeal{kPool});
    const auto refuse = [&](Outcome expected, std::vector<PoolNote> notes) {
        stage.refuse(PoolIssue{kPool, std::move(notes)}, expected);
    };
    refuse(Outcome::pool_not_owned, {{"senior", 5, 0}});
    stage.sell();
    refuse(Outcome::pool_not_owned, {{"senior", 5, 0}});
    stage.sell(kToday, kSecond);
    refuse(Outcome::pool_not_owned, {{"senior", 5, 0}});
    // Who owns what is over, nobody asks.
    Repayment all = stage.payment(3'045);
    all.contract = kThird;
    stage.accept(all);
    CHECK(stage.pool_record().live == 2);
    CHECK(stage.pool_record().owned == 2);

    using enum Outcome;
    refuse(pool_terms_out_of_range, {});
    refuse(pool_terms_out_of_range, std::vector<PoolNote>(9, {"a", 1, 0}));
    refuse(pool_terms_out_of_range, {{"", 5, 0}});
    refuse(pool_terms_out_of_range, {{std::string(33, 'x'), 5, 0}});
    refuse(pool_terms_out_of_range, {{"senior", 5, 0}, {"senior", 6, 0}});
    refuse(pool_terms_out_of_range, {{"senior", 0, 0}});
    refuse(pool_terms_out_of_range, {{"senior", 5, -1}});
    refuse(pool_terms_out_of_range, {{"senior", 5, 10'000'001}});
    refuse(above_pool_balance, {{"senior", 100'000, 0}, {"junior", 20'001, 0}});
    constexpr Amount kMost = std::numeric_limits<Amount>::max();
    refuse(above_pool_balance, {{"senior", kMost, 0}, {"junior", kMost, 0}});
    const PoolIssue issue{kPool, {{"senior", 100'000, 45'000}, {"junior", 20'000, 0}}};
    require_refused(stage.book, stage.draft(issue), {stage.trustee}, Outcome::role_missing);
    require_refused(stage.book, stage.draft(issue), {stage.other_lender, stage.trustee},
                    Outcome::owner_differs);
    stage.accept(issue);
    const PoolRecord record = stage.pool_record();
    CHECK(record.status == PoolStatus::issued);
    REQUIRE(record.issued);
    CHECK(record.issued->said.notes == issue.notes);
    CHECK(record.revolving_on(kToday));
    stage.refuse(issue, Outcome::pool_not_sealed);
}

TEST_CASE("A pool revolves until its last day or until it is triggered", "[ledger][rules][pool]") {
    // Goal: more is added and sold to the buyer meanwhile, and nothing behind it.
    Vault stage;
    PoolCreate terms = stage.pool();
    terms.revolving_until = kToday + 5;
    stage.issue_pool(terms);
    CHECK_FALSE(stage.pool_record().revolving_on(kToday + 6));
    stage.accept(PoolAdd{kPool, kSecond}, kToday + 5);
    CHECK(stage.pool_record().balance == 120'000);
    CHECK(stage.pool_record().live == 2);
    CHECK(stage.pool_record().owned == 1);
    stage.sell(kToday + 5, kSecond);
    CHECK(stage.pool_record().owned == 2);
    stage.refuse(PoolAdd{kPool, kThird}, Outcome::pool_not_open, kToday + 6);
    stage.refuse(PoolTrigger{kPool, TriggerReason::default_event}, Outcome::pool_amortising,
                 kToday + 6);

    Vault ended;
    ended.issue_pool(ended.pool());
    ended.accept(PoolTrigger{kPool, TriggerReason::servicer_event}, kToday + 1);
    const PoolRecord record = ended.pool_record();
    REQUIRE(record.triggered);
    CHECK(record.triggered->on == kToday + 1);
    CHECK(record.triggered->said.reason == TriggerReason::servicer_event);
    CHECK_FALSE(record.revolving_on(kToday + 1));
    ended.refuse(PoolAdd{kPool, kSecond}, Outcome::pool_not_open, kToday + 1);

    Vault fixed;
    PoolCreate never = fixed.pool();
    never.revolving_until = 0;
    fixed.issue_pool(never);
    fixed.refuse(PoolAdd{kPool, kSecond}, Outcome::pool_not_open);
    fixed.refuse(PoolTrigger{kPool, TriggerReason::default_event}, Outcome::pool_amortising);
}

TEST_CASE("A pool that is given up lets its contracts go", "[ledger][rules][pool]") {
    // Goal: before notes are issued at any time; then its contracts are free, wherever they are.
    for (const bool sealed : {false, true}) {
        Vault stage;
        stage.fill({kContract, kSecond});
        if (sealed) stage.accept(PoolSeal{kPool});
        if (sealed) stage.sell(kToday, kSecond);
        require_refused(stage.book, stage.draft(PoolClose{kPool}), {stage.lender},
                        Outcome::role_missing);
        require_refused(stage.book, stage.draft(PoolClose{kPool}),
                        {stage.lender, stage.other_trustee}, Outcome::trustee_differs);
        stage.accept(PoolClose{kPool});
        const PoolRecord record = stage.pool_record();
        CHECK(record.status == PoolStatus::closed);
        CHECK(record.balance == 0);
        CHECK(record.live == 0);
        CHECK(record.contracts.size() == 2);
        CHECK(record.closed->entry == stage.known());
        for (const TransactionBody& body : std::vector<TransactionBody>{
                 PoolAdd{kPool, kThird}, PoolSeal{kPool}, PoolClose{kPool}, Stage::notes(5)}) {
            CHECK(stage.send(body) != Outcome::accepted);
        }
        stage.refuse(PoolClose{kPool}, Outcome::pool_not_over);
        // What happens to them is nothing to it any more.
        stage.accept(stage.payment(33'833));
        CHECK(stage.pool_record().balance == 0);
        stage.fill({kContract}, kOtherPool);
        CHECK(stage.pool_record(kOtherPool).balance == 66'667);
        if (!sealed) stage.accept(Pledge{kSecond, stage.funder->id});
    }
}

TEST_CASE("A pool that was issued ends once it is paid down", "[ledger][rules][pool]") {
    // Goal: with nothing outstanding and no contract that is not over; for good.
    Vault stage;
    stage.issue_pool(stage.pool());
    stage.refuse(PoolClose{kPool}, Outcome::pool_not_over);
    const Transaction last = stage.draft(stage.payment(101'500), kToday + 1);
    stage.accept(last);
    CHECK(stage.pool_record().balance == 0);
    CHECK(stage.pool_record().live == 0);
    stage.accept(stage.reversal(last), kToday + 1);
    stage.refuse(PoolClose{kPool}, Outcome::pool_not_over, kToday + 1);
    const Transaction again = stage.draft(stage.payment(101'500), kToday + 1);
    stage.accept(again);
    stage.accept(PoolClose{kPool}, kToday + 1);
    CHECK(stage.pool_record().status == PoolStatus::closed);
    CHECK_FALSE(stage.pool_record().below.since);
    stage.accept(stage.reversal(again), kToday + 1);
    CHECK(stage.pool_record().balance == 0);
    stage.refuse(BuybackInit{kContract, 5, kToday + 9}, Outcome::not_pooled, kToday + 1);
}

TEST_CASE("A pool has a log of its own", "[ledger][rules][pool]") {
    // Goal: what names it, refused or not, and its parties' logs where it begins.
    Vault stage;
    const auto of_pool = [&] { return stage.entries_of(AccountClass::pool, kPool.bytes); };
    const auto of = [&](const Party* party) {
        return stage.entries_of(AccountClass::member, party->id.bytes);
    };
    CHECK(of_pool() == 0);
    stage.refuse(PoolClose{kPool}, Outcome::pool_unknown);
    CHECK(of_pool() == 1);
    CHECK_FALSE(read_pool(stage.book.records(), kPool).value());
    const std::uint64_t trustee = of(stage.trustee);
    const std::uint64_t vehicle = of(stage.vehicle);
    stage.accept(stage.pool());
    CHECK(of_pool() == 2);
    CHECK(of(stage.trustee) == trustee + 1);
    CHECK(of(stage.vehicle) == vehicle + 1);
    stage.accept(PoolAdd{kPool, kContract});
    const std::uint64_t added = stage.known();
    const std::vector<AccountLink> links = stage.last_links();
    REQUIRE(links.size() == 5);
    CHECK(links[0].account_class == AccountClass::contract);
    CHECK(links[1].account_class == AccountClass::line);
    CHECK(links[2].account_class == AccountClass::borrower);
    CHECK(links[3] == AccountLink{AccountClass::pool, kPool.bytes, 3, added - 2});
    CHECK(links[4].id == stage.lender->id.bytes);
    stage.accept(PoolSeal{kPool});
    CHECK(of_pool() == 4);
    // What happens to a contract does not name it.
    stage.accept(stage.payment(5));
    CHECK(of_pool() == 4);
}
