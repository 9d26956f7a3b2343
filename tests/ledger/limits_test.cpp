#include <cstdlib>
#include <limits>
#include <memory>
#include <random>

#include "ledger/governance.h"
#include "ledger/propose.h"
#include "ledger/transaction_layout.h"
#include "ledger/trial_balance.h"
#include "ledger/type_table.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/numbers_of.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Every number of every type at the ends of its range: always an outcome, never a crash, and the
// state stays one that can be read.
namespace {

constexpr Day kToday = Drafts::kToday;
constexpr Day kNow = kToday + 60;  // two rows are overdue
const auto kLost = id_of<ContractId>(901);
const auto kOwed = id_of<ContractId>(903);
const auto kPledged = id_of<ContractId>(904);
const auto kOffered = id_of<ContractId>(905);
const auto kTold = id_of<ProductId>(904);  // with a cost table
const auto kReserved = id_of<AuthorisationId>(902);
const auto kWarned = id_of<AlertId>(904);
const auto kSecured = id_of<ContractId>(906);  // in an issued pool that is below its least
const auto kBoughtBack = id_of<ContractId>(907);
const auto kSealed = id_of<PoolId>(908);
const auto kDrafted = id_of<PoolId>(909);

/// The largest amounts and the harshest rules, so that sums come near their ends.
StageOptions harsh(bool credit) {
    return {.rules =
                [credit](RulesetRegister& ruleset, ProductRegister& product) {
                    ruleset.penalty_ppm_day = 1'000'000;
                    ruleset.penalty_cap_ppm = 10'000'000;
                    ruleset.backdating_days_max = 3650;
                    ruleset.grace_grant_days_max = 3650;
                    ruleset.grace_grants_max = 36;
                    ruleset.reschedules_max = 36;
                    ruleset.overpayment = credit ? Overpayment::credit : Overpayment::refuse;
                    ruleset.alert_limit_use_ppm = 1;
                    ruleset.alert_first_payment_days = 1;
                    ruleset.alert_missed_debits = 1;
                    product.minimum = 1;
                    product.apr_cap_ppm = kYearlyPpmMax;
                    product.terms.push_back({1, 36, 100'000});
                },
            .limit = std::numeric_limits<Amount>::max(),
            .captured = false};
}

class World {
public:
    World(std::uint64_t seed, bool credit) : stage(harsh(credit)), random(seed) {
        stage.accept(stage.capture(kPrincipalEnd - 1, 36));
        stage.accept(stage.capture(kPrincipalEnd - 1, 36, kLost));
        stage.accept(PurchaseAuth{kReserved, Stage::kLine, 1'000, kToday + 3});
        stage.accept(stage.capture(500, 3, kOwed));
        stage.accept(stage.capture(500, 3, kPledged));
        stage.accept(Pledge{kPledged, stage.funder->id});
        stage.accept(stage.capture(500, 3, kOffered));
        stage.accept(TransferInit{kOffered, stage.funder->id, 400, kNow + 9});
        add_pools();
        stage.accept(PrepaySettle{kOwed, 0, "settle-1"});
        stage.accept(MerchantRefund{kOwed, 400, "refund-1"});
        stage.accept(ChargeOff{.contract = kLost}, kNow);
        stage.accept(CollectionAssign{kLost, stage.collector->id, 1'000'000}, kNow);
        stage.accept(LimitUnfreeze{Stage::kLine, "again"}, kNow);
        stage.accept(usual_product(kTold, Stage::kRuleset), kNow);
        stage.accept(stage.cost_table(Stage::kTable, kTold), kNow);
        stage.accept(stage.mandate(Stage::kMandate, std::numeric_limits<Amount>::max()), kNow);
        stage.accept(stage.debit(Stage::kDebit, 300, kNow), kNow);
        stage.accept(stage.complaint(), kNow);
        stage.accept(Alert{kWarned, Stage::kContract, AlertRule::other, "odd", {}}, kNow);
        posted = stage.draft(stage.payment(700), kNow);
        stage.accept(posted);
        stage.accept(BuybackInit{kBoughtBack, 400, kNow + 9}, kNow);
        stage.close_days(kToday);
    }

    /// A body that would be accepted, with what it claims filled in.
    Transaction draft(std::size_t type) {
        Transaction transaction = stage.book.drafts().draft(body(type), kNow);
        return stage.book.proposed(std::move(transaction));
    }
    /// By everyone; must have an outcome.
    Outcome submit(const Transaction& transaction) {
        const Outcome outcome = stage.book.submit_one(
            transaction,
            {stage.lender, stage.lender_2, stage.servicer, stage.servicer_2, stage.funder,
             stage.collector, stage.regulator, stage.bank, &stage.book.cast().other_servicer(),
             &stage.book.cast().governor('a'), &stage.book.cast().governor('b'), stage.auditor,
             stage.trustee, stage.vehicle});
        REQUIRE(outcome_code(outcome) != "unknown");
        const bool governs = std::holds_alternative<KeyRotate>(transaction.body) ||
                             std::holds_alternative<KeyRevoke>(transaction.body) ||
                             std::holds_alternative<RulesActivate>(transaction.body);
        governed_ = governed_ || (governs && outcome == Outcome::accepted);
        return outcome;
    }
    /// Its day is open, its parties sign with the keys that they had, and this build applies what
    /// comes: otherwise every later transaction would be refused for that alone.
    bool usable() const {
        return !governed_ && read_days(stage.book.records()).value().is_open(kNow);
    }

    Stage stage;
    std::mt19937_64 random;
    Transaction posted;

private:
    TransactionBody body(std::size_t type);
    std::vector<TransactionBody> conduct_bodies(std::uint64_t number) const;
    std::vector<TransactionBody> newest_bodies(std::uint64_t number, const std::string& source);
    std::vector<TransactionBody> pool_bodies(std::uint64_t number, const std::string& source) const;
    void add_pools();

    bool governed_ = false;
};

/// The last ones, in the order of the types.
std::vector<TransactionBody> World::conduct_bodies(std::uint64_t number) const {
    return {stage.contact(),
            stage.complaint(id_of<ComplaintId>(number)),
            stage.answer(),
            stage.recon(id_of<ReconId>(number)),
            stage.opinion(id_of<OpinionId>(number)),
            stage.hedge(id_of<HedgeId>(number)),
            ErasureCert{id_of<BorrowerId>(number), {}}};
}

/// Of receivables, merchants and costs.
std::vector<TransactionBody> World::newest_bodies(std::uint64_t number, const std::string& source) {
    return {
        Pledge{Stage::kContract, stage.funder->id},
        Release{kPledged},
        TransferInit{Stage::kContract, stage.funder->id, 90'000, kNow + 5},
        TransferSettle{kOffered, source},
        TransferCancel{kOffered},
        TransferDecline{kOffered},
        MerchantSettle{kOwed, 2, source},
        DebtSettle{kLost, 3, source},
        stage.cost_table(id_of<CostTableId>(number), kTold),
        stage.disclosure(id_of<DisclosureId>(number)),
        Alert{id_of<AlertId>(number), Stage::kContract, AlertRule::roll_rate, "worse", {}},
        AlertDisposition{kWarned, Disposition::escalated, "upwards"},
    };
}

/// One that is issued and below its least balance, one that is sold, and one that is begun.
void World::add_pools() {
    PoolCreate issued = stage.pool();
    issued.below_days = 1;
    issued.roll_ppm = 1;
    issued.balance_min = std::numeric_limits<Amount>::max();
    const auto contract = [this](ContractId id, PoolId pool) {
        stage.accept(stage.capture(500, 3, id));
        stage.accept(PoolAdd{pool, id});
    };
    stage.accept(issued);
    contract(kSecured, Stage::kPool);
    contract(kBoughtBack, Stage::kPool);
    stage.accept(PoolSeal{Stage::kPool});
    stage.sell(kToday, kSecured);
    stage.sell(kToday, kBoughtBack);
    stage.accept(Stage::notes(1'000));
    stage.accept(stage.pool(kSealed));
    contract(id_of<ContractId>(908), kSealed);
    stage.accept(PoolSeal{kSealed});
    stage.sell(kToday, id_of<ContractId>(908));
    stage.accept(stage.pool(kDrafted));
    contract(id_of<ContractId>(909), kDrafted);
}

std::vector<TransactionBody> World::pool_bodies(std::uint64_t number,
                                                const std::string& source) const {
    return {
        stage.pool(id_of<PoolId>(number)),
        PoolAdd{kDrafted, Stage::kContract},
        PoolSeal{kDrafted},
        Stage::notes(400, kSealed),
        PoolTrigger{Stage::kPool, TriggerReason::balance_below},
        PoolClose{kDrafted},
        BuybackInit{kSecured, 400, kNow + 9},
        BuybackSettle{kBoughtBack, source},
        PoolRemove{kDrafted, id_of<ContractId>(909)},
    };
}

TransactionBody World::body(std::size_t type) {
    const std::uint64_t number = random();
    const std::string source = "ref-" + std::to_string(number);
    const auto contract = Stage::kContract;
    const auto line = id_of<LineId>(number);
    auto assessment = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
    assessment.assessment = id_of<AssessmentId>(number);
    // The stage's line takes up all of its borrower's assessment, so other lines are another's.
    auto grant = std::get<LimitGrant>(Drafts().grant(line, id_of<BorrowerId>(5), 10).body);
    if (!read_assessment(stage.book.records(), grant.assessment).value()) {
        auto other = std::get<Assessment>(Drafts().assessment(grant.borrower).body);
        stage.accept(other, kNow);
    }
    // Assessed and nothing else, so that nothing of it is open.
    if (std::holds_alternative<ErasureCert>(body_of_type(type))) {
        stage.accept(Drafts().assessment(id_of<BorrowerId>(number)).body, kNow);
    }
    const crypto::SecretKey fresh = key_of(number, "fresh");
    const crypto::PublicKey second = stage.lender_2->key.public_key();
    MemberAdd addition{"member-" + std::to_string(number), {{RoleName::funder}}, {}};
    addition.keys = {claim_key(member_of(addition), fresh)};
    std::vector<TransactionBody> bodies = {
        grant,
        LimitChange{Stage::kLine, std::numeric_limits<Amount>::max() - 5, {}},
        stage.capture(100'000, 36, id_of<ContractId>(number)),
        stage.payment(5'000, source),
        usual_ruleset(id_of<RulesetId>(number)),
        usual_product(id_of<ProductId>(number), Stage::kRuleset),
        ModelRegister{id_of<ModelId>(number), "m", {}},
        assessment,
        LimitFreeze{Stage::kLine, "x"},
        LimitUnfreeze{Stage::kLine, "x"},
        LimitClose{Stage::kLine},
        PurchaseAuth{id_of<AuthorisationId>(number), Stage::kLine, 50, kNow + 5},
        PurchaseVoid{kReserved},
        PurchaseExpire{kReserved},
        MerchantRefund{contract, 3, source},
        PrepaySettle{contract, 0, source},
        PenaltyAssess{contract, 0},
        OverdueMark{contract, 0, 0, 0},
        Waive{contract, {{35, Component::fee, 1}, {34, Component::principal, 2}}},
        stage.request(id_of<HardshipId>(number)),
        stage.grace(kNow + 1, kNow + 2),
        stage.replan(100, 36),
        ChargeOff{.contract = contract},
        Recovery{kLost, 9, 1, source},
        stage.reversal(posted),
        DayOpen{},
        DayClose{},
        DayCancel{},
        ServicerChange{contract, stage.book.cast().other_servicer().id},
        OverpayRefund{kOwed, 2, source},
        CollectionAssign{contract, stage.collector->id, 5},
        CollectionRecall{kLost},
        Chargeback{contract, stage.servicer->id, posted.id, 7, source},
        stage.mandate(id_of<MandateId>(number), 10),
        MandateRevoke{Stage::kMandate},
        stage.debit(id_of<DebitId>(number), 200, kNow + 1),
        stage.drawn(Stage::kDebit, source),
        addition,
        KeyRotate{stage.lender->id, {claim_key(stage.lender->id, fresh)}, {}},
        KeyRevoke{stage.lender->id, {{crypto::Suite::ed25519, second}}, "lost"},
        RulesActivate{kRulesVersion + 1, 1'000'000},
    };
    for (TransactionBody& one : conduct_bodies(number)) bodies.push_back(std::move(one));
    for (TransactionBody& one : newest_bodies(number, source)) bodies.push_back(std::move(one));
    for (TransactionBody& one : pool_bodies(number, source)) bodies.push_back(std::move(one));
    REQUIRE(bodies.size() == std::variant_size_v<TransactionBody>);
    REQUIRE(bodies[type].index() == type);
    return bodies[type];
}

void require_readable(const Book& book) {
    for (const auto& [key, value] : book.records().all()) {
        INFO("record kind " << int{key.at(0)});
        REQUIRE(record_decodes(key, value));
    }
    for (const Day day : {std::numeric_limits<Day>::min(), -1, 0, kToday, kNow, kDayMax,
                          kDayMax + 1, std::numeric_limits<Day>::max()}) {
        for (const std::uint64_t known : {std::uint64_t{0}, std::uint64_t{20}, ~std::uint64_t{0}}) {
            for (const ContractId& id : {Stage::kContract, kLost}) {
                const auto view = book.contract(id, {day, known});
                if (view) REQUIRE(balances_of(view->position).sum() == 0);
            }
            (void)book.line(Stage::kLine, {day, known});
            (void)book.borrower(Stage::kBorrower, {day, known});
        }
        REQUIRE(trial_balance(book.records(), day));
    }
}

/// Also what the rules would propose for it: that is asked for bodies of any content.
Outcome try_one(World& world, Transaction transaction) {
    transaction.id = world.stage.book.drafts().next_id();
    Transaction proposed = transaction;
    REQUIRE(propose(proposed, world.stage.book.records()));
    return world.submit(transaction);
}

}  // namespace

TEST_CASE("Every number of every type has an outcome at its ends", "[ledger][limits]") {
    // Goal: one field at a time, over all values that begin or end a range somewhere.
    for (std::size_t type = 0; type < std::variant_size_v<TransactionBody>; ++type) {
        INFO(kTransactionTypes[type]);
        auto world = std::make_unique<World>(type, type % 2 == 0);
        const bool usual = !std::holds_alternative<LimitUnfreeze>(body_of_type(type)) &&
                           !std::holds_alternative<LimitClose>(body_of_type(type)) &&
                           !std::holds_alternative<DayOpen>(body_of_type(type)) &&
                           !std::holds_alternative<DayCancel>(body_of_type(type));
        CHECK((world->submit(world->draft(type)) == Outcome::accepted) == usual);
        world = std::make_unique<World>(type, type % 2 == 0);
        const std::size_t fields = count_numbers(world->draft(type));
        REQUIRE(fields >= 2);  // the dates at least
        std::size_t refused = 0;
        for (std::size_t field = 0; field < fields; ++field) {
            for (std::size_t value = 0; value < kEdgeValues; ++value) {
                if (!world->usable()) world = std::make_unique<World>(type, value % 2 == 0);
                Transaction transaction = world->draft(type);
                // A plan of fewer rows may have been made since.
                if (field >= count_numbers(transaction)) continue;
                set_number(transaction, field, value);
                INFO("field " << field << ", value " << value);
                if (try_one(*world, transaction) != Outcome::accepted) ++refused;
            }
        }
        CHECK(refused > 0);
        require_readable(world->stage.book);
    }
}

TEST_CASE("Random transactions at the ends of their ranges have outcomes", "[ledger][limits]") {
    // Goal: several fields at once, on a state that accepted ones move on. Shows its seed, which
    // TALLY_SEED gives again.
    const char* const given = std::getenv("TALLY_SEED");
    const std::uint32_t base =
        given != nullptr ? static_cast<std::uint32_t>(std::stoul(given)) : std::random_device{}();
    std::size_t accepted = 0;
    for (std::uint32_t seed = base; seed < base + 6; ++seed) {
        INFO("seed " << seed);
        auto world = std::make_unique<World>(seed, seed % 2 == 0);
        for (int round = 0; round < 400; ++round) {
            if (!world->usable()) world = std::make_unique<World>(world->random(), round % 2 == 0);
            std::mt19937_64& random = world->random;
            Transaction transaction = world->draft(random() % std::variant_size_v<TransactionBody>);
            for (std::uint64_t changes = random() % 4; changes > 0; --changes) {
                set_number(transaction, random() % count_numbers(transaction),
                           random() % kEdgeValues);
            }
            if (try_one(*world, transaction) == Outcome::accepted) ++accepted;
        }
        require_readable(world->stage.book);
    }
    CHECK(accepted > 100);
}
