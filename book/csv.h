#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "book/lines.h"

namespace tally::book {

/// One record of a CSV file and the line on which it begins, counted from 1.
struct CsvRecord {
    std::uint64_t line = 0;
    std::vector<std::string> cells;
};

/// Reads CSV as RFC 4180 has it: commas, double quotes, quotes doubled inside quotes, LF or CRLF.
/// UTF-8, with or without a byte order mark; empty lines are skipped. Total: any bytes give records
/// or errors, and both are bounded. What spreadsheets let pass but nobody can read in one way only
/// (a quote inside an unquoted cell, text after a closing quote) is an error, because the file
/// holds money.
class CsvReader {
public:
    static constexpr std::size_t kCellsMax = 256;
    static constexpr std::size_t kRecordBytesMax = 64 << 10;

    /// The stream must outlive the reader.
    explicit CsvReader(std::istream& source) : lines_(source, kRecordBytesMax) {}

    /// The next record, nothing at the end of the file. Errors are invalid_argument and begin with
    /// `line N: `; reading then goes on with the next line, so that one pass finds all faults.
    Result<std::optional<CsvRecord>> next();

private:
    struct Parse;

    static Error fault(std::uint64_t line, std::string_view what);

    LineReader lines_;
};

/// The record as a line with its final LF; cells are quoted where they must be.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace tally::book
