#include "ledger/queries.h"
#include "tests/storage/beside.h"

// Pools in the second set of books of an audit: honest ones, what the rules refuse read as
// accepted, and records that say what no transaction said.
namespace tally::testing {

using namespace beside;

namespace {

constexpr Day kToday = Drafts::kToday;
constexpr PoolId kPool{{0x81}};
constexpr PoolId kOther{{0x82}};
constexpr ContractId kSecond{{0x74}};

/// Two contracts of 30'000 and 20'000, and a pool for them that warns below 45'000.
struct Pooled : Beside {
    const Party* lender = &cast().originator();
    const Party* lender_b = &cast().other_originator();
    const Party* trustee = &cast().trustee();
    const Party* trustee_b = &cast().other_trustee();
    const Party* vehicle = &cast().other_funder();
    const Party* funder = &cast().funder();
    const Party* servicer = &cast().servicer();
    std::uint64_t price = 0;

    Pooled() { purchase(kSecond, 20'000); }
    void purchase(const ContractId& id, Amount principal, Day day = kToday) {
        book().ensure_day(day);
        honest(drafts().capture(id, kLine, funder->id, principal, 5'000, 3, day), {lender, funder});
    }
    PoolCreate terms(const PoolId& id = kPool) const {
        return {id, "CNY", trustee->id, vehicle->id, kToday + 100, 45'000, 3, 300'000};
    }
    void create(const PoolId& id = kPool) { honest(draft(terms(id)), {lender, trustee}); }
    Transaction add(const ContractId& id, const PoolId& pool = kPool, Day day = kToday) {
        return draft(PoolAdd{pool, id}, day);
    }
    void fill() {
        create();
        honest(add(kContract), {lender, trustee});
        honest(add(kSecond), {lender, trustee});
    }
    Transaction seal(const PoolId& pool = kPool) { return draft(PoolSeal{pool, 0, 0, {}}); }
    Transaction offer(const ContractId& id, const Party* to, Day day = kToday) {
        return draft(TransferInit{id, to->id, 10'000, day + 9}, day);
    }
    Transaction settle(const ContractId& id, Day day = kToday) {
        return draft(TransferSettle{id, "sale-" + std::to_string(++price)}, day);
    }
    void sell(const ContractId& id, Day day = kToday) {
        honest(offer(id, vehicle, day), {lender});
        honest(settle(id, day), {lender, vehicle});
    }
    Transaction notes(Amount amount = 40'000) {
        return draft(PoolIssue{kPool, {{"A", amount, 40'000}, {"B", 5'000, 90'000}}});
    }
    void issue() {
        fill();
        honest(seal(), {lender, trustee});
        sell(kContract);
        sell(kSecond);
        honest(notes(), {lender, trustee});
    }
    Transaction pay(const ContractId& id, Amount amount, Day day) {
        return draft(Repayment{id, amount, "bank-" + std::to_string(++price), {}}, day);
    }
    Transaction trigger(TriggerReason reason, Day day, Day since = 0) {
        return draft(PoolTrigger{kPool, reason, since}, day);
    }
    Transaction buyback(const ContractId& id, Day day) {
        return draft(BuybackInit{id, 15'000, day + 5}, day);
    }
    Transaction bought(const ContractId& id, Day day) {
        return draft(BuybackSettle{id, "back-" + std::to_string(++price)}, day);
    }
    PoolRecord stored(const PoolId& id = kPool) {
        return read_pool(book().records(), id).value().value();
    }
    std::vector<AlertRule> alerts() {
        std::vector<AlertRule> rules;
        const auto view =
            read_alerts(book().records(), AccountClass::pool, kPool.bytes, kNoEntry - 1);
        for (const auto& item : view.value().alerts) rules.push_back(item.record.rule);
        return rules;
    }
    /// What the audit finds in a block once the pool's record is another one.
    std::string forged(const BlockResult& block, void (*change)(PoolRecord&)) {
        PoolRecord record = stored();
        change(record);
        book().force(registry_key(kPoolRecord, kPool.bytes), encode_record(record));
        return found(block);
    }
};

}  // namespace

TEST_CASE("the second set of books follows a pool from its first contract to its last") {
    Pooled pool;
    pool.issue();
    SECTION("it falls below its least, rises again, falls for good and ends early") {
        const Transaction paid =
            pool.honest(pool.pay(kContract, 10'150, kToday + 1), {pool.servicer});
        CHECK(pool.alerts() == std::vector{AlertRule::pool_balance});
        CHECK(pool.stored().below.since == kToday + 1);
        pool.honest(
            pool.draft(Reversal{pool.servicer->id, paid.id, kContract, "wrong"}, kToday + 2),
            {pool.servicer});
        CHECK_FALSE(pool.stored().below.since);
        pool.honest(pool.pay(kContract, 10'150, kToday + 2), {pool.servicer});
        CHECK(pool.stored().below.since == kToday + 1);
        CHECK(pool.alerts().size() == 1);
        // A contract more in a pool that revolves.
        const ContractId third{{0x75}};
        pool.purchase(third, 9'000, kToday + 3);
        pool.honest(pool.add(third, kPool, kToday + 3), {pool.lender, pool.trustee});
        CHECK_FALSE(pool.stored().below.since);
        pool.honest(pool.pay(third, 9'000, kToday + 4), {pool.servicer});
        CHECK(pool.stored().below.since == kToday + 4);
        CHECK(pool.alerts().size() == 2);
        pool.honest(pool.trigger(TriggerReason::balance_below, kToday + 6), {pool.trustee});
        CHECK(pool.stored().triggered);
    }
    SECTION("contracts are marked worse, and a warning is answered") {
        const Day late = kToday + 60;
        pool.honest(pool.draft(OverdueMark{kSecond, 0, 0, 0}, late), {pool.servicer});
        CHECK(pool.alerts() == std::vector{AlertRule::roll_rate});
        pool.honest(pool.draft(OverdueMark{kContract, 0, 0, 0}, late), {pool.servicer});
        pool.honest(pool.draft(OverdueMark{kContract, 0, 0, 0}, late + 1), {pool.servicer});
        CHECK(pool.alerts().size() == 1);
        const auto view =
            read_alerts(pool.book().records(), AccountClass::pool, kPool.bytes, kNoEntry - 1);
        const AlertId id = view.value().alerts.front().id;
        pool.honest(pool.draft(AlertDisposition{id, Disposition::confirmed, "looked at"}, late),
                    {pool.lender});
        pool.honest(pool.trigger(TriggerReason::servicer_event, late), {pool.trustee});
    }
    SECTION("contracts are bought back, pooled again, paid, and the pool is closed") {
        const Day day = kToday + 1;
        pool.honest(pool.buyback(kSecond, day), {pool.lender, pool.trustee});
        pool.honest(pool.draft(TransferDecline{kSecond}, day), {pool.lender});
        pool.honest(pool.buyback(kSecond, day), {pool.lender, pool.trustee});
        pool.honest(pool.bought(kSecond, day), {pool.lender, pool.trustee});
        CHECK(pool.stored().live == 1);
        pool.create(kOther);
        pool.honest(pool.add(kSecond, kOther, day + 1), {pool.lender, pool.trustee});
        pool.honest(pool.draft(PoolClose{kOther}, day + 1), {pool.lender, pool.trustee});
        pool.honest(pool.draft(Pledge{kSecond, pool.funder->id}, day + 1),
                    {pool.lender, pool.funder});
        pool.honest(pool.draft(PrepaySettle{kContract, 0, "bank-9"}, day + 1), {pool.servicer});
        pool.honest(pool.draft(PoolClose{kPool}, day + 1), {pool.lender, pool.trustee});
        // Its last pool is closed.
        pool.honest(pool.draft(OverdueMark{kSecond, 0, 0, 0}, kToday + 60), {pool.servicer});
    }
}

TEST_CASE("the second set of books notices who did not sign for a pool") {
    Pooled pool;
    const std::string no_trustee = "the pool's trustee did not sign";
    const std::string no_originator = "the pool's originator did not sign";
    SECTION("created") {
        CHECK(says(pool.if_accepted(pool.draft(pool.terms()), Outcome::trustee_differs,
                                    {pool.lender, pool.trustee_b}),
                   no_trustee));
    }
    SECTION("added, sealed, issued and closed") {
        pool.create();
        const std::vector<Transaction> steps{pool.add(kContract), pool.seal(), pool.notes(),
                                             pool.draft(PoolClose{kPool})};
        for (const Transaction& step : steps) {
            CHECK(says(
                pool.if_accepted(step, Outcome::trustee_differs, {pool.lender, pool.trustee_b}),
                no_trustee));
        }
        for (const Transaction& step : steps) {
            Transaction again = step;
            again.id = pool.drafts().next_id();
            CHECK(
                says(pool.if_accepted(again, Outcome::owner_differs, {pool.lender_b, pool.trustee}),
                     no_originator));
        }
    }
    SECTION("triggered and bought back") {
        pool.issue();
        const Day day = kToday + 1;
        CHECK(says(pool.if_accepted(pool.trigger(TriggerReason::default_event, day),
                                    Outcome::trustee_differs, {pool.trustee_b}),
                   no_trustee));
        CHECK(says(pool.if_accepted(pool.buyback(kSecond, day), Outcome::trustee_differs,
                                    {pool.lender, pool.trustee_b}),
                   no_trustee));
        CHECK(says(pool.if_accepted(pool.buyback(kSecond, day), Outcome::owner_differs,
                                    {pool.lender_b, pool.trustee}),
                   "the contract's originator did not sign"));
        pool.honest(pool.buyback(kSecond, day), {pool.lender, pool.trustee});
        CHECK(says(pool.if_accepted(pool.bought(kSecond, day), Outcome::trustee_differs,
                                    {pool.lender, pool.trustee_b}),
                   no_trustee));
    }
    SECTION("a warning that another lender answers") {
        pool.issue();
        pool.honest(pool.pay(kContract, 10'150, kToday + 1), {pool.servicer});
        const auto view =
            read_alerts(pool.book().records(), AccountClass::pool, kPool.bytes, kNoEntry - 1);
        const AlertId id = view.value().alerts.front().id;
        CHECK(says(pool.if_accepted(
                       pool.draft(AlertDisposition{id, Disposition::dismissed, "fine"}, kToday + 1),
                       Outcome::owner_differs, {pool.lender_b}),
                   no_originator));
    }
}

TEST_CASE("the second set of books notices a pool that may not be created") {
    Pooled pool;
    PoolCreate terms = pool.terms();
    const auto found = [&](Outcome refusal) {
        return pool.if_accepted(pool.draft(terms), refusal, {pool.lender, pool.trustee});
    };
    SECTION("twice") {
        pool.create();
        CHECK(says(found(Outcome::pool_exists), "creates a pool that is there"));
    }
    SECTION("for a buyer that is none") {
        terms.buyer = pool.servicer->id;
        CHECK(says(found(Outcome::buyer_invalid), "the pool's buyer is no funder"));
    }
    SECTION("with a trustee that is none") {
        terms.trustee = pool.lender_b->id;
        CHECK(says(pool.if_accepted(pool.draft(terms), Outcome::trustee_differs,
                                    {pool.lender, pool.trustee, pool.lender_b}),
                   "the pool's trustee is none"));
    }
    SECTION("days below without a least") {
        terms.balance_min = 0;
        CHECK(says(found(Outcome::pool_terms_out_of_range), "not of their form"));
    }
    SECTION("as of an earlier day") {
        Transaction early = pool.draft(terms, kToday + 1);
        early.value_date = kToday;
        CHECK(says(pool.if_accepted(early, Outcome::backdated_too_far, {pool.lender, pool.trustee}),
                   "as of an earlier day"));
    }
}

TEST_CASE("the second set of books notices a contract that may not be pooled") {
    Pooled pool;
    pool.create();
    const auto found = [&](Outcome refusal) {
        return pool.if_accepted(pool.add(kContract), refusal, {pool.lender, pool.trustee});
    };
    SECTION("in a pool already") {
        pool.create(kOther);
        pool.honest(pool.add(kContract, kOther), {pool.lender, pool.trustee});
        CHECK(says(found(Outcome::pooled), "adds a contract that is in a pool"));
    }
    SECTION("sold, pledged or for sale") {
        SECTION("sold") {
            pool.sell(kContract);
            CHECK(says(pool.if_accepted(pool.add(kContract, kPool, kToday + 1),
                                        Outcome::contract_sold, {pool.lender, pool.trustee}),
                       "pools what was sold"));
        }
        SECTION("pledged") {
            pool.honest(pool.draft(Pledge{kContract, pool.funder->id}), {pool.lender, pool.funder});
            CHECK(says(found(Outcome::pledged), "pools what is pledged"));
        }
        SECTION("for sale") {
            pool.honest(pool.offer(kContract, pool.vehicle), {pool.lender});
            CHECK(says(found(Outcome::transfer_pending), "pools what is for sale"));
        }
    }
    SECTION("paid") {
        pool.honest(pool.draft(PrepaySettle{kContract, 0, "bank-1"}), {pool.servicer});
        CHECK(says(found(Outcome::contract_not_active), "adds a contract that is not active"));
    }
    SECTION("of another lender, or in another currency") {
        PoolCreate terms = pool.terms(kOther);
        SECTION("lender") {
            pool.honest(pool.draft(terms), {pool.lender_b, pool.trustee});
            CHECK(says(pool.if_accepted(pool.add(kContract, kOther), Outcome::owner_differs,
                                        {pool.lender_b, pool.trustee}),
                       "adds a contract of another originator"));
        }
        SECTION("currency") {
            terms.currency = "EUR";
            pool.honest(pool.draft(terms), {pool.lender, pool.trustee});
            CHECK(says(pool.if_accepted(pool.add(kContract, kOther), Outcome::currency_differs,
                                        {pool.lender, pool.trustee}),
                       "in another currency"));
        }
    }
    SECTION("to a pool that is sealed") {
        pool.honest(pool.add(kSecond), {pool.lender, pool.trustee});
        pool.honest(pool.seal(), {pool.lender, pool.trustee});
        CHECK(says(found(Outcome::pool_not_open), "adds to a pool that takes no contracts"));
    }
    SECTION("before the pool's last step") {
        pool.honest(pool.add(kSecond, kPool, kToday + 1), {pool.lender, pool.trustee});
        CHECK(says(found(Outcome::date_out_of_order), "before the pool's last step"));
    }
    SECTION("and once it is, bound to nobody else") {
        pool.honest(pool.add(kContract), {pool.lender, pool.trustee});
        const auto pledge = pool.draft(Pledge{kContract, pool.funder->id});
        CHECK(says(pool.if_accepted(pledge, Outcome::pooled, {pool.lender, pool.funder}),
                   "pledges what is in a pool"));
        CHECK(says(pool.if_accepted(pool.offer(kContract, pool.vehicle), Outcome::pool_not_open,
                                    {pool.lender}),
                   "before it is sealed"));
        pool.honest(pool.seal(), {pool.lender, pool.trustee});
        CHECK(says(
            pool.if_accepted(pool.offer(kContract, pool.funder), Outcome::pooled, {pool.lender}),
            "to another buyer"));
    }
}

TEST_CASE("the second set of books notices a pool that is sealed or issued against wrongly") {
    Pooled pool;
    SECTION("empty") {
        pool.create();
        CHECK(
            says(pool.if_accepted(pool.seal(), Outcome::pool_differs, {pool.lender, pool.trustee}),
                 "seals a pool that nothing is owed in"));
    }
    SECTION("with another count, principal or root") {
        pool.fill();
        const Transaction right = pool.book().proposed(pool.seal());
        for (int claim = 0; claim < 3; ++claim) {
            Transaction wrong = right;
            wrong.id = pool.drafts().next_id();
            auto& seal = std::get<PoolSeal>(wrong.body);
            if (claim == 0) ++seal.contracts;
            if (claim == 1) ++seal.principal;
            if (claim == 2) seal.root.bytes[5] ^= 1;
            pool.keep_claims();
            CHECK(says(pool.if_accepted(wrong, Outcome::pool_differs, {pool.lender, pool.trustee}),
                       "not those of the contracts that were added"));
        }
    }
    SECTION("twice") {
        pool.fill();
        const Transaction again = pool.book().proposed(pool.seal());
        pool.honest(pool.seal(), {pool.lender, pool.trustee});
        pool.keep_claims();
        CHECK(says(pool.if_accepted(again, Outcome::pool_not_draft, {pool.lender, pool.trustee}),
                   "seals a pool that is no draft"));
    }
    SECTION("notes before it is sealed") {
        pool.fill();
        CHECK(says(
            pool.if_accepted(pool.notes(), Outcome::pool_not_sealed, {pool.lender, pool.trustee}),
            "not sealed"));
    }
    SECTION("notes against what is not sold, above the balance, or in no form") {
        pool.fill();
        pool.honest(pool.seal(), {pool.lender, pool.trustee});
        pool.sell(kContract);
        CHECK(says(
            pool.if_accepted(pool.notes(), Outcome::pool_not_owned, {pool.lender, pool.trustee}),
            "does not own"));
        pool.sell(kSecond);
        CHECK(says(pool.if_accepted(pool.notes(45'001), Outcome::above_pool_balance,
                                    {pool.lender, pool.trustee}),
                   "above the pool's balance"));
        const PoolIssue twice{kPool, {{"A", 1, 0}, {"A", 2, 0}}};
        CHECK(says(pool.if_accepted(pool.draft(twice), Outcome::pool_terms_out_of_range,
                                    {pool.lender, pool.trustee}),
                   "notes are not of their form"));
    }
}

TEST_CASE("the second set of books notices a pool that ends too early") {
    Pooled pool;
    SECTION("triggered before it is issued") {
        pool.fill();
        CHECK(says(pool.if_accepted(pool.trigger(TriggerReason::default_event, kToday),
                                    Outcome::pool_not_issued, {pool.trustee}),
                   "triggers a pool that is not issued"));
    }
    SECTION("triggered twice") {
        pool.issue();
        pool.honest(pool.trigger(TriggerReason::default_event, kToday), {pool.trustee});
        CHECK(says(pool.if_accepted(pool.trigger(TriggerReason::default_event, kToday),
                                    Outcome::pool_amortising, {pool.trustee}),
                   "triggers a pool that amortises"));
    }
    SECTION("not below, since another day, or for too few days") {
        pool.issue();
        const auto below = [&](Day day, Day since) {
            pool.keep_claims();
            return pool.trigger(TriggerReason::balance_below, day, since);
        };
        CHECK(
            says(pool.if_accepted(below(kToday, kToday), Outcome::trigger_not_met, {pool.trustee}),
                 "not below since that day"));
        pool.honest(pool.pay(kContract, 10'150, kToday + 1), {pool.servicer});
        CHECK(
            says(pool.if_accepted(below(kToday + 3, kToday), Outcome::pool_differs, {pool.trustee}),
                 "not below since that day"));
        CHECK(says(
            pool.if_accepted(below(kToday + 3, kToday + 2), Outcome::pool_differs, {pool.trustee}),
            "not below since that day"));
    }
    SECTION("for too few days") {
        pool.issue();
        pool.honest(pool.pay(kContract, 10'150, kToday + 1), {pool.servicer});
        CHECK(says(pool.if_accepted(pool.trigger(TriggerReason::balance_below, kToday + 2),
                                    Outcome::trigger_not_met, {pool.trustee}),
                   "too early"));
    }
    SECTION("a declared one that names a day") {
        pool.issue();
        pool.keep_claims();
        CHECK(says(pool.if_accepted(pool.trigger(TriggerReason::servicer_event, kToday, kToday),
                                    Outcome::pool_differs, {pool.trustee}),
                   "declared trigger with a day"));
    }
    SECTION("closed while something is owed, or twice") {
        pool.issue();
        CHECK(says(pool.if_accepted(pool.draft(PoolClose{kPool}), Outcome::pool_not_over,
                                    {pool.lender, pool.trustee}),
                   "not paid down"));
    }
    SECTION("closed twice") {
        pool.fill();
        pool.honest(pool.draft(PoolClose{kPool}), {pool.lender, pool.trustee});
        CHECK(says(pool.if_accepted(pool.draft(PoolClose{kPool}), Outcome::pool_not_over,
                                    {pool.lender, pool.trustee}),
                   "closes a pool twice"));
    }
}

TEST_CASE("the second set of books notices a contract that may not be bought back") {
    Pooled pool;
    SECTION("out of no pool, or of one without notes") {
        CHECK(says(pool.if_accepted(pool.buyback(kSecond, kToday), Outcome::not_pooled,
                                    {pool.lender, pool.trustee}),
                   "in no issued pool"));
        pool.fill();
        CHECK(says(pool.if_accepted(pool.buyback(kSecond, kToday), Outcome::not_pooled,
                                    {pool.lender, pool.trustee}),
                   "in no issued pool"));
    }
    SECTION("not the buyer's") {
        pool.issue();
        const ContractId third{{0x75}};
        pool.purchase(third, 9'000, kToday + 1);
        pool.honest(pool.add(third, kPool, kToday + 1), {pool.lender, pool.trustee});
        CHECK(says(pool.if_accepted(pool.buyback(third, kToday + 1), Outcome::pool_not_owned,
                                    {pool.lender, pool.trustee}),
                   "does not own"));
    }
    SECTION("settled as a sale, or a sale settled as one") {
        pool.issue();
        const Day day = kToday + 1;
        const ContractId third{{0x75}};
        pool.purchase(third, 9'000, day);
        pool.honest(pool.add(third, kPool, day), {pool.lender, pool.trustee});
        pool.honest(pool.offer(third, pool.vehicle, day), {pool.lender});
        pool.honest(pool.buyback(kSecond, day), {pool.lender, pool.trustee});
        CHECK(says(pool.if_accepted(pool.settle(kSecond, day), Outcome::transfer_not_pending,
                                    {pool.lender, pool.vehicle}),
                   "settles a buyback as a sale"));
    }
    SECTION("for sale to another funder by the pool's buyer") {
        pool.issue();
        CHECK(says(pool.if_accepted(pool.offer(kSecond, pool.funder, kToday + 1), Outcome::pooled,
                                    {pool.vehicle}),
                   "to another buyer"));
    }
}

TEST_CASE("the second set of books notices a pool's record that is not so") {
    Pooled pool;
    pool.issue();
    const auto paid = [&] {
        return pool.apply(pool.pay(kContract, 10'150, kToday + 1), {pool.servicer});
    };
    SECTION("another balance") {
        CHECK(says(pool.forged(paid(), [](PoolRecord& record) { record.balance += 1; }),
                   "not the principal outstanding"));
    }
    SECTION("another day since when it is below") {
        CHECK(says(pool.forged(paid(), [](PoolRecord& record) { --*record.below.since; }),
                   "below its least since another day"));
    }
    SECTION("contracts that are miscounted") {
        CHECK(
            says(pool.forged(paid(), [](PoolRecord& record) { record.owned -= 1; }), "miscounted"));
    }
    SECTION("a contract more in its tree") {
        CHECK(says(pool.forged(paid(),
                               [](PoolRecord& record) {
                                   record.contracts.append(pool_leaf(ContractId{{0x99}}));
                               }),
                   "its root is not"));
    }
    SECTION("another trustee") {
        CHECK(says(
            pool.forged(paid(), [](PoolRecord& record) { record.terms.trustee.bytes[0] ^= 1; }),
            "its terms are not"));
    }
    SECTION("other notes") {
        CHECK(says(pool.forged(paid(),
                               [](PoolRecord& record) { record.issued->said.notes[0].amount = 1; }),
                   "not sealed, issued, triggered or closed"));
    }
    SECTION("another status") {
        CHECK(says(
            pool.forged(paid(), [](PoolRecord& record) { record.status = PoolStatus::sealed; }),
            "its status is not"));
    }
    SECTION("what rolled, though nothing was marked") {
        const BlockResult marked =
            pool.apply(pool.draft(OverdueMark{kSecond, 0, 0, 0}, kToday + 60), {pool.servicer});
        CHECK(says(pool.forged(marked, [](PoolRecord& record) { record.rolled.amount += 1; }),
                   "what rolled in a day"));
    }
    SECTION("a change that nothing leads to") {
        BlockResult block = pool.apply(pool.draft(LimitFreeze{kLine, "review"}), {pool.lender});
        block.changes.push_back(
            {registry_key(kPoolRecord, kPool.bytes), encode_record(pool.stored())});
        CHECK(says(pool.found(block), "nothing in the block changes it"));
    }
    SECTION("a contract at a place that was filled before") {
        BlockResult block = paid();
        block.changes.push_back(
            {pool_contract_key(kPool, 0), encode_record(PoolContractRecord{kSecond, 1})});
        CHECK(says(pool.found(block), "at a place that nothing in the block fills"));
    }
    SECTION("a warning that is missing") {
        const BlockResult block = paid();
        const auto view =
            read_alerts(pool.book().records(), AccountClass::pool, kPool.bytes, kNoEntry - 1);
        AlertRecord alert = view.value().alerts.front().record;
        alert.measured += 1;
        pool.book().force(registry_key(kAlertRecord, view.value().alerts.front().id.bytes),
                          encode_record(alert));
        CHECK(says(pool.found(block), "is not what its entries lead to"));
    }
}

TEST_CASE("the second set of books notices contracts that records have in another pool") {
    Pooled pool;
    pool.fill();
    pool.purchase(ContractId{{0x75}}, 5'000);
    SECTION("by the contract's events") {
        pool.create(kOther);
        const BlockResult block = pool.apply(pool.draft(payment(500, "bank-1")), {pool.servicer});
        pool.change_contract([](ContractBody& body) {
            for (ContractEvent& event : body.events) {
                if (event.pool) event.pool = kOther;
            }
        });
        CHECK(says(pool.found(block), "not in the pool that it was added to"));
    }
    SECTION("by the entry of a place in the pool's list") {
        const BlockResult block =
            pool.apply(pool.add(ContractId{{0x75}}), {pool.lender, pool.trustee});
        PoolContractRecord place =
            read_pool_contracts(pool.book().records(), kPool, 2, 1).value().front();
        ++place.entry;
        pool.book().force(pool_contract_key(kPool, 2), encode_record(place));
        CHECK(says(pool.found(block), "its contracts are not those that were added"));
    }
    SECTION("by the pool's list") {
        const BlockResult block =
            pool.apply(pool.add(ContractId{{0x75}}), {pool.lender, pool.trustee});
        pool.book().force(pool_contract_key(kPool, 2),
                          encode_record(PoolContractRecord{kSecond, 1}));
        CHECK(says(pool.found(block), "its contracts are not those that were added"));
    }
}

}  // namespace tally::testing
