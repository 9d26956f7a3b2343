#pragma once

#include <optional>
#include <string_view>

namespace tally::ledger {

/// The first character of a text that no transaction may hold: a control (Unicode's category Cc) or
/// one that turns the direction in which text is shown (Bidi_Control). The list is part of the
/// rules (docs/FORMAT.md) and never follows a later Unicode, or nodes would judge the same bytes
/// differently. Requires UTF-8.
std::optional<char32_t> first_not_plain(std::string_view text);

}  // namespace tally::ledger
