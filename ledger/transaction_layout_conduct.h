#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Conduct and oversight. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ContactLog> auto& contact) {
    v.id(1, "contract", contact.contract);
    v.word(2, "channel", contact.channel);
    v.count(3, "minute", contact.minute);
    v.optional_digest(4, "note", contact.note);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ComplaintOpen> auto& complaint) {
    v.id(1, "complaint", complaint.complaint);
    v.id(2, "contract", complaint.contract);
    v.word(3, "category", complaint.category);
    v.digest(4, "commitment", complaint.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ComplaintClose> auto& answer) {
    v.id(1, "complaint", answer.complaint);
    v.word(2, "result", answer.result);
    v.digest(3, "commitment", answer.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ReconResult> auto& result) {
    v.id(1, "recon", result.recon);
    v.member(2, "lender", result.lender);
    v.day(3, "day", result.day);
    v.count(4, "match", result.match);
    v.count(5, "amount_diff", result.amount_diff);
    v.count(6, "date_diff", result.date_diff);
    v.count(7, "status_diff", result.status_diff);
    v.count(8, "only_ledger", result.only_ledger);
    v.count(9, "only_file", result.only_file);
    v.count(10, "duplicate", result.duplicate);
    v.digest(11, "commitment", result.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<AuditOpinion> auto& opinion) {
    v.id(1, "opinion", opinion.opinion);
    v.member(2, "lender", opinion.lender);
    v.day(3, "from", opinion.from);
    v.day(4, "to", opinion.to);
    v.word(5, "conclusion", opinion.conclusion);
    v.amount(6, "ledger_size", opinion.ledger_size);
    v.digest(7, "commitment", opinion.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<HedgeRegister> auto& hedge) {
    v.id(1, "hedge", hedge.hedge);
    v.word(2, "kind", hedge.kind);
    v.text(3, "currency", hedge.currency, fields::kCurrencyBytesMax);
    v.amount(4, "notional", hedge.notional);
    v.day(5, "from", hedge.from);
    v.day(6, "to", hedge.to);
    v.digest(7, "commitment", hedge.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<ErasureCert> auto& certificate) {
    v.id(1, "borrower", certificate.borrower);
    v.digest(2, "commitment", certificate.commitment);
}

}  // namespace tally::ledger
