#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
const auto kOther = id_of<ContractId>(9);

const Day kLate = day_of("2024-08-31");  // every row has fallen due

/// Lost, and given to a collector that keeps nothing.
void lose(Stage& stage) {
    stage.accept(ChargeOff{.contract = Stage::kContract}, kLate);
    stage.accept(CollectionAssign{Stage::kContract, stage.collector->id, 0}, kLate);
}

}  // namespace

Scenarios capture_scenarios() {
    const auto with = [](auto change) {
        return [change](Stage& s) { return changed(s, s.capture(500, 3, kOther), change); };
    };
    return {
        {Outcome::limit_exceeded, [](Stage& s) { return s.send(s.capture(50'001, 3, kOther)); }},
        {Outcome::contract_exists, [](Stage& s) { return s.send(s.capture(500)); }},
        {Outcome::below_minimum, [](Stage& s) { return s.send(s.capture(99, 3, kOther)); }},
        {Outcome::overflow, with([](Capture& body) { body.principal = kPrincipalEnd; })},
        {Outcome::product_unknown, with([](Capture& body) { body.product = id_of<ProductId>(9); })},
        {Outcome::rate_differs, with([](Capture& body) { body.rate_ppm = 1; })},
        {Outcome::schedule_differs, with([](Capture& body) { ++body.schedule[0].due; })},
        {Outcome::periods_out_of_range, with([](Capture& body) { body.schedule.clear(); })},
        {Outcome::shares_not_whole, with([](Capture& body) { body.shares.clear(); })},
        {Outcome::funder_unknown,
         with([](Capture& body) { body.shares[0].funder = id_of<MemberId>(9); })},
        {Outcome::apr_differs, with([](Capture& body) { ++body.apr_ppm; })},
        {Outcome::apr_above_cap,
         [](Stage&) {
             Stage capped({.rules = [](RulesetRegister&,
                                       ProductRegister& product) { product.apr_cap_ppm = 1; },
                           .captured = false});
             return capped.send(capped.capture(500));
         }},
    };
}

Scenarios payment_scenarios() {
    return {
        {Outcome::contract_unknown,
         [](Stage& s) {
             return s.send(OverdueMark{kOther, 0, 0, 0});
         }},
        {Outcome::contract_not_active,
         [](Stage& s) {
             s.accept(s.payment(101'500));
             return s.send(s.payment(1));
         }},
        {Outcome::date_outside_validity,
         [](Stage& s) { return s.send(s.backdated(s.payment(5), kToday, kToday - 1)); }},
        {Outcome::backdated_too_far,
         [](Stage& s) { return s.send(s.backdated(s.payment(5), kToday + 31, kToday)); }},
        {Outcome::source_ref_used,
         [](Stage& s) {
             s.accept(s.payment(5, "bank-1"));
             return s.send(s.payment(5, "bank-1"));
         }},
        {Outcome::above_payable, [](Stage& s) { return s.send(s.payment(101'501)); }},
        {Outcome::allocation_differs,
         [](Stage& s) {
             return changed(s, s.payment(5), [](Repayment& body) { body.allocation.clear(); });
         }},
        {Outcome::settlement_differs,
         [](Stage& s) {
             return changed(s, PrepaySettle{Stage::kContract, 0, "s-1"},
                            [](PrepaySettle& body) { ++body.amount; });
         }},
        {Outcome::above_captured,
         [](Stage& s) {
             return s.send(MerchantRefund{Stage::kContract, 100'001, "r-1"});
         }},
        {Outcome::penalty_differs,
         [](Stage& s) {
             return s.send(PenaltyAssess{Stage::kContract, 1});
         }},
        {Outcome::mark_differs,
         [](Stage& s) {
             return changed(s, OverdueMark{Stage::kContract, 0, 0, 0},
                            [](OverdueMark& body) { body.bucket = 1; });
         }},
        {Outcome::replay_conflict,
         [](Stage& s) {
             s.accept(ChargeOff{.contract = Stage::kContract}, kLate);
             return s.send(s.backdated(s.payment(5), kLate, kLate - 1));
         }},
    };
}

Scenarios hardship_scenarios() {
    return {
        {Outcome::hardship_unknown,
         [](Stage& s) { return s.send(s.grace(kToday, kToday, id_of<HardshipId>(1))); }},
        {Outcome::hardship_exists,
         [](Stage& s) {
             s.accept(s.request(id_of<HardshipId>(1)));
             return s.send(s.request(id_of<HardshipId>(1)));
         }},
        {Outcome::grace_invalid, [](Stage& s) { return s.send(s.grace(kToday - 1, kToday)); }},
        {Outcome::grace_exhausted, [](Stage& s) { return s.send(s.grace(kToday, kToday + 60)); }},
        {Outcome::reschedule_exhausted,
         [](Stage& s) {
             s.accept(s.replan(5'000, 3));
             s.accept(s.replan(5'000, 3));
             return s.send(s.replan(5'000, 3));
         }},
        {Outcome::reschedule_differs,
         [](Stage& s) {
             return changed(s, s.replan(5'000, 3), [](Reschedule& body) { ++body.carried_fee; });
         }},
        {Outcome::rate_out_of_range,
         [](Stage& s) {
             return changed(s, s.replan(5'000, 3), [](Reschedule& body) { body.rate_ppm = -1; });
         }},
        {Outcome::charge_off_differs,
         [](Stage& s) {
             return changed(
                 s, ChargeOff{.contract = Stage::kContract},
                 [](ChargeOff& body) { --body.principal; }, kLate);
         }},
        {Outcome::contract_charged_off,
         [](Stage& s) {
             s.accept(ChargeOff{.contract = Stage::kContract}, kLate);
             return s.send(s.payment(5), kLate);
         }},
        {Outcome::contract_not_charged_off,
         [](Stage& s) {
             s.accept(CollectionAssign{Stage::kContract, s.collector->id, 0});
             return s.send(Recovery{Stage::kContract, 5, 0, "c-1"});
         }},
        {Outcome::above_charged_off,
         [](Stage& s) {
             lose(s);
             return s.send(Recovery{Stage::kContract, 101'501, 0, "c-1"}, kLate);
         }},
        {Outcome::commission_invalid,
         [](Stage& s) {
             lose(s);
             return s.send(Recovery{Stage::kContract, 5, -1, "c-1"}, kLate);
         }},
        {Outcome::target_unknown,
         [](Stage& s) { return s.send(s.reversal(s.draft(s.payment(5)))); }},
        {Outcome::target_not_reversible,
         [](Stage& s) {
             const Transaction mark = s.draft(OverdueMark{Stage::kContract, 0, 0, 0});
             s.accept(mark);
             return s.send(s.reversal(mark));
         }},
        {Outcome::target_reversed,
         [](Stage& s) {
             const Transaction payment = s.draft(s.payment(5));
             s.accept(payment);
             s.accept(s.reversal(payment));
             return s.send(s.reversal(payment));
         }},
    };
}

Scenarios servicing_scenarios() {
    return {
        {Outcome::servicer_differs,
         [](Stage& s) {
             return s.book.submit_one(s.draft(s.payment(5)), {&s.book.cast().other_servicer()});
         }},
        {Outcome::servicer_unknown,
         [](Stage& s) {
             return s.send(ServicerChange{Stage::kContract, s.lender->id});
         }},
        {Outcome::reference_personal, [](Stage& s) { return s.send(s.payment(5, "Li Lei")); }},
        {Outcome::above_credit,
         [](Stage& s) {
             return s.send(OverpayRefund{Stage::kContract, 1, "o-1"});
         }},
        {Outcome::above_payment,
         [](Stage& s) {
             const Transaction payment = s.draft(s.payment(5));
             s.accept(payment);
             return s.send(Chargeback{Stage::kContract, s.servicer->id, payment.id, 6, "b-1"});
         }},
        {Outcome::business_date_late,
         [](Stage& /*s*/) {
             Stage strict({.rules = [](RulesetRegister& ruleset,
                                       ProductRegister&) { ruleset.lag_days_max = 1; },
                           .captured = false});
             strict.book.set_next_time(std::chrono::days(kToday));
             strict.accept(strict.capture(1'000));
             strict.book.set_next_time(std::chrono::days(kToday + 2));
             return strict.send(strict.payment(5));
         }},
    };
}

Scenarios collection_scenarios() {
    return {
        {Outcome::waiver_invalid,
         [](Stage& s) {
             return s.send(Waive{Stage::kContract, {}});
         }},
        {Outcome::commission_above_agreement,
         [](Stage& s) {
             lose(s);
             return s.send(Recovery{Stage::kContract, 5, 1, "c-1"}, kLate);
         }},
        {Outcome::collector_differs,
         [](Stage& s) { return s.send(CollectionRecall{Stage::kContract}); }},
        {Outcome::collector_unknown,
         [](Stage& s) {
             return s.send(CollectionAssign{Stage::kContract, s.lender->id, 0});
         }},
        {Outcome::not_past_due,
         [](Stage& s) { return s.send(ChargeOff{.contract = Stage::kContract}); }},
    };
}

}  // namespace tally::testing
