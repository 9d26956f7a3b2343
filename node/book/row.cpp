#include "node/book/row.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "ledger/dates.h"
#include "node/errc.h"
#include "node/json/ids.h"

namespace tally::book {
namespace {

enum Column : std::size_t {
    kType,
    kId,
    kBusinessDate,
    kValueDate,
    kLine,
    kBorrower,
    kCurrency,
    kLimit,
    kValidFrom,
    kValidTo,
    kContract,
    kPrincipal,
    kFeePpm,
    kPeriods,
    kShares,
    kAmount,
    kSourceRef,
    kExpect,
    kColumnCount
};

constexpr std::array<std::string_view, kColumnCount> kColumns{
    "type",     "id",      "business_date", "value_date", "line",       "borrower",
    "currency", "limit",   "valid_from",    "valid_to",   "contract",   "principal",
    "fee_ppm",  "periods", "shares",        "amount",     "source_ref", "expect"};

/// Rows that a transaction can carry; which of them a contract may have is for the rules to say.
constexpr std::uint32_t kPeriodsWritten = 256;

using Cells = std::array<std::string, kColumnCount>;

template <typename Number>
std::optional<Number> number_from(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Reads the cells that a type has and refuses those that it has not. Keeps the first fault.
class CellReader {
public:
    CellReader(const Cells& cells, const node::MemberResolver& resolver)
        : cells_(cells), resolver_(resolver) {
        used_[kType] = true;
    }

    const std::string& text(Column column) {
        used_[column] = true;
        if (cells_[column].empty()) reject(column, "is missing");
        return cells_[column];
    }
    bool present(Column column) const { return !cells_[column].empty(); }

    template <typename Number>
    Number number(Column column) {
        const std::string& cell = text(column);
        const auto value = number_from<Number>(cell);
        if (!value) reject(column, "\"" + cell + "\" is not a whole number in range");
        return value.value_or(0);
    }
    ledger::Day day(Column column) {
        const std::string& cell = text(column);
        const auto value = ledger::day_from_text(cell);
        if (!value) reject(column, "\"" + cell + "\" is not a date, write YYYY-MM-DD");
        return value.value_or(0);
    }
    template <typename Id>
    Id id(Column column) {
        const std::string& cell = text(column);
        const auto value = node::id_from_text<Id>(cell);
        if (!value) reject(column, "\"" + cell + "\" is not 32 hexadecimal digits");
        return value.value_or(Id{});
    }
    /// `funder:600000;bank-b:400000`
    std::vector<ledger::FundingShare> shares(Column column) {
        std::vector<ledger::FundingShare> result;
        std::string_view rest = text(column);
        while (!rest.empty()) {
            const std::string_view part = rest.substr(0, rest.find(';'));
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
            const std::size_t colon = part.rfind(':');
            const std::string_view name = part.substr(0, colon);
            const auto ppm = colon == std::string_view::npos
                                 ? std::nullopt
                                 : number_from<ledger::Ppm>(part.substr(colon + 1));
            if (!ppm) {
                reject(column, "write member:ppm, several with ; between them");
                return result;
            }
            auto member = node::id_from_text<ledger::MemberId>(name);
            if (!member && resolver_) member = resolver_(name);
            if (!member) reject(column, "there is no member \"" + std::string(name) + "\"");
            result.push_back({member.value_or(ledger::MemberId{}), *ppm});
        }
        return result;
    }
    std::optional<ledger::Outcome> expect(Column column) {
        used_[column] = true;
        if (!present(column)) return std::nullopt;
        const auto outcome = outcome_from_code(cells_[column]);
        if (!outcome) reject(column, "\"" + cells_[column] + "\" is not an outcome code");
        return outcome;
    }
    void reject(Column column, const std::string& what) {
        if (fault_.empty()) fault_ = std::string(kColumns[column]) + ": " + what;
    }
    /// The first fault, or a cell that holds what its type has not; empty when all is well.
    std::string finish() {
        for (std::size_t i = 0; i < kColumnCount; ++i) {
            if (!used_[i] && !cells_[i].empty()) {
                reject(static_cast<Column>(i), "a " + cells_[kType] + " has none, leave it empty");
            }
        }
        return fault_;
    }

private:
    const Cells& cells_;
    const node::MemberResolver& resolver_;
    std::array<bool, kColumnCount> used_{};
    std::string fault_;
};

RowBody read_body(CellReader& cells, const std::string& type) {
    if (type == "LIMIT_GRANT") {
        ledger::LimitGrant grant;
        grant.line = cells.id<ledger::LineId>(kLine);
        grant.borrower = cells.id<ledger::BorrowerId>(kBorrower);
        grant.currency = cells.text(kCurrency);
        grant.limit = cells.number<ledger::Amount>(kLimit);
        grant.valid_from = cells.day(kValidFrom);
        grant.valid_to = cells.day(kValidTo);
        return grant;
    }
    if (type == "LIMIT_CHANGE") {
        ledger::LimitChange change;
        change.line = cells.id<ledger::LineId>(kLine);
        change.limit = cells.number<ledger::Amount>(kLimit);
        return change;
    }
    if (type == "CAPTURE") {
        CaptureRow capture;
        capture.contract = cells.id<ledger::ContractId>(kContract);
        capture.line = cells.id<ledger::LineId>(kLine);
        capture.principal = cells.number<ledger::Amount>(kPrincipal);
        capture.fee_ppm = cells.number<ledger::Ppm>(kFeePpm);
        capture.periods = cells.number<std::uint32_t>(kPeriods);
        if (capture.periods > kPeriodsWritten) cells.reject(kPeriods, "is above 256");
        capture.shares = cells.shares(kShares);
        return capture;
    }
    if (type == "REPAYMENT") {
        RepaymentRow repayment;
        repayment.contract = cells.id<ledger::ContractId>(kContract);
        repayment.amount = cells.number<ledger::Amount>(kAmount);
        repayment.source_ref = cells.text(kSourceRef);
        return repayment;
    }
    cells.reject(kType, "\"" + type + "\" is not LIMIT_GRANT, LIMIT_CHANGE, CAPTURE or REPAYMENT");
    return {};
}

crypto::Digest content_of(const Cells& cells) {
    Bytes bytes;
    for (std::size_t i = 0; i < kExpect; ++i) {
        append(bytes, view_of(cells[i]));
        bytes.push_back(0);  // no cell holds a zero byte, so the cells cannot run together
    }
    return crypto::domain_hash("book-row", {ByteView(bytes)});
}

Cells cells_of(const BookRow& row,
               const std::vector<std::pair<ledger::MemberId, std::string>>& names) {
    Cells cells;
    cells[kType] = row_type(row.body);
    if (row.id) cells[kId] = node::id_text(*row.id);
    cells[kBusinessDate] = ledger::day_text(row.business_date);
    cells[kValueDate] = ledger::day_text(row.value_date);
    if (row.expect) cells[kExpect] = ledger::outcome_code(*row.expect);
    if (const auto* grant = std::get_if<ledger::LimitGrant>(&row.body)) {
        cells[kLine] = node::id_text(grant->line);
        cells[kBorrower] = node::id_text(grant->borrower);
        cells[kCurrency] = grant->currency;
        cells[kLimit] = std::to_string(grant->limit);
        cells[kValidFrom] = ledger::day_text(grant->valid_from);
        cells[kValidTo] = ledger::day_text(grant->valid_to);
    } else if (const auto* change = std::get_if<ledger::LimitChange>(&row.body)) {
        cells[kLine] = node::id_text(change->line);
        cells[kLimit] = std::to_string(change->limit);
    } else if (const auto* capture = std::get_if<CaptureRow>(&row.body)) {
        cells[kContract] = node::id_text(capture->contract);
        cells[kLine] = node::id_text(capture->line);
        cells[kPrincipal] = std::to_string(capture->principal);
        cells[kFeePpm] = std::to_string(capture->fee_ppm);
        cells[kPeriods] = std::to_string(capture->periods);
        for (const auto& share : capture->shares) {
            const auto name = std::find_if(names.begin(), names.end(), [&](const auto& entry) {
                return entry.first == share.funder;
            });
            if (!cells[kShares].empty()) cells[kShares] += ';';
            cells[kShares] += name == names.end() ? node::id_text(share.funder) : name->second;
            cells[kShares] += ':' + std::to_string(share.share);
        }
    } else if (const auto* repayment = std::get_if<RepaymentRow>(&row.body)) {
        cells[kContract] = node::id_text(repayment->contract);
        cells[kAmount] = std::to_string(repayment->amount);
        cells[kSourceRef] = repayment->source_ref;
    }
    return cells;
}

Error at_line(std::uint64_t line, const std::string& what) {
    return fail(node::errc::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

}  // namespace

std::optional<ledger::Outcome> outcome_from_code(std::string_view code) {
    for (std::uint16_t i = 0; const auto outcome = ledger::outcome_from(i); ++i) {
        if (ledger::outcome_code(*outcome) == code) return outcome;
    }
    return std::nullopt;
}

std::string_view row_type(const RowBody& body) {
    constexpr std::array<std::string_view, 4> kNames{"LIMIT_GRANT", "LIMIT_CHANGE", "CAPTURE",
                                                     "REPAYMENT"};
    return kNames.at(body.index());
}

Result<RowReader> RowReader::open(std::istream& source, node::MemberResolver resolver) {
    RowReader reader(CsvReader(source), std::move(resolver));
    auto header = reader.csv_.next();
    if (!header) return header.error();
    if (!*header) return at_line(1, "the file is empty, the first line names the columns");
    std::array<bool, kColumnCount> seen{};
    for (const std::string& name : (*header)->cells) {
        const auto column = std::find(kColumns.begin(), kColumns.end(), name);
        if (column == kColumns.end()) {
            return at_line((*header)->line, "\"" + name + "\" is not a column of a book");
        }
        const auto position = static_cast<std::size_t>(column - kColumns.begin());
        if (seen[position]) {
            return at_line((*header)->line, "the column \"" + name + "\" stands twice");
        }
        seen[position] = true;
        reader.columns_.push_back(position);
    }
    if (!seen[kType]) return at_line((*header)->line, "the column \"type\" is missing");
    return reader;
}

Result<std::optional<BookRow>> RowReader::next() {
    auto record = csv_.next();
    if (!record) return record.error();
    if (!*record) return std::optional<BookRow>{};
    const CsvRecord& found = **record;
    if (found.cells.size() != columns_.size()) {
        return at_line(found.line, "has " + std::to_string(found.cells.size()) +
                                       " cells, the header names " +
                                       std::to_string(columns_.size()));
    }
    Cells cells;
    for (std::size_t i = 0; i < columns_.size(); ++i) cells[columns_[i]] = found.cells[i];

    CellReader reader(cells, resolver_);
    BookRow row;
    row.line = found.line;
    row.body = read_body(reader, cells[kType]);
    row.business_date = reader.day(kBusinessDate);
    row.value_date = reader.present(kValueDate) ? reader.day(kValueDate) : row.business_date;
    if (reader.present(kId)) row.id = reader.id<ledger::TransactionId>(kId);
    row.expect = reader.expect(kExpect);
    row.content = content_of(cells);
    const std::string fault = reader.finish();
    if (!fault.empty()) return at_line(found.line, fault);
    return std::optional<BookRow>(std::move(row));
}

std::string header_line() { return csv_line({kColumns.begin(), kColumns.end()}); }

std::string row_line(const BookRow& row,
                     const std::vector<std::pair<ledger::MemberId, std::string>>& names) {
    const Cells cells = cells_of(row, names);
    return csv_line({cells.begin(), cells.end()});
}

ledger::TransactionId derived_id(const crypto::Digest& content, std::uint64_t equal_before) {
    std::array<std::uint8_t, 8> number{};
    for (std::size_t i = 0; i < number.size(); ++i) {
        number[i] = static_cast<std::uint8_t>(equal_before >> (56 - 8 * i));
    }
    const crypto::Digest digest =
        crypto::domain_hash("book-row-id", {content.view(), ByteView(number)});
    ledger::TransactionId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

}  // namespace tally::book
