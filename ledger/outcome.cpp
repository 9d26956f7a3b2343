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
    Row{"rate_out_of_range",
        "the rate must be 0 to 1,000,000 ppm a period, or 0 to 10,000,000 a year"},
    Row{"shares_not_whole",
        "funding shares must be positive, name a member once and sum to "
        "1,000,000 ppm"},
    Row{"funder_unknown", "a funding share names no member with the funder's role"},
    Row{"source_ref_used",
        "this payment reference was posted before to an account of the same lender"},
    Row{"above_payable", "the amount is more than what is still payable on the contract"},
    Row{"allocation_differs", "the claimed allocation is not the one that the rules compute"},
    Row{"overflow", "an amount or a sum does not fit in 64 bits"},
    Row{"date_out_of_range", "a date lies outside 1970-01-01 to 9999-12-31, or dates are reversed"},
    Row{"text_out_of_range", "a text field is empty, too long or not of its form"},
    Row{"owner_differs", "the line belongs to an originator that did not sign"},
    Row{"repeated", "this id is on record with the same content: the first entry stands"},
    Row{"rate_differs",
        "not the product's rate for the line's band and so many periods, or a re-plan above the "
        "plan in force"},
    Row{"apr_differs",
        "the disclosed annual percentage rate is not the one that the rules compute"},
    Row{"apr_above_cap", "the annual percentage rate is above the product's cap"},
    Row{"below_minimum", "less than the product's least purchase"},
    Row{"ruleset_exists", "a ruleset with this id exists already"},
    Row{"ruleset_unknown", "no ruleset has this id"},
    Row{"ruleset_invalid",
        "buckets, classes, order, rates or counts of the ruleset are not of their form"},
    Row{"product_exists", "a product with this id exists already"},
    Row{"product_unknown", "no product has this id"},
    Row{"product_invalid", "method, policies, rates or terms of the product are not of their form"},
    Row{"model_exists", "a model with this id exists already"},
    Row{"model_unknown", "no model has this id"},
    Row{"assessment_exists", "an assessment with this id exists already"},
    Row{"assessment_unknown", "no assessment has this id"},
    Row{"assessment_invalid", "band, decision or limit of the assessment are not of their form"},
    Row{"assessment_not_live",
        "the assessment declined, belongs to another borrower or lender, or is past its last day"},
    Row{"above_assessment", "the lines that cite the assessment would be above its limit"},
    Row{"line_in_use", "a line closes only with nothing used and nothing reserved"},
    Row{"line_status", "the line is not in the state that this change begins from"},
    Row{"authorisation_exists", "an authorisation with this id exists already"},
    Row{"authorisation_unknown", "no authorisation has this id, or it is another line's"},
    Row{"authorisation_not_open", "the authorisation was captured, voided or expired before"},
    Row{"authorisation_expired", "the business date is after the authorisation's last day"},
    Row{"authorisation_live", "the authorisation has not passed its last day"},
    Row{"above_authorisation", "the principal is more than what was reserved"},
    Row{"above_captured", "more would be refunded than was captured"},
    Row{"settlement_differs", "the amount is not what settles the contract on the value date"},
    Row{"penalty_differs", "the amount is not the penalty accrued and not yet assessed"},
    Row{"mark_differs", "days past due, bucket or class are not as the rules compute them"},
    Row{"waiver_invalid",
        "a part of the waiver is not above zero, repeats, or is more than what is outstanding"},
    Row{"two_keys_required", "two keys of the same member must sign"},
    Row{"hardship_unknown", "the contract has no open hardship request with this id"},
    Row{"hardship_exists", "the contract has a hardship request with this id"},
    Row{"grace_invalid",
        "the grace overlaps another one, or begins before the value date or ends before it begins"},
    Row{"grace_exhausted", "the ruleset allows no more grace: days or number of grants"},
    Row{"reschedule_exhausted", "the ruleset allows no further re-plan"},
    Row{"reschedule_differs",
        "the re-plan loses principal or arrears, or its rows are not as computed"},
    Row{"charge_off_differs", "the amounts are not what is outstanding"},
    Row{"contract_charged_off", "the contract is charged off"},
    Row{"contract_not_charged_off", "a recovery comes only after a charge-off"},
    Row{"above_charged_off", "more would be recovered than was charged off"},
    Row{"commission_invalid", "the commission is below zero or above the amount"},
    Row{"value_date_ahead", "the value date is after the business date"},
    Row{"backdated_too_far", "the value date lies further back than the ruleset allows"},
    Row{"date_out_of_order", "the value date is before the line's last change"},
    Row{"replay_conflict", "the contract, replayed with this, no longer supports a later event"},
    Row{"target_unknown", "no accepted event of this contract has this id"},
    Row{"target_not_reversible", "this type of event cannot be reversed, a reversal included"},
    Row{"target_reversed", "the event has been reversed before"},
    Row{"day_not_open", "the business date is not an open day"},
    Row{"day_closed",
        "the business date is a closed day: only a reversal together with its repost"},
    Row{"day_out_of_order",
        "days open once, at most 31 at a time, none behind a closed one, and close in order"},
    Row{"trial_balance_differs", "the trial balance is not the book's own"},
    Row{"history_full", "the line or contract has reached its bound of such events"},
    Row{"servicer_unknown", "names no member with the servicer's role"},
    Row{"servicer_differs", "the contract has another servicer, which did not sign"},
    Row{"reference_personal",
        "a payment reference must not look like a name, a phone or an identity number: give the "
        "bank's own reference"},
    Row{"currency_unknown", "no active currency code of ISO 4217"},
    Row{"day_ahead", "the day lies after what the block's time allows in the network's calendar"},
    Row{"day_in_use", "something was booked on the day: it is closed, not cancelled"},
    Row{"business_date_late",
        "the business date lies further behind the block's time than the ruleset allows"},
    Row{"above_credit", "more than what is owed to the borrower"},
    Row{"not_past_due", "nothing has fallen due, or fewer days past due than the ruleset asks for"},
    Row{"collector_unknown", "names no member with the collector's role"},
    Row{"collector_differs", "the contract is not assigned to a collector that signed"},
    Row{"commission_above_agreement",
        "the commission is above what the collector was assigned with"},
    Row{"above_payment", "more would be charged back than the payment brought"},
    Row{"day_not_closed",
        "on an open day a payment is reversed and posted again without reposted_on"},
    Row{"mandate_exists", "a mandate with this id exists already"},
    Row{"mandate_unknown", "no mandate has this id"},
    Row{"mandate_not_live",
        "the mandate was revoked, or the day lies outside those for which it was given"},
    Row{"above_mandate", "the amount is above the mandate's maximum of one debit"},
    Row{"debit_exists", "a debit with this id exists already"},
    Row{"debit_unknown", "no debit has this id"},
    Row{"debit_open", "the mandate has a debit without a result for this day"},
    Row{"debit_has_result", "the debit's result is on record: it succeeded or failed once"},
    Row{"provider_differs", "the payment provider that signed the mandate did not sign"},
    Row{"quorum_missing", "not signed by more than half of the governing members"},
    Row{"quorum_endangered",
        "fewer governing members would have a valid key than it takes to decide: give them new "
        "keys first"},
    Row{"member_exists", "a member has this name"},
    Row{"member_unknown", "no such member"},
    Row{"member_invalid",
        "the name is not 1 to 64 of a-z, 0-9 and -, or the roles are not each once, in order"},
    Row{"keys_out_of_range", "1 to 16 keys at a time, 255 of a member for ever"},
    Row{"key_used", "the key is or was another's in this network, or is named twice"},
    Row{"key_unknown", "no key of the member that is valid now"},
    Row{"possession_unproven",
        "the key's own signature over its possession does not verify: the owner of the key makes "
        "it, for this member's name"},
    Row{"version_out_of_order",
        "rules versions follow one another by one; the active one is named to take back what was "
        "to follow, if something was"},
    Row{"height_passed", "the height is no later block; 0 with the active version"},
    Row{"alert_exists", "an alert with this id exists already"},
    Row{"alert_reserved", "ids that begin with ffff are those of the alerts that nodes raise"},
    Row{"alert_unknown", "no alert has this id"},
    Row{"alert_disposed",
        "the alert was confirmed or dismissed before, or is escalated and would be once more"},
};
static_assert(kRows.size() == static_cast<std::size_t>(Outcome::alert_disposed) + 1);

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
