#include "book/csv.h"

#include "api/errc.h"

// A record may run over several lines, inside quotes; so the parser takes lines one by one and
// carries its place from one to the next. An unfinished quote at the end of the file is a fault of
// the line where the record begins, which is where a person has to look.
namespace tally::book {

/// Where the parser stands inside a record.
struct CsvReader::Parse {
    enum class Place { cell_start, plain, quoted, after_quote };

    CsvRecord record;
    std::string cell;
    std::size_t bytes = 0;
    Place place = Place::cell_start;

    void end_cell() {
        record.cells.push_back(std::move(cell));
        cell.clear();
        place = Place::cell_start;
    }
    /// A sentence about what is wrong, or null.
    const char* take(char character) {
        switch (place) {
            case Place::cell_start:
                if (character == '"') {
                    place = Place::quoted;
                    return nullptr;
                }
                place = Place::plain;
                [[fallthrough]];
            case Place::plain:
                if (character == ',') {
                    end_cell();
                } else if (character == '"') {
                    return "a quote inside a cell that does not begin with one";
                } else {
                    cell.push_back(character);
                }
                return nullptr;
            case Place::quoted:
                if (character == '"') {
                    place = Place::after_quote;
                } else {
                    cell.push_back(character);
                }
                return nullptr;
            case Place::after_quote:
                if (character == '"') {
                    cell.push_back('"');
                    place = Place::quoted;
                } else if (character == ',') {
                    end_cell();
                } else {
                    return "text after a closing quote";
                }
                return nullptr;
        }
        return nullptr;
    }
};

Error CsvReader::fault(std::uint64_t line, std::string_view what) {
    return fail(api::errc::invalid_argument,
                "line " + std::to_string(line) + ": " + std::string(what));
}

Result<std::optional<CsvRecord>> CsvReader::next() {
    std::string line;
    do {
        if (!lines_.next(line)) return std::optional<CsvRecord>{};
    } while (line.empty());

    Parse parse;
    const std::uint64_t begin = lines_.number();
    parse.record.line = begin;
    for (;;) {
        parse.bytes += line.size() + 1;
        if (parse.bytes > kRecordBytesMax) return fault(begin, "a record above 64 KiB");
        if (const char* what = LineReader::fault_of(line)) return fault(lines_.number(), what);
        for (const char character : line) {
            if (const char* what = parse.take(character)) return fault(lines_.number(), what);
            if (parse.record.cells.size() >= kCellsMax) return fault(begin, "more than 256 cells");
        }
        if (parse.place != Parse::Place::quoted) break;
        parse.cell.push_back('\n');
        if (!lines_.next(line)) return fault(begin, "a quote that is never closed");
    }
    parse.end_cell();
    return std::optional<CsvRecord>(std::move(parse.record));
}

std::string csv_line(const std::vector<std::string>& cells) {
    std::string line;
    for (std::size_t i = 0; i < cells.size(); ++i) {
        if (i > 0) line.push_back(',');
        const std::string& cell = cells[i];
        if (cell.find_first_of(",\"\r\n") == std::string::npos) {
            line += cell;
            continue;
        }
        line.push_back('"');
        for (const char character : cell) {
            if (character == '"') line.push_back('"');
            line.push_back(character);
        }
        line.push_back('"');
    }
    line.push_back('\n');
    return line;
}

}  // namespace tally::book
