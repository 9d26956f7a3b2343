#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Contacts with a borrower, what comes before a collector, and complaints.
namespace {

constexpr Day kToday = Drafts::kToday;
const auto kSecond = id_of<ContractId>(2);

ContactsRecord contacts(const Stage& stage) {
    return read_contacts(stage.book.records(), Stage::kBorrower).value();
}

StageOptions with_rules(std::function<void(RulesetRegister&)> change) {
    return {.rules = [change](RulesetRegister& ruleset, ProductRegister&) { change(ruleset); }};
}

}  // namespace

TEST_CASE("A contact is on record and moves no money", "[ledger][rules][contact]") {
    // Goal: who, how and when; balances, ageing and use are as they were.
    Stage stage;
    const Day late = kToday + 60;
    stage.accept(OverdueMark{Stage::kContract, 0, 0, 0}, late);
    const Position before = stage.position_on(late);
    const LineView line = stage.line();
    ContactLog body = stage.contact(8 * 60);
    body.channel = ContactChannel::message;
    body.note = crypto::sha256(ByteView{});
    stage.accept(body, late);
    const Position after = stage.position_on(late);
    CHECK(after.outstanding == before.outstanding);
    CHECK(after.ageing == before.ageing);
    CHECK(after.penalty_accrued == before.penalty_accrued);
    CHECK(balances_of(after) == balances_of(before));
    CHECK(stage.line().used == line.used);
    const ContractEvent& event = stage.book.contract(Stage::kContract)->body.events.back();
    CHECK(event.kind == EventKind::contact);
    CHECK(event.channel == ContactChannel::message);
    CHECK(event.minute == 8 * 60);
    CHECK(event.member == stage.servicer->id);
    CHECK(contacts(stage).on(late) == 1);
}

TEST_CASE("The collector logs contacts once there is one", "[ledger][rules][contact]") {
    // Goal: whoever works on the contract, and nobody else.
    Stage stage;
    const auto by = [&](std::initializer_list<const Party*> signers) {
        return stage.book.submit_one(stage.draft(stage.contact()), signers);
    };
    require_refused(stage.book, stage.draft(stage.contact()), {stage.lender},
                    Outcome::role_missing);
    require_refused(stage.book, stage.draft(stage.contact()), {stage.collector},
                    Outcome::servicer_differs);
    require_refused(stage.book, stage.draft(stage.contact()), {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    CHECK(by({stage.servicer}) == Outcome::accepted);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 5});
    CHECK(by({stage.servicer}) == Outcome::collector_differs);
    CHECK(by({stage.collector}) == Outcome::accepted);
    CHECK(stage.book.contract(Stage::kContract)->body.events.back().member == stage.collector->id);
    stage.accept(CollectionRecall{Stage::kContract});
    CHECK(by({stage.collector}) == Outcome::servicer_differs);
    CHECK(by({stage.servicer}) == Outcome::accepted);
}

TEST_CASE("CONTACT_LOG is refused, each rule with its code", "[ledger][rules][contact]") {
    // Goal: hours and number are the ruleset's; both ends of the hours.
    Stage stage(with_rules([](RulesetRegister& ruleset) {
        ruleset.contact_from = 540;
        ruleset.contact_to = 1'440;
        ruleset.contacts_per_day = 1;
    }));
    stage.refuse(stage.contact(539), Outcome::contact_outside_hours);
    stage.refuse(stage.contact(1'440), Outcome::contact_outside_hours);
    stage.refuse(stage.contact(0xFFFF'FFFF), Outcome::contact_outside_hours);
    stage.refuse(stage.contact(600, kSecond), Outcome::contract_unknown);
    stage.refuse(stage.backdated(stage.contact(), kToday, kToday - 1),
                 Outcome::date_outside_validity);
    stage.accept(stage.contact(540));
    stage.refuse(stage.contact(1'439), Outcome::contacts_exhausted);
    stage.accept(stage.contact(1'439), kToday + 1);
    stage.refuse(stage.backdated(stage.contact(), kToday + 60, kToday + 5),
                 Outcome::backdated_too_far);

    Stage silent(with_rules([](RulesetRegister& ruleset) {
        ruleset.contact_from = 0;
        ruleset.contact_to = 0;
        ruleset.contacts_per_day = 0;
    }));
    silent.refuse(silent.contact(0), Outcome::contact_outside_hours);

    Stage over;
    over.accept(over.payment(101'500), kToday + 2);
    over.refuse(over.contact(), Outcome::contract_not_active, kToday + 3);
    // It was owed the day before.
    over.accept(over.backdated(over.contact(), kToday + 3, kToday + 1));
}

TEST_CASE("A borrower's contacts are counted over all its contracts", "[ledger][rules][contact]") {
    // Goal: two contracts do not double the number; each day by itself, also a day in the past.
    Stage stage;
    stage.accept(stage.capture(500, 3, kSecond));
    const Day day = kToday + 10;
    stage.accept(stage.contact(600), day);
    stage.accept(stage.contact(601, kSecond), day);
    stage.accept(stage.contact(602), day);
    stage.refuse(stage.contact(603, kSecond), Outcome::contacts_exhausted, day);
    stage.refuse(stage.contact(603), Outcome::contacts_exhausted, day);
    const auto earlier = [&] { return stage.backdated(stage.contact(700), day + 1, day - 1); };
    for (int times = 0; times < 3; ++times) stage.accept(earlier());
    stage.refuse(earlier(), Outcome::contacts_exhausted);
    stage.refuse(stage.backdated(stage.contact(), day + 1, day), Outcome::contacts_exhausted);
    stage.accept(stage.contact(), day + 1);
    CHECK(contacts(stage).days == std::vector<ContactDay>{{day - 1, 3}, {day, 3}, {day + 1, 1}});
}

TEST_CASE("The newest 64 days of a borrower's contacts count", "[ledger][rules][contact]") {
    // Goal: bounded, and nothing is taken on a day whose count was let go.
    Stage stage(with_rules([](RulesetRegister& ruleset) { ruleset.backdating_days_max = 200; }));
    const Day last = kToday + 100;
    const auto on = [&](Day day) { return stage.backdated(stage.contact(), last, day); };
    for (Day day = kToday + 1; day <= kToday + 64; ++day) stage.accept(on(day));
    stage.refuse(on(kToday), Outcome::backdated_too_far);
    stage.accept(on(kToday + 1));
    stage.accept(on(last));
    CHECK(contacts(stage).days.size() == kContactDaysMax);
    stage.refuse(on(kToday + 1), Outcome::backdated_too_far);
    stage.accept(on(kToday + 2));
    stage.accept(on(kToday + 70));
}

TEST_CASE("Contacts use up no room but their own", "[ledger][rules][contact]") {
    // Goal: bounded like marks; payments and marks go on.
    Stage stage(with_rules([](RulesetRegister& ruleset) {
        ruleset.contact_from = 0;
        ruleset.contact_to = 1'440;
        ruleset.contacts_per_day = 36;
        ruleset.backdating_days_max = 30;
    }));
    const Day day = kToday + 20;
    for (std::size_t count = 0; count < room_of(EventKind::contact); ++count) {
        const auto back = static_cast<Day>(count / 36);
        stage.accept(stage.backdated(stage.contact(), day, day - back));
    }
    stage.refuse(stage.contact(), Outcome::history_full, day + 1);
    stage.accept(stage.payment(500), day + 1);
    stage.accept(OverdueMark{Stage::kContract, 0, 0, 0}, day + 1);
}

TEST_CASE("A contact stays on a contract that was taken back", "[ledger][rules][contact]") {
    // Goal: what was said stands; it bars no correction.
    Stage stage({.captured = false});
    const Transaction capture = stage.draft(stage.capture(100'000));
    REQUIRE(stage.book.submit_one(capture, {stage.lender, stage.funder}) == Outcome::accepted);
    stage.accept(stage.contact());
    Reversal reversal = stage.reversal(capture, stage.lender);
    const Transaction back = stage.draft(reversal);
    REQUIRE(stage.book.submit_one(back, {stage.lender, stage.funder}) == Outcome::accepted);
    CHECK(stage.position().status == ContractStatus::reversed);
    stage.refuse(stage.contact(), Outcome::contract_not_active);
}

TEST_CASE("A ruleset may ask for relief before a collector", "[ledger][rules][contact]") {
    // Goal: a request, a grace or a re-plan that stands; without the rule nothing is asked.
    const auto first =
        with_rules([](RulesetRegister& ruleset) { ruleset.forbearance_first = true; });
    const auto assignment = [](const Stage& stage) {
        return CollectionAssign{Stage::kContract, stage.collector->id, 5};
    };
    Stage asked(first);
    asked.refuse(assignment(asked), Outcome::forbearance_missing);
    asked.accept(asked.request(id_of<HardshipId>(1)));
    asked.accept(assignment(asked));

    Stage graced(first);
    const Transaction grace = graced.draft(graced.grace(kToday + 1, kToday + 5));
    graced.accept(grace);
    graced.accept(graced.reversal(grace, graced.lender));
    graced.refuse(assignment(graced), Outcome::forbearance_missing);
    graced.accept(graced.grace(kToday + 1, kToday + 5));
    graced.accept(assignment(graced));

    Stage replanned(first);
    replanned.accept(replanned.replan(0, 6));
    replanned.accept(assignment(replanned));

    Stage free;
    free.accept(assignment(free));
}

TEST_CASE("The hours of contact are held to their form", "[ledger][rules][contact]") {
    // Goal: within a day, from before to, a number of 1 to 36; or all three nothing.
    Stage stage({.captured = false});
    std::uint64_t number = 100;
    const auto with = [&](std::uint32_t from, std::uint32_t to, std::uint32_t count) {
        RulesetRegister ruleset;
        ruleset.ruleset = id_of<RulesetId>(++number);
        ruleset.bucket_days = {30};
        ruleset.class_days = {1, 91, 121, 181};
        ruleset.contact_from = from;
        ruleset.contact_to = to;
        ruleset.contacts_per_day = count;
        return ruleset;
    };
    stage.accept(with(0, 0, 0));
    stage.accept(with(0, 1, 1));
    stage.accept(with(1'439, 1'440, 36));
    stage.refuse(with(0, 0, 1), Outcome::ruleset_invalid);
    stage.refuse(with(0, 1'440, 0), Outcome::ruleset_invalid);
    stage.refuse(with(480, 480, 1), Outcome::ruleset_invalid);
    stage.refuse(with(481, 480, 1), Outcome::ruleset_invalid);
    stage.refuse(with(0, 1'441, 1), Outcome::ruleset_invalid);
    stage.refuse(with(0, 1'440, 37), Outcome::ruleset_invalid);
}

TEST_CASE("A complaint is opened by owner or servicer and answered once",
          "[ledger][rules][contact]") {
    // Goal: both may, neither alone can keep it off the record; a chain on the contract.
    Stage stage;
    const Party* other = &stage.book.cast().other_originator();
    const Transaction good = stage.draft(stage.complaint());
    require_refused(stage.book, good, {stage.collector}, Outcome::role_missing);
    require_refused(stage.book, good, {other}, Outcome::owner_differs);
    require_refused(stage.book, good, {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    CHECK(stage.book.submit_one(good, {stage.lender}) == Outcome::accepted);
    stage.refuse(stage.complaint(), Outcome::complaint_exists);
    const auto kOther = id_of<ComplaintId>(2);
    ComplaintOpen unknown = stage.complaint(kOther);
    unknown.contract = kSecond;
    stage.refuse(unknown, Outcome::contract_unknown);
    stage.accept(stage.complaint(kOther), kToday + 5);
    const ComplaintRecord second = read_complaint(stage.book.records(), kOther).value().value();
    CHECK(second.owner == stage.servicer->id);
    CHECK(second.previous == Stage::kComplaint);
    const std::uint64_t then = stage.known();

    stage.refuse(stage.answer(id_of<ComplaintId>(3)), Outcome::complaint_unknown);
    stage.refuse(stage.backdated(stage.answer(kOther), kToday + 6, kToday + 4),
                 Outcome::date_outside_validity);
    const Transaction answer = stage.draft(stage.answer(kOther), kToday + 6);
    require_refused(stage.book, answer, {stage.collector}, Outcome::role_missing);
    require_refused(stage.book, answer, {other}, Outcome::owner_differs);
    CHECK(stage.book.submit_one(answer, {stage.servicer, stage.lender}) == Outcome::accepted);
    stage.refuse(stage.answer(kOther), Outcome::complaint_closed, kToday + 6);
    // Also on a contract that is over.
    stage.accept(stage.payment(101'500), kToday + 7);
    stage.accept(stage.answer(), kToday + 7);

    const ContractBody body = stage.book.contract(Stage::kContract)->body;
    const auto known = [&](std::uint64_t entry) {
        return read_complaints(stage.book.records(), body, entry).value();
    };
    REQUIRE(known(stage.known()).size() == 2);
    CHECK(known(stage.known())[0].terms.complaint == kOther);
    CHECK(known(stage.known())[0].answer->owner == stage.lender->id);
    REQUIRE(known(then).size() == 2);
    CHECK_FALSE(known(then)[0].answer);
}

TEST_CASE("Nobody that has a part in a contract ends a complaint about it alone",
          "[ledger][rules][contact]") {
    // Goal: whoever put it on record; two of originator, owner and servicer do, or a regulator.
    Stage stage;
    const auto by = [&](const Party* party, std::uint64_t number) {
        const Transaction draft = stage.draft(stage.complaint(id_of<ComplaintId>(number)));
        REQUIRE(stage.book.submit_one(draft, {party}) == Outcome::accepted);
    };
    const auto answer = [&](std::uint64_t number) {
        return stage.draft(stage.answer(id_of<ComplaintId>(number)), kToday + 1);
    };
    const auto answered = [&](std::uint64_t number, std::initializer_list<const Party*> signers) {
        return stage.book.submit_one(answer(number), signers) == Outcome::accepted;
    };
    for (const std::uint64_t number : {1U, 2U, 3U}) by(stage.lender, number);
    for (const std::uint64_t number : {4U, 5U}) by(stage.servicer, number);
    stage.sell();
    for (const std::uint64_t number : {1U, 4U}) {
        for (const Party* alone : {stage.lender, stage.vehicle, stage.servicer}) {
            const Outcome refused =
                alone == stage.vehicle ? Outcome::role_missing : Outcome::signer_missing;
            require_refused(stage.book, answer(number), {alone}, refused);
        }
        require_refused(stage.book, answer(number), {stage.lender, stage.lender_2},
                        Outcome::signer_missing);
    }
    require_refused(stage.book, answer(1), {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    CHECK(answered(1, {stage.lender, stage.vehicle}));
    CHECK(answered(2, {stage.regulator}));
    CHECK(answered(3, {stage.servicer, stage.vehicle}));
    CHECK(answered(4, {stage.servicer, stage.lender}));
    CHECK(answered(5, {stage.regulator, stage.servicer}));
    const auto answered_by = [&](std::uint64_t number) {
        return read_complaint(stage.book.records(), id_of<ComplaintId>(number))
            .value()
            .value()
            .answer->owner;
    };
    CHECK(answered_by(2) == stage.regulator->id);
    CHECK(answered_by(3) == stage.vehicle->id);
    CHECK(answered_by(5) == stage.servicer->id);
}
