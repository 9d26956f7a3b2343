#include "ledger/queries.h"
#include "tests/storage/beside.h"

// Who services the book in the second set of books of an audit; and contracts that leave a pool,
// alerts that owners decide on, as far as it is about who signs.
namespace tally::testing {

using namespace beside;

namespace {

constexpr Day kToday = Drafts::kToday;
constexpr PoolId kPool{{0x81}};
constexpr AlertId kAlert{{0x91}};

}  // namespace

TEST_CASE("the second set of books notices days of a servicer that nothing names") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *servicer = &cast.servicer(), *stranger = &cast.other_servicer();
    const std::string none = "a day that no servicer of the book opened or closed";
    const auto day = [&](TransactionBody body, Day on) {
        return beside.drafts().draft(std::move(body), on);
    };
    CHECK(
        says(beside.if_accepted(day(DayOpen{}, kToday + 1), Outcome::servicer_differs, {stranger}),
             none));
    beside.honest(day(DayOpen{}, kToday + 1), {servicer});
    CHECK(says(beside.if_accepted(day(DayCancel{}, kToday + 1), Outcome::servicer_differs,
                                  {stranger, &cast.originator()}),
               none));
    CHECK(says(beside.if_accepted(day(DayCancel{}, kToday + 1), Outcome::role_missing, {servicer}),
               "one key signed for two roles"));
    CHECK(says(beside.if_accepted(day(DayClose{}, kToday), Outcome::servicer_differs, {stranger}),
               none));
    beside.honest(beside.draft(ServicerChange{kContract, stranger->id}),
                  {&cast.originator(), servicer, stranger});
    beside.honest(day(DayOpen{}, kToday + 2), {stranger});
}

TEST_CASE("the second set of books counts by what each servicer is named") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *servicer = &cast.servicer(), *next = &cast.other_servicer();
    const auto forged = [&](const BlockResult& block, auto change) {
        ServicersRecord record = read_servicers(beside.book().records()).value();
        change(record);
        beside.book().force(servicers_key(), encode_record(record));
        return beside.found(block);
    };
    const auto freeze = [&] {
        return beside.apply(beside.draft(LimitFreeze{kLine, "review"}), {&cast.originator()});
    };
    SECTION("a contract too many") {
        CHECK(says(
            forged(freeze(), [&](ServicersRecord& record) { ++record.of(servicer->id).contracts; }),
            "by how many products and live contracts"));
    }
    SECTION("a product too many") {
        CHECK(says(
            forged(freeze(), [&](ServicersRecord& record) { ++record.of(servicer->id).products; }),
            "by how many products and live contracts"));
    }
    SECTION("one that nothing names") {
        CHECK(says(
            forged(freeze(), [&](ServicersRecord& record) { ++record.of(next->id).contracts; }),
            "that no product and no live contract names"));
    }
    SECTION("through changes, an end, and what takes it back") {
        beside.honest(beside.draft(ServicerChange{kContract, next->id}),
                      {&cast.originator(), servicer, next});
        const Transaction paid =
            beside.honest(beside.draft(PrepaySettle{kContract, 0, "bank-1"}), {next});
        beside.honest(beside.draft(Reversal{next->id, paid.id, kContract, "by mistake"}), {next});
    }
}

TEST_CASE("the second set of books follows contracts that leave a pool unsold") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *trustee = &cast.trustee();
    beside.honest(beside.draft(PoolCreate{kPool, "CNY", trustee->id, cast.other_funder().id,
                                          kToday + 100, 0, 0, 0}),
                  {lender, trustee});
    const auto add = [&] { return beside.draft(PoolAdd{kPool, kContract}); };
    const auto remove = [&] { return beside.draft(PoolRemove{kPool, kContract}); };
    SECTION("and come back, and leave with all that a seal counts behind them") {
        beside.honest(add(), {lender, trustee});
        beside.honest(remove(), {lender, trustee});
        beside.honest(beside.draft(Pledge{kContract, cast.funder().id}), {lender, &cast.funder()});
        beside.honest(beside.draft(Release{kContract}), {lender, &cast.funder()});
        beside.honest(add(), {lender, trustee});
        beside.honest(beside.draft(PoolSeal{kPool, 0, 0, {}}), {lender, trustee});
        CHECK(says(beside.if_accepted(remove(), Outcome::pool_not_open, {lender, trustee}),
                   "takes out of a pool what was sealed"));
    }
    SECTION("that were in none") {
        CHECK(says(beside.if_accepted(remove(), Outcome::not_pooled, {lender, trustee}),
                   "out of a pool that it is not in"));
    }
    SECTION("without the trustee") {
        beside.honest(add(), {lender, trustee});
        CHECK(says(
            beside.if_accepted(remove(), Outcome::trustee_differs, {lender, &cast.other_trustee()}),
            "the pool's trustee did not sign"));
    }
    SECTION("that were sold, or are for sale") {
        beside.honest(add(), {lender, trustee});
        beside.honest(beside.draft(PoolSeal{kPool, 0, 0, {}}), {lender, trustee});
        const Party* vehicle = &cast.other_funder();
        const auto offer = [&] {
            return beside.draft(TransferInit{kContract, vehicle->id, 10'000, kToday + 9});
        };
        beside.honest(offer(), {lender});
        beside.honest(beside.draft(TransferSettle{kContract, "sale-1"}), {lender, vehicle});
        beside.honest(beside.draft(PoolIssue{kPool, {{"A", 100, 40'000}}}), {lender, trustee});
        const Transaction later = beside.draft(PoolRemove{kPool, kContract}, kToday + 1);
        CHECK(says(beside.if_accepted(later, Outcome::contract_sold, {lender, trustee}),
                   "takes out of a pool what was sold"));
    }
}

TEST_CASE("the second set of books asks the buyer of a contract for what is decided on it") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *buyer = &cast.other_funder();
    beside.honest(beside.draft(Alert{kAlert, kContract, AlertRule::other, "late", {}}),
                  {&cast.servicer()});
    beside.honest(beside.draft(TransferInit{kContract, buyer->id, 10'000, kToday + 9}), {lender});
    beside.honest(beside.draft(TransferSettle{kContract, "sale-1"}), {lender, buyer});
    const auto decide = [&] {
        return beside.draft(AlertDisposition{kAlert, Disposition::dismissed, "paid since"});
    };
    CHECK(says(beside.if_accepted(decide(), Outcome::owner_missing, {lender}),
               "the contract's owner did not sign"));
    beside.honest(decide(), {buyer});
}

}  // namespace tally::testing
