#pragma once

// Internal.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "ledger/record_reader.h"
#include "ledger/transaction.h"

namespace tally::storage {

/// What an audit keeps of cost tables and of who has seen them, from entries alone: each purchase
/// under a product that has a table cites the newest one of its day, and an acknowledgement of its
/// own borrower that was on record by then.
class AuditCosts {
public:
    /// What is wrong with a transaction, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;

    /// The record of what is taken down must be what was said.
    Result<Wrong> take(const ledger::CostTable& table, ledger::Day value_date,
                       const ledger::RecordReader& after);
    Result<Wrong> take(const ledger::DisclosureAck& ack, ledger::Day value_date,
                       const ledger::RecordReader& after);
    Wrong check(const ledger::Capture& capture, const ledger::BorrowerId& borrower,
                ledger::Day value_date) const;

private:
    struct Dated {
        ledger::CostTableId table;
        ledger::Day since = 0;
    };
    struct Seen {
        ledger::BorrowerId borrower;
        ledger::CostTableId table;
        ledger::Day on = 0;
    };

    std::map<ledger::ProductId, std::vector<Dated>> tables_;  ///< in the order of entries
    std::map<ledger::DisclosureId, Seen> seen_;
};

}  // namespace tally::storage
