#include "ledger/costs.h"

#include <algorithm>

#include "ledger/wide.h"

namespace tally::ledger {
namespace {

constexpr Wide kWhole = 1'000'000;
constexpr Wide kMonths = 12;
constexpr Wide kDaysOfYear = 365;

/// half-up(amount * ppm / whole). Below 2^63 for an amount below 2^54 and a rate of a cost table.
Amount part_of(Amount amount, Ppm ppm, Wide whole) {
    return static_cast<Amount>((Wide{amount} * ppm * 2 + whole) / (whole * 2));
}

bool is_own(const CostRow& row) {
    return row.item == kFeeItem || row.item == kInterestItem || row.item == kPenaltyItem;
}

/// Charged to every borrower who pays on time, beside what the schedule holds already.
bool is_added(const CostRow& row) { return row.when == CostWhen::normal && !is_own(row); }

Ppm rate_for(const CostTable& table, std::string_view item) {
    const auto row = std::ranges::find(table.rows, item, &CostRow::item);
    return row == table.rows.end() ? 0 : row->rate_ppm;
}

}  // namespace

CostFlows flows_under(const CostTable& table, Amount principal, std::span<const Instalment> rows) {
    CostFlows flows{principal, {rows.begin(), rows.end()}};
    for (const CostRow& cost : table.rows) {
        if (!is_added(cost)) continue;
        if (cost.basis == CostBasis::once) {
            flows.principal -= part_of(principal, cost.rate_ppm, kWhole);
            continue;
        }
        Amount balance = principal;
        for (std::size_t place = 0; place < rows.size(); ++place) {
            const Instalment& row = rows[place];
            Amount& fee = flows.rows[place].fee;
            if (cost.basis == CostBasis::principal) {
                fee += part_of(principal, cost.rate_ppm, kWhole * kMonths);
            } else if (cost.basis == CostBasis::balance) {
                fee += part_of(balance, cost.rate_ppm, kWhole * kMonths);
            } else {
                fee += part_of(row.principal + row.fee + row.interest, cost.rate_ppm, kWhole);
            }
            balance -= row.principal;
        }
    }
    return flows;
}

bool charge_disclosed(const CostTable& table, ScheduleMethod method, Ppm rate_ppm) {
    const bool annuity = method == ScheduleMethod::annuity;
    const Wide yearly = annuity ? Wide{rate_ppm} : rate_ppm * kMonths;
    return yearly <= rate_for(table, annuity ? kInterestItem : kFeeItem);
}

bool penalty_disclosed(const CostTable& table, const RulesetRegister& ruleset) {
    return ruleset.penalty_ppm_day * kDaysOfYear <= rate_for(table, kPenaltyItem);
}

std::optional<Ppm> dated_cap(const RulesetRegister& ruleset, Day day) {
    std::optional<Ppm> cap;
    for (const DatedCap& row : ruleset.apr_caps) {
        if (row.valid_from <= day) cap = row.apr_ppm;
    }
    return cap;
}

Ppm apr_cap_on(const RulesetRegister& ruleset, const ProductRegister& product, Day day) {
    return std::min(product.apr_cap_ppm, dated_cap(ruleset, day).value_or(product.apr_cap_ppm));
}

}  // namespace tally::ledger
