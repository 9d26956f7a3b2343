#pragma once

#include <cstddef>
#include <string_view>

namespace tally::cli {

/// Columns that UTF-8 text takes on a terminal: two for East Asian wide and fullwidth characters,
/// none for combining marks, one for every other character and every byte that is not UTF-8. Total.
std::size_t display_width(std::string_view text);

}  // namespace tally::cli
