#include "ledger/double_entry.h"

#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using testing::Book;
using testing::id_of;

namespace {

const auto kLine = id_of<LineId>(1);
const auto kContract = id_of<ContractId>(2);
const auto kBorrower = id_of<BorrowerId>(3);

struct Side {
    BookAccount account;
    Amount debit;
    Amount credit;
    bool operator==(const Side&) const = default;
};

std::vector<Side> sides(const std::vector<Posting>& postings) {
    std::vector<Side> sides;
    for (const Posting& posting : postings) {
        sides.push_back({posting.account, posting.debit, posting.credit});
    }
    return sides;
}

std::vector<Posting> applied(Book& book, const Transaction& transaction,
                             std::initializer_list<const testing::Party*> signers) {
    const SharedBytes submission = book.cast().sign(std::span(&transaction, 1), signers);
    const BlockResult result = book.apply(std::span(&submission, 1));
    REQUIRE(result.submissions.at(0).transactions.at(0).outcome == Outcome::accepted);
    return result.postings;
}

LineBody line_of(Amount limit, Amount used) {
    LineBody line;
    line.currency = {'C', 'N', 'Y'};
    line.limit = limit;
    line.used = used;
    return line;
}

}  // namespace

TEST_CASE("Each type books as section 6 says", "[ledger][double_entry]") {
    // Goal: accounts and sides of a whole life, through apply.
    Book book;
    const auto& cast = book.cast();
    CHECK(sides(applied(book, book.drafts().grant(kLine, kBorrower, 200'000),
                        {&cast.originator()})) ==
          std::vector<Side>{{BookAccount::granted, 200'000, 0},
                            {BookAccount::available, 0, 200'000}});
    CHECK(
        sides(applied(book, book.drafts().change(kLine, 150'000), {&cast.originator()})) ==
        std::vector<Side>{{BookAccount::available, 50'000, 0}, {BookAccount::granted, 0, 50'000}});
    CHECK(sides(applied(book, book.drafts().capture(kContract, kLine, cast.funder().id, 100'000),
                        {&cast.originator(), &cast.funder()})) ==
          std::vector<Side>{{BookAccount::available, 100'000, 0},
                            {BookAccount::used, 0, 100'000},
                            {BookAccount::receivable_principal, 100'000, 0},
                            {BookAccount::merchant_payable, 0, 100'000},
                            {BookAccount::receivable_fee, 1'500, 0},
                            {BookAccount::fee_income, 0, 1'500}});
    const auto allocation = book.contract(kContract)->allocation_of(33'833, 19'782).value();
    CHECK(sides(applied(book, book.drafts().repayment(kContract, 33'833, allocation, 19'782),
                        {&cast.servicer()})) ==
          std::vector<Side>{{BookAccount::cash, 33'833, 0},
                            {BookAccount::receivable_principal, 0, 33'333},
                            {BookAccount::receivable_fee, 0, 500},
                            {BookAccount::used, 33'333, 0},
                            {BookAccount::available, 0, 33'333}});
}

TEST_CASE("Memo accounts keep granted equal to available and used", "[ledger][double_entry]") {
    // Goal: limits above, at and below use, changed in both directions.
    for (const Amount used : {0, 50, 100, 170}) {
        for (const Amount from : {1, 50, 100, 170, 300}) {
            for (const Amount to : {1, 50, 100, 170, 300}) {
                const LineBody before = line_of(from, used);
                const LineBody after = line_of(to, used);
                const auto postings = postings_of_change(kLine, before, to);
                TrialBalance trial;
                trial.add(postings);
                CHECK(trial.balanced());
                BookBalances balances = balances_of(&before, nullptr);
                balances.apply(postings);
                CHECK(balances == balances_of(&after, nullptr));
                CHECK(balances.not_negative());
                CHECK(balances.granted == balances.available + balances.used);
            }
        }
    }
}

TEST_CASE("A repayment above the limit reduces what is granted first", "[ledger][double_entry]") {
    // Goal: a line lowered below its use becomes available only below the limit.
    ContractBody contract;
    contract.currency = {'C', 'N', 'Y'};
    contract.line = kLine;
    const LineBody before = line_of(100, 170);
    const std::vector<Allocation> allocation = {{0, Component::principal, 90}};
    const auto postings = postings_of_repayment(kContract, contract, before, allocation);
    BookBalances balances = balances_of(&before, nullptr);
    balances.receivable_principal = 170;
    balances.apply(postings);
    CHECK(balances.used == 80);
    CHECK(balances.available == 20);
    CHECK(balances.granted == 100);
    CHECK(balances.receivable_principal == 80);
}

TEST_CASE("A trial balance sees what does not balance", "[ledger][double_entry]") {
    // Goal: an unequal currency, a posting with two sides or none; equal sums in two currencies
    // do not make up for each other.
    const auto posting = [](const char* currency, Amount debit, Amount credit) {
        Posting result;
        result.currency = {currency[0], currency[1], currency[2]};
        result.debit = debit;
        result.credit = credit;
        return result;
    };
    const auto balanced = [](std::vector<Posting> postings) {
        TrialBalance trial;
        trial.add(postings);
        return trial.balanced();
    };
    CHECK(balanced({}));
    CHECK(balanced({posting("CNY", 5, 0), posting("CNY", 0, 5)}));
    CHECK_FALSE(balanced({posting("CNY", 5, 0)}));
    CHECK_FALSE(balanced({posting("CNY", 5, 0), posting("JPY", 0, 5)}));
    CHECK_FALSE(balanced({posting("CNY", 5, 5)}));
    CHECK_FALSE(balanced({posting("CNY", 0, 0)}));
    CHECK_FALSE(balanced({posting("CNY", -5, 0), posting("CNY", 0, -5)}));
    const Amount most = std::numeric_limits<Amount>::max();
    CHECK(balanced({posting("CNY", most, 0), posting("CNY", most, 0), posting("CNY", 0, most),
                    posting("CNY", 0, most)}));
}

TEST_CASE("Balances below zero are seen", "[ledger][double_entry]") {
    // Goal: the two limits of section 6.
    BookBalances balances;
    CHECK(balances.not_negative());
    balances.apply(postings_of_change(kLine, line_of(100, 0), 40));
    CHECK_FALSE(balances.not_negative());
    CHECK(book_account_name(BookAccount::receivable_fee) == "receivable_fee");
}
