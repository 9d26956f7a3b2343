#include "ledger/outcome.h"

#include <array>

namespace tally::ledger {
namespace {

struct Row {
    std::string_view code;
    std::string_view text;
};

// In the order of the enumerators: the row's place is the outcome's number.
constexpr std::array kRows = {
    Row{"accepted", "accepted"},
    Row{"duplicate", "this id was used before by the same submitter with other content"},
    Row{"expired", "the block's time is after the submission's not-after time"},
    Row{"key_not_valid", "a signer's key was not that member's key at this height"},
    Row{"atomic_sibling", "another transaction of the same atomic submission was refused"},
    Row{"malformed_transaction", "the bytes are not a canonical transaction under these rules"},
    Row{"role_missing", "no signer has the role that this type asks for"},
    Row{"signer_missing", "a party that must sign did not sign"},
    Row{"amount_not_positive", "the amount must be above zero"},
    Row{"currency_differs", "the currency differs from that of the line or contract"},
    Row{"line_exists", "a line with this id exists already"},
    Row{"line_unknown", "no line has this id"},
    Row{"line_not_active", "the line is not active"},
    Row{"date_outside_validity", "the value date lies outside the period in which this may happen"},
    Row{"limit_exceeded", "the principal is more than what is available on the line"},
    Row{"contract_exists", "a contract with this id exists already"},
    Row{"contract_unknown", "no contract has this id"},
    Row{"contract_not_active", "the contract is closed"},
    Row{"schedule_differs", "a row's due date, principal or fee is not what the rules compute"},
    Row{"periods_out_of_range", "a schedule has 1 to 36 rows"},
    Row{"rate_out_of_range", "the fee rate must be 0 to 1,000,000 ppm a period"},
    Row{"shares_not_whole",
        "funding shares must be positive, name a member once and sum to "
        "1,000,000 ppm"},
    Row{"funder_unknown", "a funding share names no member with the funder's role"},
    Row{"source_ref_used", "this servicer has posted this payment reference before"},
    Row{"above_payable", "the amount is more than what is still payable on the contract"},
    Row{"allocation_differs", "the claimed allocation is not the one that the rules compute"},
    Row{"overflow", "an amount or a sum does not fit in 64 bits"},
    Row{"date_out_of_range", "a date lies outside 1970-01-01 to 9999-12-31, or dates are reversed"},
    Row{"text_out_of_range", "a text field is empty, too long or not of its form"},
    Row{"owner_differs", "the line belongs to an originator that did not sign"},
    Row{"repeated", "this id is on record with the same content: the first entry stands"},
};
static_assert(kRows.size() == static_cast<std::size_t>(Outcome::repeated) + 1);

const Row& row_of(Outcome outcome) {
    static constexpr Row kUnknown{"unknown", "an outcome that this build does not know"};
    const auto number = static_cast<std::size_t>(outcome);
    return number < kRows.size() ? kRows[number] : kUnknown;
}

}  // namespace

std::string_view outcome_code(Outcome outcome) { return row_of(outcome).code; }

std::optional<Outcome> outcome_from(std::uint16_t number) {
    if (number >= kRows.size()) return std::nullopt;
    return static_cast<Outcome>(number);
}

std::string_view outcome_text(Outcome outcome) { return row_of(outcome).text; }

}  // namespace tally::ledger
