#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tally::ledger {

/// The outcome of a transaction, on record for ever: numbers are part of the entry format and
/// never change meaning; names are what people and programs see (docs/FORMAT.md lists both).
enum class Outcome : std::uint16_t {
    accepted = 0,
    duplicate = 1,              ///< id used before by this submitter with other bytes
    expired = 2,                ///< block time after not-after
    key_not_valid = 3,          ///< a signer's key is not that member's at this height
    atomic_sibling = 4,         ///< another transaction of an atomic submission was refused
    malformed_transaction = 5,  ///< not canonical under the active rules version
    role_missing = 6,           ///< no signer has the role that the type asks for
    signer_missing = 7,         ///< a party that must sign did not
    amount_not_positive = 8,
    currency_differs = 9,
    line_exists = 10,
    line_unknown = 11,
    line_not_active = 12,
    date_outside_validity = 13,
    limit_exceeded = 14,
    contract_exists = 15,
    contract_unknown = 16,
    contract_not_active = 17,
    schedule_differs = 18,  ///< due dates, principal or fee not as section 5 computes them
    periods_out_of_range = 19,
    rate_out_of_range = 20,
    shares_not_whole = 21,  ///< funding shares do not sum to 1,000,000 ppm, or repeat a member
    funder_unknown = 22,
    source_ref_used = 23,  ///< a payment posted twice
    above_payable = 24,
    allocation_differs = 25,
    overflow = 26,
    date_out_of_range = 27,
    text_out_of_range = 28,  ///< an empty or over-long text field
    owner_differs = 29,      ///< the line or contract belongs to another originator
    repeated = 30,  ///< id on record with the same bytes: no effect, the first entry stands
};

/// Stable snake_case code, as the enumerator is spelled.
std::string_view outcome_code(Outcome outcome);
std::optional<Outcome> outcome_from(std::uint16_t number);
/// A sentence that says what was wrong, for people.
std::string_view outcome_text(Outcome outcome);

}  // namespace tally::ledger
