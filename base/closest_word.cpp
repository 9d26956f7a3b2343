#include "base/closest_word.h"

#include <algorithm>
#include <vector>

namespace tally {
namespace {

constexpr std::size_t kLengthMax = 64;  // the work grows with the square
constexpr std::size_t kShort = 6;       // one change is all that such a word bears

char folded(char letter) {
    return letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
}

/// Optimal string alignment: the fewest single changes, a swap of neighbours being one.
std::size_t distance(std::string_view left, std::string_view right) {
    std::vector<std::vector<std::size_t>> least(left.size() + 1,
                                                std::vector<std::size_t>(right.size() + 1));
    for (std::size_t i = 0; i <= left.size(); ++i) least[i][0] = i;
    for (std::size_t j = 0; j <= right.size(); ++j) least[0][j] = j;
    const auto same = [&](std::size_t i, std::size_t j) {
        return folded(left[i]) == folded(right[j]);
    };
    for (std::size_t i = 1; i <= left.size(); ++i) {
        for (std::size_t j = 1; j <= right.size(); ++j) {
            std::size_t& here = least[i][j];
            here = std::min({least[i - 1][j] + 1, least[i][j - 1] + 1,
                             least[i - 1][j - 1] + (same(i - 1, j - 1) ? 0 : 1)});
            if (i > 1 && j > 1 && same(i - 1, j - 2) && same(i - 2, j - 1)) {
                here = std::min(here, least[i - 2][j - 2] + 1);
            }
        }
    }
    return least[left.size()][right.size()];
}

/// The only word that goes on so.
std::string completed(std::string_view word, std::span<const std::string_view> known) {
    constexpr std::size_t kLeast = 3;
    if (word.size() < kLeast) return {};
    const auto goes_on = [word](std::string_view candidate) { return candidate.starts_with(word); };
    const auto first = std::ranges::find_if(known, goes_on);
    if (first == known.end() || std::ranges::count_if(known, goes_on) > 1) return {};
    return std::string(*first);
}

}  // namespace

std::string closest_word(std::string_view word, std::span<const std::string_view> known) {
    if (word.empty() || word.size() > kLengthMax) return {};
    std::string_view best;
    std::size_t least = (word.size() < kShort ? 1 : 2) + 1;
    for (const std::string_view candidate : known) {
        if (candidate.size() > kLengthMax) continue;
        const std::size_t changes = distance(word, candidate);
        if (changes >= least || changes >= candidate.size()) continue;
        least = changes;
        best = candidate;
    }
    return std::string(best);
}

std::string did_you_mean(std::string_view word, std::span<const std::string_view> known) {
    std::string meant = closest_word(word, known);
    if (meant.empty()) meant = completed(word, known);
    return meant.empty() ? std::string() : "; did you mean " + meant + "?";
}

}  // namespace tally
