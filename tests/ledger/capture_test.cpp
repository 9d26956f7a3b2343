#include <algorithm>
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
const auto kContract = id_of<ContractId>(2);
const auto kBorrower = id_of<BorrowerId>(3);
constexpr Amount kAmountMax = std::numeric_limits<Amount>::max();

Capture& capture_in(Transaction& transaction) { return std::get<Capture>(transaction.body); }

/// A book with a line of 150000, and the usual draft with something changed.
struct Setting {
    Book book;
    const Party* lender = &book.cast().originator();
    const Party* funder = &book.cast().funder();

    std::uint64_t granted = 0;

    Setting() {
        REQUIRE(book.grant(kLine, kBorrower, 150'000) == Outcome::accepted);
        granted = book.entries().size() - 1;
    }

    Transaction draft(Amount principal = 100'000) {
        return book.drafts().capture(kContract, kLine, funder->id, principal);
    }
    template <typename Change>
    void refused(Change change, Outcome expected) {
        Transaction transaction = draft();
        change(transaction);
        require_refused(book, transaction, {lender, funder}, expected);
    }
};

}  // namespace

TEST_CASE("CAPTURE opens a contract on its line", "[ledger][rules]") {
    // Goal: every field of the contract, the use of the line, and the accounts it touches.
    Setting setting;
    Book& book = setting.book;
    REQUIRE(book.submit_one(setting.draft(), {setting.lender, setting.funder}) ==
            Outcome::accepted);
    const ContractView contract = book.contract(kContract).value();
    CHECK(contract.position.status == ContractStatus::active);
    CHECK(contract.body.line == kLine);
    CHECK(contract.body.borrower == kBorrower);
    CHECK(contract.body.originator == setting.lender->id);
    CHECK(contract.body.terms.principal == 100'000);
    CHECK(contract.body.terms.anchor == Drafts::kToday);
    CHECK(contract.body.product == Drafts::product(5000));
    CHECK(contract.body.ruleset == Drafts::kRuleset);
    CHECK(contract.body.apr_ppm == 89'777);
    const Position& position = contract.position;
    REQUIRE(position.rows.size() == 3);
    CHECK(day_text(position.rows[0].due) == "2024-02-29");
    CHECK(day_text(position.rows[1].due) == "2024-03-31");
    CHECK(position.outstanding == ByComponent{0, 1'500, 0, 100'000});
    CHECK(position.totals.repaid == ByComponent{});
    CHECK(book.line(kLine)->body.used == 100'000);
    CHECK(book.line(kLine)->contracts == std::vector{kContract});

    const std::uint64_t granted = setting.granted;
    const auto leaf = std::get<TransactionEntry>(decode_entry(book.entries().back()).value());
    REQUIRE(leaf.links.size() == 5);
    CHECK(leaf.links[0] == AccountLink{AccountClass::contract, kContract.bytes, 1, kNoEntry});
    CHECK(leaf.links[1] == AccountLink{AccountClass::line, kLine.bytes, 2, granted});
    CHECK(leaf.links[2] == AccountLink{AccountClass::borrower, kBorrower.bytes, 3, granted});
    CHECK(leaf.links[3] == AccountLink{AccountClass::member, setting.lender->id.bytes, 8, granted});
    CHECK(leaf.links[4] ==
          AccountLink{AccountClass::member, setting.funder->id.bytes, 1, kNoEntry});
}

TEST_CASE("CAPTURE needs the line's owner and every funder", "[ledger][rules]") {
    // Goal: who must sign, in each combination that lacks one.
    Setting setting;
    Book& book = setting.book;
    const Cast& cast = book.cast();
    require_refused(book, setting.draft(), {setting.funder}, Outcome::role_missing);
    require_refused(book, setting.draft(), {setting.lender}, Outcome::signer_missing);
    require_refused(book, setting.draft(), {&cast.other_originator(), setting.funder},
                    Outcome::owner_differs);
    require_refused(book, setting.draft(), {setting.lender, &cast.other_funder()},
                    Outcome::signer_missing);
    Transaction two = setting.draft();
    capture_in(two).shares = {{cast.funder().id, 400'000}, {cast.other_funder().id, 600'000}};
    require_refused(book, two, {setting.lender, setting.funder}, Outcome::signer_missing);
    two.id = book.drafts().next_id();
    REQUIRE(book.submit_one(two, {setting.lender, setting.funder, &cast.other_funder()}) ==
            Outcome::accepted);
    CHECK(book.contract(kContract)->body.shares.size() == 2);
}

TEST_CASE("CAPTURE is refused for its terms", "[ledger][rules]") {
    // Goal: amounts, periods, rates and dates, at the ends of their types.
    Setting setting;
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        setting.refused([&](Transaction& t) { capture_in(t).principal = amount; },
                        Outcome::amount_not_positive);
    }
    setting.refused([](Transaction& t) { capture_in(t).schedule.clear(); },
                    Outcome::periods_out_of_range);
    setting.refused([](Transaction& t) { capture_in(t).schedule.resize(37); },
                    Outcome::periods_out_of_range);
    for (const Ppm ppm :
         {-1, 1'000'001, std::numeric_limits<Ppm>::max(), std::numeric_limits<Ppm>::min()}) {
        setting.refused([&](Transaction& t) { capture_in(t).rate_ppm = ppm; },
                        Outcome::rate_differs);
    }
    for (const Day day : {-1, kDayMax + 1, std::numeric_limits<Day>::max()}) {
        setting.refused([&](Transaction& t) { t.value_date = day; }, Outcome::date_out_of_range);
        setting.refused([&](Transaction& t) { t.business_date = day; }, Outcome::date_out_of_range);
    }
    setting.refused([](Transaction& t) { t.value_date = Drafts::kToday + 1; },
                    Outcome::value_date_ahead);
    for (const Amount amount : {kPrincipalEnd, kAmountMax}) {
        setting.refused([&](Transaction& t) { capture_in(t).principal = amount; },
                        Outcome::overflow);
    }
}

TEST_CASE("CAPTURE is refused when a row is due after the calendar's end", "[ledger][rules]") {
    // Goal: the last day that a contract can begin on, and the first on which it cannot.
    Setting setting;
    Transaction wide = setting.book.drafts().grant(id_of<LineId>(4), kBorrower, 150'000);
    std::get<LimitGrant>(wide.body).valid_to = kDayMax;
    REQUIRE(setting.book.submit_one(wide, {setting.lender}) == Outcome::accepted);
    const auto on = [&](Day day) {
        setting.book.ensure_day(day);
        Transaction transaction = setting.book.drafts().capture(
            kContract, id_of<LineId>(4), setting.funder->id, 100'000, 5000, 3, day);
        return transaction;
    };
    const Day last = add_months(day_from_text("9999-09-30").value(), 0).value();
    REQUIRE(setting.book.submit_one(on(last), {setting.lender, setting.funder}) ==
            Outcome::accepted);
    Transaction late = on(day_from_text("9999-10-01").value());
    capture_in(late).contract = id_of<ContractId>(8);
    capture_in(late).schedule.resize(3);
    require_refused(setting.book, late, {setting.lender, setting.funder},
                    Outcome::date_out_of_range);
}

TEST_CASE("CAPTURE is refused for its line and contract", "[ledger][rules]") {
    // Goal: unknown, foreign, outside validity, above the limit, existing.
    Setting setting;
    setting.refused([](Transaction& t) { capture_in(t).line = id_of<LineId>(9); },
                    Outcome::line_unknown);
    const auto moved = [&](Day value_date) {
        Transaction transaction = setting.book.drafts().capture(
            kContract, kLine, setting.funder->id, 100'000, 5000, 3, value_date);
        transaction.business_date = std::max(value_date, Drafts::kToday);
        return transaction;
    };
    require_refused(setting.book, moved(Drafts::kToday - 1), {setting.lender, setting.funder},
                    Outcome::date_outside_validity);
    require_refused(setting.book, setting.draft(150'001), {setting.lender, setting.funder},
                    Outcome::limit_exceeded);
    require_refused(setting.book,
                    setting.book.drafts().capture(kContract, kLine, setting.funder->id,
                                                  kPrincipalEnd - 1, 0, 1),
                    {setting.lender, setting.funder}, Outcome::limit_exceeded);
    REQUIRE(setting.book.submit_one(moved(Drafts::kToday), {setting.lender, setting.funder}) ==
            Outcome::accepted);
    setting.refused([](Transaction&) {}, Outcome::contract_exists);
    setting.refused([](Transaction& t) { capture_in(t).contract = id_of<ContractId>(8); },
                    Outcome::limit_exceeded);
    Transaction rest = setting.draft(50'000);
    capture_in(rest).contract = id_of<ContractId>(8);
    REQUIRE(setting.book.submit_one(rest, {setting.lender, setting.funder}) == Outcome::accepted);
    CHECK(setting.book.line(kLine)->available == 0);
    CHECK(setting.book.line(kLine)->contracts == std::vector{id_of<ContractId>(8), kContract});
    setting.book.ensure_day(Drafts::kToday + 3651);
    require_refused(setting.book, moved(Drafts::kToday + 3651), {setting.lender, setting.funder},
                    Outcome::contract_exists);
    Transaction late = moved(Drafts::kToday + 3651);
    capture_in(late).contract = id_of<ContractId>(9);
    require_refused(setting.book, late, {setting.lender, setting.funder},
                    Outcome::date_outside_validity);
}

TEST_CASE("CAPTURE is refused for its shares", "[ledger][rules]") {
    // Goal: shares are positive, distinct and whole; a funder is a member with the role.
    Setting setting;
    const MemberId funder = setting.funder->id;
    const MemberId other = setting.book.cast().other_funder().id;
    const std::vector<std::vector<FundingShare>> wrong = {
        {},
        {{funder, 999'999}},
        {{funder, 1'000'001}},
        {{funder, 0}, {other, 1'000'000}},
        {{funder, -1}, {other, 1'000'001}},
        {{funder, 500'000}, {funder, 500'000}},
        {{funder, std::numeric_limits<Ppm>::max()}, {other, std::numeric_limits<Ppm>::max()}},
        std::vector<FundingShare>(17, {funder, 58'823}),
    };
    for (const auto& shares : wrong) {
        setting.refused([&](Transaction& t) { capture_in(t).shares = shares; },
                        Outcome::shares_not_whole);
    }
    for (const MemberId& nobody : {setting.lender->id, setting.book.cast().stranger().id}) {
        setting.refused(
            [&](Transaction& t) {
                capture_in(t).shares = {{nobody, 1'000'000}};
            },
            Outcome::funder_unknown);
    }
}

TEST_CASE("CAPTURE is refused when any row differs", "[ledger][rules]") {
    // Goal: due, principal and fee of each row count, and so do their number and order.
    Setting setting;
    for (std::size_t row = 0; row < 3; ++row) {
        setting.refused([&](Transaction& t) { ++capture_in(t).schedule[row].due; },
                        Outcome::schedule_differs);
        setting.refused([&](Transaction& t) { --capture_in(t).schedule[row].principal; },
                        Outcome::schedule_differs);
        setting.refused([&](Transaction& t) { ++capture_in(t).schedule[row].fee; },
                        Outcome::schedule_differs);
        setting.refused([&](Transaction& t) { ++capture_in(t).schedule[row].interest; },
                        Outcome::schedule_differs);
        setting.refused(
            [&](Transaction& t) {
                capture_in(t).schedule[row].fee = std::numeric_limits<Amount>::min();
            },
            Outcome::schedule_differs);
    }
    setting.refused([](Transaction& t) { capture_in(t).schedule.pop_back(); },
                    Outcome::schedule_differs);
    setting.refused(
        [](Transaction& t) { std::swap(capture_in(t).schedule[0], capture_in(t).schedule[2]); },
        Outcome::schedule_differs);
    // The remainder belongs in the last row.
    setting.refused(
        [](Transaction& t) {
            ++capture_in(t).schedule[0].principal;
            --capture_in(t).schedule[2].principal;
        },
        Outcome::schedule_differs);
}
