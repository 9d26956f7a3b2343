#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOther = id_of<ContractId>(9);
const auto kAuthorisation = id_of<AuthorisationId>(1);

LimitGrant grant(Amount limit, AssessmentId cited = Drafts::assessment_of(Stage::kBorrower)) {
    auto body =
        std::get<LimitGrant>(Drafts().grant(id_of<LineId>(7), Stage::kBorrower, limit).body);
    body.assessment = cited;
    return body;
}

PurchaseAuth reserve(Day expires = kToday) { return {kAuthorisation, Stage::kLine, 500, expires}; }

Capture taking_up(const Stage& stage, Amount principal) {
    Capture capture = stage.capture(principal, 3, kOther);
    capture.authorisation = kAuthorisation;
    return capture;
}

}  // namespace

Scenarios line_scenarios() {
    return {
        {Outcome::assessment_unknown,
         [](Stage& s) { return s.send(grant(5, id_of<AssessmentId>(9))); }},
        {Outcome::assessment_not_live,
         [](Stage& s) {
             LimitGrant body = grant(5);
             body.borrower = id_of<BorrowerId>(9);
             return s.send(body);
         }},
        {Outcome::above_assessment,
         [](Stage& s) {
             auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
             body.assessment = id_of<AssessmentId>(1);
             body.limit = 1'000;
             s.accept(body);
             return s.send(grant(1'001, id_of<AssessmentId>(1)));
         }},
        {Outcome::currency_differs,
         [](Stage& s) {
             LimitGrant body = grant(5);
             body.currency = "JPY";
             return s.send(body);
         }},
        {Outcome::amount_not_positive, [](Stage& s) { return s.send(grant(0)); }},
        {Outcome::line_exists,
         [](Stage& s) {
             LimitGrant body = grant(5);
             body.line = Stage::kLine;
             return s.send(body);
         }},
        {Outcome::line_unknown, [](Stage& s) { return s.send(LimitClose{id_of<LineId>(9)}); }},
        {Outcome::line_status,
         [](Stage& s) {
             return s.send(LimitUnfreeze{Stage::kLine, "x"});
         }},
        {Outcome::line_in_use, [](Stage& s) { return s.send(LimitClose{Stage::kLine}); }},
        {Outcome::line_not_active,
         [](Stage& s) {
             s.accept(LimitFreeze{Stage::kLine, "x"});
             return s.send(s.capture(500, 3, kOther));
         }},
        {Outcome::date_out_of_order,
         [](Stage& s) {
             return s.send(s.backdated(LimitChange{Stage::kLine, 5, {}}, kToday, kToday - 1));
         }},
        {Outcome::history_full,
         [](Stage& s) {
             for (std::size_t event = 1; event < kLineEventsMax; ++event) {
                 s.accept(LimitChange{Stage::kLine, 150'000, {}});
             }
             return s.send(LimitChange{Stage::kLine, 150'000, {}});
         }},
    };
}

Scenarios authorisation_scenarios() {
    return {
        {Outcome::authorisation_exists,
         [](Stage& s) {
             s.accept(reserve());
             return s.send(reserve());
         }},
        {Outcome::authorisation_unknown,
         [](Stage& s) { return s.send(PurchaseVoid{kAuthorisation}); }},
        {Outcome::authorisation_not_open,
         [](Stage& s) {
             s.accept(reserve());
             s.accept(PurchaseVoid{kAuthorisation});
             return s.send(PurchaseVoid{kAuthorisation});
         }},
        {Outcome::authorisation_expired,
         [](Stage& s) {
             s.accept(reserve());
             return s.send(taking_up(s, 500), kToday + 1);
         }},
        {Outcome::authorisation_live,
         [](Stage& s) {
             s.accept(reserve());
             return s.send(PurchaseExpire{kAuthorisation});
         }},
        {Outcome::above_authorisation,
         [](Stage& s) {
             s.accept(reserve());
             return s.send(taking_up(s, 501));
         }},
    };
}

}  // namespace tally::testing
