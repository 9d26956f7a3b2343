#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/record_reader.h"
#include "ledger/records.h"

namespace tally::ledger {

/// A line as of the reader's block.
struct LineView {
    LineId id;
    AccountHead log;
    LineBody body;
    Amount available = 0;
    std::vector<ContractId> contracts;  ///< newest first, at most kListMax of body.contracts
};

/// One row of a contract: what was agreed, what of it was paid, what is outstanding.
struct RowView {
    Instalment agreed;
    RowPaid paid;
    Amount fee_outstanding = 0;
    Amount principal_outstanding = 0;
};

/// A contract as of the reader's block. Single payments are in the contract's account log.
struct ContractView {
    ContractId id;
    AccountHead log;
    ContractBody body;
    std::vector<RowView> rows;
    Amount principal_outstanding = 0;
    Amount fee_outstanding = 0;
    Amount payable = 0;  ///< all that is outstanding
    Amount paid = 0;

    /// How a payment on that date would be allocated: what a servicer claims in a REPAYMENT.
    /// Nothing when the amount is not 1..payable or the contract is closed.
    std::optional<std::vector<Allocation>> allocation_of(Amount amount, Day value_date) const;
};

/// A borrower as of the reader's block.
struct BorrowerView {
    BorrowerId id;
    AccountHead log;
    BorrowerBody body;
    std::vector<LineView> lines;  ///< newest first, at most kListMax of body.lines
};

/// First outcome of a transaction id of a submitter.
struct TransactionView {
    std::uint64_t entry = 0;
    Outcome outcome = Outcome::accepted;
    std::uint64_t block_index = 0;
    crypto::Digest leaf_hash;  ///< of the transaction's bytes
};

/// Bound of the lists above.
inline constexpr std::size_t kListMax = 1000;

/// Nothing where there was never such a line, contract or borrower, also if a refused transaction
/// named it. Fail with corrupt_record or the reader's error.
Result<std::optional<LineView>> read_line(const RecordReader& reader, const LineId& id);
Result<std::optional<ContractView>> read_contract(const RecordReader& reader, const ContractId& id);
Result<std::optional<BorrowerView>> read_borrower(const RecordReader& reader, const BorrowerId& id);
Result<std::optional<MemberRecord>> read_member(const RecordReader& reader, const MemberId& id);
/// Nothing when the id is free for this submitter.
Result<std::optional<TransactionView>> find_transaction(const RecordReader& reader,
                                                        const MemberId& submitter,
                                                        const TransactionId& id);
/// Nothing when no entry touched the account, and for a pool.
Result<std::optional<AccountHead>> account_head(const RecordReader& reader,
                                                AccountClass account_class,
                                                const std::array<std::uint8_t, 16>& id);

}  // namespace tally::ledger
