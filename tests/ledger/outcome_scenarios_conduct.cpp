#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
const auto kBorrower = id_of<BorrowerId>(7);

/// A borrower that was assessed and has nothing open.
void assess(Stage& stage) { stage.accept(Drafts().assessment(kBorrower).body); }

}  // namespace

Scenarios conduct_scenarios() {
    return {
        {Outcome::contact_outside_hours, [](Stage& s) { return s.send(s.contact(22 * 60)); }},
        {Outcome::contacts_exhausted,
         [](Stage& s) {
             for (const std::uint32_t minute : {600U, 601U, 602U}) s.accept(s.contact(minute));
             return s.send(s.contact(603));
         }},
        {Outcome::forbearance_missing,
         [](Stage& /*unused*/) {
             Stage first({.rules = [](RulesetRegister& ruleset, ProductRegister&) {
                 ruleset.forbearance_first = true;
             }});
             return first.send(CollectionAssign{Stage::kContract, first.collector->id, 5});
         }},
        {Outcome::complaint_exists,
         [](Stage& s) {
             s.accept(s.complaint());
             return s.send(s.complaint());
         }},
        {Outcome::complaint_unknown, [](Stage& s) { return s.send(s.answer()); }},
        {Outcome::complaint_closed,
         [](Stage& s) {
             s.accept(s.complaint());
             s.accept(s.answer());
             return s.send(s.answer());
         }},
        {Outcome::borrower_unknown,
         [](Stage& s) {
             return s.send(ErasureCert{kBorrower, {}});
         }},
        {Outcome::borrower_in_use,
         [](Stage& s) {
             return s.send(ErasureCert{Stage::kBorrower, {}});
         }},
        {Outcome::borrower_erased,
         [](Stage& s) {
             assess(s);
             s.accept(ErasureCert{kBorrower, {}});
             return s.send(ErasureCert{kBorrower, {}});
         }},
    };
}

Scenarios oversight_scenarios() {
    return {
        {Outcome::recon_exists,
         [](Stage& s) {
             s.accept(s.recon());
             return s.send(s.recon());
         }},
        {Outcome::lender_unknown,
         [](Stage& s) {
             ReconResult body = s.recon();
             body.lender = s.regulator->id;
             return s.send(body);
         }},
        {Outcome::opinion_exists,
         [](Stage& s) {
             s.accept(s.opinion());
             return s.send(s.opinion());
         }},
        {Outcome::size_out_of_range,
         [](Stage& s) {
             AuditOpinion body = s.opinion();
             body.ledger_size = 1'000'000;
             return s.send(body);
         }},
        {Outcome::hedge_exists,
         [](Stage& s) {
             s.accept(s.hedge());
             return s.send(s.hedge(), kToday);
         }},
    };
}

}  // namespace tally::testing
