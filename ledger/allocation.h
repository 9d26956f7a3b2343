#pragma once

#include <span>
#include <vector>

#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

/// What a row of a schedule still owes; every part >= 0.
struct RowOutstanding {
    Day due = 0;
    Amount penalty = 0;
    Amount fee = 0;
    Amount interest = 0;
    Amount principal = 0;
};

/// Sum over all rows and parts; fits an Amount for any contract that was accepted.
Amount payable_of(std::span<const RowOutstanding> rows);

/// Spreads a payment over the rows: past due oldest first, then due on the value date, then in
/// advance next first; within each row penalty, fee, interest, principal. Parts of nothing are left
/// out, so the amounts are positive and sum to the payment. Pure.
/// Requires rows ascending by due date and 0 <= amount <= payable_of(rows).
std::vector<Allocation> allocate(std::span<const RowOutstanding> rows, Amount amount,
                                 Day value_date);

}  // namespace tally::ledger
