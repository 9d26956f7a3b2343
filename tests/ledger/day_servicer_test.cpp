#include "ledger/trial_balance.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Days are opened, taken back and closed by a servicer that something of the book names.
namespace {

constexpr Day kToday = Drafts::kToday;

ServicersRecord servicers(const Stage& stage) {
    return read_servicers(stage.book.records()).value();
}

/// What the record has of one; nothing: it is not there.
NamedServicer named(const Stage& stage, const Party* servicer) {
    for (const NamedServicer& one : servicers(stage).named) {
        if (one.servicer == servicer->id) return one;
    }
    return {};
}

}  // namespace

TEST_CASE("A servicer that nothing of the book names keeps no days", "[ledger][rules][day]") {
    // Goal: it could end the days of all lenders, and use up all that may be open.
    Stage stage;
    const Party* stranger = &stage.book.cast().other_servicer();
    const auto of = [&](TransactionBody body, Day day) {
        return stage.book.proposed(stage.book.drafts().draft(std::move(body), day));
    };
    require_refused(stage.book, of(DayOpen{}, kToday + 1), {stranger}, Outcome::servicer_differs);
    stage.book.ensure_day(kToday + 1);
    require_refused(stage.book, of(DayCancel{}, kToday + 1), {stranger, stage.lender},
                    Outcome::servicer_differs);
    require_refused(stage.book, of(DayClose{}, kToday), {stranger}, Outcome::servicer_differs);
    // Beside one that is named it does no harm.
    REQUIRE(stage.book.submit_one(of(DayClose{}, kToday), {stranger, stage.servicer}) ==
            Outcome::accepted);
}

TEST_CASE("Before a product names a servicer, any opens and closes days", "[ledger][rules][day]") {
    // Goal: an empty book begins.
    Book book({}, Opening::none);
    const Party* any = &book.cast().other_servicer();
    CHECK(book.submit_one(book.drafts().open_day(kToday), {any}) == Outcome::accepted);
    CHECK(book.propose_one(book.drafts().draft(DayClose{}, kToday), {any}) == Outcome::accepted);
}

TEST_CASE("A servicer keeps days as long as a product or a live contract names it",
          "[ledger][rules][day]") {
    // Goal: counted as contracts change their servicer, end and come back.
    Stage stage;
    const Party* next = &stage.book.cast().other_servicer();
    const std::uint64_t products = named(stage, stage.servicer).products;
    CHECK(products >= 1);
    CHECK(named(stage, stage.servicer).contracts == 1);
    const auto opens = [&](const Party* servicer, Day day) {
        return stage.book.submit_one(stage.book.drafts().open_day(day), {servicer});
    };
    stage.accept(ServicerChange{Stage::kContract, next->id});
    CHECK(named(stage, stage.servicer) == NamedServicer{stage.servicer->id, products, 0});
    CHECK(named(stage, next) == NamedServicer{next->id, 0, 1});
    CHECK(opens(next, kToday + 1) == Outcome::accepted);
    // The product still names the first one.
    CHECK(opens(stage.servicer, kToday + 2) == Outcome::accepted);

    const Transaction paid = stage.draft(stage.payment(101'500, "bank-1"), kToday + 2);
    REQUIRE(stage.book.submit_one(paid, {next}) == Outcome::accepted);
    CHECK(servicers(stage).named.size() == 1);
    CHECK(opens(next, kToday + 3) == Outcome::servicer_differs);
    const Transaction back =
        stage.draft(Reversal{next->id, paid.id, Stage::kContract, "by mistake"}, kToday + 2);
    REQUIRE(stage.book.submit_one(back, {next}) == Outcome::accepted);
    CHECK(opens(next, kToday + 3) == Outcome::accepted);

    ProductRegister product =
        read_product(stage.book.records(), Stage::kProduct).value().value().terms;
    product.product = id_of<ProductId>(77);
    product.servicer = next->id;
    stage.accept(product);
    CHECK(named(stage, next) == NamedServicer{next->id, 1, 1});
}

TEST_CASE("A servicer whose keys are revoked keeps no days", "[ledger][rules][day]") {
    // Goal: a product names it for good; those who govern end its power, and the days go on.
    Stage stage;
    const Party* next = &stage.book.cast().other_servicer();
    const auto opens = [&](const Party* servicer, Day day) {
        return stage.book.submit_one(stage.book.drafts().open_day(day), {servicer});
    };
    REQUIRE(opens(stage.servicer, kToday + 1) == Outcome::accepted);
    KeyRevoke revocation{stage.servicer->id, {}, "its licence ended"};
    for (const Party* key : {stage.servicer, stage.servicer_2}) {
        revocation.keys.push_back({tally::crypto::Suite::ed25519, key->key.public_key()});
    }
    stage.accept(revocation);
    CHECK(named(stage, stage.servicer).products > 0);
    for (const Party* key : {stage.servicer, stage.servicer_2}) {
        CHECK(opens(key, kToday + 2) == Outcome::key_not_valid);
        CHECK(stage.book.submit_one(stage.book.drafts().draft(DayClose{}, kToday), {key}) ==
              Outcome::key_not_valid);
    }
    CHECK(opens(next, kToday + 2) == Outcome::servicer_differs);
    ProductRegister product =
        read_product(stage.book.records(), Stage::kProduct).value().value().terms;
    product.product = id_of<ProductId>(77);
    product.servicer = next->id;
    stage.accept(product);
    CHECK(opens(next, kToday + 2) == Outcome::accepted);
}
