#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <istream>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/transaction_json.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "ledger/outcome.h"
#include "ledger/transaction.h"

namespace tally::book {

enum class Format : std::uint8_t { csv, ndjson };
/// By the end of a file's name; nothing for one that says nothing.
std::optional<Format> format_from_name(std::string_view path);

/// One row of a book (docs/IMPORT.md).
struct BookRow {
    std::uint64_t line = 0;                   ///< where the row begins in its file, from 1
    std::optional<ledger::TransactionId> id;  ///< none: derived from the content
    std::string group;  ///< rows next to each other with the same one go together or not at all
    std::optional<ledger::Outcome> expect;  ///< what the author says will become of it
    /// The transaction in JSON with both dates, without an id and without the claims that are left
    /// to compute (api/claims.h).
    boost::json::object draft;
    /// Of the draft: equal rows have equal digests, wherever they stand, in either format.
    crypto::Digest content;

    std::string_view type() const;
};
inline constexpr std::size_t kGroupNameMax = 64;
inline constexpr std::size_t kGroupRowsMax = 100;

/// Rows of a book, one after the other. Errors are invalid_argument and read `line N: column:
/// what`; the next call goes on with the next row.
class RowReader {
public:
    static constexpr std::size_t kJsonLineBytesMax = 256 << 10;

    virtual ~RowReader() = default;
    /// A book in that format, or, if none is given, in the one that its first character shows. The
    /// first record of CSV names the columns, in any order. Fails with invalid_argument,
    /// `line 1: ...`, when it names a column twice, or one that does not exist, or has no `type`.
    /// The stream must be at its beginning, go back there if asked, and outlive the reader.
    static Result<std::unique_ptr<RowReader>> open(std::istream& source,
                                                   std::optional<Format> format,
                                                   api::MemberResolver resolver);
    /// The next row, nothing at the end. What it says is a transaction; whether the rules accept it
    /// is not asked.
    virtual Result<std::optional<BookRow>> next() = 0;
};

/// A row of a JSON object with the fields of a draft and of a book. Fails with invalid_argument
/// naming the field.
Result<BookRow> row_from_json(boost::json::object whole, const api::MemberResolver& resolver);
/// The row's transaction with placeholders for the claims that it leaves out. Requires a row that
/// row_from_json gave with the same resolver.
ledger::Transaction skeleton_of(const BookRow& row, const api::MemberResolver& resolver);

/// What stands before the rows of a book in that format.
std::string header_of(Format format);
/// The row as a line with its LF.
std::string line_of(const BookRow& row, Format format);

/// Digest of a draft, independent of the order of its fields.
crypto::Digest content_of(const boost::json::object& draft);
/// The transaction id of a row without one: a UUID of version 8 (RFC 9562) from its content and how
/// many equal rows stand before it. So an import may be repeated, of a longer file or of another
/// copy too, and a row that was edited is another transaction.
ledger::TransactionId derived_id(const crypto::Digest& content, std::uint64_t equal_before);

}  // namespace tally::book
