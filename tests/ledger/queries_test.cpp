#include "ledger/queries.h"

#include <limits>

#include "ledger/dates.h"
#include "ledger/errc.h"
#include "ledger/propose.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

TEST_CASE("Lines and contracts of a borrower are listed newest first", "[ledger][queries]") {
    // Goal: the chains through the records, over several lines and contracts.
    Book book;
    const auto borrower = id_of<BorrowerId>(1);
    for (std::uint64_t line = 1; line <= 3; ++line) {
        REQUIRE(book.grant(id_of<LineId>(line), borrower, 1000) == Outcome::accepted);
        for (std::uint64_t contract = 0; contract < line; ++contract) {
            REQUIRE(book.capture(id_of<ContractId>(10 * line + contract), id_of<LineId>(line),
                                 100) == Outcome::accepted);
        }
    }
    const BorrowerView view = book.borrower(borrower).value();
    REQUIRE(view.lines.size() == 3);
    CHECK(view.body.lines == 3);
    CHECK(view.log.count == 10);  // the assessment too
    for (std::uint64_t place = 0; place < 3; ++place) {
        const std::uint64_t number = 3 - place;
        const LineView& line = view.lines[place];
        CHECK(line.id == id_of<LineId>(number));
        CHECK(line.contracts.size() == number);
        CHECK(line.contracts.front() == id_of<ContractId>(10 * number + number - 1));
        CHECK(line.body.used == static_cast<Amount>(100 * number));
        CHECK(line.body.contracts == number);
    }
}

TEST_CASE("What never was is nothing, not an error", "[ledger][queries]") {
    // Goal: unknown ids, ids that only refusals named, and accounts without entries.
    Book book;
    CHECK_FALSE(book.line(id_of<LineId>(1)));
    CHECK_FALSE(book.contract(id_of<ContractId>(1)));
    CHECK_FALSE(book.borrower(id_of<BorrowerId>(1)));
    const Transaction nowhere = book.drafts().repayment(id_of<ContractId>(1), 5, {});
    REQUIRE(book.submit_one(nowhere, {&book.cast().servicer()}) == Outcome::contract_unknown);
    CHECK_FALSE(book.contract(id_of<ContractId>(1)));
    CHECK(account_head(book.records(), AccountClass::contract, id_of<ContractId>(1).bytes)
              .value()
              ->count == 1);
    const auto head = [&](AccountClass account_class, const MemberId& id) {
        return account_head(book.records(), account_class, id.bytes).value();
    };
    CHECK_FALSE(head(AccountClass::member, book.cast().auditor().id));
    CHECK_FALSE(head(AccountClass::pool, book.cast().auditor().id));
    CHECK(head(AccountClass::member, book.cast().servicer().id)->last == book.entries().size() - 1);
    CHECK_FALSE(read_member(book.records(), book.cast().stranger().id).value());
}

TEST_CASE("The rules say how a payment would be allocated", "[ledger][queries]") {
    // Goal: what a servicer needs to write a REPAYMENT that is accepted; what stands in the way
    // leaves the transaction as it was.
    Book book;
    const auto contract = id_of<ContractId>(1);
    REQUIRE(book.grant(id_of<LineId>(1), id_of<BorrowerId>(1), 100'000) == Outcome::accepted);
    REQUIRE(book.capture(contract, id_of<LineId>(1), 100'000) == Outcome::accepted);
    const auto rows = [&](Amount amount, Outcome expected) {
        Transaction payment = book.drafts().repayment(contract, amount, {});
        CHECK(propose(payment, book.records()).value() == expected);
        return std::get<Repayment>(payment.body).allocation.size();
    };
    CHECK(rows(600, Outcome::accepted) == 2);
    CHECK(rows(101'500, Outcome::accepted) == 6);
    CHECK(rows(0, Outcome::amount_not_positive) == 0);
    CHECK(rows(-1, Outcome::amount_not_positive) == 0);
    CHECK(rows(101'501, Outcome::above_payable) == 0);
}

TEST_CASE("Nothing is proposed for a date outside the calendar", "[ledger][queries]") {
    // Goal: what anybody may ask for must not make a replay count days that do not exist.
    Book book;
    REQUIRE(book.grant(id_of<LineId>(1), id_of<BorrowerId>(1), 100'000) == Outcome::accepted);
    REQUIRE(book.capture(id_of<ContractId>(1), id_of<LineId>(1), 100'000) == Outcome::accepted);
    for (const Day day :
         {std::numeric_limits<Day>::min(), -1, kDayMax + 1, std::numeric_limits<Day>::max()}) {
        for (Day Transaction::*date : {&Transaction::business_date, &Transaction::value_date}) {
            Transaction payment = book.drafts().repayment(id_of<ContractId>(1), 5, {});
            payment.*date = day;
            CHECK(propose(payment, book.records()).value() == Outcome::date_out_of_range);
            CHECK(std::get<Repayment>(payment.body).allocation.empty());
        }
    }
}

TEST_CASE("Account logs are chains that visit every entry of the account", "[ledger][queries]") {
    // Goal: from the head back over `previous`, the sequence counts down to 1.
    Book book;
    const auto line = id_of<LineId>(1);
    REQUIRE(book.grant(line, id_of<BorrowerId>(1), 1000) == Outcome::accepted);
    for (std::uint64_t number = 1; number <= 5; ++number) {
        book.capture(id_of<ContractId>(number), line, 300);
    }
    AccountHead head = book.line(line)->log;
    CHECK(head.count == 6);
    std::uint64_t entry = head.last;
    for (std::uint64_t sequence = head.count; sequence > 0; --sequence) {
        const auto leaf =
            std::get<TransactionEntry>(decode_entry(book.entries().at(entry)).value());
        const auto link = std::find_if(leaf.links.begin(), leaf.links.end(), [&](const auto& row) {
            return row.account_class == AccountClass::line && row.id == line.bytes;
        });
        REQUIRE(link != leaf.links.end());
        CHECK(link->sequence == sequence);
        entry = link->previous;
    }
    CHECK(entry == kNoEntry);
}

TEST_CASE("A broken chain is a corrupt record", "[ledger][queries]") {
    // Goal: a query never answers with half a list.
    Book book;
    const auto line = id_of<LineId>(1);
    REQUIRE(book.grant(line, id_of<BorrowerId>(1), 1000) == Outcome::accepted);
    const Bytes key = account_key(AccountClass::line, line.bytes);
    LineRecord record = decode_line(book.records().all().at(key)).value();
    record.body->last_contract = id_of<ContractId>(77);
    book.force(key, encode_record(record));
    CHECK(read_line(book.records(), line).error().code == errc::corrupt_record);
    CHECK(read_borrower(book.records(), id_of<BorrowerId>(1)).error().code == errc::corrupt_record);
}
