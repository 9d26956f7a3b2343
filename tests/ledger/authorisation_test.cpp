#include <limits>

#include "ledger/queries.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

const auto kFirst = id_of<AuthorisationId>(1);
const auto kSecond = id_of<AuthorisationId>(2);
constexpr Day kToday = Drafts::kToday;

PurchaseAuth wanted(Amount amount, Day expires = kToday + 7, AuthorisationId id = kFirst) {
    return {id, Stage::kLine, amount, expires};
}

Capture captured(const Stage& stage, Amount principal, AuthorisationId authorisation) {
    Capture capture = stage.capture(principal);
    capture.authorisation = authorisation;
    return capture;
}

AuthorisationRecord record(const Stage& stage, AuthorisationId id) {
    return read_authorisation(stage.book.records(), id).value().value();
}

}  // namespace

TEST_CASE("PURCHASE_AUTH reserves and PURCHASE_VOID gives back", "[ledger][rules][authorisation]") {
    // Goal: amounts, state and record; exactly once.
    Stage stage({.captured = false});
    stage.accept(wanted(120'000));
    CHECK(stage.line().reserved == 120'000);
    CHECK(stage.line().available == 30'000);
    CHECK(record(stage, kFirst).status == AuthorisationStatus::reserved);
    CHECK(record(stage, kFirst).entry == stage.known());
    stage.refuse(wanted(1), Outcome::authorisation_exists);
    stage.refuse(wanted(30'001, kToday, kSecond), Outcome::limit_exceeded);
    stage.accept(wanted(30'000, kToday, kSecond));
    CHECK(stage.line().available == 0);
    stage.refuse(stage.capture(100), Outcome::limit_exceeded);
    stage.accept(PurchaseVoid{kFirst});
    CHECK(stage.line().reserved == 30'000);
    CHECK(record(stage, kFirst).status == AuthorisationStatus::voided);
    CHECK(record(stage, kFirst).closed_entry == stage.known());
    stage.refuse(PurchaseVoid{kFirst}, Outcome::authorisation_not_open);
    stage.refuse(PurchaseExpire{kFirst}, Outcome::authorisation_not_open);
    stage.refuse(captured(stage, 100, kFirst), Outcome::authorisation_not_open);
    stage.refuse(wanted(1), Outcome::authorisation_exists);
}

TEST_CASE("PURCHASE_AUTH is refused, each rule with its code", "[ledger][rules][authorisation]") {
    // Goal: one broken rule at a time, and no effect.
    Stage stage({.captured = false});
    for (const Amount amount : {Amount{0}, Amount{-1}, std::numeric_limits<Amount>::min()}) {
        stage.refuse(wanted(amount), Outcome::amount_not_positive);
    }
    for (const Amount amount : {Amount{150'001}, std::numeric_limits<Amount>::max()}) {
        stage.refuse(wanted(amount), Outcome::limit_exceeded);
    }
    for (const Day expires : {-1, kDayMax + 1, std::numeric_limits<Day>::min()}) {
        stage.refuse(wanted(5, expires), Outcome::date_out_of_range);
    }
    // Born live: its last day is not over, whatever its value date.
    stage.refuse(wanted(5, kToday - 1), Outcome::authorisation_expired);
    PurchaseAuth unknown = wanted(5);
    unknown.line = id_of<LineId>(9);
    stage.refuse(unknown, Outcome::line_unknown);
    require_refused(stage.book, stage.draft(wanted(5)), {stage.funder}, Outcome::role_missing);
    require_refused(stage.book, stage.draft(wanted(5)), {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    // The line is valid from earlier on, but was granted today.
    stage.refuse(stage.backdated(wanted(5), kToday, kToday - 1), Outcome::date_outside_validity);
    stage.accept(wanted(5));
    stage.refuse(wanted(5, kDayMax, kSecond), Outcome::date_outside_validity, kToday + 3651);
}

TEST_CASE("PURCHASE_EXPIRE needs the last day to be over", "[ledger][rules][authorisation]") {
    // Goal: the last day itself is too early; unknown ids; other owners.
    Stage stage({.captured = false});
    stage.accept(wanted(500, kToday + 2));
    stage.refuse(PurchaseExpire{kFirst}, Outcome::authorisation_live);
    stage.refuse(PurchaseExpire{kFirst}, Outcome::authorisation_live, kToday + 2);
    stage.refuse(PurchaseExpire{kSecond}, Outcome::authorisation_unknown, kToday + 2);
    stage.refuse(PurchaseVoid{kSecond}, Outcome::authorisation_unknown, kToday + 2);
    const auto foreign = stage.draft(PurchaseExpire{kFirst}, kToday + 3);
    require_refused(stage.book, foreign, {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    stage.refuse(captured(stage, 500, kFirst), Outcome::authorisation_expired, kToday + 3);
    CHECK(stage.line().reserved == 500);
    stage.accept(PurchaseExpire{kFirst}, kToday + 3);
    CHECK(stage.line().reserved == 0);
    CHECK(record(stage, kFirst).status == AuthorisationStatus::expired);
    stage.refuse(PurchaseExpire{kFirst}, Outcome::authorisation_not_open, kToday + 3);
}

TEST_CASE("A frozen line still gives reservations back", "[ledger][rules][authorisation]") {
    // Goal: nothing new on it, but nothing is stuck either.
    Stage stage({.captured = false});
    stage.accept(wanted(500));
    stage.accept(LimitFreeze{Stage::kLine, "lost"});
    stage.refuse(wanted(5, kToday, kSecond), Outcome::line_not_active);
    stage.refuse(captured(stage, 500, kFirst), Outcome::line_not_active);
    stage.accept(PurchaseVoid{kFirst});
    CHECK(stage.line().reserved == 0);
}

TEST_CASE("CAPTURE takes up a reservation and releases the rest",
          "[ledger][rules][authorisation]") {
    // Goal: up to what was reserved, on the last day still, once; another line's is unknown.
    Stage stage({.captured = false});
    stage.accept(wanted(100'000, kToday + 1));
    stage.accept(wanted(40'000, kToday + 1, kSecond));
    stage.refuse(captured(stage, 100'001, kFirst), Outcome::above_authorisation);
    stage.refuse(captured(stage, 100, id_of<AuthorisationId>(9)), Outcome::authorisation_unknown);
    const auto other = id_of<LineId>(9);
    REQUIRE(stage.book.grant(other, Stage::kBorrower, 1'000'000) == Outcome::accepted);
    Capture elsewhere = captured(stage, 90'000, kFirst);
    elsewhere.line = other;
    stage.refuse(elsewhere, Outcome::authorisation_unknown);
    // Not bound by what is available: that much was set aside for it.
    CHECK(stage.line().available == 10'000);
    stage.accept(captured(stage, 90'000, kFirst), kToday + 1);
    CHECK(stage.line().used == 90'000);
    CHECK(stage.line().reserved == 40'000);
    CHECK(stage.line().available == 20'000);
    CHECK(record(stage, kFirst).status == AuthorisationStatus::captured);
    Capture again = captured(stage, 5'000, kFirst);
    again.contract = id_of<ContractId>(9);
    stage.refuse(again, Outcome::authorisation_not_open, kToday + 1);
    stage.refuse(PurchaseVoid{kFirst}, Outcome::authorisation_not_open, kToday + 1);
}

TEST_CASE("A reservation stands when the limit is cut below it", "[ledger][rules][authorisation]") {
    // Goal: lowering a limit takes nothing back that was promised.
    Stage stage({.captured = false});
    stage.accept(wanted(100'000));
    stage.accept(LimitChange{Stage::kLine, 60'000, {}});
    CHECK(stage.line().available == 0);
    stage.accept(captured(stage, 100'000, kFirst));
    CHECK(stage.line().used == 100'000);
    CHECK(stage.line().available == 0);
}
