#include "cli/display_width.h"

#include <utf8proc.h>

namespace tally::cli {
namespace {

std::size_t width_of(utf8proc_int32_t point) {
    // Vowels and finals of conjoining Hangul stand in the syllable that was begun before them.
    const unsigned joins = utf8proc_get_property(point)->boundclass;
    if (joins == UTF8PROC_BOUNDCLASS_V || joins == UTF8PROC_BOUNDCLASS_T) return 0;
    const int width = utf8proc_charwidth(point);
    if (width > 0) return static_cast<std::size_t>(width);
    switch (utf8proc_category(point)) {
        case UTF8PROC_CATEGORY_MN:
        case UTF8PROC_CATEGORY_ME:
        case UTF8PROC_CATEGORY_CF:
            return 0;
        default:
            return 1;  // no width of its own, but a terminal shows something for it
    }
}

}  // namespace

std::size_t display_width(std::string_view text) {
    std::size_t width = 0;
    while (!text.empty()) {
        utf8proc_int32_t point = 0;
        const auto* bytes = reinterpret_cast<const utf8proc_uint8_t*>(text.data());
        const auto size = static_cast<utf8proc_ssize_t>(text.size());
        const utf8proc_ssize_t taken = utf8proc_iterate(bytes, size, &point);
        width += taken > 0 ? width_of(point) : 1;
        text.remove_prefix(taken > 0 ? static_cast<std::size_t>(taken) : 1);
    }
    return width;
}

}  // namespace tally::cli
