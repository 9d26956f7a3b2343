#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOther = id_of<DebitId>(9);

/// A mandate, and a debit that is on its way.
void instruct(Stage& stage) {
    stage.accept(stage.mandate());
    stage.accept(stage.debit(Stage::kDebit, 500, kToday));
}

}  // namespace

Scenarios debit_scenarios() {
    return {
        {Outcome::mandate_exists,
         [](Stage& s) {
             s.accept(s.mandate());
             return s.send(s.mandate());
         }},
        {Outcome::mandate_unknown,
         [](Stage& s) { return s.send(s.debit(Stage::kDebit, 5, kToday)); }},
        {Outcome::mandate_not_live,
         [](Stage& s) {
             s.accept(s.mandate());
             return s.send(s.debit(Stage::kDebit, 5, kToday + 401));
         }},
        {Outcome::above_mandate,
         [](Stage& s) {
             s.accept(s.mandate());
             return s.send(s.debit(Stage::kDebit, 50'001, kToday));
         }},
        {Outcome::debit_exists,
         [](Stage& s) {
             instruct(s);
             return s.send(s.debit(Stage::kDebit, 5, kToday + 1));
         }},
        {Outcome::debit_unknown, [](Stage& s) { return s.send(s.drawn(Stage::kDebit)); }},
        {Outcome::debit_open,
         [](Stage& s) {
             instruct(s);
             return s.send(s.debit(kOther, 5, kToday));
         }},
        {Outcome::debit_has_result,
         [](Stage& s) {
             instruct(s);
             s.accept(s.bounced(Stage::kDebit));
             return s.send(s.drawn(Stage::kDebit));
         }},
        {Outcome::provider_differs,
         [](Stage& s) {
             instruct(s);
             return s.book.submit_one(s.draft(s.drawn(Stage::kDebit)),
                                      {&s.book.cast().other_bank()});
         }},
    };
}

Scenarios alert_scenarios() {
    static const Alert alert{id_of<AlertId>(1), Stage::kContract, AlertRule::other, "odd", {}};
    return {
        {Outcome::alert_exists,
         [](Stage& s) {
             s.accept(alert);
             return s.send(alert);
         }},
        {Outcome::alert_reserved,
         [](Stage& s) {
             Alert reserved = alert;
             reserved.alert.bytes.fill(0xff);
             return s.send(reserved);
         }},
        {Outcome::alert_unknown,
         [](Stage& s) {
             return s.send(AlertDisposition{alert.alert, Disposition::dismissed, "fine"});
         }},
        {Outcome::alert_disposed,
         [](Stage& s) {
             s.accept(alert);
             s.accept(AlertDisposition{alert.alert, Disposition::confirmed, "true"});
             return s.send(AlertDisposition{alert.alert, Disposition::dismissed, "fine"});
         }},
    };
}

}  // namespace tally::testing
