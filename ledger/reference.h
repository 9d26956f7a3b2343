#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace tally::ledger {

inline constexpr std::size_t kSourceRefMax = 64;

/// A payment's reference as references are compared: of 1..64 characters of visible ASCII, with
/// spaces inside but not around, those that are no spaces, letters without regard to case. Nothing
/// for any other text. By itself, so that no library's tables decide what is one payment.
std::optional<std::string> canonical_reference(std::string_view source_ref);

/// Whether a canonical reference looks like what must never be on record: a name (no digit in it),
/// a mail address, a Chinese mobile phone or identity number, bare or behind letters that nothing
/// separates from it. A guess that refuses, never a promise
/// that what passes is no personal data.
bool looks_personal(std::string_view reference);

}  // namespace tally::ledger
