#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tally {

/// The word that somebody who wrote `word` most likely meant: the nearest by letters added, left
/// out, changed or swapped; empty when none is near. Letter case does not count. Of equals the
/// first.
std::string closest_word(std::string_view word, std::span<const std::string_view> known);

/// `; did you mean CAPTURE?` for an error's end, or nothing. Where none is near, the only one that
/// begins with the word is meant.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace tally
