#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Lines and what is bought on them. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<LimitGrant> auto& grant) {
    v.id(1, "line", grant.line);
    v.id(2, "borrower", grant.borrower);
    v.text(3, "currency", grant.currency, fields::kCurrencyBytesMax);
    v.amount(4, "limit", grant.limit);
    v.day(5, "valid_from", grant.valid_from);
    v.day(6, "valid_to", grant.valid_to);
    v.id(7, "assessment", grant.assessment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<LimitChange> auto& change) {
    v.id(1, "line", change.line);
    v.amount(2, "limit", change.limit);
    v.optional_id(3, "assessment", change.assessment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<LimitFreeze> auto& freeze) {
    v.id(1, "line", freeze.line);
    v.text(2, "reason", freeze.reason, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<LimitUnfreeze> auto& unfreeze) {
    v.id(1, "line", unfreeze.line);
    v.text(2, "reason", unfreeze.reason, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<LimitClose> auto& close) {
    v.id(1, "line", close.line);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PurchaseAuth> auto& purchase) {
    v.id(1, "authorisation", purchase.authorisation);
    v.id(2, "line", purchase.line);
    v.amount(3, "amount", purchase.amount);
    v.day(4, "expires", purchase.expires);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PurchaseVoid> auto& purchase) {
    v.id(1, "authorisation", purchase.authorisation);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<PurchaseExpire> auto& purchase) {
    v.id(1, "authorisation", purchase.authorisation);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Instalment> auto& row) {
    v.day(1, "due", row.due);
    v.amount(2, "principal", row.principal);
    v.amount(3, "fee", row.fee);
    v.amount(4, "interest", row.interest);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<FundingShare> auto& share) {
    v.member(1, "funder", share.funder);
    v.ppm(2, "share", share.share);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Capture> auto& capture) {
    v.id(1, "contract", capture.contract);
    v.id(2, "line", capture.line);
    v.amount(3, "principal", capture.principal);
    v.id(4, "product", capture.product);
    v.ppm(5, "rate_ppm", capture.rate_ppm);
    v.ppm(6, "apr_ppm", capture.apr_ppm);
    v.digest(7, "terms_hash", capture.terms_hash);
    v.optional_id(8, "authorisation", capture.authorisation);
    v.list(9, "schedule", capture.schedule);
    v.list(10, "shares", capture.shares);
    v.member(11, "servicer", capture.servicer);
    v.optional_id(12, "merchant", capture.merchant);
    v.optional_digest(13, "order", capture.order);
    v.optional_id(14, "cost_table", capture.cost_table);
    v.optional_id(15, "disclosure", capture.disclosure);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<MerchantRefund> auto& refund) {
    v.id(1, "contract", refund.contract);
    v.amount(2, "amount", refund.amount);
    v.text(3, "source_ref", refund.source_ref, fields::kTextBytesMax);
}

}  // namespace tally::ledger
