#pragma once

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"

// Receivables: pledged, sold. See ledger/transaction_layout.h.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Pledge> auto& pledge) {
    v.id(1, "contract", pledge.contract);
    v.member(2, "funder", pledge.funder);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Release> auto& release) {
    v.id(1, "contract", release.contract);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<TransferInit> auto& offer) {
    v.id(1, "contract", offer.contract);
    v.member(2, "buyer", offer.buyer);
    v.amount(3, "price", offer.price);
    v.day(4, "valid_until", offer.valid_until);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<TransferSettle> auto& settlement) {
    v.id(1, "contract", settlement.contract);
    v.text(2, "source_ref", settlement.source_ref, fields::kTextBytesMax);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<TransferCancel> auto& cancelling) {
    v.id(1, "contract", cancelling.contract);
}

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<TransferDecline> auto& declining) {
    v.id(1, "contract", declining.contract);
}

}  // namespace tally::ledger
