#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// What contracts are made under. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<RulesetRegister> auto& ruleset) {
    v.id(1, "ruleset", ruleset.ruleset);
    v.days_list(2, "bucket_days", ruleset.bucket_days);
    v.days_list(3, "class_days", ruleset.class_days);
    v.order(4, "order", ruleset.order);
    v.days(5, "principal_first_after", ruleset.principal_first_after);
    v.ppm(6, "penalty_ppm_day", ruleset.penalty_ppm_day);
    v.ppm(7, "penalty_cap_ppm", ruleset.penalty_cap_ppm);
    v.days(8, "grace_days", ruleset.grace_days);
    v.count(9, "grace_grants_max", ruleset.grace_grants_max);
    v.days(10, "grace_grant_days_max", ruleset.grace_grant_days_max);
    v.count(11, "reschedules_max", ruleset.reschedules_max);
    v.days(12, "backdating_days_max", ruleset.backdating_days_max);
    v.word(13, "overpayment", ruleset.overpayment);
    v.days(14, "lag_days_max", ruleset.lag_days_max, Presence::when_set);
    v.days(15, "charge_off_days_min", ruleset.charge_off_days_min, Presence::when_set);
    v.count(16, "observation_rows", ruleset.observation_rows, Presence::when_set);
    v.ppm(17, "alert_limit_use_ppm", ruleset.alert_limit_use_ppm, Presence::when_set);
    v.days(18, "alert_first_payment_days", ruleset.alert_first_payment_days, Presence::when_set);
    v.count(19, "alert_missed_debits", ruleset.alert_missed_debits, Presence::when_set);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ProductTerm> auto& term) {
    v.count(1, "band", term.band);
    v.count(2, "periods", term.periods);
    v.ppm(3, "rate_ppm", term.rate_ppm);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ProductRegister> auto& product) {
    v.id(1, "product", product.product);
    v.id(2, "ruleset", product.ruleset);
    v.text(3, "currency", product.currency, fields::kCurrencyBytesMax);
    v.word(4, "method", product.method);
    v.word(5, "day_count", product.day_count);
    v.word(6, "month_end", product.month_end);
    v.word(7, "remainder", product.remainder);
    v.word(8, "prepayment", product.prepayment);
    v.amount(9, "minimum", product.minimum);
    v.ppm(10, "apr_cap_ppm", product.apr_cap_ppm);
    v.list(11, "terms", product.terms);
    v.member(12, "servicer", product.servicer);
    v.word(13, "refund", product.refund);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ModelRegister> auto& model) {
    v.id(1, "model", model.model);
    v.text(2, "name", model.name, fields::kTextBytesMax);
    v.digest(3, "commitment", model.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Assessment> auto& assessment) {
    v.id(1, "assessment", assessment.assessment);
    v.id(2, "borrower", assessment.borrower);
    v.id(3, "model", assessment.model);
    v.digest(4, "inputs", assessment.inputs);
    v.count(5, "band", assessment.band);
    v.word(6, "decision", assessment.decision);
    v.text(7, "reasons", assessment.reasons, fields::kReasonsBytesMax, Presence::when_set);
    v.text(8, "currency", assessment.currency, fields::kCurrencyBytesMax, Presence::when_set);
    v.amount(9, "limit", assessment.limit, Presence::when_set);
    v.day(10, "valid_to", assessment.valid_to, Presence::when_set);
}

}  // namespace tally::ledger
