#include "tests/ledger/refusal.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

const auto kLine = id_of<LineId>(1);
const auto kContract = id_of<ContractId>(2);
const auto kBorrower = id_of<BorrowerId>(3);

std::vector<Outcome> outcomes(const SubmissionResult& result) {
    std::vector<Outcome> outcomes;
    for (const TransactionResult& row : result.transactions) outcomes.push_back(row.outcome);
    return outcomes;
}

/// A book in which lines may be granted to the borrower.
struct Assessed : Book {
    Assessed() { ensure_assessed(kBorrower); }
};

}  // namespace

TEST_CASE("An atomic submission takes effect as a whole", "[ledger][atomic]") {
    // Goal: later transactions build on earlier ones within it.
    Assessed book;
    const Cast& cast = book.cast();
    const std::vector<Transaction> all = {
        book.drafts().grant(kLine, kBorrower, 150'000),
        book.drafts().capture(kContract, kLine, cast.funder().id, 100'000),
        book.drafts().change(kLine, 120'000)};
    CHECK(outcomes(book.submit(all, {&cast.originator(), &cast.funder()}, true)) ==
          std::vector(3, Outcome::accepted));
    CHECK(book.line(kLine)->available == 20'000);
    CHECK(book.line(kLine)->log.count == 3);
}

TEST_CASE("One refusal undoes an atomic submission", "[ledger][atomic]") {
    // Goal: wherever the refused one stands, nothing of the others remains but ids and heads.
    for (std::size_t place = 0; place < 3; ++place) {
        Assessed book;
        const Cast& cast = book.cast();
        REQUIRE(book.grant(id_of<LineId>(8), kBorrower, 10) == Outcome::accepted);
        std::vector<Transaction> all = {
            book.drafts().grant(kLine, kBorrower, 150'000),
            book.drafts().capture(kContract, kLine, cast.funder().id, 100'000)};
        const Transaction wrong = book.drafts().change(id_of<LineId>(9), 5);
        all.insert(all.begin() + static_cast<std::ptrdiff_t>(place), wrong);
        const std::map<Bytes, Bytes> before = book.records().all();
        const SharedBytes submission = cast.sign(all, {&cast.originator(), &cast.funder()}, true);
        const BlockResult result = book.apply(std::span(&submission, 1));
        CHECK(result.postings.empty());
        std::vector<Outcome> expected(3, Outcome::atomic_sibling);
        expected[place] = Outcome::line_unknown;
        CHECK(outcomes(result.submissions[0]) == expected);
        CHECK(require_no_effect(before, book.records().all()) == 3);
        CHECK_FALSE(book.line(kLine));
        CHECK_FALSE(book.contract(kContract));
        CHECK(book.borrower(kBorrower)->lines.size() == 1);
        // Each id answers what became of it.
        for (std::size_t index = 0; index < 3; ++index) {
            CHECK(find_transaction(book.records(), cast.originator().id, all[index].id)
                      .value()
                      ->outcome == expected[index]);
        }
    }
}

TEST_CASE("Not atomic, the others stand", "[ledger][atomic]") {
    // Goal: the flag alone makes the difference.
    Assessed book;
    const Cast& cast = book.cast();
    const std::vector<Transaction> all = {
        book.drafts().change(id_of<LineId>(9), 5), book.drafts().grant(kLine, kBorrower, 150'000),
        book.drafts().capture(kContract, kLine, cast.funder().id, 100'000)};
    CHECK(outcomes(book.submit(all, {&cast.originator(), &cast.funder()})) ==
          std::vector{Outcome::line_unknown, Outcome::accepted, Outcome::accepted});
    CHECK(book.line(kLine)->available == 50'000);
}

TEST_CASE("A retry of an atomic submission answers as the first time", "[ledger][atomic]") {
    // Goal: accepted stays accepted, refused stays refused; nothing happens twice.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const std::vector<Transaction> good = {book.drafts().grant(kLine, kBorrower, 100),
                                           book.drafts().change(kLine, 50)};
    REQUIRE(outcomes(book.submit(good, {lender}, true)) == std::vector(2, Outcome::accepted));
    const SubmissionResult retry = book.submit(good, {lender}, true);
    CHECK(outcomes(retry) == std::vector(2, Outcome::accepted));
    CHECK(retry.transactions[0].repeated);
    CHECK(retry.transactions[1].repeated);

    const std::vector<Transaction> bad = {book.drafts().change(kLine, 70),
                                          book.drafts().change(kLine, 0)};
    const std::vector expected{Outcome::atomic_sibling, Outcome::amount_not_positive};
    CHECK(outcomes(book.submit(bad, {lender}, true)) == expected);
    CHECK(outcomes(book.submit(bad, {lender}, true)) == expected);
    CHECK(book.line(kLine)->body.limit == 50);
}

TEST_CASE("A repeated transaction makes its new siblings fail", "[ledger][atomic]") {
    // Goal: all or none cannot hold for half a retry, so the new half is refused.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 100);
    REQUIRE(book.submit_one(grant, {lender}) == Outcome::accepted);
    const std::vector<Transaction> mixed = {grant, book.drafts().change(kLine, 50)};
    const SubmissionResult result = book.submit(mixed, {lender}, true);
    CHECK(result.transactions[0].repeated);
    CHECK(result.transactions[1].outcome == Outcome::atomic_sibling);
    CHECK(book.line(kLine)->body.limit == 100);
}

TEST_CASE("An id twice in one atomic submission refuses both times", "[ledger][atomic]") {
    // Goal: the second is repeated or duplicate, so the first is its refused sibling, and the
    // answer of the second says so.
    Assessed book;
    const Party* lender = &book.cast().originator();
    const Transaction grant = book.drafts().grant(kLine, kBorrower, 100);
    const SubmissionResult same = book.submit(std::vector{grant, grant}, {lender}, true);
    CHECK(outcomes(same) == std::vector(2, Outcome::atomic_sibling));
    CHECK(same.transactions[1].repeated);
    CHECK(same.transactions[1].entry == same.transactions[0].entry);

    Transaction first = book.drafts().grant(kLine, kBorrower, 100);
    Transaction second = first;
    second.value_date -= 1;
    CHECK(outcomes(book.submit(std::vector{first, second}, {lender}, true)) ==
          std::vector{Outcome::atomic_sibling, Outcome::duplicate});
    CHECK_FALSE(book.line(kLine));
}

TEST_CASE("Malformed bytes and old keys sink an atomic submission too", "[ledger][atomic]") {
    // Goal: outcomes that consume no id count as refusals.
    Assessed book;
    const Cast& cast = book.cast();
    const Bytes grant = encode_transaction(book.drafts().grant(kLine, kBorrower, 100));
    const std::vector<Bytes> pair = {grant, Bytes{0x00}};
    const SharedBytes mixed = cast.sign_bytes(pair, {&cast.originator()}, true);
    CHECK(outcomes(book.apply(std::span(&mixed, 1)).submissions[0]) ==
          std::vector{Outcome::atomic_sibling, Outcome::malformed_transaction});
    const SharedBytes strange = cast.sign_bytes(pair, {&cast.stranger()}, true);
    CHECK(outcomes(book.apply(std::span(&strange, 1)).submissions[0]) ==
          std::vector(2, Outcome::key_not_valid));
    const SharedBytes late =
        cast.sign_bytes(std::vector{encode_transaction(book.drafts().grant(kLine, kBorrower, 1)),
                                    encode_transaction(book.drafts().change(kLine, 2))},
                        {&cast.originator()}, true, Millis(1));
    CHECK(outcomes(book.apply(std::span(&late, 1)).submissions[0]) ==
          std::vector(2, Outcome::expired));
    CHECK_FALSE(book.line(kLine));
}
