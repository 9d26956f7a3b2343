#pragma once

// Internal.
#include <map>
#include <optional>
#include <string>

#include "ledger/double_entry.h"
#include "ledger/ledger.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"

namespace tally::storage {

/// A second set of books, kept from the accepted transactions alone and compared with the records
/// after every block. It shares the postings with the rules, but neither their state nor their
/// order of work.
class AuditBook {
public:
    /// Books what a block's entries say was accepted, then checks: debits equal credits in every
    /// currency; each touched line and contract has the balances that the postings lead to; a
    /// line's use is the sum of the principal outstanding of its contracts; what was captured is
    /// outstanding or repaid. The finding's text, or nothing. An error: an entry or record that
    /// does not decode.
    Result<std::optional<std::string>> check(const ledger::BlockResult& block,
                                             const ledger::RecordReader& after);

private:
    struct Line {
        ledger::LineBody body;  ///< owner, currency, limit and use, as the transactions imply
        ledger::BookBalances balances;
        ledger::Wide outstanding = 0;  ///< principal of all its contracts, by their records
    };
    struct Contract {
        ledger::LineId line;
        ledger::ContractBody terms;  ///< as captured
        ledger::BookBalances balances;
        ledger::Wide repaid = 0;       ///< principal
        ledger::Wide outstanding = 0;  ///< principal, by its record
    };
    using Lines = std::map<ledger::LineId, Line>;
    using Contracts = std::map<ledger::ContractId, Contract>;

    Status book(const ledger::TransactionEntry& entry, std::uint32_t rules_version,
                const ledger::RecordReader& after);
    Status grant(const ledger::LimitGrant& grant, const ledger::RecordReader& after);
    Status change(const ledger::LimitChange& change);
    Status capture(const ledger::Capture& capture, const ledger::RecordReader& after);
    Status repay(const ledger::Repayment& repayment);
    void post(const std::vector<ledger::Posting>& postings);

    Result<std::optional<std::string>> compare_contracts(const ledger::RecordReader& after);
    Result<std::optional<std::string>> compare_lines(const ledger::RecordReader& after);

    Lines lines_;
    Contracts contracts_;
    // Of the block in hand.
    ledger::TrialBalance trial_;
    std::map<ledger::LineId, Line*> touched_lines_;
    std::map<ledger::ContractId, Contract*> touched_contracts_;
};

}  // namespace tally::storage
