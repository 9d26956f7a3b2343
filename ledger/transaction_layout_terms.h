#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// What contracts are made under. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DatedCap> auto& cap) {
    v.day(1, "valid_from", cap.valid_from);
    v.ppm(2, "apr_ppm", cap.apr_ppm);
}

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
    v.count(17, "contact_from", ruleset.contact_from, Presence::when_set);
    v.count(18, "contact_to", ruleset.contact_to, Presence::when_set);
    v.count(19, "contacts_per_day", ruleset.contacts_per_day, Presence::when_set);
    v.flag(20, "forbearance_first", ruleset.forbearance_first);
    v.list(21, "apr_caps", ruleset.apr_caps, Presence::when_set);
    v.ppm(22, "alert_limit_use_ppm", ruleset.alert_limit_use_ppm, Presence::when_set);
    v.days(23, "alert_first_payment_days", ruleset.alert_first_payment_days, Presence::when_set);
    v.count(24, "alert_missed_debits", ruleset.alert_missed_debits, Presence::when_set);
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

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<CostRow> auto& row) {
    v.text(1, "item", row.item, fields::kTextBytesMax);
    v.word(2, "collector", row.collector);
    v.optional_id(3, "member", row.member);
    v.word(4, "basis", row.basis);
    v.ppm(5, "rate_ppm", row.rate_ppm);
    v.word(6, "when", row.when);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<CostTable> auto& table) {
    v.id(1, "table", table.table);
    v.id(2, "product", table.product);
    v.list(3, "rows", table.rows);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DisclosureAck> auto& ack) {
    v.id(1, "disclosure", ack.disclosure);
    v.id(2, "borrower", ack.borrower);
    v.id(3, "table", ack.table);
    v.day(4, "shown_on", ack.shown_on);
    v.count(5, "seconds_read", ack.seconds_read);
    v.digest(6, "commitment", ack.commitment);
}

}  // namespace tally::ledger
