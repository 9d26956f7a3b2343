#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Mandates and what is drawn under them. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<MandateRegister> auto& mandate) {
    v.id(1, "mandate", mandate.mandate);
    v.id(2, "contract", mandate.contract);
    v.amount(3, "amount_max", mandate.amount_max);
    v.day(4, "valid_from", mandate.valid_from);
    v.day(5, "valid_to", mandate.valid_to);
    v.digest(6, "commitment", mandate.commitment);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<MandateRevoke> auto& revocation) {
    v.id(1, "mandate", revocation.mandate);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DebitInstruct> auto& debit) {
    v.id(1, "debit", debit.debit);
    v.id(2, "mandate", debit.mandate);
    v.amount(3, "amount", debit.amount);
    v.day(4, "due", debit.due);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<DebitResult> auto& result) {
    v.id(1, "debit", result.debit);
    v.word(2, "result", result.result);
    v.text(3, "reason", result.reason, fields::kTextBytesMax, Presence::when_set);
    v.text(4, "source_ref", result.source_ref, fields::kTextBytesMax, Presence::when_set);
}

}  // namespace tally::ledger
