#include <limits>
#include <map>
#include <string>

#include "base/random.h"
#include "ledger/dates.h"
#include "ledger/propose.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

constexpr Amount kMost = std::numeric_limits<Amount>::max();
constexpr Ppm kRate = 700'000;

/// Rules as generous as a registration takes: everything grows as fast as it can.
void generous(RulesetRegister& ruleset, ProductRegister& product) {
    ruleset.penalty_ppm_day = 1'000'000;
    ruleset.penalty_cap_ppm = 10'000'000;
    ruleset.backdating_days_max = 3'650;
    ruleset.overpayment = Overpayment::credit;
    ruleset.alert_limit_use_ppm = 1'000'000;
    ruleset.alert_first_payment_days = 1;
    product.apr_cap_ppm = 10'000'000;
    product.terms = {{1, 36, kRate}};
}

/// A purchase under those rules.
Capture purchase(const Stage& stage, Amount principal, std::uint32_t periods,
                 ContractId contract = Stage::kContract) {
    Capture body = stage.capture(principal, periods, contract);
    body.rate_ppm = kRate;
    return body;
}

/// Amounts at and near the ends of 64 bits, and a few in between.
Amount extreme(Random& random) {
    const auto near = static_cast<Amount>(random.below(3));
    switch (random.below(6)) {
        case 0:
            return kMost - near;
        case 1:
            return (Amount{1} << 62) + near;
        case 2:
            return (Amount{1} << 50) + near;
        case 3:
            return std::numeric_limits<Amount>::min() + near;
        default:
            return static_cast<Amount>(random.next() >> random.below(63) >> 1);
    }
}

TransactionBody body_of(Stage& stage, Random& random) {
    const ContractId contract = Stage::kContract;
    switch (random.below(12)) {
        case 0:
            // Beyond ten times the principal none is taken, so some are small.
            return Repayment{
                contract, extreme(random) >> (random.below(3) * 12), stage.next_ref(), {}};
        case 1:
            return PrepaySettle{contract, random.below(2) == 0 ? 0 : extreme(random),
                                stage.next_ref()};
        case 2:
        case 3:
        case 4:
            return PenaltyAssess{contract, random.below(3) == 0 ? extreme(random) : 0};
        case 5:
            return OverdueMark{contract, 0, 0, 0};
        case 6:
            return Waive{contract,
                         {{static_cast<std::uint32_t>(random.below(4)),
                           static_cast<Component>(1 + random.below(4)), extreme(random)}}};
        case 7:
            return MerchantRefund{contract, extreme(random), stage.next_ref()};
        case 8:
            return LimitChange{Stage::kLine, extreme(random), {}};
        case 9:
            return PurchaseAuth{id_of<AuthorisationId>(random.below(9)), Stage::kLine,
                                extreme(random), Drafts::kToday + 3};
        case 10:
            return ChargeOff{contract, 0, 0, 0, 0};
        default:
            return Recovery{contract, extreme(random), extreme(random) / 2, stage.next_ref()};
    }
}

constexpr std::uint64_t kContracts = 6;

ContractId contract_of(Random& random) { return id_of<ContractId>(random.below(kContracts)); }

/// Of several contracts, some of them as large as the line bears.
TransactionBody any_of(Stage& stage, Random& random, std::uint64_t seed) {
    const ContractId contract = contract_of(random);
    switch (random.below(6)) {
        case 0:
        case 1: {
            const Amount principal =
                random.below(3) == 0 ? extreme(random) : (Amount{1} << (10 + seed * 4));
            return purchase(stage, principal, 36, contract);
        }
        case 2:
            return Repayment{contract, extreme(random), stage.next_ref(), {}};
        case 3:
            return PrepaySettle{contract, 0, stage.next_ref()};
        default:
            return OverdueMark{contract, 0, 0, 0};
    }
}

/// What comes next for one of two pools, with amounts, days and shares at their ends.
TransactionBody pool_body_of(Stage& stage, Random& random, std::uint64_t seed, Day day) {
    const auto pool = id_of<PoolId>(random.below(2));
    const ContractId contract = contract_of(random);
    const Amount some = random.below(2) == 0 ? extreme(random) : (Amount{1} << (8 + seed * 4));
    // More than ten times the principal is no price.
    const Amount price = random.below(4) == 0 ? some : 1 + static_cast<Amount>(random.below(1'000));
    const ContractId first = random.below(4) == 0 ? contract : id_of<ContractId>(0);
    const auto far = static_cast<Day>(random.below(3) == 0 ? kDayMax : day + 30);
    switch (random.below(15)) {
        case 0: {
            PoolCreate terms = stage.pool(pool);
            terms.revolving_until = far;
            terms.balance_min = some;
            terms.below_days = static_cast<std::uint32_t>(random.below(3) == 0 ? random.next() : 1);
            terms.roll_ppm = static_cast<Ppm>(random.below(2) == 0 ? 1 : random.below(1'000'001));
            return terms;
        }
        case 1:
        case 2:
        case 3:
            return PoolAdd{pool, contract};
        case 4:
            return PoolSeal{pool};
        case 5:
            return TransferInit{contract, stage.vehicle->id, price, far};
        case 6:
        case 7:
            return TransferSettle{contract, stage.next_ref()};
        case 8:
            return PoolIssue{
                pool, {{"A", price, static_cast<Ppm>(random.below(2))}, {"B", 1, 10'000'000}}};
        case 9:
            return PoolTrigger{pool, static_cast<TriggerReason>(1 + random.below(3)),
                               static_cast<Day>(random.below(3) == 0 ? kDayMax : 0)};
        case 10:
        case 11:
            return BuybackInit{first, price, far};
        case 12:
            return BuybackSettle{first, stage.next_ref()};
        case 13:
            return PoolRemove{pool, contract};
        default:
            // Rarely: what is closed before it was issued comes to nothing.
            if (random.below(8) == 0) return PoolClose{pool};
            return TransferInit{contract, stage.vehicle->id, price, day + 30};
    }
}

/// By the usual signers, with its claims as they are where there is anything to claim.
Outcome send(Stage& stage, TransactionBody body, Day day, Day value) {
    stage.book.ensure_day(day);
    Transaction transaction = stage.book.drafts().draft(std::move(body), value);
    transaction.business_date = day;
    static_cast<void>(propose(transaction, stage.book.records()));
    // What is in a pool is the vehicle's to buy.
    const bool settles = std::holds_alternative<TransferSettle>(transaction.body);
    return settles ? stage.book.submit_one(transaction, {stage.lender, stage.vehicle})
                   : stage.send(transaction);
}

}  // namespace

// Goal: whatever members may sign within the rules' bounds is an outcome. A check that failed here
// would end every node at the same block, for good.
TEST_CASE("no amount that a member can sign stops a node", "[ledger][rules]") {
    std::size_t accepted = 0;
    for (std::uint64_t seed = 1; seed <= 12; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Stage stage({.rules = generous, .limit = kMost, .captured = false});
        const Amount principal = (Amount{1} << std::min<std::uint64_t>(49, 10 + seed * 4)) - 1;
        REQUIRE(send(stage, purchase(stage, principal, 36), Drafts::kToday, Drafts::kToday) ==
                Outcome::accepted);
        Day day = Drafts::kToday;
        for (int number = 0; number < 250; ++number) {
            // Few days: closing one would sum amounts that no trial balance holds.
            if (number % 10 == 9) day += static_cast<Day>(random.below(60));
            const Day value = day - static_cast<Day>(random.below(400));
            if (send(stage, body_of(stage, random), day, value) == Outcome::accepted) ++accepted;
        }
    }
    CHECK(accepted > 100);
}

// Goal: the same for pools, whose balances sum up contracts of any size, and whose days and shares
// anybody may claim.
TEST_CASE("no pool that a member can sign stops a node", "[ledger][rules]") {
    std::map<std::string, int> accepted;
    for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        INFO("seed " << seed);
        Random random(seed);
        Stage stage({.rules = generous, .limit = kMost, .captured = false});
        Day day = Drafts::kToday;
        // Every other time one of them is sold already.
        if (seed % 2 == 0) {
            const ContractId first = id_of<ContractId>(0);
            stage.accept(purchase(stage, 100'000, 36, first));
            PoolCreate terms = stage.pool(id_of<PoolId>(0));
            terms.revolving_until = kDayMax;
            stage.accept(terms, day);
            stage.accept(PoolAdd{terms.pool, first}, day);
            stage.accept(PoolSeal{terms.pool}, day);
            stage.sell(day, first);
        }
        for (int number = 0; number < 500; ++number) {
            if (number % 10 == 9)
                day += static_cast<Day>(random.below(random.below(4) == 0 ? 60 : 2));
            const bool pooled = random.below(4) != 0;
            TransactionBody body =
                pooled ? pool_body_of(stage, random, seed, day) : any_of(stage, random, seed);
            const std::string type{type_name(body)};
            const Day value = day - (pooled ? 0 : static_cast<Day>(random.below(40)));
            if (send(stage, std::move(body), day, value) == Outcome::accepted) ++accepted[type];
        }
    }
    for (const char* type : {"POOL_CREATE", "POOL_ADD", "POOL_SEAL", "POOL_ISSUE", "POOL_TRIGGER",
                             "POOL_CLOSE", "BUYBACK_INIT", "BUYBACK_SETTLE", "POOL_REMOVE"}) {
        INFO(type);
        CHECK(accepted[type] > 0);
    }
}
