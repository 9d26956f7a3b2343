#include "ledger/pricing.h"

#include <utility>

#include "ledger/apr.h"
#include "ledger/costs.h"

namespace tally::ledger {

std::optional<Ppm> rate_of(const ProductRegister& product, std::uint32_t band,
                           std::uint32_t periods) {
    for (const ProductTerm& term : product.terms) {
        if (term.band == band && term.periods == periods) return term.rate_ppm;
    }
    return std::nullopt;
}

ScheduleTerms terms_of(const ProductRegister& product, Amount principal, Ppm rate_ppm,
                       std::uint32_t periods, Day anchor) {
    ScheduleTerms terms;
    terms.method = product.method;
    terms.day_count = product.day_count;
    terms.month_end = product.month_end;
    terms.remainder = product.remainder;
    terms.principal = principal;
    terms.rate_ppm = rate_ppm;
    terms.periods = periods;
    terms.anchor = anchor;
    return terms;
}

Outcome price(Capture& capture, const ProductRegister& product, std::uint32_t band, Day anchor,
              const CostTable* table) {
    const auto periods = static_cast<std::uint32_t>(capture.schedule.size());
    const auto rate = rate_of(product, band, periods);
    if (!rate) return Outcome::rate_differs;
    Schedule schedule =
        compute_schedule(terms_of(product, capture.principal, *rate, periods, anchor));
    if (schedule.outcome != Outcome::accepted) return schedule.outcome;
    const bool fits = capture.principal < kPrincipalEnd;  // which compute_schedule saw to
    const CostFlows flows = table != nullptr && fits
                                ? flows_under(*table, capture.principal, schedule.rows)
                                : CostFlows{capture.principal, schedule.rows};
    const auto apr = apr_ppm(flows.principal, flows.rows);
    if (!apr) return Outcome::apr_differs;
    capture.rate_ppm = *rate;
    capture.apr_ppm = *apr;
    capture.schedule = std::move(schedule.rows);
    if (capture.servicer == MemberId{}) capture.servicer = product.servicer;
    return Outcome::accepted;
}

}  // namespace tally::ledger
