#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Alerts and what is decided on them. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Alert> auto& alert) {
    v.id(1, "alert", alert.alert);
    v.id(2, "contract", alert.contract);
    v.word(3, "rule", alert.rule);
    v.text(4, "reason", alert.reason, fields::kTextBytesMax);
    v.optional_digest(5, "evidence", alert.evidence);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<AlertDisposition> auto& disposition) {
    v.id(1, "alert", disposition.alert);
    v.word(2, "disposition", disposition.disposition);
    v.text(3, "reason", disposition.reason, fields::kTextBytesMax);
}

}  // namespace tally::ledger
