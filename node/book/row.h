#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/outcome.h"
#include "ledger/transaction.h"
#include "node/book/csv.h"
#include "node/json/transaction_json.h"

namespace tally::book {

/// A purchase as a book states it: the schedule is left to compute_schedule.
struct CaptureRow {
    ledger::ContractId contract;
    ledger::LineId line;
    ledger::Amount principal = 0;
    ledger::Ppm fee_ppm = 0;
    std::uint32_t periods = 0;
    std::vector<ledger::FundingShare> shares;
};
/// A payment as a book states it: the allocation follows from the contract.
struct RepaymentRow {
    ledger::ContractId contract;
    ledger::Amount amount = 0;
    std::string source_ref;
};
using RowBody = std::variant<ledger::LimitGrant, ledger::LimitChange, CaptureRow, RepaymentRow>;

/// One row of a book (docs/IMPORT.md).
struct BookRow {
    std::uint64_t line = 0;                   ///< where the row begins in its file, from 1
    std::optional<ledger::TransactionId> id;  ///< none: derived from the content
    ledger::Day business_date = 0;
    ledger::Day value_date = 0;
    RowBody body;
    std::optional<ledger::Outcome> expect;  ///< what the author says will become of it
    /// SHA-256 of the cells in the order of kColumns: equal rows have equal digests, wherever they
    /// stand and however the file orders its columns.
    crypto::Digest content;
};

/// The outcome of that code; nothing for any other text.
std::optional<ledger::Outcome> outcome_from_code(std::string_view code);

/// `LIMIT_GRANT` and so on.
std::string_view row_type(const RowBody& body);

/// Reads the rows of a book. The first record names the columns, in any order.
class RowReader {
public:
    /// Fails with invalid_argument, `line 1: ...`, when the header names a column twice, or one
    /// that does not exist, or has no `type`. The stream must outlive the reader.
    static Result<RowReader> open(std::istream& source, node::MemberResolver resolver);

    /// The next row, nothing at the end. Errors are invalid_argument and read `line N: column:
    /// what`; the next call goes on with the next row.
    Result<std::optional<BookRow>> next();

private:
    RowReader(CsvReader csv, node::MemberResolver resolver)
        : csv_(csv), resolver_(std::move(resolver)) {}

    CsvReader csv_;
    node::MemberResolver resolver_;
    std::vector<std::size_t> columns_;  // position in the file -> position in kColumns
};

/// The header line that write_row follows.
std::string header_line();
/// The row as a line of CSV; `names` gives the member names for shares, ids where it has none.
std::string row_line(const BookRow& row,
                     const std::vector<std::pair<ledger::MemberId, std::string>>& names);

/// The transaction id of a row without one: a UUID of version 8 (RFC 9562) from its content and how
/// many equal rows stand before it. So an import may be repeated, of a longer file or of another
/// copy too, and a row that was edited is another transaction.
ledger::TransactionId derived_id(const crypto::Digest& content, std::uint64_t equal_before);

}  // namespace tally::book
