#include "ledger/queries.h"

#include "ledger/errc.h"
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
    CHECK(view.log.count == 9);
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
    REQUIRE(book.repay(id_of<ContractId>(1), 5) == Outcome::contract_unknown);
    CHECK_FALSE(book.contract(id_of<ContractId>(1)));
    CHECK(account_head(book.records(), AccountClass::contract, id_of<ContractId>(1).bytes)
              .value()
              ->count == 1);
    const auto head = [&](AccountClass account_class, const MemberId& id) {
        return account_head(book.records(), account_class, id.bytes).value();
    };
    CHECK_FALSE(head(AccountClass::member, book.cast().auditor().id));
    CHECK_FALSE(head(AccountClass::pool, book.cast().auditor().id));
    CHECK(head(AccountClass::member, book.cast().servicer().id)->last == 1);
    CHECK_FALSE(read_member(book.records(), book.cast().stranger().id).value());
}

TEST_CASE("A contract says how a payment would be allocated", "[ledger][queries]") {
    // Goal: what a servicer needs to write a REPAYMENT that is accepted.
    Book book;
    const auto contract = id_of<ContractId>(1);
    REQUIRE(book.grant(id_of<LineId>(1), id_of<BorrowerId>(1), 100'000) == Outcome::accepted);
    REQUIRE(book.capture(contract, id_of<LineId>(1), 100'000) == Outcome::accepted);
    const ContractView view = book.contract(contract).value();
    CHECK(view.allocation_of(600, 0)->size() == 2);
    CHECK(view.allocation_of(101'500, 0)->size() == 6);
    CHECK_FALSE(view.allocation_of(0, 0));
    CHECK_FALSE(view.allocation_of(-1, 0));
    CHECK_FALSE(view.allocation_of(101'501, 0));
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
