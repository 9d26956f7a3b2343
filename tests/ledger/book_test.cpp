#include "tests/support/book.h"

#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using testing::Book;
using testing::id_of;

TEST_CASE("A contract lives from grant to its last repayment", "[ledger]") {
    // Goal: the known Baitiao figures all the way through, with the line freed at the end.
    Book book;
    const auto line = id_of<LineId>(1);
    const auto contract = id_of<ContractId>(2);
    const auto borrower = id_of<BorrowerId>(3);
    REQUIRE(book.grant(line, borrower, 150'000) == Outcome::accepted);
    REQUIRE(book.capture(contract, line, 100'000) == Outcome::accepted);
    CHECK(book.line(line)->available == 50'000);
    const ContractView view = *book.contract(contract);
    REQUIRE(view.position.rows.size() == 3);
    CHECK(view.position.payable() == 101'500);
    REQUIRE(book.repay(contract, 33'833) == Outcome::accepted);
    CHECK(book.line(line)->available == 83'333);
    REQUIRE(book.repay(contract, 67'667) == Outcome::accepted);
    CHECK(book.contract(contract)->position.status == ContractStatus::closed_paid);
    CHECK(book.line(line)->available == 150'000);
    const std::uint64_t size = book.entries().size();
    CHECK(book.seal().seal->sealed_size == size);
}
