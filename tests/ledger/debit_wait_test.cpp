#include "ledger/room.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// How long a debit without a result is on its way, how many mandates a contract has, and which day
// of a debit counts.
namespace {

constexpr Day kToday = Drafts::kToday;
const Day kDue = day_of("2024-02-29");
const auto kSecond = id_of<DebitId>(2);
const auto kThird = id_of<DebitId>(3);

MandateRecord record(const Stage& stage) {
    return read_mandate(stage.book.records(), Stage::kMandate).value().value().record;
}

}  // namespace

TEST_CASE("A debit whose result never comes is on its way for 14 days", "[ledger][rules][debit]") {
    // Goal: a provider that says nothing bars nobody; what it says late is a payment of its day.
    Stage stage;
    stage.accept(stage.mandate(Stage::kMandate, 90'000));
    stage.accept(stage.mandate(id_of<MandateId>(8), 90'000));
    stage.accept(stage.debit(Stage::kDebit, 90'000, kDue));
    const auto again = [&] { return stage.debit(kSecond, 90'000, kDue + 40, id_of<MandateId>(8)); };
    stage.refuse(again(), Outcome::above_payable, kDue + 14);
    stage.accept(again(), kDue + 15);
    stage.refuse(stage.debit(kThird, 90'000, kDue + 41), Outcome::above_payable, kDue + 15);
    // Its own mandate waits no more once another is instructed; the debit has no result yet.
    CHECK(record(stage).open.size() == 1);
    stage.accept(stage.debit(kThird, 11'500, kDue + 41), kDue + 15);
    CHECK(record(stage).open.size() == 1);
    CHECK(read_debit(stage.book.records(), Stage::kDebit).value()->status == DebitStatus::open);
    stage.accept(stage.drawn(Stage::kDebit, "late-1"), kDue + 15);
    CHECK(stage.position().outstanding_total == 11'500);
    stage.refuse(stage.bounced(Stage::kDebit), Outcome::debit_has_result, kDue + 15);
    stage.refuse(stage.drawn(kSecond), Outcome::above_payable, kDue + 40);
}

TEST_CASE("A debit that nobody waits for takes no place of its mandate", "[ledger][rules][debit]") {
    // Goal: of 36 places those that are past are free again, one by one.
    Stage stage;
    stage.accept(stage.mandate());
    for (std::uint64_t number = 0; number < kOpenDebitsMax; ++number) {
        stage.accept(
            stage.debit(id_of<DebitId>(number + 10), 1, kToday + static_cast<Day>(number)));
    }
    const auto last = id_of<DebitId>(9);
    stage.refuse(stage.debit(last, 1, kToday + 100), Outcome::history_full, kToday + 14);
    stage.accept(stage.debit(last, 1, kToday + 100), kToday + 15);
    CHECK(record(stage).open.size() == kOpenDebitsMax);
    stage.refuse(stage.debit(kSecond, 1, kToday + 101), Outcome::history_full, kToday + 15);
    CHECK(read_mandate(stage.book.records(), Stage::kMandate).value()->debits.size() ==
          kOpenDebitsMax + 1);
    stage.accept(stage.bounced(id_of<DebitId>(10), "found late"), kToday + 15);
    CHECK(record(stage).open.size() == kOpenDebitsMax);
}

TEST_CASE("Nobody instructs a debit that nobody would wait for", "[ledger][rules][debit]") {
    // Goal: it would never be on its way, as often as somebody instructs it.
    Stage stage;
    stage.accept(stage.mandate());
    const auto past = [&](Day due) {
        return stage.backdated(stage.debit(Stage::kDebit, 5, due), kToday + 20, kToday + 5);
    };
    stage.refuse(past(kToday + 5), Outcome::backdated_too_far);
    stage.accept(past(kToday + 6));
}

TEST_CASE("A contract has 64 mandates at most, and some more by two parties",
          "[ledger][rules][debit]") {
    // Goal: each debit walks them all; servicer and provider alone do not use up the last ones.
    Stage stage;
    std::uint64_t number = 0;
    const auto next = [&] { return stage.draft(stage.mandate(id_of<MandateId>(++number))); };
    while (number < kMandatesMax) stage.accept(next());
    stage.refuse(next(), Outcome::history_full);
    const std::initializer_list<const Party*> parties{stage.servicer, stage.bank, stage.lender};
    for (std::size_t more = kMandatesMax; more < kMandatesWithReserveMax; ++more) {
        REQUIRE(stage.book.submit_one(next(), parties) == Outcome::accepted);
    }
    require_refused(stage.book, next(), parties, Outcome::history_full);
    // Of one contract: the next has its own.
    const auto other = id_of<ContractId>(77);
    stage.accept(stage.capture(20'000, 3, other));
    MandateRegister mandate = stage.mandate(id_of<MandateId>(900));
    mandate.contract = other;
    stage.accept(mandate);
}

TEST_CASE("A mandate's days are those on which a debit is due", "[ledger][rules][debit]") {
    // Goal: the last day is one of them; a result's own dates do not matter.
    Stage stage;
    MandateRegister mandate = stage.mandate();
    mandate.valid_to = kDue;
    stage.accept(mandate);
    stage.refuse(stage.debit(kSecond, 500, kDue + 1), Outcome::mandate_not_live);
    stage.accept(stage.debit(kSecond, 500, kDue));
    stage.accept(stage.drawn(kSecond), kDue + 20);
    CHECK(stage.position().outstanding_total == 101'000);
}

TEST_CASE("A revocation bars the debits of its day and later, whenever they are booked",
          "[ledger][rules][debit]") {
    // Goal: by the day on which a debit is due, not by the value date of its result.
    Stage stage;
    stage.accept(stage.mandate());
    stage.accept(stage.debit(Stage::kDebit, 500, kDue - 1));
    stage.accept(stage.debit(kSecond, 500, kDue));
    stage.accept(stage.debit(kThird, 500, kDue + 1));
    stage.accept(MandateRevoke{Stage::kMandate}, kDue);
    for (const DebitId& barred : {kSecond, kThird}) {
        stage.refuse(stage.drawn(barred), Outcome::mandate_not_live, kDue + 9);
        stage.accept(stage.bounced(barred, "revoked"), kDue + 9);
    }
    stage.accept(stage.drawn(Stage::kDebit), kDue + 9);

    Stage later;
    later.accept(later.mandate());
    later.accept(later.debit(Stage::kDebit, 500, kDue));
    later.accept(MandateRevoke{Stage::kMandate}, kDue + 1);
    later.accept(later.drawn(Stage::kDebit), kDue + 2);
}
