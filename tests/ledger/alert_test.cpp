#include "ledger/usual_terms.h"
#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally;
using namespace tally::ledger;
using namespace tally::testing;

// Alerts: by the nodes, as a transaction crosses a threshold or a first payment is not made; by
// hand; and what is decided on them.
namespace {

constexpr Day kToday = Drafts::kToday;
const Day kDue = day_of("2024-02-29");
constexpr Day kDays = 10;
const auto kHand = id_of<AlertId>(1);

void warn(RulesetRegister& ruleset, ProductRegister& /*product*/) {
    ruleset.alert_limit_use_ppm = 800'000;
    ruleset.alert_first_payment_days = kDays;
    ruleset.alert_missed_debits = 2;
    ruleset.backdating_days_max = 60;
}

struct Warned : Stage {
    explicit Warned(Amount limit = 150'000, bool captured = true)
        : Stage({.rules = warn, .limit = limit, .captured = captured}) {}

    std::vector<AlertsView::Item> of_line(std::uint64_t known_at = kNoEntry - 1) const {
        return read_alerts(book.records(), AccountClass::line, kLine.bytes, known_at)
            .value()
            .alerts;
    }
    std::vector<AlertsView::Item> of(const ContractId& id = kContract,
                                     std::uint64_t known_at = kNoEntry - 1) const {
        return read_alerts(book.records(), AccountClass::contract, id.bytes, known_at)
            .value()
            .alerts;
    }
    AlertRecord record(const AlertId& id) const {
        return read_alert(book.records(), id).value().value();
    }
    std::uint64_t awaited() const { return read_awaited(book.records()).value().count; }
    PurchaseAuth hold(std::uint64_t id, Amount amount) const {
        return {id_of<AuthorisationId>(id), kLine, amount, kToday + 60};
    }
    Alert hand(const AlertId& id = kHand) const {
        return {id, kContract, AlertRule::other, "letters come back", std::nullopt};
    }
    AlertDisposition decide(Disposition disposition, const AlertId& id = kHand) const {
        return {id, disposition, "looked at"};
    }
    /// Opens the day, and closes all up to it.
    void close(Day day) {
        book.ensure_day(day);
        close_days(day);
    }
    std::uint64_t last_entry() const { return book.entries().size() - 1; }
};

}  // namespace

TEST_CASE("What takes a line to its threshold warns once", "[ledger][rules][alert]") {
    // Goal: by the transaction that crosses it, reservations included; again only after it fell
    // below; a lower limit crosses too.
    Warned stage;
    stage.accept(stage.hold(1, 19'999));
    CHECK(stage.of_line().empty());
    stage.accept(stage.hold(2, 1));
    REQUIRE(stage.of_line().size() == 1);
    const auto first = stage.of_line().front();
    const auto& [id, alert] = first;
    CHECK(is_node_alert(id));
    CHECK(id == alert_id_of(AccountClass::line, Stage::kLine.bytes, AlertRule::limit_use, 0));
    CHECK(alert.rule == AlertRule::limit_use);
    CHECK_FALSE(alert.by_hand);
    CHECK(alert.line == Stage::kLine);
    CHECK_FALSE(alert.contract);
    CHECK(alert.owner == stage.lender->id);
    CHECK(alert.entry == stage.last_entry());
    CHECK(alert.business_date == kToday);
    CHECK(alert.as_of == kToday);
    CHECK(alert.measured == 800'000);
    CHECK(alert.threshold == 800'000);
    CHECK(alert.answers.empty());

    stage.accept(stage.hold(3, 5'000));
    CHECK(stage.of_line().size() == 1);
    stage.accept(PurchaseVoid{id_of<AuthorisationId>(2)});
    stage.accept(PurchaseVoid{id_of<AuthorisationId>(3)});
    CHECK(stage.of_line().size() == 1);
    stage.accept(LimitChange{Stage::kLine, 140'000, {}});
    REQUIRE(stage.of_line().size() == 2);
    CHECK(stage.of_line().front().record.measured == 857'135);
    CHECK(stage.of_line().front().record.previous == id);
    // What a payment makes of it is followed as what a purchase does.
    stage.accept(stage.payment(33'833), kDue);
    CHECK(stage.of_line().size() == 2);
    stage.accept(stage.hold(4, 30'000), kDue);
    CHECK(stage.of_line().size() == 3);
}

TEST_CASE("The threshold of a line is that of its newest contract", "[ledger][rules][alert]") {
    // Goal: none without a contract; the capture that brings one may be what crosses it.
    Warned stage(150'000, false);
    stage.accept(stage.hold(1, 140'000));
    CHECK(stage.of_line().empty());
    stage.accept(stage.capture(10'000));
    REQUIRE(stage.of_line().size() == 1);
    CHECK(stage.of_line().front().record.measured == 1'000'000);

    Stage silent;
    silent.accept(PurchaseAuth{id_of<AuthorisationId>(1), Stage::kLine, 50'000, kToday + 20});
    CHECK(read_alerts(silent.book.records(), AccountClass::line, Stage::kLine.bytes, kNoEntry - 1)
              .value()
              .alerts.empty());
}

TEST_CASE("An atomic submission that is refused warns of nothing", "[ledger][rules][alert]") {
    Warned stage;
    const std::vector both{stage.draft(stage.hold(1, 20'000)), stage.draft(stage.hold(1, 5))};
    const SubmissionResult refused = stage.book.submit(both, {stage.lender}, true);
    CHECK(refused.transactions[0].outcome == Outcome::atomic_sibling);
    CHECK(stage.of_line().empty());
    stage.accept(stage.hold(2, 20'000));
    CHECK(stage.of_line().size() == 1);
}

TEST_CASE("Failed debits in a row warn at their number", "[ledger][rules][alert]") {
    // Goal: once, again only after one succeeded; a success that is taken back may cross it too.
    Warned stage;
    stage.accept(stage.mandate());
    const auto draw = [&](std::uint64_t id, Day day) {
        stage.accept(stage.debit(id_of<DebitId>(id), 500, day), day);
    };
    for (std::uint64_t id = 1; id <= 3; ++id) {
        draw(id, kDue + static_cast<Day>(id));
        stage.accept(stage.bounced(id_of<DebitId>(id)), kDue + static_cast<Day>(id));
        CHECK(stage.of().size() == (id < 2 ? 0 : 1));
    }
    const AlertRecord alert = stage.of().front().record;
    CHECK(alert.rule == AlertRule::missed_debits);
    CHECK(alert.contract == Stage::kContract);
    CHECK(alert.line == Stage::kLine);
    CHECK(alert.measured == 2);
    CHECK(alert.threshold == 2);
    CHECK(alert.as_of == kDue + 2);
    draw(4, kDue + 4);
    const Transaction drawn = stage.draft(stage.drawn(id_of<DebitId>(4)), kDue + 4);
    stage.accept(drawn);
    CHECK(stage.of().size() == 1);
    stage.accept(stage.reversal(drawn, stage.bank), kDue + 4);
    REQUIRE(stage.of().size() == 2);
    CHECK(stage.of().front().record.measured == 3);
    CHECK(stage.of().front().record.entry == stage.last_entry());
}

TEST_CASE("A first row that is not met so many days later warns as its day is closed",
          "[ledger][rules][alert]") {
    // Goal: at the first DAY_CLOSE of its day or later, as of its day; once.
    Warned stage;
    CHECK(stage.awaited() == 1);
    stage.close(kDue + kDays - 1);
    CHECK(stage.of().empty());
    CHECK(stage.awaited() == 1);
    stage.close(kDue + kDays + 3);
    REQUIRE(stage.of().size() == 1);
    const AlertRecord alert = stage.of().front().record;
    CHECK(alert.rule == AlertRule::first_payment_default);
    CHECK(alert.contract == Stage::kContract);
    CHECK(alert.as_of == kDue + kDays);
    CHECK(alert.business_date == kDue + kDays + 3);
    CHECK(alert.measured == kDays);
    CHECK(alert.threshold == kDays);
    CHECK(alert.entry == stage.last_entry());
    CHECK(stage.awaited() == 0);
    stage.close(kDue + kDays + 9);
    CHECK(stage.of().size() == 1);
}

TEST_CASE("A first payment is judged by where the contract stands on its day",
          "[ledger][rules][alert]") {
    // Goal: paid, refunded, re-planned, in grace and taken back contracts are no default; one paid
    // in part or a day too late is.
    const Day last = kDue + kDays;
    const auto warns = [&](const std::function<void(Warned&)>& then) {
        Warned stage;
        then(stage);
        stage.close(last + 5);
        CHECK(stage.awaited() == 0);
        return !stage.of().empty();
    };
    CHECK_FALSE(warns([&](Warned& s) { s.accept(s.payment(33'833), last); }));
    CHECK(warns([&](Warned& s) { s.accept(s.payment(33'832), kDue); }));
    CHECK(warns([&](Warned& s) { s.accept(s.payment(33'833), last + 1); }));
    CHECK_FALSE(
        warns([&](Warned& s) { s.accept(s.backdated(s.payment(33'833), last + 1, last)); }));
    CHECK_FALSE(warns([&](Warned& s) {
        s.accept(MerchantRefund{Stage::kContract, 100'000, s.next_ref()}, kDue - 1);
    }));
    CHECK_FALSE(warns([&](Warned& s) { s.accept(s.replan(5'000, 3), kDue + 1); }));
    CHECK_FALSE(warns([&](Warned& s) { s.accept(s.grace(kDue + 2, last), kDue + 1); }));
    CHECK_FALSE(warns([&](Warned& s) {
        s.accept(ChargeOff{.contract = Stage::kContract, .reason = "lost"}, last);
    }));
    const auto taken_back = [&] {
        Warned stage(150'000, false);
        const Transaction capture = stage.draft(stage.capture(100'000));
        stage.accept(capture);
        const Reversal reversal = stage.reversal(capture, stage.lender);
        REQUIRE(stage.book.submit_one(stage.draft(reversal), {stage.lender, stage.funder}) ==
                Outcome::accepted);
        stage.close(last);
        CHECK(stage.awaited() == 0);
        return stage.of().empty();
    };
    CHECK(taken_back());
}

TEST_CASE("So many first payments are judged by one closing", "[ledger][rules][alert]") {
    // Goal: in the order of their days and captures; the rest waits for the next one.
    constexpr std::uint64_t kMore = 3;
    Warned stage(1'000 * static_cast<Amount>(kJudgedContractsMax + kMore + 1), false);
    const auto contract = [](std::uint64_t number) { return id_of<ContractId>(1'000 + number); };
    stage.accept(stage.capture(1'000, 3, contract(0)), kToday + 1);
    std::vector<Transaction> purchases;
    for (std::uint64_t number = 1; number < kJudgedContractsMax + kMore; ++number) {
        purchases.push_back(stage.draft(stage.capture(1'000, 3, contract(number))));
    }
    const auto bought = stage.book.submit(purchases, {stage.lender, stage.funder});
    for (const TransactionResult& purchase : bought.transactions) {
        REQUIRE(purchase.outcome == Outcome::accepted);
    }
    CHECK(stage.awaited() == kJudgedContractsMax + kMore);
    const Day all = kDue + kDays + 5;
    stage.close(all);
    CHECK(stage.awaited() == kMore);
    // That of the later day comes behind those of the day before.
    CHECK(stage.of(contract(1)).size() == 1);
    CHECK(stage.of(contract(kJudgedContractsMax)).size() == 1);
    CHECK(stage.of(contract(kJudgedContractsMax + 1)).empty());
    CHECK(stage.of(contract(0)).empty());
    stage.close(all + 1);
    CHECK(stage.awaited() == 0);
    const AlertRecord alert = stage.of(contract(0)).front().record;
    CHECK(alert.business_date == all + 1);
}

TEST_CASE("A servicer warns by hand, and the owner decides once", "[ledger][rules][alert]") {
    // Goal: who signs, what is on record, and each refusal.
    Warned stage;
    const Transaction draft = stage.draft(stage.hand());
    require_refused(stage.book, draft, {stage.lender}, Outcome::role_missing);
    require_refused(stage.book, draft, {&stage.book.cast().other_servicer()},
                    Outcome::servicer_differs);
    Alert unknown = stage.hand();
    unknown.contract = id_of<ContractId>(77);
    stage.refuse(unknown, Outcome::contract_unknown);
    Alert reserved = stage.hand();
    reserved.alert.bytes = {0xff, 0xff, 1};
    stage.refuse(reserved, Outcome::alert_reserved);
    Alert silent = stage.hand();
    silent.reason.clear();
    stage.refuse(silent, Outcome::text_out_of_range);
    stage.refuse(stage.decide(Disposition::confirmed), Outcome::alert_unknown);

    Alert alert = stage.hand();
    alert.evidence = crypto::sha256(ByteView{});
    stage.accept(alert);
    stage.refuse(stage.hand(), Outcome::alert_exists);
    const AlertRecord record = stage.record(kHand);
    CHECK(record.by_hand);
    CHECK(record.rule == AlertRule::other);
    CHECK(record.contract == Stage::kContract);
    CHECK(record.reason == "letters come back");
    CHECK(record.evidence == alert.evidence);
    CHECK(stage.of().size() == 1);

    const Transaction decided = stage.draft(stage.decide(Disposition::confirmed));
    require_refused(stage.book, decided, {stage.servicer}, Outcome::role_missing);
    require_refused(stage.book, decided, {&stage.book.cast().other_originator()},
                    Outcome::owner_differs);
    AlertDisposition mute = stage.decide(Disposition::confirmed);
    mute.reason = std::string(65, 'x');
    stage.refuse(mute, Outcome::text_out_of_range);
    stage.accept(stage.decide(Disposition::confirmed));
    for (const Disposition again :
         {Disposition::confirmed, Disposition::dismissed, Disposition::escalated}) {
        stage.refuse(stage.decide(again), Outcome::alert_disposed);
    }
    CHECK(stage.record(kHand).disposed());
}

TEST_CASE("Who bought a contract decides alone on what it is warned of", "[ledger][rules][alert]") {
    // Goal: an originator or a funder, without who made the contract; on the line, who has it.
    Warned stage;
    stage.accept(stage.hand());
    stage.sell();
    const auto decide = [&](Disposition disposition) {
        return stage.draft(stage.decide(disposition), kToday + 1);
    };
    require_refused(stage.book, decide(Disposition::escalated), {stage.lender},
                    Outcome::owner_missing);
    require_refused(stage.book, decide(Disposition::escalated), {stage.funder},
                    Outcome::owner_missing);
    require_refused(stage.book, decide(Disposition::escalated), {stage.servicer},
                    Outcome::role_missing);
    CHECK(stage.book.submit_one(decide(Disposition::escalated), {stage.vehicle}) ==
          Outcome::accepted);
    CHECK(stage.book.submit_one(decide(Disposition::dismissed), {stage.vehicle}) ==
          Outcome::accepted);
    CHECK(stage.record(kHand).disposed());
    stage.accept(stage.hold(1, 20'000), kToday + 1);
    const AlertId id = stage.of_line().front().id;
    require_refused(stage.book, stage.draft(stage.decide(Disposition::confirmed, id), kToday + 1),
                    {stage.vehicle}, Outcome::owner_differs);
    stage.accept(stage.decide(Disposition::confirmed, id), kToday + 1);
}

TEST_CASE("What is escalated is decided once more", "[ledger][rules][alert]") {
    // Goal: at a value date that is not before, on alerts of nodes and on lines as well; what was
    // known at an entry says nothing of later ones.
    Warned stage;
    stage.accept(stage.hold(1, 20'000), kToday + 2);
    const AlertId id = stage.of_line().front().id;
    const std::uint64_t raised = stage.last_entry();
    const auto decide = [&](Disposition disposition) { return stage.decide(disposition, id); };
    stage.refuse(stage.backdated(decide(Disposition::escalated), kToday + 2, kToday + 1),
                 Outcome::date_outside_validity);
    stage.accept(decide(Disposition::escalated), kToday + 3);
    const std::uint64_t escalated = stage.last_entry();
    CHECK_FALSE(stage.record(id).disposed());
    stage.refuse(decide(Disposition::escalated), Outcome::alert_disposed, kToday + 3);
    stage.refuse(stage.backdated(decide(Disposition::dismissed), kToday + 3, kToday + 2),
                 Outcome::date_outside_validity);
    stage.accept(decide(Disposition::dismissed), kToday + 3);
    stage.refuse(decide(Disposition::confirmed), Outcome::alert_disposed, kToday + 4);
    const AlertRecord record = stage.record(id);
    REQUIRE(record.answers.size() == 2);
    CHECK(record.answers[0].disposition == Disposition::escalated);
    CHECK(record.answers[1].disposition == Disposition::dismissed);
    CHECK(record.answers[1].reason == "looked at");
    CHECK(stage.of_line(raised).front().record.answers.empty());
    CHECK(stage.of_line(escalated).front().record.answers.size() == 1);
    CHECK(stage.of_line(raised - 1).empty());
    require_refused(stage.book, stage.draft(decide(Disposition::confirmed), kToday + 4),
                    {&stage.book.cast().other_originator()}, Outcome::owner_differs);
}

TEST_CASE("Thresholds of a ruleset are within their ranges", "[ledger][rules][alert]") {
    const auto registered = [](auto change) {
        Stage stage;
        RulesetRegister ruleset = usual_ruleset(id_of<RulesetId>(9));
        change(ruleset);
        return stage.send(ruleset);
    };
    using R = RulesetRegister;
    CHECK(registered([](R& r) { r.alert_limit_use_ppm = 1'000'000; }) == Outcome::accepted);
    CHECK(registered([](R& r) { r.alert_limit_use_ppm = 1'000'001; }) == Outcome::ruleset_invalid);
    CHECK(registered([](R& r) { r.alert_limit_use_ppm = -1; }) == Outcome::ruleset_invalid);
    CHECK(registered([](R& r) { r.alert_first_payment_days = 3'650; }) == Outcome::accepted);
    CHECK(registered([](R& r) { r.alert_first_payment_days = 3'651; }) == Outcome::ruleset_invalid);
    CHECK(registered([](R& r) { r.alert_first_payment_days = -1; }) == Outcome::ruleset_invalid);
    CHECK(registered([](R& r) { r.alert_missed_debits = 36; }) == Outcome::accepted);
    CHECK(registered([](R& r) { r.alert_missed_debits = 37; }) == Outcome::ruleset_invalid);
}
