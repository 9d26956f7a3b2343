#include "cli/columns.h"

#include <utf8proc.h>

#include <algorithm>

#include "base/check.h"
#include "cli/display_width.h"

namespace tally::cli {
namespace {

constexpr std::size_t kLeast = 8;

int place_of_columns() {
    static const int place = std::ios_base::xalloc();
    return place;
}

/// Bytes of the first character; one for what is not UTF-8.
std::size_t first_character(std::string_view text) {
    utf8proc_int32_t point = 0;
    const auto taken = utf8proc_iterate(reinterpret_cast<const utf8proc_uint8_t*>(text.data()),
                                        static_cast<utf8proc_ssize_t>(text.size()), &point);
    return taken > 0 ? static_cast<std::size_t>(taken) : 1;
}

/// The longest beginning that is not wider than `width`, and is at least one character.
std::string_view beginning(std::string_view text, std::size_t width) {
    std::size_t end = first_character(text);
    while (end < text.size()) {
        const std::size_t next = end + first_character(text.substr(end));
        if (display_width(text.substr(0, next)) > width) break;
        end = next;
    }
    return text.substr(0, end);
}

/// The widest column that may become narrower; none is left at columns.size().
std::size_t widest_of(const std::vector<ColumnShape>& columns,
                      const std::vector<std::size_t>& widths, bool only_with_spaces) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!columns[i].may_fold || widths[i] <= kLeast) continue;
        if (only_with_spaces && !columns[i].has_spaces) continue;
        if (widest == columns.size() || widths[i] > widths[widest]) widest = i;
    }
    return widest;
}

}  // namespace

void set_columns(std::ostream& out, std::size_t columns) {
    out.iword(place_of_columns()) = static_cast<long>(columns);
}

std::size_t columns_of(std::ostream& out) {
    return static_cast<std::size_t>(out.iword(place_of_columns()));
}

std::vector<std::string> folded(std::string_view text, std::size_t width) {
    TALLY_CHECK(width > 1);
    std::vector<std::string> lines;
    while (display_width(text) > width) {
        std::string_view line = beginning(text, width);
        const bool between = text[line.size()] == ' ';
        const std::size_t space = between ? line.size() : line.rfind(' ');
        if (space != std::string_view::npos && space > 0) line = text.substr(0, space);
        lines.emplace_back(line);
        text.remove_prefix(line.size());
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    if (!text.empty() || lines.empty()) lines.emplace_back(text);
    return lines;
}

std::vector<std::size_t> fitted(const std::vector<ColumnShape>& columns, std::size_t gap,
                                std::size_t limit) {
    std::vector<std::size_t> widths;
    std::size_t total = 0;
    for (const ColumnShape& column : columns) {
        widths.push_back(column.width);
        total += column.width + (widths.size() > 1 ? gap : 0);
    }
    for (const bool only_with_spaces : {true, false}) {
        while (limit > 0 && total > limit) {
            const std::size_t widest = widest_of(columns, widths, only_with_spaces);
            if (widest == columns.size()) break;
            --widths[widest];
            --total;
        }
    }
    return widths;
}

}  // namespace tally::cli
