#include "ledger/usual_terms.h"

#include "ledger/genesis.h"

namespace tally::ledger {

RulesetRegister usual_ruleset(const RulesetId& id) {
    RulesetRegister ruleset;
    ruleset.ruleset = id;
    ruleset.bucket_days = {30, 60, 90, 120, 150, 180};
    ruleset.class_days = {1, 91, 121, 181};
    ruleset.order = {Component::penalty, Component::fee, Component::interest, Component::principal};
    ruleset.principal_first_after = 0;
    ruleset.penalty_ppm_day = 500;
    ruleset.penalty_cap_ppm = 1'000'000;
    ruleset.grace_days = 0;
    ruleset.grace_grants_max = 2;
    ruleset.grace_grant_days_max = 60;
    ruleset.reschedules_max = 2;
    ruleset.backdating_days_max = 30;
    ruleset.overpayment = Overpayment::refuse;
    ruleset.charge_off_days_min = 0;
    ruleset.observation_rows = 3;
    ruleset.contact_from = 8 * 60;
    ruleset.contact_to = 22 * 60;
    ruleset.contacts_per_day = 3;
    ruleset.apr_caps = {{0, 240'000}};
    return ruleset;
}

ProductRegister usual_product(const ProductId& id, const RulesetId& ruleset) {
    struct Band {
        std::uint32_t number;
        Ppm fee_ppm;
    };
    constexpr std::array<Band, 4> kBands{{{1, 5'000}, {2, 6'000}, {3, 7'500}, {9, 0}}};
    constexpr std::array<std::uint32_t, 3> kPeriods{3, 6, 12};
    ProductRegister product;
    product.product = id;
    product.ruleset = ruleset;
    product.currency = "CNY";
    product.servicer = member_id_of("servicer");
    product.minimum = 100;
    product.apr_cap_ppm = 240'000;
    for (const Band& band : kBands) {
        for (const std::uint32_t periods : kPeriods) {
            product.terms.push_back({band.number, periods, band.fee_ppm});
        }
    }
    return product;
}

}  // namespace tally::ledger
