#include "tests/ledger/outcome_scenarios.h"

#include "ledger/governance.h"
#include "ledger/usual_terms.h"
#include "tests/ledger/dear_contract.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOther = id_of<ContractId>(9);

Outcome first_of(const SubmissionResult& result) { return result.transactions.at(0).outcome; }

Outcome signed_by(Stage& stage, TransactionBody body, std::initializer_list<const Party*> signers) {
    return stage.book.submit_one(stage.draft(std::move(body)), signers);
}

MemberAdd addition(const std::string& name) {
    MemberAdd body{name, {{RoleName::funder}}, {}};
    body.keys = {claim_key(member_of(body), key_of(7, name))};
    return body;
}

NamedKey named(const Party& party) { return {crypto::Suite::ed25519, party.key.public_key()}; }

Assessment assessment(Amount limit) {
    auto body = std::get<Assessment>(Drafts().assessment(Stage::kBorrower).body);
    body.assessment = id_of<AssessmentId>(1);
    body.limit = limit;
    return body;
}

}  // namespace

Scenarios submission_scenarios() {
    return {
        {Outcome::accepted, [](Stage& s) { return s.send(s.payment(5)); }},
        {Outcome::duplicate,
         [](Stage& s) {
             Transaction first = s.draft(s.payment(5));
             s.accept(first);
             first.body = DayOpen{};
             return s.send(first);
         }},
        {Outcome::repeated,
         [](Stage& s) {
             const Transaction twice = s.draft(s.payment(5));
             s.accept(twice);
             const auto result = s.book.submit(std::vector{twice}, {s.servicer});
             const auto leaf =
                 std::get<TransactionEntry>(decode_entry(s.book.entries().back()).value());
             return result.transactions.at(0).repeated ? leaf.outcome : Outcome::accepted;
         }},
        {Outcome::expired,
         [](Stage& s) {
             const auto late = s.book.cast().sign(std::vector{s.draft(s.payment(5))}, {s.servicer},
                                                  false, s.book.next_time() - Millis(1));
             return first_of(s.book.apply(std::span(&late, 1)).submissions.at(0));
         }},
        {Outcome::key_not_valid,
         [](Stage& s) { return signed_by(s, DayOpen{}, {&s.book.cast().stranger()}); }},
        {Outcome::atomic_sibling,
         [](Stage& s) {
             const std::vector pair{s.draft(s.payment(5)), s.draft(s.payment(0))};
             return first_of(s.book.submit(pair, {s.servicer}, true));
         }},
        {Outcome::malformed_transaction,
         [](Stage& s) {
             const std::vector<Bytes> bytes{Bytes{0}};
             const auto submission = s.book.cast().sign_bytes(bytes, {s.servicer});
             return first_of(s.book.apply(std::span(&submission, 1)).submissions.at(0));
         }},
        {Outcome::replays_exhausted,
         [](Stage& s) {
             make_dear(s);
             const auto result = s.book.submit(dear_refusals(s, 330), {s.servicer});
             return result.transactions.back().outcome;
         }},
        {Outcome::role_missing, [](Stage& s) { return signed_by(s, s.payment(5), {s.lender}); }},
        {Outcome::signer_missing,
         [](Stage& s) { return signed_by(s, s.capture(500, 3, kOther), {s.lender}); }},
        {Outcome::owner_differs,
         [](Stage& s) {
             return signed_by(s, LimitClose{Stage::kLine}, {&s.book.cast().other_originator()});
         }},
        {Outcome::two_keys_required,
         [](Stage& s) {
             return signed_by(s, Waive{Stage::kContract, {{0, Component::fee, 1}}}, {s.lender});
         }},
    };
}

Scenarios day_scenarios() {
    return {
        {Outcome::value_date_ahead,
         [](Stage& s) { return s.send(s.backdated(s.payment(5), kToday, kToday + 1)); }},
        {Outcome::date_out_of_range,
         [](Stage& s) {
             Transaction transaction = s.draft(s.payment(5));
             transaction.value_date = -1;
             return s.send(transaction);
         }},
        {Outcome::day_not_open,
         [](Stage& s) { return s.send(s.book.drafts().draft(s.payment(5), kToday + 1)); }},
        {Outcome::day_closed,
         [](Stage& s) {
             s.close_days(kToday);
             return s.send(s.draft(s.payment(5)));
         }},
        {Outcome::day_out_of_order,
         [](Stage& s) { return s.send(s.book.drafts().draft(DayOpen{}, kToday)); }},
        {Outcome::day_ahead,
         [](Stage& s) {
             s.book.set_next_time(std::chrono::days(kToday));
             return s.send(s.book.drafts().open_day(kToday + 2));
         }},
        {Outcome::day_in_use,
         [](Stage& s) { return s.send(s.book.drafts().draft(DayCancel{}, kToday)); }},
        {Outcome::day_not_closed,
         [](Stage& s) {
             const Transaction payment = s.draft(s.payment(5));
             s.accept(payment);
             Reversal reversal = s.reversal(payment);
             reversal.reposted_on = Stage::kContract;
             return s.send(reversal);
         }},
        {Outcome::trial_balance_differs,
         [](Stage& s) { return changed(s, DayClose{}, [](DayClose& b) { b.balances.clear(); }); }},
    };
}

Scenarios registry_scenarios() {
    return {
        {Outcome::ruleset_exists, [](Stage& s) { return s.send(usual_ruleset(Stage::kRuleset)); }},
        {Outcome::ruleset_unknown,
         [](Stage& s) { return s.send(usual_product(id_of<ProductId>(1), id_of<RulesetId>(1))); }},
        {Outcome::ruleset_invalid, [](Stage& s) { return s.send(RulesetRegister{}); }},
        {Outcome::product_exists,
         [](Stage& s) { return s.send(usual_product(Stage::kProduct, Stage::kRuleset)); }},
        {Outcome::product_invalid,
         [](Stage& s) {
             ProductRegister product = usual_product(id_of<ProductId>(1), Stage::kRuleset);
             product.minimum = 0;
             return s.send(product);
         }},
        {Outcome::currency_unknown,
         [](Stage& s) {
             ProductRegister product = usual_product(id_of<ProductId>(1), Stage::kRuleset);
             product.currency = "XXX";
             return s.send(product);
         }},
        {Outcome::text_out_of_range,
         [](Stage& s) {
             return s.send(ModelRegister{id_of<ModelId>(1), "", {}});
         }},
        {Outcome::model_exists,
         [](Stage& s) {
             return s.send(ModelRegister{Drafts::kModel, "m", {}});
         }},
        {Outcome::model_unknown,
         [](Stage& s) {
             Assessment body = assessment(1'000);
             body.model = id_of<ModelId>(9);
             return s.send(body);
         }},
        {Outcome::assessment_exists,
         [](Stage& s) { return s.send(Drafts().assessment(Stage::kBorrower).body); }},
        {Outcome::assessment_invalid, [](Stage& s) { return s.send(assessment(0)); }},
    };
}

Scenarios governance_scenarios() {
    return {
        {Outcome::quorum_missing,
         [](Stage& s) { return signed_by(s, addition("new"), {&s.book.cast().governor('a')}); }},
        {Outcome::quorum_endangered,
         [](Stage& s) {
             const Cast& cast = s.book.cast();
             s.accept(KeyRevoke{cast.governor('c').id, {named(cast.governor('c'))}, "lost"});
             return s.send(KeyRevoke{cast.governor('b').id, {named(cast.governor('b'))}, "lost"});
         }},
        {Outcome::member_exists, [](Stage& s) { return s.send(addition("lender")); }},
        {Outcome::member_unknown,
         [](Stage& s) {
             return s.send(KeyRevoke{{}, {named(*s.lender)}, "lost"});
         }},
        {Outcome::member_invalid, [](Stage& s) { return s.send(addition("New")); }},
        {Outcome::keys_out_of_range,
         [](Stage& s) {
             return s.send(MemberAdd{"new", {{RoleName::funder}}, {}});
         }},
        {Outcome::key_used,
         [](Stage& s) {
             MemberAdd body = addition("new");
             body.keys = {claim_key(member_of(body), s.funder->key)};
             return s.send(body);
         }},
        {Outcome::key_unknown,
         [](Stage& s) {
             return s.send(KeyRevoke{s.lender->id, {named(*s.funder)}, "lost"});
         }},
        {Outcome::possession_unproven,
         [](Stage& s) {
             MemberAdd body = addition("new");
             body.name = "other";
             return s.send(body);
         }},
        {Outcome::version_out_of_order,
         [](Stage& s) {
             return s.send(RulesActivate{kRulesVersion + 2, 1'000});
         }},
        {Outcome::height_passed,
         [](Stage& s) {
             return s.send(RulesActivate{kRulesVersion + 1, 1});
         }},
    };
}

}  // namespace tally::testing
