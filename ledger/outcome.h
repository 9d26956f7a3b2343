#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tally::ledger {

/// The outcome of a transaction, on record for ever: numbers are part of the entry format and
/// never change meaning; names are what people and programs see. docs/FORMAT.md lists both,
/// docs/CREDIT.md says when each occurs.
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
    schedule_differs = 18,  ///< due dates, principal or fee not as the rules compute them
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
    rate_differs = 31,
    apr_differs = 32,
    apr_above_cap = 33,
    below_minimum = 34,
    ruleset_exists = 35,
    ruleset_unknown = 36,
    ruleset_invalid = 37,
    product_exists = 38,
    product_unknown = 39,
    product_invalid = 40,
    model_exists = 41,
    model_unknown = 42,
    assessment_exists = 43,
    assessment_unknown = 44,
    assessment_invalid = 45,
    assessment_not_live = 46,
    above_assessment = 47,
    line_in_use = 48,
    line_status = 49,
    authorisation_exists = 50,
    authorisation_unknown = 51,
    authorisation_not_open = 52,
    authorisation_expired = 53,
    authorisation_live = 54,
    above_authorisation = 55,
    above_captured = 56,
    settlement_differs = 57,
    penalty_differs = 58,
    mark_differs = 59,
    waiver_invalid = 60,
    two_keys_required = 61,
    hardship_unknown = 62,
    hardship_exists = 63,
    grace_invalid = 64,
    grace_exhausted = 65,
    reschedule_exhausted = 66,
    reschedule_differs = 67,
    charge_off_differs = 68,
    contract_charged_off = 69,
    contract_not_charged_off = 70,
    above_charged_off = 71,
    commission_invalid = 72,
    value_date_ahead = 73,
    backdated_too_far = 74,
    date_out_of_order = 75,
    replay_conflict = 76,
    target_unknown = 77,
    target_not_reversible = 78,
    target_reversed = 79,
    day_not_open = 80,
    day_closed = 81,
    day_out_of_order = 82,
    trial_balance_differs = 83,
    history_full = 84,
    servicer_unknown = 85,
    servicer_differs = 86,
    reference_personal = 87,
    currency_unknown = 88,
    day_ahead = 89,
    day_in_use = 90,
    business_date_late = 91,
    above_credit = 92,
    not_past_due = 93,
    collector_unknown = 94,
    collector_differs = 95,
    commission_above_agreement = 96,
    above_payment = 97,
    day_not_closed = 98,
    mandate_exists = 99,
    mandate_unknown = 100,
    mandate_not_live = 101,
    above_mandate = 102,
    debit_exists = 103,
    debit_unknown = 104,
    debit_open = 105,
    debit_has_result = 106,
    provider_differs = 107,
    quorum_missing = 108,
    quorum_endangered = 109,
    member_exists = 110,
    member_unknown = 111,
    member_invalid = 112,
    keys_out_of_range = 113,
    key_used = 114,
    key_unknown = 115,
    possession_unproven = 116,
    version_out_of_order = 117,
    height_passed = 118,
    alert_exists = 119,
    alert_reserved = 120,
    alert_unknown = 121,
    alert_disposed = 122,
};

/// Stable snake_case code, as the enumerator is spelled.
std::string_view outcome_code(Outcome outcome);
std::optional<Outcome> outcome_from(std::uint16_t number);
/// A sentence that says what was wrong, for people.
std::string_view outcome_text(Outcome outcome);

}  // namespace tally::ledger
