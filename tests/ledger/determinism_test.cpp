#include "base/hex.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

/// A pool of the block's contract, sealed.
std::vector<Transaction> pool_of(const Cast& cast, Drafts& drafts, std::uint64_t number) {
    const auto pool = id_of<PoolId>(number);
    const auto contract = id_of<ContractId>(number);
    return {drafts.draft(PoolCreate{pool, "CNY", cast.trustee().id, cast.other_funder().id,
                                    Drafts::kToday + 100, 50'000, 3, 100'000}),
            drafts.draft(PoolAdd{pool, contract}),
            drafts.draft(PoolSeal{pool, 1, 100'000, pool_leaf(contract)})};
}

/// Submissions of one block with successes, refusals, a retry and an atomic group.
std::vector<SharedBytes> block_of(const Cast& cast, Drafts& drafts, std::uint64_t number) {
    const auto line = id_of<LineId>(number);
    const auto contract = id_of<ContractId>(number);
    const auto borrower = id_of<BorrowerId>(number % 3);
    const auto authorisation = id_of<AuthorisationId>(number);
    const Transaction grant = drafts.grant(line, borrower, 150'000);
    const Transaction payment =
        drafts.repayment(contract, 600, {{0, Component::fee, 500}, {0, Component::principal, 100}});
    // Refused as existing from the fourth block on.
    const Transaction assessment = drafts.assessment(borrower);
    return {
        cast.sign(std::vector{assessment, grant, drafts.change(line, 160'000), grant},
                  {&cast.originator()}),
        cast.sign(std::vector{drafts.capture(contract, line, cast.funder().id, 100'000),
                              drafts.capture(contract, line, cast.funder().id, 1)},
                  {&cast.originator(), &cast.funder()}),
        share({1, 2, 3}),
        cast.sign(std::vector{drafts.change(line, 170'000), drafts.change(line, 0)},
                  {&cast.originator()}, true),
        cast.sign(std::vector{payment}, {&cast.servicer()}),
        cast.sign(std::vector{drafts.draft(PurchaseAuth{authorisation, line, 70, Drafts::kToday}),
                              drafts.draft(LimitFreeze{line, "review"}),
                              drafts.draft(PurchaseVoid{authorisation})},
                  {&cast.originator()}),
        cast.sign(std::vector{drafts.draft(
                      Reversal{cast.servicer().id, payment.id, contract, "posted by mistake"})},
                  {&cast.servicer()}),
        cast.sign(pool_of(cast, drafts, number), {&cast.originator(), &cast.trustee()}),
    };
}

struct Run {
    std::vector<Bytes> recipes;
    std::vector<Bytes> entries;
    std::vector<RecordChange> changes;
    LedgerHead head;
    std::map<Bytes, Bytes> records;
};

Run run() {
    Run run;
    Book book;
    for (std::uint64_t number = 0; number < 12; ++number) {
        const BlockResult result = book.apply(block_of(book.cast(), book.drafts(), number));
        run.recipes.push_back(result.recipe);
        run.changes.insert(run.changes.end(), result.changes.begin(), result.changes.end());
        book.seal();
    }
    const Party* servicer = &book.cast().servicer();
    book.ensure_day(Drafts::kToday + 40);
    REQUIRE(book.propose_one(book.drafts().draft(DayClose{}), {servicer}) == Outcome::accepted);
    const Transaction penalty =
        book.drafts().draft(PenaltyAssess{id_of<ContractId>(1)}, Drafts::kToday + 40);
    REQUIRE(book.propose_one(penalty, {servicer}) == Outcome::accepted);
    run.entries = book.entries();
    run.head = book.head();
    run.records = book.records().all();
    return run;
}

}  // namespace

TEST_CASE("The same blocks give the same everything", "[ledger][determinism]") {
    // Goal: digest, entries, recipes, changes and their order, over two separate runs.
    const Run first = run();
    const Run second = run();
    CHECK(first.head == second.head);
    CHECK(first.entries == second.entries);
    CHECK(first.recipes == second.recipes);
    CHECK(first.records == second.records);
    REQUIRE(first.changes.size() == second.changes.size());
    for (std::size_t index = 0; index < first.changes.size(); ++index) {
        REQUIRE(first.changes[index].key == second.changes[index].key);
        REQUIRE(first.changes[index].value == second.changes[index].value);
    }
}

TEST_CASE("Changes come in key order, one a key, and only real ones", "[ledger][determinism]") {
    // Goal: what storage relies on when it writes a generation in order.
    Book book;
    for (std::uint64_t number = 0; number < 5; ++number) {
        const std::map<Bytes, Bytes> before = book.records().all();
        const BlockResult result = book.apply(block_of(book.cast(), book.drafts(), number));
        for (std::size_t index = 0; index < result.changes.size(); ++index) {
            const RecordChange& change = result.changes[index];
            if (index > 0) REQUIRE(result.changes[index - 1].key < change.key);
            REQUIRE(change.value);
            const auto old = before.find(change.key);
            if (old != before.end()) REQUIRE(old->second != *change.value);
        }
    }
}

TEST_CASE("The figures of one history never change", "[ledger][determinism]") {
    // Goal: a change of any hashed or stored byte shows here before it reaches a network.
    const Run result = run();
    Bytes all;
    for (const Bytes& entry : result.entries) append(all, entry);
    for (const Bytes& recipe : result.recipes) append(all, recipe);
    CHECK(result.head.entry_count == 6 + 12 * (5 + 3 + 1 + 3 + 2 + 4 + 2 + 4 + 1) + 6);
    CHECK(to_hex(result.head.state_digest.view()) ==
          "7a2914d578d7f42c50e2d1d0cf797924984abc6613f1cbbefab7a447b2dad708");
    CHECK(to_hex(crypto::sha256(all).view()) ==
          "3b13a8ee1c270e5e421851236591f04f312cfcbd6aa393e30b93742e2e1ff544");
}
