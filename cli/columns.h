#pragma once

#include <cstddef>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

namespace tally::cli {

/// How many columns of text the terminal behind a stream has; 0, without one: no limit. The stream
/// carries it, as it carries its other formatting.
void set_columns(std::ostream& out, std::size_t columns);
std::size_t columns_of(std::ostream& out);

/// The text in lines of at most `width` columns, at least one: broken at spaces, and inside a word
/// only where it alone is wider. Requires width > 1.
std::vector<std::string> folded(std::string_view text, std::size_t width);

/// How wide the columns of a table are made so that it takes `limit` in all, if that can be. Those
/// that `may_fold` give way, those with spaces in them first, and none below a few letters.
struct ColumnShape {
    std::size_t width = 0;
    bool may_fold = false;
    bool has_spaces = false;
};
std::vector<std::size_t> fitted(const std::vector<ColumnShape>& columns, std::size_t gap,
                                std::size_t limit);

}  // namespace tally::cli
