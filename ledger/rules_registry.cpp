#include <algorithm>
#include <set>

#include "ledger/rules_run.h"

// What is registered once and never changes: rulesets, products, models; and assessments.

namespace tally::ledger {
namespace {

constexpr Ppm kCapPpmMax = 10'000'000;
constexpr Day kDaysMax = 3650;
constexpr std::uint32_t kCountMax = 36;
constexpr std::uint32_t kBandMax = 255;
constexpr std::size_t kBucketsMax = 12;
constexpr std::size_t kCapsMax = 16;
constexpr std::size_t kClassDays = 4;
constexpr std::size_t kTermsMax = 128;
constexpr std::size_t kReasonsMax = 256;

bool ascending_from_one(const std::vector<Day>& days) {
    Day last = 0;
    return std::all_of(days.begin(), days.end(), [&last](Day day) {
        const bool above = day > last && day <= kDaysMax;
        last = day;
        return above;
    });
}

template <typename Number>
bool within(Number value, Number least, Number most) {
    return least <= value && value <= most;
}

/// Some of the day's minutes and some contacts in them, or no contact at all.
bool contact_valid(const RulesetRegister& ruleset) {
    if (ruleset.contact_from == 0 && ruleset.contact_to == 0 && ruleset.contacts_per_day == 0) {
        return true;
    }
    return ruleset.contact_from < ruleset.contact_to && ruleset.contact_to <= kMinutesOfDay &&
           within(ruleset.contacts_per_day, 1U, kContactsMax);
}

bool caps_valid(const std::vector<DatedCap>& caps) {
    const auto valid = [](const DatedCap& cap) {
        return day_in_range(cap.valid_from) && within(cap.apr_ppm, 0, kCapPpmMax);
    };
    return caps.size() <= kCapsMax && std::ranges::all_of(caps, valid) &&
           std::ranges::adjacent_find(caps, std::ranges::greater_equal{}, &DatedCap::valid_from) ==
               caps.end();
}

bool is_valid(const RulesetRegister& ruleset) {
    auto order = ruleset.order;
    std::sort(order.begin(), order.end());
    const bool every_component = std::adjacent_find(order.begin(), order.end()) == order.end();
    return within<std::size_t>(ruleset.bucket_days.size(), 1, kBucketsMax) &&
           ascending_from_one(ruleset.bucket_days) && ruleset.class_days.size() == kClassDays &&
           ascending_from_one(ruleset.class_days) && every_component &&
           within(ruleset.principal_first_after, 0, kDaysMax) &&
           within(ruleset.penalty_ppm_day, 0, kWholePpm) &&
           within(ruleset.penalty_cap_ppm, 0, kCapPpmMax) &&
           within(ruleset.grace_days, 0, kDaysMax) && ruleset.grace_grants_max <= kCountMax &&
           within(ruleset.grace_grant_days_max, 0, kDaysMax) &&
           ruleset.reschedules_max <= kCountMax &&
           within(ruleset.backdating_days_max, 0, kDaysMax) &&
           within(ruleset.lag_days_max, 0, kDaysMax) &&
           within(ruleset.charge_off_days_min, 0, kDaysMax) &&
           ruleset.observation_rows <= kCountMax && contact_valid(ruleset) &&
           caps_valid(ruleset.apr_caps) && within(ruleset.alert_limit_use_ppm, 0, kWholePpm) &&
           within(ruleset.alert_first_payment_days, 0, kDaysMax) &&
           ruleset.alert_missed_debits <= kCountMax;
}

bool terms_valid(const ProductRegister& product) {
    const Ppm rate_max = product.method == ScheduleMethod::annuity ? kYearlyPpmMax : kFeePpmMax;
    std::set<std::pair<std::uint32_t, std::uint32_t>> seen;
    return within<std::size_t>(product.terms.size(), 1, kTermsMax) &&
           std::all_of(product.terms.begin(), product.terms.end(), [&](const ProductTerm& term) {
               return within(term.band, 1U, kBandMax) && within(term.periods, 1U, kPeriodsMax) &&
                      within(term.rate_ppm, 0, rate_max) &&
                      seen.emplace(term.band, term.periods).second;
           });
}

}  // namespace

Outcome apply(Run& run, const RulesetRegister& ruleset) {
    const Outcome common = run.check_governance();
    if (common != Outcome::accepted) return common;
    if (run.workspace.rulesets().exists(ruleset.ruleset)) return Outcome::ruleset_exists;
    if (!is_valid(ruleset)) return Outcome::ruleset_invalid;
    run.workspace.rulesets().edit(ruleset.ruleset) = {ruleset, run.entry};
    return Outcome::accepted;
}

Outcome apply(Run& run, const ProductRegister& product) {
    const Outcome common = run.check_governance();
    if (common != Outcome::accepted) return common;
    if (run.workspace.products().exists(product.product)) return Outcome::product_exists;
    if (!run.workspace.rulesets().exists(product.ruleset)) return Outcome::ruleset_unknown;
    if (!is_currency(product.currency)) return Outcome::currency_unknown;
    if (!has_role(run.workspace, product.servicer, Role::servicer)) {
        return Outcome::servicer_unknown;
    }
    const bool valid = terms_valid(product) && within(product.minimum, Amount{1}, kPrincipalEnd) &&
                       within(product.apr_cap_ppm, 0, kYearlyPpmMax);
    if (!valid) return Outcome::product_invalid;
    const MemberId& owner = run.answering();
    run.workspace.products().edit(product.product) = {product, owner, run.entry, 0, {}};
    count_servicer(run, product.servicer, 1, 0);
    return Outcome::accepted;
}

Outcome apply(Run& run, const ModelRegister& model) {
    const Outcome common = run.check_governance();
    if (common != Outcome::accepted) return common;
    if (run.workspace.models().exists(model.model)) return Outcome::model_exists;
    if (!text_fits(model.name, kReasonMax)) return Outcome::text_out_of_range;
    const MemberId& owner = run.answering();
    run.workspace.models().edit(model.model) = {model, owner, run.entry};
    return Outcome::accepted;
}

Outcome apply(Run& run, const Assessment& assessment) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (run.workspace.assessments().exists(assessment.assessment)) {
        return Outcome::assessment_exists;
    }
    if (!run.workspace.models().exists(assessment.model)) return Outcome::model_unknown;
    const MemberId owner = run.workspace.models().view(assessment.model).owner;
    if (!run.signatories.contains(owner)) return Outcome::owner_differs;
    if (is_erased(run, owner, assessment.borrower)) return Outcome::borrower_erased;
    if (assessment.reasons.size() > kReasonsMax) return Outcome::text_out_of_range;
    if (!day_in_range(assessment.valid_to)) return Outcome::date_out_of_range;
    const bool approved = assessment.decision == Decision::approved;
    const bool valid = approved ? within(assessment.band, 1U, kBandMax) && assessment.limit > 0
                                : assessment.band <= kBandMax && assessment.limit == 0 &&
                                      assessment.currency.empty();
    if (!valid) return Outcome::assessment_invalid;
    if (approved && !is_currency(assessment.currency)) return Outcome::currency_unknown;
    run.workspace.assessments().edit(assessment.assessment) = {assessment, owner, 0, run.entry,
                                                               run.transaction.value_date};
    // From now on the lender knows the borrower.
    run.workspace.customers().edit(customer_id_of(owner, assessment.borrower));
    return Outcome::accepted;
}

}  // namespace tally::ledger
