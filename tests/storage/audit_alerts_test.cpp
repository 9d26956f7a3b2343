#include "ledger/dates.h"
#include "ledger/entry.h"
#include "ledger/queries.h"
#include "ledger/trial_balance.h"
#include "ledger/usual_terms.h"
#include "storage/audit_book.h"
#include "tests/storage/audit_opening.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

// The second set of books of an audit and early warnings: honest ones, ones that nothing warrants,
// ones that are missing, and decisions that were taken twice.
namespace tally::testing {
namespace {

using namespace ledger;

constexpr LineId kLine{{0x71}};
constexpr ContractId kContract{{0x72}};
constexpr BorrowerId kBorrower{{0x73}};
constexpr MandateId kMandate{{0x74}};
constexpr RulesetId kRuleset{{0x75}};
constexpr ProductId kProduct{{0x76}};
constexpr Day kToday = Drafts::kToday;
constexpr Day kFirstDays = 10;

class Watched {
public:
    Watched() {
        audit_opening(book_, audit_);
        RulesetRegister ruleset = usual_ruleset(kRuleset);
        ruleset.alert_limit_use_ppm = 800'000;
        ruleset.alert_first_payment_days = kFirstDays;
        ruleset.alert_missed_debits = 2;
        ProductRegister product = usual_product(kProduct, kRuleset);
        product.servicer = servicer->id;
        book_.ensure_assessed(kBorrower);
        honest(draft(ruleset), {lender, &cast().regulator()});
        honest(draft(product), {lender, &cast().regulator()});
        honest(book_.drafts().grant(kLine, kBorrower, 100'000), {lender});
        honest(draft(capture(kContract, 50'000)), {lender, &cast().funder()});
        honest(draft(MandateRegister{kMandate, kContract, 20'000, kToday, kToday + 90, {}}),
               {bank, servicer});
    }

    const Cast& cast() const { return book_.cast(); }
    Book& book() { return book_; }
    Transaction draft(TransactionBody body, Day day = kToday) {
        book_.ensure_day(day);
        return book_.drafts().draft(std::move(body), day);
    }
    Capture capture(const ContractId& id, Amount principal) const {
        Capture capture;
        capture.contract = id;
        capture.line = kLine;
        capture.principal = principal;
        capture.product = kProduct;
        capture.schedule.resize(3);
        capture.shares = {{cast().funder().id, 1'000'000}};
        capture.servicer = servicer->id;
        return capture;
    }
    BlockResult apply(const Transaction& transaction, std::initializer_list<const Party*> signers) {
        const Transaction proposed = book_.proposed(transaction);
        const SharedBytes submission = cast().sign(std::span(&proposed, 1), signers);
        return book_.apply(std::span(&submission, 1));
    }
    std::string found(const BlockResult& result) {
        const auto finding = audit_.check(result, book_.records());
        REQUIRE(finding);
        return finding->value_or("");
    }
    Transaction honest(const Transaction& transaction,
                       std::initializer_list<const Party*> signers) {
        const BlockResult result = apply(transaction, signers);
        INFO(type_name(transaction.body)
             << " " << outcome_code(result.submissions[0].transactions[0].outcome));
        REQUIRE(result.submissions[0].transactions[0].outcome == Outcome::accepted);
        REQUIRE(found(result) == "");
        return transaction;
    }
    std::string if_accepted(const Transaction& transaction, Outcome refusal,
                            std::initializer_list<const Party*> signers) {
        BlockResult result = apply(transaction, signers);
        REQUIRE(result.submissions[0].transactions[0].outcome == refusal);
        for (Bytes& bytes : result.entries) {
            Entry entry = decode_entry(bytes).value();
            auto* row = std::get_if<TransactionEntry>(&entry);
            if (row == nullptr) continue;
            row->outcome = Outcome::accepted;
            bytes = encode_entry(entry);
        }
        return found(result);
    }
    Transaction hold(std::uint64_t id, Amount amount) {
        return draft(PurchaseAuth{id_of<AuthorisationId>(id), kLine, amount, kToday + 9});
    }
    /// Instructed and failed, both honest.
    Transaction bounce(std::uint64_t id, Day day) {
        const auto debit = id_of<DebitId>(id);
        honest(draft(DebitInstruct{debit, kMandate, 100, day}, day), {servicer});
        return draft(DebitResult{debit, DebitOutcome::failed, "no money", ""}, day);
    }
    /// Closes all days up to one; the block that closes it is not audited yet.
    BlockResult close(Day day) {
        book_.ensure_day(day);
        const DaysRecord days = read_days(book_.records()).value();
        for (const Day open : days.open) {
            if (open == day) break;
            honest(book_.drafts().draft(DayClose{}, open), {servicer});
        }
        return apply(book_.drafts().draft(DayClose{}, day), {servicer});
    }
    std::vector<AlertsView::Item> alerts(AccountClass on,
                                         const std::array<std::uint8_t, 16>& id) const {
        return read_alerts(book_.records(), on, id, kNoEntry - 1).value().alerts;
    }
    /// A record of an alert as a node that does not follow the rules would have it.
    void forge(const AlertId& id, void (*change)(AlertRecord&)) {
        AlertRecord record = read_alert(book_.records(), id).value().value();
        change(record);
        book_.force(registry_key(kAlertRecord, id.bytes), encode_record(record));
    }

private:
    Book book_{{}, Opening::none};
    storage::AuditBook audit_;

public:
    const Party* lender = &book_.cast().originator();
    const Party* servicer = &book_.cast().servicer();
    const Party* bank = &book_.cast().bank();
};

bool says(const std::string& finding, const std::string& part) {
    INFO(finding);
    return finding.find(part) != std::string::npos;
}

/// The change of an alert's record in a block.
RecordChange* alert_in(BlockResult& block) {
    for (RecordChange& change : block.changes) {
        if (change.key.front() == kAlertRecord) return &change;
    }
    return nullptr;
}

}  // namespace

TEST_CASE("the second set of books follows early warnings of all kinds") {
    Watched watched;
    const Day due = day_from_text("2024-02-29").value();
    watched.honest(watched.hold(1, 30'000), {watched.lender});
    watched.honest(watched.hold(2, 1'000), {watched.lender});
    watched.honest(watched.draft(PurchaseVoid{id_of<AuthorisationId>(1)}), {watched.lender});
    watched.honest(watched.draft(watched.capture(ContractId{{0x79}}, 40'000)),
                   {watched.lender, &watched.cast().funder()});
    CHECK(watched.alerts(AccountClass::line, kLine.bytes).size() == 2);
    watched.honest(watched.bounce(1, due), {watched.bank});
    watched.honest(watched.bounce(2, due), {watched.bank});
    watched.honest(watched.bounce(3, due), {watched.bank});
    CHECK(watched.found(watched.close(due + kFirstDays + 2)) == "");
    const auto alerts = watched.alerts(AccountClass::contract, kContract.bytes);
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0].record.rule == AlertRule::first_payment_default);
    CHECK(alerts[1].record.rule == AlertRule::missed_debits);

    const Day later = due + kFirstDays + 3;
    const auto hand = id_of<AlertId>(1);
    watched.honest(watched.draft(Alert{hand, kContract, AlertRule::other, "odd", {}}, later),
                   {watched.servicer});
    for (const AlertId& id : {hand, alerts[0].id}) {
        for (const auto disposition : {Disposition::escalated, Disposition::confirmed}) {
            watched.honest(watched.draft(AlertDisposition{id, disposition, "seen"}, later),
                           {watched.lender});
        }
    }
}

TEST_CASE("an alert that nothing warrants, or that is missing or changed, is a finding") {
    Watched watched;
    SECTION("a missing one") {
        BlockResult block = watched.apply(watched.hold(1, 30'000), {watched.lender});
        RecordChange* alert = alert_in(block);
        REQUIRE(alert != nullptr);
        AlertId id;
        std::copy(alert->key.begin() + 1, alert->key.end(), id.bytes.begin());
        SECTION("measured otherwise") {
            watched.forge(id, [](AlertRecord& record) { record.measured -= 1; });
            CHECK(says(watched.found(block), "is not what its entries lead to"));
        }
        SECTION("decided on by nobody") {
            watched.forge(id, [](AlertRecord& record) {
                record.answers.push_back({Disposition::dismissed, record.entry, kToday, "fine"});
            });
            CHECK(says(watched.found(block), "is not what its entries lead to"));
        }
        SECTION("off the list of its line") {
            watched.book().force(alert_list_key(AccountClass::line, kLine.bytes),
                                 encode_record(AlertListRecord{2, id}));
            CHECK(says(watched.found(block), "are not those raised"));
        }
    }
    SECTION("one below the threshold") {
        BlockResult block = watched.apply(watched.hold(1, 29'999), {watched.lender});
        REQUIRE(alert_in(block) == nullptr);
        AlertRecord record;
        record.line = kLine;
        record.rule = AlertRule::limit_use;
        const AlertId id = alert_id_of(AccountClass::line, kLine.bytes, record.rule, 0);
        block.changes.push_back({registry_key(kAlertRecord, id.bytes), encode_record(record)});
        CHECK(says(watched.found(block), "nothing in the block warrants it"));
    }
    SECTION("a first payment that was made") {
        const Day due = day_from_text("2024-02-29").value();
        watched.honest(watched.draft(Repayment{kContract, 20'000, "bank-1", {}}, due),
                       {watched.servicer});
        BlockResult block = watched.close(due + kFirstDays);
        REQUIRE(alert_in(block) == nullptr);
        AlertRecord record;
        record.contract = kContract;
        record.rule = AlertRule::first_payment_default;
        const AlertId id = alert_id_of(AccountClass::contract, kContract.bytes, record.rule, 0);
        block.changes.push_back({registry_key(kAlertRecord, id.bytes), encode_record(record)});
        CHECK(says(watched.found(block), "nothing in the block warrants it"));
    }
}

TEST_CASE("who warns and who decides, and how often, is followed from outside") {
    Watched watched;
    const Party* other = &watched.cast().other_servicer();
    const auto hand = id_of<AlertId>(1);
    const Alert alert{hand, kContract, AlertRule::other, "odd", {}};
    const auto decide = [&](Disposition disposition, const AlertId& id = id_of<AlertId>(1)) {
        return watched.draft(AlertDisposition{id, disposition, "seen"});
    };
    CHECK(says(watched.if_accepted(decide(Disposition::dismissed), Outcome::alert_unknown,
                                   {watched.lender}),
               "an alert that nothing raised"));
    SECTION("a warning by another servicer") {
        CHECK(says(watched.if_accepted(watched.draft(alert), Outcome::servicer_differs, {other}),
                   "servicer of the time did not sign"));
    }
    SECTION("an id of the nodes") {
        Alert reserved = alert;
        reserved.alert.bytes.fill(0xff);
        CHECK(says(watched.if_accepted(watched.draft(reserved), Outcome::alert_reserved,
                                       {watched.servicer}),
                   "under an id of the nodes"));
    }
    SECTION("the same id again") {
        watched.honest(watched.draft(alert), {watched.servicer});
        CHECK(says(
            watched.if_accepted(watched.draft(alert), Outcome::alert_exists, {watched.servicer}),
            "raises an alert that is there"));
    }
    SECTION("a decision by another lender") {
        watched.honest(watched.draft(alert), {watched.servicer});
        CHECK(says(watched.if_accepted(decide(Disposition::dismissed), Outcome::owner_differs,
                                       {&watched.cast().other_originator()}),
                   "owner did not sign"));
    }
    SECTION("a second decision, and a second escalation") {
        watched.honest(watched.draft(alert), {watched.servicer});
        watched.honest(decide(Disposition::escalated), {watched.lender});
        SECTION("escalated again") {
            CHECK(says(watched.if_accepted(decide(Disposition::escalated), Outcome::alert_disposed,
                                           {watched.lender}),
                       "a second time"));
        }
        SECTION("confirmed and dismissed") {
            watched.honest(decide(Disposition::confirmed), {watched.lender});
            CHECK(says(watched.if_accepted(decide(Disposition::dismissed), Outcome::alert_disposed,
                                           {watched.lender}),
                       "a second time"));
        }
    }
}

}  // namespace tally::testing
