#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

// Mandates, debits under them, and what came of them.
namespace {

constexpr Day kToday = Drafts::kToday;
const Day kDue = day_of("2024-02-29");
const auto kSecond = id_of<DebitId>(2);
const auto kThird = id_of<DebitId>(3);
const auto kOtherMandate = id_of<MandateId>(8);

/// A contract with a mandate, and a debit of its first row.
struct Mandated : Stage {
    explicit Mandated(const StageOptions& options = {}) : Stage(options) {
        accept(mandate());
        accept(debit(kDebit, 33'833, kDue));
    }
    MandateRecord record(MandateId id = kMandate) const {
        return read_mandate(book.records(), id).value().value().record;
    }
    DebitRecord stored(DebitId id = kDebit) const {
        return read_debit(book.records(), id).value().value();
    }
};

}  // namespace

TEST_CASE("A debit that succeeded is a payment like any other", "[ledger][rules][debit]") {
    // Goal: row, totals, use, statement and reference as after a REPAYMENT of the amount.
    Mandated stage;
    Stage paid;
    paid.accept(paid.payment(33'833, "bank-1"), kDue);
    const Position before = stage.position();
    CHECK(before.outstanding_total == 101'500);
    stage.accept(stage.drawn(Stage::kDebit, "bank-1"), kDue);
    const Position position = stage.position();
    CHECK(position.outstanding == paid.position().outstanding);
    CHECK(position.totals.repaid == paid.position().totals.repaid);
    CHECK(position.effects.back().allocation == paid.position().effects.back().allocation);
    CHECK(stage.line().used == paid.line().used);
    CHECK(balances_of(position) == balances_of(paid.position()));
    CHECK(find_payment(stage.book.records(), stage.lender->id, "BANK-1").value().has_value());
    stage.refuse(stage.payment(5, "Bank-1"), Outcome::source_ref_used, kDue);

    CHECK(stage.stored().status == DebitStatus::succeeded);
    CHECK(stage.stored().source_ref == "bank-1");
    CHECK(stage.stored().result_entry == stage.known() - 2);
    CHECK(stage.record().open.empty());
    const ContractEvent& event = stage.book.contract(Stage::kContract)->body.events.back();
    CHECK(event.kind == EventKind::debit);
    CHECK(event.debit == Stage::kDebit);
}

TEST_CASE("A debit that failed changes no money and is counted", "[ledger][rules][debit]") {
    // Goal: in a row, at any point in time, until one succeeds; whatever became of the contract.
    Mandated stage;
    const Position before = stage.position();
    const LineView line = stage.line();
    stage.accept(stage.bounced(Stage::kDebit), kDue);
    CHECK(stage.position().failed_debits == 1);
    CHECK(stage.position().outstanding == before.outstanding);
    CHECK(stage.position().totals.repaid == ByComponent{});
    CHECK(stage.line().used == line.used);
    CHECK(stage.stored().status == DebitStatus::failed);
    CHECK(stage.stored().reason == "no money");
    const std::uint64_t then = stage.known();

    stage.accept(stage.debit(kSecond, 500, kDue + 1), kDue);
    stage.accept(stage.bounced(kSecond, "account closed"), kDue + 1);
    CHECK(stage.position().failed_debits == 2);
    CHECK(stage.position({kDue + 1, then}).failed_debits == 1);
    CHECK(stage.position_on(kDue).failed_debits == 1);
    stage.accept(stage.debit(kThird, 500, kDue + 2), kDue + 1);
    const Transaction drawn = stage.draft(stage.drawn(kThird), kDue + 2);
    stage.accept(drawn);
    CHECK(stage.position().failed_debits == 0);
    // Taken back, it never broke the row.
    stage.accept(stage.reversal(drawn, stage.bank), kDue + 2);
    CHECK(stage.position().failed_debits == 2);

    Mandated lost;
    const Day late = day_of("2024-08-31");
    lost.accept(ChargeOff{.contract = Stage::kContract}, late);
    lost.refuse(lost.drawn(Stage::kDebit), Outcome::contract_charged_off, late);
    lost.accept(lost.bounced(Stage::kDebit), late);
    CHECK(lost.position().failed_debits == 1);
}

TEST_CASE("A debit's payment is reversed by its provider and charged back as any",
          "[ledger][rules][debit]") {
    // Goal: the signers of its target; the reference is free again, the debit has its result.
    Mandated stage;
    const Transaction drawn = stage.draft(stage.drawn(Stage::kDebit, "bank-1"), kDue);
    stage.accept(drawn);
    const Transaction reversal = stage.draft(stage.reversal(drawn, stage.bank), kDue);
    require_refused(stage.book, reversal, {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, reversal, {&stage.book.cast().other_bank()},
                    Outcome::provider_differs);
    REQUIRE(stage.book.submit_one(reversal, {stage.bank}) == Outcome::accepted);
    CHECK(stage.position().outstanding_total == 101'500);
    stage.refuse(stage.drawn(Stage::kDebit), Outcome::debit_has_result, kDue);
    stage.accept(stage.payment(33'833, "bank-1"), kDue);

    Mandated back;
    const Transaction paid = back.draft(back.drawn(Stage::kDebit), kDue);
    back.accept(paid);
    back.accept(Chargeback{Stage::kContract, back.bank->id, paid.id, 33'833, "back-1"}, kDue + 20);
    CHECK(back.position().outstanding_total == 101'500);
    CHECK(back.position_on(kDue + 20).ageing.days_past_due == 0);

    Mandated failed;
    const Transaction bounced = failed.draft(failed.bounced(Stage::kDebit), kDue);
    failed.accept(bounced);
    failed.refuse(failed.reversal(bounced, failed.bank), Outcome::target_not_reversible, kDue);
    failed.refuse(Chargeback{Stage::kContract, failed.bank->id, bounced.id, 5, "back-1"},
                  Outcome::target_not_reversible, kDue);
}

TEST_CASE("Once its day is closed, a debit's payment is reversed with two keys on another day",
          "[ledger][rules][debit]") {
    // Goal: on the closed day itself nothing could be posted in its place, also not another debit.
    Mandated stage;
    stage.accept(stage.debit(kSecond, 500, kDue + 1), kDue);
    const Transaction drawn = stage.draft(stage.drawn(Stage::kDebit), kDue);
    stage.accept(drawn);
    stage.close_days(kDue);
    const Party* second = &stage.book.cast().bank_second_key();
    Transaction other = stage.draft(stage.drawn(kSecond), kDue + 1);
    other.business_date = kDue;
    other.value_date = kDue;
    const std::vector pair{stage.draft(stage.reversal(drawn, stage.bank), kDue), other};
    const SubmissionResult result = stage.book.submit(pair, {stage.bank, second}, true);
    CHECK(result.transactions[0].outcome == Outcome::day_closed);
    CHECK(result.transactions[1].outcome == Outcome::day_closed);
    const auto later = [&] { return stage.draft(stage.reversal(drawn, stage.bank), kDue + 1); };
    require_refused(stage.book, later(), {stage.bank}, Outcome::two_keys_required);
    CHECK(stage.book.submit_one(later(), {stage.bank, second}) == Outcome::accepted);
}

TEST_CASE("A revoked mandate draws nothing from its value date on", "[ledger][rules][debit]") {
    // Goal: the servicer alone conveys it; what is on its way may fail, but bring no money.
    Mandated stage;
    stage.accept(stage.debit(kSecond, 500, kDue - 1), kToday);
    const Transaction revocation = stage.draft(MandateRevoke{Stage::kMandate}, kDue);
    require_refused(stage.book, revocation, {stage.bank}, Outcome::role_missing);
    require_refused(stage.book, revocation, {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    stage.accept(revocation);
    CHECK(stage.record().revoked());
    CHECK(stage.record().live_on(kDue - 1));
    CHECK_FALSE(stage.record().live_on(kDue));
    stage.refuse(revocation.body, Outcome::mandate_not_live, kDue);
    stage.refuse(stage.debit(kThird, 5, kDue + 1), Outcome::mandate_not_live, kDue);
    stage.refuse(stage.drawn(Stage::kDebit), Outcome::mandate_not_live, kDue);
    stage.accept(stage.bounced(Stage::kDebit, "revoked"), kDue);
    stage.accept(stage.drawn(kSecond), kDue);  // drawn the day before
}

TEST_CASE("MANDATE_REGISTER is refused, each rule with its code", "[ledger][rules][debit]") {
    // Goal: signers, amount, dates, id, a contract that is over; mandates hang on their contract.
    Stage stage;
    const auto draft = [&](auto change) {
        MandateRegister body = stage.mandate();
        change(body);
        return stage.draft(body);
    };
    const auto good = [&] { return draft([](MandateRegister&) {}); };
    require_refused(stage.book, good(), {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, good(), {stage.bank}, Outcome::role_missing);
    require_refused(stage.book, good(), {stage.bank, &stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    const auto refuse = [&](Outcome expected, auto change) {
        stage.refuse(draft(change), expected);
    };
    refuse(Outcome::amount_not_positive, [](MandateRegister& body) { body.amount_max = 0; });
    refuse(Outcome::date_out_of_range, [](MandateRegister& body) { body.valid_from = -1; });
    refuse(Outcome::date_out_of_range, [](MandateRegister& body) { body.valid_to = kDayMax + 1; });
    refuse(Outcome::date_out_of_range,
           [](MandateRegister& body) { body.valid_to = body.valid_from - 1; });
    refuse(Outcome::contract_unknown,
           [](MandateRegister& body) { body.contract = id_of<ContractId>(9); });
    stage.accept(good());
    refuse(Outcome::mandate_exists, [](MandateRegister& body) { body.amount_max = 1; });
    stage.accept(stage.mandate(kOtherMandate, 5));
    const ContractBody body = stage.book.contract(Stage::kContract)->body;
    const auto known = [&](std::uint64_t entry) {
        return read_mandates(stage.book.records(), body, entry).value();
    };
    REQUIRE(known(stage.known()).size() == 2);
    CHECK(known(stage.known())[0].terms.mandate == kOtherMandate);
    CHECK(known(stage.known())[1].terms.mandate == Stage::kMandate);
    CHECK(known(stage.known() - 1).size() == 1);
    stage.accept(stage.payment(101'500));
    stage.refuse(stage.mandate(id_of<MandateId>(1)), Outcome::contract_not_active);
}

TEST_CASE("DEBIT_INSTRUCT is refused, each rule with its code", "[ledger][rules][debit]") {
    // Goal: within the mandate's days and maximum, and never more than is payable, in sum.
    Mandated stage;
    const auto draft = [&](Amount amount, Day due) { return stage.debit(kSecond, amount, due); };
    const Transaction good = stage.draft(draft(500, kDue + 1));
    require_refused(stage.book, good, {stage.bank}, Outcome::role_missing);
    require_refused(stage.book, good, {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    stage.refuse(stage.debit(kSecond, 5, kDue, kOtherMandate), Outcome::mandate_unknown);
    stage.refuse(draft(0, kDue + 1), Outcome::amount_not_positive);
    stage.refuse(draft(5, kDayMax + 1), Outcome::date_out_of_range);
    stage.refuse(draft(5, kToday - 1), Outcome::date_outside_validity);
    stage.refuse(stage.debit(Stage::kDebit, 5, kDue + 1), Outcome::debit_exists);
    stage.refuse(draft(5, kToday + 401), Outcome::mandate_not_live);
    stage.refuse(draft(50'001, kDue + 1), Outcome::above_mandate);
    stage.refuse(draft(5, kDue), Outcome::debit_open);
    stage.accept(stage.debit(kThird, 50'000, kDue + 2));
    stage.refuse(draft(17'668, kDue + 1), Outcome::above_payable);
    stage.accept(draft(17'667, kDue + 1));

    // A later mandate is no way to draw before it was given.
    Stage later;
    later.accept(later.mandate(), kToday + 5);
    later.refuse(later.backdated(later.debit(Stage::kDebit, 5, kToday + 4), kToday + 5, kToday),
                 Outcome::mandate_not_live);

    Mandated over;
    over.accept(over.payment(101'500), kDue);
    over.refuse(over.debit(kSecond, 5, kDue), Outcome::debit_open, kDue);
    over.refuse(over.debit(kSecond, 5, kDue + 1), Outcome::contract_not_active, kDue);
    over.refuse(over.drawn(Stage::kDebit), Outcome::contract_not_active, kDue);
}

TEST_CASE("What is on its way under all mandates of a contract is drawn once",
          "[ledger][rules][debit]") {
    // Goal: a second mandate, at another bank, is no way to draw what is payable twice; what a
    // mandate that has ended can draw no more stands in nobody's way.
    Stage stage;
    stage.accept(stage.mandate(Stage::kMandate, 90'000));
    stage.accept(stage.mandate(kOtherMandate, 90'000));
    stage.accept(stage.debit(Stage::kDebit, 90'000, kDue));
    const auto second = [&](Amount amount) {
        return stage.debit(kSecond, amount, kDue, kOtherMandate);
    };
    stage.refuse(second(11'501), Outcome::above_payable);
    stage.accept(second(11'500));
    stage.refuse(stage.debit(kThird, 1, kDue + 1, kOtherMandate), Outcome::above_payable);
    stage.accept(MandateRevoke{Stage::kMandate});
    stage.refuse(stage.debit(kThird, 90'001, kDue + 1, kOtherMandate), Outcome::above_mandate);
    stage.accept(stage.debit(kThird, 90'000, kDue + 1, kOtherMandate));
}

TEST_CASE("A mandate waits for 36 results at most", "[ledger][rules][debit]") {
    // Goal: a bound that one mandate fills for itself alone.
    Stage stage;
    stage.accept(stage.mandate());
    for (std::uint64_t number = 0; number < kOpenDebitsMax; ++number) {
        const Day due = kToday + static_cast<Day>(number * 7 % kOpenDebitsMax);
        stage.accept(stage.debit(id_of<DebitId>(number + 10), 1, due));
    }
    const auto last = id_of<DebitId>(9);
    stage.refuse(stage.debit(last, 1, kToday + 100), Outcome::history_full);
    const auto view = read_mandate(stage.book.records(), Stage::kMandate).value().value();
    REQUIRE(view.debits.size() == kOpenDebitsMax);
    CHECK(view.debits.front().terms.debit == id_of<DebitId>(kOpenDebitsMax + 9));
    stage.accept(stage.bounced(id_of<DebitId>(10)));
    stage.accept(stage.debit(last, 1, kToday + 100));
}

TEST_CASE("DEBIT_RESULT is refused, each rule with its code", "[ledger][rules][debit]") {
    // Goal: its provider, once, not before the day; words that go with what happened.
    Mandated stage;
    const Transaction good = stage.draft(stage.drawn(Stage::kDebit), kDue);
    require_refused(stage.book, good, {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, good, {&stage.book.cast().other_bank()}, Outcome::provider_differs);
    stage.refuse(stage.drawn(kSecond), Outcome::debit_unknown, kDue);
    stage.refuse(stage.backdated(stage.drawn(Stage::kDebit), kDue, kDue - 1),
                 Outcome::date_outside_validity);
    const auto refuse = [&](DebitOutcome result, std::string reason, std::string source_ref,
                            Outcome expected) {
        stage.refuse(DebitResult{Stage::kDebit, result, std::move(reason), std::move(source_ref)},
                     expected, kDue);
    };
    const std::string longest(64, 'x');
    refuse(DebitOutcome::failed, "", "", Outcome::text_out_of_range);
    refuse(DebitOutcome::failed, longest + "x", "", Outcome::text_out_of_range);
    refuse(DebitOutcome::failed, "no money", "bank-1", Outcome::text_out_of_range);
    refuse(DebitOutcome::succeeded, "thanks", "bank-1", Outcome::text_out_of_range);
    refuse(DebitOutcome::succeeded, "", "", Outcome::text_out_of_range);
    refuse(DebitOutcome::succeeded, "", "Li Lei", Outcome::reference_personal);
    stage.accept(stage.payment(5, "bank-1"), kDue);
    refuse(DebitOutcome::succeeded, "", "bank-1", Outcome::source_ref_used);
    stage.accept(good);
    stage.refuse(stage.bounced(Stage::kDebit), Outcome::debit_has_result, kDue);
    stage.refuse(stage.drawn(Stage::kDebit), Outcome::debit_has_result, kDue);
}

TEST_CASE("A debit above what is payable is credited where the ruleset says so",
          "[ledger][rules][debit]") {
    // Goal: what the borrower paid meanwhile by hand is his; refused where nothing is credited.
    for (const Overpayment policy : {Overpayment::refuse, Overpayment::credit}) {
        Mandated stage({.rules = [policy](RulesetRegister& ruleset, ProductRegister&) {
            ruleset.overpayment = policy;
        }});
        stage.accept(stage.payment(101'000), kDue);
        if (policy == Overpayment::refuse) {
            stage.refuse(stage.drawn(Stage::kDebit), Outcome::above_payable, kDue);
            continue;
        }
        stage.accept(stage.drawn(Stage::kDebit), kDue);
        CHECK(stage.position().status == ContractStatus::overpaid);
        CHECK(stage.position().totals.credit == 33'333);
    }
}

TEST_CASE("Mandates stay with the contract when its servicer changes", "[ledger][rules][debit]") {
    // Goal: the new servicer instructs and revokes, the old one does no more.
    Mandated stage;
    const Party* other = &stage.book.cast().other_servicer();
    stage.accept(ServicerChange{Stage::kContract, other->id}, kDue);
    stage.refuse(stage.debit(kSecond, 5, kDue + 1), Outcome::servicer_differs, kDue);
    CHECK(stage.book.submit_one(stage.draft(stage.debit(kSecond, 5, kDue + 1), kDue), {other}) ==
          Outcome::accepted);
    stage.accept(stage.drawn(Stage::kDebit), kDue);
    CHECK(stage.book.submit_one(stage.draft(MandateRevoke{Stage::kMandate}, kDue), {other}) ==
          Outcome::accepted);
}

TEST_CASE("What an atomic submission undoes leaves no mandate and no debit",
          "[ledger][rules][debit]") {
    // Goal: all or none over records of their own too; within one, each sees the ones before.
    Stage stage;
    const std::vector chain{stage.draft(stage.mandate()),
                            stage.draft(stage.debit(Stage::kDebit, 500, kToday)),
                            stage.draft(stage.drawn(Stage::kDebit, "bank-1"))};
    std::vector broken = chain;
    broken.push_back(stage.draft(stage.bounced(Stage::kDebit)));
    const auto refused = stage.book.submit(broken, {stage.servicer, stage.bank}, true);
    CHECK(refused.transactions[3].outcome == Outcome::debit_has_result);
    CHECK_FALSE(read_mandate(stage.book.records(), Stage::kMandate).value());
    CHECK_FALSE(read_debit(stage.book.records(), Stage::kDebit).value());
    CHECK(stage.position().outstanding_total == 101'500);
    std::vector again{stage.draft(stage.mandate()),
                      stage.draft(stage.debit(Stage::kDebit, 500, kToday)),
                      stage.draft(stage.drawn(Stage::kDebit, "bank-1"))};
    const auto done = stage.book.submit(again, {stage.servicer, stage.bank}, true);
    for (const TransactionResult& row : done.transactions) CHECK(row.outcome == Outcome::accepted);
    CHECK(stage.position().outstanding_total == 101'000);
}
