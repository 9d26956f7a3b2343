#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// The life of a contract, and the days of the book. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Allocation> auto& part) {
    v.count(1, "instalment", part.instalment);
    v.word(2, "component", part.component);
    v.amount(3, "amount", part.amount);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Repayment> auto& repayment) {
    v.id(1, "contract", repayment.contract);
    v.amount(2, "amount", repayment.amount);
    v.text(3, "source_ref", repayment.source_ref, fields::kTextBytesMax);
    v.list(4, "allocation", repayment.allocation);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PrepaySettle> auto& settlement) {
    v.id(1, "contract", settlement.contract);
    v.amount(2, "amount", settlement.amount);
    v.text(3, "source_ref", settlement.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PenaltyAssess> auto& penalty) {
    v.id(1, "contract", penalty.contract);
    v.amount(2, "amount", penalty.amount);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<OverdueMark> auto& mark) {
    v.id(1, "contract", mark.contract);
    v.days(2, "days_past_due", mark.days_past_due);
    v.count(3, "bucket", mark.bucket);
    v.count(4, "asset_class", mark.asset_class);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Waive> auto& waive) {
    v.id(1, "contract", waive.contract);
    v.list(2, "parts", waive.parts);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<HardshipRequest> auto& hardship) {
    v.id(1, "request", hardship.request);
    v.id(2, "contract", hardship.contract);
    v.word(3, "stage", hardship.stage);
    v.text(4, "reason", hardship.reason, fields::kTextBytesMax);
    v.optional_digest(5, "evidence", hardship.evidence);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<GraceGrant> auto& grace) {
    v.id(1, "contract", grace.contract);
    v.day(2, "from", grace.from);
    v.day(3, "to", grace.to);
    v.optional_id(4, "request", grace.request);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Reschedule> auto& plan) {
    v.id(1, "contract", plan.contract);
    v.ppm(2, "rate_ppm", plan.rate_ppm);
    v.amount(3, "carried_penalty", plan.carried_penalty);
    v.amount(4, "carried_fee", plan.carried_fee);
    v.amount(5, "carried_interest", plan.carried_interest);
    v.list(6, "schedule", plan.schedule);
    v.optional_id(7, "request", plan.request);
    v.amount(8, "waived_penalty", plan.waived_penalty, Presence::when_set);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ChargeOff> auto& loss) {
    v.id(1, "contract", loss.contract);
    v.amount(2, "penalty", loss.penalty);
    v.amount(3, "fee", loss.fee);
    v.amount(4, "interest", loss.interest);
    v.amount(5, "principal", loss.principal);
    v.text(6, "reason", loss.reason, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Recovery> auto& recovery) {
    v.id(1, "contract", recovery.contract);
    v.amount(2, "amount", recovery.amount);
    v.amount(3, "commission", recovery.commission);
    v.text(4, "source_ref", recovery.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<MerchantSettle> auto& settlement) {
    v.id(1, "contract", settlement.contract);
    v.amount(2, "amount", settlement.amount);
    v.text(3, "source_ref", settlement.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DebtSettle> auto& settlement) {
    v.id(1, "contract", settlement.contract);
    v.amount(2, "amount", settlement.amount);
    v.text(3, "source_ref", settlement.source_ref, fields::kTextBytesMax);
    v.amount(4, "penalty", settlement.penalty);
    v.amount(5, "fee", settlement.fee);
    v.amount(6, "interest", settlement.interest);
    v.amount(7, "principal", settlement.principal);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Reversal> auto& reversal) {
    v.member(1, "submitter", reversal.submitter);
    v.id(2, "target", reversal.target);
    v.id(3, "contract", reversal.contract);
    v.text(4, "reason", reversal.reason, fields::kTextBytesMax);
    v.optional_id(5, "reposted_on", reversal.reposted_on);
}

template <typename Visitor>
void describe(Visitor& /*v*/, ReadOrWritten<DayOpen> auto& /*day*/) {}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<BookBalance> auto& row) {
    v.member(1, "lender", row.lender);
    v.text(2, "currency", row.currency, fields::kCurrencyBytesMax);
    v.count(3, "account", row.account);
    v.amount(4, "balance", row.balance);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DayClose> auto& day) {
    v.list(1, "balances", day.balances);
}

template <typename Visitor>
void describe(Visitor& /*v*/, ReadOrWritten<DayCancel> auto& /*day*/) {}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ServicerChange> auto& change) {
    v.id(1, "contract", change.contract);
    v.member(2, "servicer", change.servicer);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<OverpayRefund> auto& refund) {
    v.id(1, "contract", refund.contract);
    v.amount(2, "amount", refund.amount);
    v.text(3, "source_ref", refund.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<CollectionAssign> auto& assignment) {
    v.id(1, "contract", assignment.contract);
    v.member(2, "collector", assignment.collector);
    v.ppm(3, "commission_ppm", assignment.commission_ppm);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<CollectionRecall> auto& recall) {
    v.id(1, "contract", recall.contract);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Chargeback> auto& chargeback) {
    v.id(1, "contract", chargeback.contract);
    v.member(2, "submitter", chargeback.submitter);
    v.id(3, "target", chargeback.target);
    v.amount(4, "amount", chargeback.amount);
    v.text(5, "source_ref", chargeback.source_ref, fields::kTextBytesMax);
}

}  // namespace tally::ledger
