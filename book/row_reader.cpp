#include <algorithm>
#include <set>

#include "api/errc.h"
#include "api/json_text.h"
#include "base/closest_word.h"
#include "book/columns.h"
#include "book/csv.h"
#include "book/row.h"
#include "ledger/type_table.h"

namespace tally::book {
namespace {

using boost::json::object;

constexpr std::size_t kDepthMax = 4;  // of a transaction in JSON, and one to spare
constexpr int kByteOrderMarkBytes = 3;

Error at_line(std::uint64_t line, const std::string& what) {
    return fail(api::errc::invalid_argument, "line " + std::to_string(line) + ": " + what);
}

/// Gives the row its line, or the fault.
Result<std::optional<BookRow>> placed(Result<BookRow> row, std::uint64_t line) {
    if (!row) return at_line(line, row.error().context);
    row->line = line;
    return std::optional(std::move(*row));
}

/// What a first line that is none most likely is.
std::string hint_for(const std::string& name) {
    const std::vector<std::string_view> known(columns().begin(), columns().end());
    return did_you_mean(name, known);
}

class CsvRows : public RowReader {
public:
    CsvRows(std::istream& source, api::MemberResolver resolver)
        : csv_(source), resolver_(std::move(resolver)) {}

    Status read_header() {
        auto header = csv_.next();
        if (!header) return header.error();
        if (!*header) return at_line(1, "the file is empty, the first line names the columns");
        std::set<std::string> seen;
        for (std::string& name : (*header)->cells) {
            if (std::find(columns().begin(), columns().end(), name) == columns().end()) {
                return at_line((*header)->line,
                               "\"" + name + "\" is not a column of a book" + hint_for(name));
            }
            if (!seen.insert(name).second) {
                return at_line((*header)->line, "the column \"" + name + "\" stands twice");
            }
            names_.push_back(std::move(name));
        }
        if (!seen.contains("type")) {
            return at_line((*header)->line, "the column \"type\" is missing");
        }
        return {};
    }

    Result<std::optional<BookRow>> next() override {
        auto record = csv_.next();
        if (!record) return record.error();
        if (!*record) return std::optional<BookRow>{};
        auto whole = object_of(**record);
        if (!whole) return at_line((*record)->line, whole.error().context);
        return placed(row_from_json(std::move(*whole), resolver_), (*record)->line);
    }

private:
    Result<object> object_of(const CsvRecord& record) const {
        if (std::ranges::all_of(record.cells, &std::string::empty)) {
            return fail(api::errc::invalid_argument,
                        "is an empty row, as spreadsheets leave them: remove it");
        }
        if (record.cells.size() != names_.size()) {
            const bool more = record.cells.size() > names_.size();
            return fail(
                api::errc::invalid_argument,
                "has " + std::to_string(record.cells.size()) + " cells, the header names " +
                    std::to_string(names_.size()) +
                    (more ? "; a comma in a number makes two of it: amounts are whole minor "
                            "units without separators, and a text with commas stands in "
                            "double quotes"
                          : ""));
        }
        const auto place = std::find(names_.begin(), names_.end(), "type") - names_.begin();
        const std::string& type = record.cells[static_cast<std::size_t>(place)];
        const auto& types = ledger::kTransactionTypes;
        if (std::find(types.begin(), types.end(), type) == types.end()) {
            return fail(api::errc::invalid_argument,
                        "type: unknown type \"" + type + "\"" + did_you_mean(type, types));
        }
        object whole;
        for (std::size_t i = 0; i < names_.size(); ++i) {
            if (record.cells[i].empty()) continue;
            const api::Field* field = field_of(type, names_[i]);
            if (field == nullptr) {
                return fail(api::errc::invalid_argument,
                            names_[i] + ": a " + type + " has none, leave it empty");
            }
            auto value = value_from_cell(*field, record.cells[i]);
            if (!value) return Error{value.error().code, names_[i] + ": " + value.error().context};
            whole[names_[i]] = std::move(*value);
        }
        return whole;
    }

    CsvReader csv_;
    api::MemberResolver resolver_;
    std::vector<std::string> names_;  // of the file's columns, in its order
};

class JsonRows : public RowReader {
public:
    JsonRows(std::istream& source, api::MemberResolver resolver)
        : lines_(source, kJsonLineBytesMax), resolver_(std::move(resolver)) {}

    Result<std::optional<BookRow>> next() override {
        std::string line;
        do {
            if (!lines_.next(line)) return std::optional<BookRow>{};
        } while (line.empty());
        const std::uint64_t number = lines_.number();
        if (line.size() > kJsonLineBytesMax) return at_line(number, "a line above 256 KiB");
        if (const char* what = LineReader::fault_of(line)) return at_line(number, what);
        auto whole = api::json_object_from_text(line, kDepthMax);
        if (!whole) {
            const bool list = number == 1 && (line.starts_with('[') || line == "{");
            return at_line(number, whole.error().context +
                                       (list ? ": a book has a JSON object a line; `tallystick "
                                               "submit` takes a list, and objects of many lines"
                                             : ""));
        }
        return placed(row_from_json(std::move(*whole), resolver_), number);
    }

private:
    LineReader lines_;
    api::MemberResolver resolver_;
};

/// Why a file is no book in CSV, from its first line: a phrase, or empty.
std::string no_csv(std::string_view line) {
    if (line.starts_with('[') || line.starts_with('{')) {
        return "is JSON, not CSV: `tallystick submit` takes one transaction or a list; a book has "
               "a JSON object a line, in a file that ends in .ndjson or with --format ndjson";
    }
    if (line.starts_with("sep=") || line.starts_with("SEP=")) {
        return "`" + std::string(line.substr(0, line.find_last_not_of('\r') + 1)) +
               "` is for spreadsheets: remove that line; the first one names the columns, and a "
               "book has commas between its cells";
    }
    if (line.find(',') != std::string_view::npos) return {};
    for (const auto& [separator, name] : {std::pair{'\t', "tabs"}, std::pair{';', "semicolons"}}) {
        if (line.find(separator) == std::string_view::npos) continue;
        return std::string("its cells are separated by ") + name +
               "; a book has commas between them";
    }
    return {};
}

/// The first line, of a bounded length; reading goes back to the beginning.
std::string first_line(std::istream& source) {
    constexpr std::size_t kBytesMax = 4096;
    std::string line;
    for (int next = source.get(); next != std::istream::traits_type::eof() && next != '\n';
         next = source.get()) {
        line.push_back(static_cast<char>(next));
        if (line.size() == kBytesMax) break;
    }
    source.clear();
    source.seekg(0);
    return line;
}

/// JSON begins with a brace, behind the byte order mark if there is one; no header of CSV does.
Format format_shown(std::istream& source) {
    constexpr int kFirstOfMark = 0xEF;
    if (source.peek() == kFirstOfMark) source.ignore(kByteOrderMarkBytes);
    const bool json = source.peek() == '{';
    source.clear();
    source.seekg(0);
    return json ? Format::ndjson : Format::csv;
}

}  // namespace

Result<std::unique_ptr<RowReader>> RowReader::open(std::istream& source,
                                                   std::optional<Format> format,
                                                   api::MemberResolver resolver) {
    const std::string line = first_line(source);
    if (line.starts_with("PK\x03\x04")) {
        return at_line(1,
                       "is a spreadsheet's own file (xlsx, ods) or another archive: save it as "
                       "CSV, in UTF-8 with commas between the cells");
    }
    if (const char* encoding = other_encoding(line)) return at_line(1, encoding);
    if (!format) format = format_shown(source);
    const std::string fault =
        *format == Format::csv ? no_csv(without_byte_order_mark(line)) : std::string();
    if (!fault.empty()) return at_line(1, fault);
    if (*format == Format::ndjson) {
        return std::unique_ptr<RowReader>(std::make_unique<JsonRows>(source, std::move(resolver)));
    }
    auto rows = std::make_unique<CsvRows>(source, std::move(resolver));
    const Status header = rows->read_header();
    if (!header) return header.error();
    return std::unique_ptr<RowReader>(std::move(rows));
}

}  // namespace tally::book
