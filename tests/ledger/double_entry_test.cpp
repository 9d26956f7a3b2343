#include "ledger/double_entry.h"

#include <algorithm>
#include <limits>
#include <set>

#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using testing::Book;
using testing::id_of;
using testing::Stage;

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

LineBody line_of(Amount limit, Amount used, Amount reserved = 0,
                 LineStatus status = LineStatus::active) {
    LineBody line;
    line.status = status;
    line.currency = {'C', 'N', 'Y'};
    line.limit = limit;
    line.used = used;
    line.reserved = reserved;
    return line;
}

std::vector<Posting> postings_of_change(const LineBody& before, const LineBody& after) {
    return postings_between(balances_of(before), balances_of(after), {{}, kLine.bytes, {}}).value();
}

}  // namespace

TEST_CASE("Each type books as docs/CREDIT.md says", "[ledger][double_entry]") {
    // Goal: accounts and sides of a whole life, through apply.
    Book book;
    const auto& cast = book.cast();
    book.ensure_assessed(kBorrower);
    CHECK(sides(applied(book, book.drafts().grant(kLine, kBorrower, 200'000),
                        {&cast.originator()})) ==
          std::vector<Side>{{BookAccount::granted, 200'000, 0},
                            {BookAccount::available, 0, 200'000}});
    CHECK(
        sides(applied(book, book.drafts().change(kLine, 150'000), {&cast.originator()})) ==
        std::vector<Side>{{BookAccount::granted, 0, 50'000}, {BookAccount::available, 50'000, 0}});
    CHECK(sides(applied(book, book.drafts().capture(kContract, kLine, cast.funder().id, 100'000),
                        {&cast.originator(), &cast.funder()})) ==
          std::vector<Side>{{BookAccount::available, 100'000, 0},
                            {BookAccount::used, 0, 100'000},
                            {BookAccount::receivable_principal, 100'000, 0},
                            {BookAccount::receivable_fee, 1'500, 0},
                            {BookAccount::merchant_payable, 0, 100'000},
                            {BookAccount::unearned_income, 0, 1'500}});
    book.ensure_day(19'782);
    CHECK(sides(applied(book, book.proposed(book.drafts().repayment(kContract, 33'833, {}, 19'782)),
                        {&cast.servicer()})) ==
          std::vector<Side>{{BookAccount::available, 0, 33'333},
                            {BookAccount::used, 33'333, 0},
                            {BookAccount::receivable_principal, 0, 33'333},
                            {BookAccount::receivable_fee, 0, 500},
                            {BookAccount::fee_income, 0, 500},
                            {BookAccount::cash, 33'833, 0},
                            {BookAccount::unearned_income, 500, 0}});
}

TEST_CASE("Each later type books as docs/CREDIT.md says", "[ledger][double_entry]") {
    // Goal: reservations, penalties, waivers, refunds, loss, recovery and mirrors, through apply.
    Stage stage;
    const auto booked = [&](TransactionBody body, Day day,
                            std::initializer_list<const testing::Party*> signers) {
        return sides(applied(stage.book, stage.draft(std::move(body), day), signers));
    };
    const auto authorisation = id_of<AuthorisationId>(1);
    const Day today = testing::Drafts::kToday;
    CHECK(booked(PurchaseAuth{authorisation, Stage::kLine, 700, today}, today, {stage.lender}) ==
          std::vector<Side>{{BookAccount::available, 700, 0}, {BookAccount::reserved, 0, 700}});
    CHECK(booked(PurchaseVoid{authorisation}, today, {stage.lender}) ==
          std::vector<Side>{{BookAccount::available, 0, 700}, {BookAccount::reserved, 700, 0}});
    CHECK(booked(MerchantRefund{Stage::kContract, 334, "r-1"}, today, {stage.lender}) ==
          std::vector<Side>{{BookAccount::available, 0, 334},
                            {BookAccount::used, 334, 0},
                            {BookAccount::receivable_principal, 0, 334},
                            {BookAccount::receivable_fee, 0, 6},
                            {BookAccount::merchant_payable, 334, 0},
                            {BookAccount::unearned_income, 6, 0}});
    const Day late = testing::day_of("2024-04-10");
    CHECK(booked(PenaltyAssess{Stage::kContract}, late, {stage.servicer}) ==
          std::vector<Side>{{BookAccount::fee_income, 0, 996},
                            {BookAccount::receivable_penalty, 860, 0},
                            {BookAccount::penalty_income, 0, 860},
                            {BookAccount::unearned_income, 996, 0}});
    CHECK(booked(Waive{Stage::kContract,
                       {{0, Component::penalty, 62}, {0, Component::principal, 333}}},
                 late, {stage.lender, stage.lender_2}) ==
          std::vector<Side>{{BookAccount::available, 0, 333},
                            {BookAccount::used, 333, 0},
                            {BookAccount::receivable_principal, 0, 333},
                            {BookAccount::receivable_penalty, 0, 62},
                            {BookAccount::waiver_expense, 395, 0}});
    const auto replan = stage.draft(Reschedule{.contract = Stage::kContract,
                                               .rate_ppm = 1000,
                                               .schedule = std::vector<Instalment>(2),
                                               .request = {}},
                                    late);
    // One fee of the old plan lapses and two of 99 are billed.
    CHECK(sides(applied(stage.book, replan, {stage.lender})) ==
          std::vector<Side>{{BookAccount::receivable_fee, 0, 300},
                            {BookAccount::unearned_income, 300, 0}});
    const Day lost = testing::day_of("2024-06-10");
    CHECK(booked(ChargeOff{.contract = Stage::kContract}, lost, {stage.lender}) ==
          std::vector<Side>{{BookAccount::available, 0, 99'333},
                            {BookAccount::used, 99'333, 0},
                            {BookAccount::receivable_principal, 0, 99'333},
                            {BookAccount::receivable_fee, 0, 1'194},
                            {BookAccount::fee_income, 0, 198},
                            {BookAccount::receivable_penalty, 0, 798},
                            {BookAccount::loss, 101'325, 0},
                            {BookAccount::unearned_income, 198, 0}});
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 150'000}, lost);
    const auto recovery = stage.draft(Recovery{Stage::kContract, 1000, 150, "c-1"}, lost);
    CHECK(sides(applied(stage.book, recovery, {stage.servicer, stage.collector})) ==
          std::vector<Side>{{BookAccount::cash, 850, 0},
                            {BookAccount::recovery_income, 0, 1000},
                            {BookAccount::commission_expense, 150, 0}});
    CHECK(booked(stage.reversal(recovery), lost, {stage.servicer, stage.collector}) ==
          std::vector<Side>{{BookAccount::cash, 0, 850},
                            {BookAccount::recovery_income, 1000, 0},
                            {BookAccount::commission_expense, 0, 150}});
}

TEST_CASE("What is settled early or paid too much is booked", "[ledger][double_entry]") {
    // Goal: charges that lapse, and customer credit from a payer and from a merchant.
    Stage stage({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
        ruleset.overpayment = Overpayment::credit;
    }});
    const Day today = testing::Drafts::kToday;
    CHECK(sides(applied(stage.book, stage.draft(PrepaySettle{Stage::kContract, 0, "p-1"}),
                        {stage.servicer})) ==
          std::vector<Side>{{BookAccount::available, 0, 100'000},
                            {BookAccount::used, 100'000, 0},
                            {BookAccount::receivable_principal, 0, 100'000},
                            {BookAccount::receivable_fee, 0, 1'500},
                            {BookAccount::fee_income, 0, 500},
                            {BookAccount::cash, 100'500, 0},
                            {BookAccount::unearned_income, 1'500, 0}});
    CHECK(sides(applied(stage.book, stage.draft(stage.payment(7), today), {stage.servicer})) ==
          std::vector<Side>{{BookAccount::cash, 7, 0}, {BookAccount::customer_credit, 0, 7}});
    CHECK(sides(applied(stage.book, stage.draft(MerchantRefund{Stage::kContract, 50, "m-1"}, today),
                        {stage.lender})) ==
          std::vector<Side>{{BookAccount::merchant_payable, 50, 0},
                            {BookAccount::customer_credit, 0, 50}});
}

TEST_CASE("Memo accounts keep granted equal to available, used and reserved",
          "[ledger][double_entry]") {
    // Goal: limits above, at and below use, changed in both directions, and closing.
    constexpr auto kActive = LineStatus::active;
    for (const Amount used : {0, 50, 100, 170}) {
        for (const Amount from : {1, 50, 100, 170, 300}) {
            for (const Amount to : {0, 1, 50, 100, 170, 300}) {
                const LineBody before = line_of(from, used, 20);
                const LineBody after = line_of(std::max<Amount>(to, 1), used, 20,
                                               to > 0 ? kActive : LineStatus::closed);
                const auto postings = postings_of_change(before, after);
                TrialBalance trial;
                trial.add(postings);
                CHECK(trial.balanced());
                Balances balances = balances_of(before);
                for (const Posting& posting : postings) balances.add(posting);
                CHECK(balances == balances_of(after));
                CHECK(balances.signs_hold());
                CHECK(balances.of(BookAccount::granted) == -balances.of(BookAccount::available) -
                                                               balances.of(BookAccount::used) -
                                                               balances.of(BookAccount::reserved));
            }
        }
    }
}

TEST_CASE("A repayment above the limit reduces what is granted first", "[ledger][double_entry]") {
    // Goal: a line lowered below its use becomes available only below the limit.
    Balances balances = balances_of(line_of(100, 170));
    for (const Posting& posting : postings_of_change(line_of(100, 170), line_of(100, 80))) {
        balances.add(posting);
    }
    CHECK(balances.of(BookAccount::used) == -80);
    CHECK(balances.of(BookAccount::available) == -20);
    CHECK(balances.of(BookAccount::granted) == 100);
}

TEST_CASE("An amount that does not fit in 64 bits is no posting", "[ledger][double_entry]") {
    // Goal: the last that fits and the first that does not, in both directions.
    constexpr Wide kMost = std::numeric_limits<Amount>::max();
    Balances most;
    most.of(BookAccount::cash) = kMost;
    most.of(BookAccount::loss) = -kMost;
    CHECK(postings_between({}, most, {}).value().size() == 2);
    CHECK(postings_between(most, {}, {}).value().size() == 2);
    most.of(BookAccount::cash) += 1;
    CHECK_FALSE(postings_between({}, most, {}));
    CHECK_FALSE(postings_between(most, {}, {}));
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

TEST_CASE("Balances of the wrong sign are seen", "[ledger][double_entry]") {
    // Goal: no account is on its wrong side, and every account has a side, a name and a kind.
    Balances balances;
    CHECK(balances.signs_hold());
    balances.of(BookAccount::available) = 1;
    CHECK_FALSE(balances.signs_hold());
    balances = {};
    balances.of(BookAccount::receivable_principal) = -1;
    CHECK_FALSE(balances.signs_hold());
    std::set<std::string_view> names;
    for (std::uint8_t number = 1; number <= kBookAccounts; ++number) {
        const auto account = static_cast<BookAccount>(number);
        CHECK(names.insert(book_account_name(account)).second);
        Balances debit;
        debit.of(account) = 1;
        Balances credit;
        credit.of(account) = -1;
        // Cash, clearing and the buyer's premium or discount alone have either sign.
        const bool either = account == BookAccount::cash ||
                            account == BookAccount::transfer_clearing ||
                            account == BookAccount::purchase_difference;
        CHECK((debit.signs_hold() && credit.signs_hold()) == either);
        CHECK((debit.signs_hold() || credit.signs_hold()));
    }
    CHECK(book_account_name(BookAccount::receivable_fee) == "receivable_fee");
    CHECK(is_memo(BookAccount::reserved));
    CHECK_FALSE(is_memo(BookAccount::cash));
}
