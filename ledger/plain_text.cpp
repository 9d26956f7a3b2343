#include "ledger/plain_text.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/utf8.h"

namespace tally::ledger {
namespace {

struct Range {
    char32_t first;
    char32_t last;
};

// Not the table of base/shown_text.h: that one is for showing, and may grow.
constexpr std::array kNotPlain = {
    Range{0x0000, 0x001F}, Range{0x007F, 0x009F}, Range{0x061C, 0x061C},
    Range{0x200E, 0x200F}, Range{0x202A, 0x202E}, Range{0x2066, 0x2069},
};

}  // namespace

std::optional<char32_t> first_not_plain(std::string_view text) {
    while (!text.empty()) {
        const Utf8Character next = first_character(text);
        TALLY_CHECK(next.bytes > 0);
        const bool refused = std::ranges::any_of(kNotPlain, [&next](const Range& range) {
            return range.first <= next.value && next.value <= range.last;
        });
        if (refused) return next.value;
        text.remove_prefix(next.bytes);
    }
    return std::nullopt;
}

}  // namespace tally::ledger
