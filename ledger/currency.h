#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tally::ledger {

/// Decimal digits of a currency's minor unit; nothing unless it is an active code of ISO 4217 in
/// which people are paid (list one; no precious metals, test codes or units of account).
std::optional<std::uint8_t> currency_exponent(std::string_view code);

}  // namespace tally::ledger
