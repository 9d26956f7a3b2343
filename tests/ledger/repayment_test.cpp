#include <limits>

#include "ledger/dates.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

namespace {

const auto kLine = id_of<LineId>(1);
const auto kContract = id_of<ContractId>(2);
const auto kBorrower = id_of<BorrowerId>(3);

Repayment& repayment_in(Transaction& transaction) { return std::get<Repayment>(transaction.body); }

/// A book with a contract of 100000 over three periods.
struct Setting {
    Book book;
    const Party* servicer = &book.cast().servicer();

    Setting() {
        REQUIRE(book.grant(kLine, kBorrower, 150'000) == Outcome::accepted);
        REQUIRE(book.capture(kContract, kLine, 100'000) == Outcome::accepted);
    }

    Transaction draft(Amount amount) {
        return book.proposed(book.drafts().repayment(kContract, amount, {}));
    }
    template <typename Change>
    void refused(Change change, Outcome expected) {
        Transaction transaction = draft(33'833);
        change(transaction);
        require_refused(book, transaction, {servicer}, expected);
    }
};

}  // namespace

TEST_CASE("REPAYMENT pays rows in order and frees the line by principal", "[ledger][rules]") {
    // Goal: amounts of each row, the line, and the accounts it touches.
    Setting setting;
    Book& book = setting.book;
    REQUIRE(book.submit_one(setting.draft(34'000), {setting.servicer}) == Outcome::accepted);
    const ContractView contract = book.contract(kContract).value();
    const Position& position = contract.position;
    CHECK(position.rows[0].paid == ByComponent{0, 500, 0, 33'333});
    CHECK(position.rows[1].paid == ByComponent{0, 167, 0, 0});
    CHECK(position.rows[2].paid == ByComponent{});
    CHECK(position.rows[1].outstanding == ByComponent{0, 333, 0, 33'333});
    CHECK(position.totals.repaid == ByComponent{0, 667, 0, 33'333});
    CHECK(position.payable() == 67'500);
    CHECK(contract.body.events.size() == 2);
    CHECK(book.line(kLine)->body.used == 66'667);

    const auto leaf = std::get<TransactionEntry>(decode_entry(book.entries().back()).value());
    const std::uint64_t captured = book.entries().size() - 3;
    REQUIRE(leaf.links.size() == 4);
    CHECK(leaf.links[0] == AccountLink{AccountClass::contract, kContract.bytes, 2, captured});
    CHECK(leaf.links[1] == AccountLink{AccountClass::line, kLine.bytes, 3, captured});
    CHECK(leaf.links[2] == AccountLink{AccountClass::borrower, kBorrower.bytes, 4, captured});
    CHECK(leaf.links[3] ==
          AccountLink{AccountClass::member, setting.servicer->id.bytes, 1, kNoEntry});
}

TEST_CASE("REPAYMENT of the last fen closes the contract", "[ledger][rules]") {
    // Goal: closed exactly when nothing is left, and nothing can be paid afterwards.
    Setting setting;
    REQUIRE(setting.book.repay(kContract, 101'499) == Outcome::accepted);
    CHECK(setting.book.contract(kContract)->position.status == ContractStatus::active);
    CHECK(setting.book.contract(kContract)->position.payable() == 1);
    CHECK(setting.book.line(kLine)->body.used == 1);
    REQUIRE(setting.book.repay(kContract, 1) == Outcome::accepted);
    CHECK(setting.book.contract(kContract)->position.status == ContractStatus::closed_paid);
    CHECK(setting.book.line(kLine)->available == 150'000);
    Transaction more = setting.book.drafts().repayment(kContract, 1, {});
    require_refused(setting.book, more, {setting.servicer}, Outcome::contract_not_active);
}

TEST_CASE("REPAYMENT posts a payment reference once", "[ledger][rules]") {
    // Goal: the double-posted payment, also after the contract is closed and under a new id.
    Setting setting;
    Transaction first = setting.draft(33'833);
    repayment_in(first).source_ref = "bank-77";
    REQUIRE(setting.book.submit_one(first, {setting.servicer}) == Outcome::accepted);
    setting.refused([](Transaction& t) { repayment_in(t).source_ref = "bank-77"; },
                    Outcome::source_ref_used);
    setting.refused([](Transaction& t) { repayment_in(t).source_ref = "BANK-77"; },
                    Outcome::source_ref_used);
    setting.refused([](Transaction& t) { repayment_in(t).source_ref = "Ban k -7  7"; },
                    Outcome::source_ref_used);
    for (const char* personal :
         {"Zhang San", "13912345678", "+86 139-1234-5678", "a1@b.example", "11010519491231002X",
          "tel13912345678", "Tel +86 139-1234-5678", "T(139)12345678", "id 11010519491231002x"}) {
        setting.refused([&](Transaction& t) { repayment_in(t).source_ref = personal; },
                        Outcome::reference_personal);
    }
    for (const char* bad : {" bank-79", "bank-79 ", "\xe9\x93\xb6\xe8\xa1\x8c 79"}) {
        setting.refused([&](Transaction& t) { repayment_in(t).source_ref = bad; },
                        Outcome::text_out_of_range);
    }
    setting.refused([&](Transaction& t) { repayment_in(t).source_ref = "bank\t79"; },
                    Outcome::malformed_transaction);
    Transaction second = setting.draft(33'833);
    repayment_in(second).source_ref = "icbc-13912345678";
    REQUIRE(setting.book.submit_one(second, {setting.servicer}) == Outcome::accepted);
    // A refused payment does not use up its reference.
    Transaction wrong = setting.draft(1'000);
    repayment_in(wrong).source_ref = "bank-78";
    repayment_in(wrong).allocation.clear();
    require_refused(setting.book, wrong, {setting.servicer}, Outcome::allocation_differs);
    Transaction right = setting.draft(33'834);
    repayment_in(right).source_ref = "bank-78";
    REQUIRE(setting.book.submit_one(right, {setting.servicer}) == Outcome::accepted);
    Transaction again = setting.book.drafts().repayment(kContract, 5, {});
    repayment_in(again).source_ref = "bank-78";
    require_refused(setting.book, again, {setting.servicer}, Outcome::source_ref_used);
}

TEST_CASE("REPAYMENT is refused, each rule with its code", "[ledger][rules]") {
    // Goal: one broken rule at a time, and no effect.
    Setting setting;
    Book& book = setting.book;
    for (const Party* signer : {&book.cast().originator(), &book.cast().funder(),
                                &book.cast().auditor(), &book.cast().regulator()}) {
        require_refused(book, setting.draft(33'833), {signer}, Outcome::role_missing);
    }
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        setting.refused([&](Transaction& t) { repayment_in(t).amount = amount; },
                        Outcome::amount_not_positive);
    }
    setting.refused([](Transaction& t) { repayment_in(t).source_ref = ""; },
                    Outcome::text_out_of_range);
    setting.refused([](Transaction& t) { repayment_in(t).source_ref = std::string(65, 'x'); },
                    Outcome::text_out_of_range);
    setting.refused([](Transaction& t) { repayment_in(t).contract = id_of<ContractId>(9); },
                    Outcome::contract_unknown);
    setting.refused([](Transaction& t) { t.value_date = Drafts::kToday - 1; },
                    Outcome::date_outside_validity);
    setting.refused([](Transaction& t) { t.value_date = Drafts::kToday + 1; },
                    Outcome::value_date_ahead);
    setting.refused([](Transaction& t) { t.business_date = Drafts::kToday + 1; },
                    Outcome::day_not_open);
    setting.refused([](Transaction& t) { t.value_date = kDayMax + 1; }, Outcome::date_out_of_range);
    setting.refused([](Transaction& t) { t.business_date = -1; }, Outcome::date_out_of_range);
    setting.refused([](Transaction& t) { repayment_in(t).amount = 101'501; },
                    Outcome::above_payable);
    setting.refused(
        [](Transaction& t) { repayment_in(t).amount = std::numeric_limits<Amount>::max(); },
        Outcome::above_payable);
    Transaction longest = setting.draft(1);
    repayment_in(longest).source_ref = std::string(63, 'x') + "1";
    REQUIRE(book.submit_one(longest, {setting.servicer}) == Outcome::accepted);
}

TEST_CASE("REPAYMENT is refused when the claimed allocation differs", "[ledger][rules]") {
    // Goal: order, amounts, components and completeness of the claim all count.
    Setting setting;
    using Rows = std::vector<Allocation>;
    const std::vector<Rows> wrong = {
        {},
        {{0, Component::principal, 33'833}},
        {{0, Component::principal, 33'333}, {0, Component::fee, 500}},
        {{0, Component::fee, 500}, {0, Component::principal, 33'332}},
        {{0, Component::fee, 500}, {0, Component::principal, 33'334}},
        {{0, Component::fee, 500}, {1, Component::principal, 33'333}},
        {{0, Component::penalty, 500}, {0, Component::principal, 33'333}},
        {{0, Component::fee, 500}, {0, Component::principal, 33'333}, {1, Component::fee, 0}},
        {{0, Component::fee, 500}, {0, Component::principal, 33'334}, {1, Component::fee, -1}},
        {{0xFFFF'FFFF, Component::fee, 500}, {0, Component::principal, 33'333}},
        {{2, Component::fee, 500}, {2, Component::principal, 33'333}},
    };
    for (const Rows& rows : wrong) {
        setting.refused([&](Transaction& t) { repayment_in(t).allocation = rows; },
                        Outcome::allocation_differs);
    }
    CHECK(setting.book.contract(kContract)->position.totals.repaid == ByComponent{});
}

TEST_CASE("The longest contract is paid fen by fen", "[ledger][rules]") {
    // Goal: 36 rows, some of them empty, in payments of one; the line is freed one by one.
    Book book;
    REQUIRE(book.grant(kLine, kBorrower, 40) == Outcome::accepted);
    REQUIRE(book.capture(kContract, kLine, 40, 0, 36) == Outcome::accepted);
    for (Amount paid = 1; paid <= 40; ++paid) {
        REQUIRE(book.repay(kContract, 1) == Outcome::accepted);
        REQUIRE(book.line(kLine)->body.used == 40 - paid);
    }
    CHECK(book.contract(kContract)->position.status == ContractStatus::closed_paid);
}

TEST_CASE("The largest contract that fits is captured and repaid", "[ledger][rules]") {
    // Goal: no step overflows at the largest principal and the highest fee, on the largest line.
    Stage stage({.rules =
                     [](RulesetRegister&, ProductRegister& product) {
                         product.apr_cap_ppm = kYearlyPpmMax;
                         product.terms = {{1, 36, 100'000}};
                     },
                 .limit = std::numeric_limits<Amount>::max(),
                 .captured = false});
    constexpr Amount kMost = kPrincipalEnd - 1;
    REQUIRE(stage.send(stage.capture(kMost, 36)) == Outcome::accepted);
    const Amount payable = stage.position().payable();
    CHECK(payable == kMost + 36 * ((kMost + 5) / 10));
    REQUIRE(stage.send(stage.payment(payable - 1)) == Outcome::accepted);
    CHECK(stage.line().used == 1);
    REQUIRE(stage.send(stage.payment(1)) == Outcome::accepted);
    CHECK(stage.line().available == std::numeric_limits<Amount>::max());
}
