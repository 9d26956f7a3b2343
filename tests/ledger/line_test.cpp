#include <limits>

#include "ledger/dates.h"
#include "tests/ledger/refusal.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

const auto kLine = id_of<LineId>(1);
const auto kBorrower = id_of<BorrowerId>(3);
constexpr Amount kAmountMax = std::numeric_limits<Amount>::max();
constexpr Amount kAmountMin = std::numeric_limits<Amount>::min();
constexpr Day kInt32Max = std::numeric_limits<Day>::max();
constexpr Day kInt32Min = std::numeric_limits<Day>::min();

LimitGrant& grant_in(Transaction& transaction) { return std::get<LimitGrant>(transaction.body); }

}  // namespace

TEST_CASE("LIMIT_GRANT opens a line on its borrower", "[ledger][rules]") {
    // Goal: every field of the line, and the accounts it touches.
    Book book;
    book.ensure_assessed(kBorrower);
    const std::uint64_t assessed = book.entries().size() - 1;
    const SharedBytes submission = book.cast().sign(
        std::vector{book.drafts().grant(kLine, kBorrower, 150'000)}, {&book.cast().originator()});
    const BlockResult result = book.apply(std::span(&submission, 1));
    REQUIRE(result.submissions[0].transactions[0].outcome == Outcome::accepted);
    const LineView line = book.line(kLine).value();
    CHECK(line.body.limit == 150'000);
    CHECK(line.body.used == 0);
    CHECK(line.available == 150'000);
    CHECK(line.body.owner == book.cast().originator().id);
    CHECK(line.body.borrower == kBorrower);
    CHECK(line.body.currency == CurrencyCode{'C', 'N', 'Y'});
    CHECK(line.body.status == LineStatus::active);
    CHECK(line.log.count == 1);
    CHECK(line.log.last == assessed + 2);
    CHECK(line.body.assessment == Drafts::assessment_of(kBorrower));
    CHECK(line.body.band == 1);
    REQUIRE(line.body.events.size() == 1);
    CHECK(line.body.events[0] ==
          LineEvent{LineChange::grant, assessed + 2, Drafts::kToday, 150'000});
    CHECK(book.borrower(kBorrower)->lines.size() == 1);

    const auto leaf = std::get<TransactionEntry>(decode_entry(result.entries.at(1)).value());
    REQUIRE(leaf.links.size() == 3);
    CHECK(leaf.links[0] == AccountLink{AccountClass::line, kLine.bytes, 1, kNoEntry});
    CHECK(leaf.links[1] == AccountLink{AccountClass::borrower, kBorrower.bytes, 2, assessed});
    CHECK(leaf.links[2] ==
          AccountLink{AccountClass::member, book.cast().originator().id.bytes, 7, assessed});
}

TEST_CASE("LIMIT_GRANT belongs to the assessment's originator", "[ledger][rules]") {
    // Goal: a submitter without the role may bring the originator's signature; both are linked.
    Book book;
    book.ensure_assessed(kBorrower);
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 1);
    REQUIRE(book.submit_one(grant, {&book.cast().servicer(), &book.cast().originator()}) ==
            Outcome::accepted);
    CHECK(book.line(kLine)->body.owner == book.cast().originator().id);
    const auto leaf = std::get<TransactionEntry>(decode_entry(book.entries().back()).value());
    REQUIRE(leaf.links.size() == 4);
    CHECK(leaf.links[2].id == book.cast().servicer().id.bytes);
    CHECK(leaf.links[3].id == book.cast().originator().id.bytes);
}

TEST_CASE("LIMIT_GRANT is refused, each rule with its code", "[ledger][rules]") {
    // Goal: one broken rule at a time, and no effect.
    Book book;
    book.ensure_assessed(kBorrower);
    const Party* lender = &book.cast().originator();
    const auto refused = [&](auto change, Outcome expected) {
        Transaction transaction = book.drafts().grant(kLine, kBorrower, 1000);
        change(transaction);
        require_refused(book, transaction, {lender}, expected);
    };
    for (const Party* signer : {&book.cast().funder(), &book.cast().servicer(),
                                &book.cast().auditor(), &book.cast().regulator()}) {
        require_refused(book, book.drafts().grant(kLine, kBorrower, 1), {signer},
                        Outcome::role_missing);
    }
    for (const char* currency : {"", "CN", "CNYX", "cny", "CN1", "C Y"}) {
        refused([&](Transaction& t) { grant_in(t).currency = currency; },
                Outcome::currency_unknown);
    }
    for (const Amount limit : {Amount{0}, Amount{-1}, kAmountMin}) {
        refused([&](Transaction& t) { grant_in(t).limit = limit; }, Outcome::amount_not_positive);
    }
    for (const Day day : {-1, kDayMax + 1, kInt32Max, kInt32Min}) {
        refused([&](Transaction& t) { t.business_date = day; }, Outcome::date_out_of_range);
        refused([&](Transaction& t) { t.value_date = day; }, Outcome::date_out_of_range);
        refused([&](Transaction& t) { grant_in(t).valid_from = day; }, Outcome::date_out_of_range);
        refused([&](Transaction& t) { grant_in(t).valid_to = day; }, Outcome::date_out_of_range);
    }
    refused([](Transaction& t) { ++t.value_date; }, Outcome::value_date_ahead);
    refused([](Transaction& t) { ++t.business_date; }, Outcome::day_not_open);
    refused(
        [&](Transaction& t) {
            grant_in(t).valid_from = 101;
            grant_in(t).valid_to = 100;
        },
        Outcome::date_out_of_range);
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    refused([](Transaction&) {}, Outcome::line_exists);
    refused([](Transaction& t) { grant_in(t).borrower = id_of<BorrowerId>(9); },
            Outcome::line_exists);
}

TEST_CASE("LIMIT_GRANT accepts the ends of its ranges", "[ledger][rules]") {
    // Goal: the last good value beside each refused one.
    Book book;
    const auto other = id_of<BorrowerId>(4);
    for (const BorrowerId& borrower : {kBorrower, other}) {
        Transaction assessment = book.drafts().assessment(borrower);
        std::get<Assessment>(assessment.body).valid_to = kDayMax;
        assessment.value_date = kDayMin;
        REQUIRE(book.submit_one(assessment, {&book.cast().originator()}) == Outcome::accepted);
    }
    Transaction one_day = book.drafts().grant(id_of<LineId>(2), other, 1);
    grant_in(one_day).valid_from = 100;
    grant_in(one_day).valid_to = 100;
    REQUIRE(book.submit_one(one_day, {&book.cast().originator()}) == Outcome::accepted);
    book.ensure_day(kDayMax);
    Transaction transaction = book.drafts().grant(kLine, kBorrower, kAmountMax);
    transaction.business_date = kDayMax;
    transaction.value_date = kDayMin;
    grant_in(transaction).valid_from = kDayMin;
    grant_in(transaction).valid_to = kDayMax;
    REQUIRE(book.submit_one(transaction, {&book.cast().originator()}) == Outcome::accepted);
    CHECK(book.line(kLine)->available == kAmountMax);
}

TEST_CASE("A line named by a refused transaction can still be opened", "[ledger][rules]") {
    // Goal: nobody can block a line id by naming it; the refusal stays in the line's log.
    Book book;
    require_refused(book, book.drafts().change(kLine, 5), {&book.cast().originator()},
                    Outcome::line_unknown);
    CHECK_FALSE(book.line(kLine));
    CHECK(account_head(book.records(), AccountClass::line, kLine.bytes).value()->count == 1);
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    CHECK(book.line(kLine)->log.count == 2);
}

TEST_CASE("LIMIT_CHANGE sets the limit, also below the use", "[ledger][rules]") {
    // Goal: below its use a line has nothing available, and repayments bring it back only under
    // the limit.
    Book book;
    const auto contract = id_of<ContractId>(2);
    REQUIRE(book.grant(kLine, kBorrower, 150'000) == Outcome::accepted);
    REQUIRE(book.capture(contract, kLine, 100'000) == Outcome::accepted);
    REQUIRE(book.submit_one(book.drafts().change(kLine, 60'000), {&book.cast().originator()}) ==
            Outcome::accepted);
    CHECK(book.line(kLine)->available == 0);
    CHECK(book.line(kLine)->body.used == 100'000);
    CHECK(book.capture(id_of<ContractId>(5), kLine, 1) == Outcome::limit_exceeded);
    REQUIRE(book.repay(contract, 33'833) == Outcome::accepted);
    CHECK(book.line(kLine)->available == 0);
    REQUIRE(book.repay(contract, 33'833) == Outcome::accepted);
    CHECK(book.line(kLine)->available == 60'000 - 33'334);
    REQUIRE(book.submit_one(book.drafts().change(kLine, kAmountMax), {&book.cast().originator()}) ==
            Outcome::accepted);
    CHECK(book.line(kLine)->available == kAmountMax - 33'334);
}

TEST_CASE("LIMIT_CHANGE is refused, each rule with its code", "[ledger][rules]") {
    // Goal: one broken rule at a time, and no effect.
    Book book;
    const Party* lender = &book.cast().originator();
    REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
    require_refused(book, book.drafts().change(kLine, 5), {&book.cast().funder()},
                    Outcome::role_missing);
    require_refused(book, book.drafts().change(kLine, 0), {lender}, Outcome::amount_not_positive);
    require_refused(book, book.drafts().change(kLine, kAmountMin), {lender},
                    Outcome::amount_not_positive);
    require_refused(book, book.drafts().change(id_of<LineId>(9), 5), {lender},
                    Outcome::line_unknown);
    require_refused(book, book.drafts().change(kLine, 5), {&book.cast().other_originator()},
                    Outcome::owner_differs);
    Transaction late = book.drafts().change(kLine, 5);
    late.business_date = kDayMax + 1;
    require_refused(book, late, {lender}, Outcome::date_out_of_range);
    CHECK(book.line(kLine)->body.limit == 1000);
}

TEST_CASE("A line that is not active refuses changes", "[ledger][rules]") {
    // Goal: frozen or closed, a line takes neither a limit nor a purchase.
    for (const bool closed : {false, true}) {
        Book book;
        const Party* lender = &book.cast().originator();
        REQUIRE(book.grant(kLine, kBorrower, 1000) == Outcome::accepted);
        const TransactionBody ending =
            closed ? TransactionBody(LimitClose{kLine}) : LimitFreeze{kLine, "lost"};
        REQUIRE(book.submit_one(book.drafts().draft(ending), {lender}) == Outcome::accepted);
        require_refused(book, book.drafts().change(kLine, 5), {lender}, Outcome::line_not_active);
        require_refused(
            book, book.drafts().capture(id_of<ContractId>(2), kLine, book.cast().funder().id, 100),
            {lender, &book.cast().funder()}, Outcome::line_not_active);
        require_refused(book,
                        book.drafts().draft(
                            PurchaseAuth{id_of<AuthorisationId>(1), kLine, 100, Drafts::kToday}),
                        {lender}, Outcome::line_not_active);
    }
}
