#pragma once

#include <span>
#include <vector>

#include "base/result.h"
#include "book/local_ledger.h"
#include "book/row.h"

namespace tally::book {

/// A row made into a transaction, and what should become of it.
struct Planned {
    ledger::Transaction transaction;
    ledger::Outcome outcome = ledger::Outcome::accepted;
};

/// Makes the rows that go into one submission together into transactions: computes the claims that
/// they leave out on the local ledger, and applies them to it. One row is a submission that is not
/// atomic, several are one that is. A claim that nothing follows from (a payment on a contract that
/// is not there) stays a placeholder: the refusal is the network's to put on record.
///
/// In a group, claims of a row see the rows before it, also on days that are closed: that is what
/// a correction after the close of its day needs.
///
/// `ids` are those of the rows' transactions, in order. Fails with the error of the reader below,
/// or corrupt_record.
Result<std::vector<Planned>> plan_rows(LocalLedger& ledger, std::span<const BookRow> rows,
                                       std::span<const ledger::TransactionId> ids,
                                       const Signers& signers, const api::MemberResolver& resolver);

}  // namespace tally::book
