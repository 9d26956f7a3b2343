#include <algorithm>
#include <set>

#include "ledger/costs.h"
#include "ledger/rules_run.h"

// What purchases cost over all parties: the table that says it, that a borrower has seen it, and
// what a purchase cites of both.

namespace tally::ledger {
namespace {

constexpr Ppm kCostPpmMax = 10'000'000;

/// A charge of the book's own stands as the book computes it, or nobody could compare the two.
bool as_charged(const CostRow& row) {
    const auto is = [&row](CostBasis basis, CostWhen when) {
        return row.basis == basis && row.when == when;
    };
    if (row.item == kFeeItem) return is(CostBasis::principal, CostWhen::normal);
    if (row.item == kInterestItem) return is(CostBasis::balance, CostWhen::normal);
    if (row.item == kPenaltyItem) return is(CostBasis::balance, CostWhen::in_default);
    return true;
}

bool rows_valid(const std::vector<CostRow>& rows) {
    std::set<std::string_view> items;
    return !rows.empty() && rows.size() <= kCostRowsMax &&
           std::ranges::all_of(rows, [&](const CostRow& row) {
               return text_fits(row.item, kReasonMax) && items.insert(row.item).second &&
                      row.rate_ppm >= 0 && row.rate_ppm <= kCostPpmMax && as_charged(row);
           });
}

/// A mistyped year would bar every later table of the product.
constexpr Day kTableLeadDaysMax = 366;

bool members_known(const Run& run, const std::vector<CostRow>& rows) {
    return std::ranges::all_of(rows, [&run](const CostRow& row) {
        return !row.member || run.workspace.members().view(*row.member).body.has_value();
    });
}

}  // namespace

Outcome apply(Run& run, const CostTable& table) {
    const Outcome common = run.check_governance();
    if (common != Outcome::accepted) return common;
    if (run.workspace.cost_tables().exists(table.table)) return Outcome::cost_table_exists;
    if (!run.workspace.products().exists(table.product)) return Outcome::product_unknown;
    const ProductRecord& product = run.workspace.products().view(table.product);
    if (!run.signatories.contains(product.owner)) return Outcome::owner_differs;
    if (!rows_valid(table.rows)) return Outcome::cost_table_invalid;
    if (!members_known(run, table.rows)) return Outcome::member_unknown;
    if (product.cost_tables == kCostTablesMax) return Outcome::history_full;
    // The newest one as of a date is the last one registered by then.
    if (run.transaction.value_date > run.today + kTableLeadDaysMax) return Outcome::day_ahead;
    const bool behind =
        product.last_table && run.transaction.value_date <
                                  run.workspace.cost_tables().view(*product.last_table).value_date;
    if (behind) return Outcome::date_out_of_order;

    ProductRecord& changed = run.workspace.products().edit(table.product);
    run.workspace.cost_tables().edit(table.table) = {table, run.entry, run.transaction.value_date,
                                                     changed.last_table};
    changed.last_table = table.table;
    ++changed.cost_tables;
    return Outcome::accepted;
}

Outcome apply(Run& run, const DisclosureAck& ack) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (run.workspace.disclosures().exists(ack.disclosure)) return Outcome::disclosure_exists;
    if (!run.workspace.cost_tables().exists(ack.table)) return Outcome::cost_table_unknown;
    const ProductId product = run.workspace.cost_tables().view(ack.table).terms.product;
    const MemberId owner = run.workspace.products().view(product).owner;
    if (!run.signatories.contains(owner)) return Outcome::owner_differs;
    if (!day_in_range(ack.shown_on)) return Outcome::date_out_of_range;
    if (ack.shown_on > std::min(run.transaction.value_date, run.today)) {
        return Outcome::disclosure_ahead;
    }
    if (ack.seconds_read == 0) return Outcome::disclosure_unread;
    run.workspace.disclosures().edit(ack.disclosure) = {ack, owner, run.entry,
                                                        run.transaction.value_date};
    return Outcome::accepted;
}

const CostTable* cost_table_on(const Run& run, const ProductId& product, Day day) {
    std::optional<CostTableId> next = run.workspace.products().view(product).last_table;
    while (next) {
        const CostTableRecord& record = run.workspace.cost_tables().view(*next);
        if (record.value_date <= day) return &record.terms;
        next = record.previous;
    }
    return nullptr;
}

Outcome check_costs(const Run& run, const Capture& capture, const BorrowerId& borrower) {
    const CostTable* table = cost_table_on(run, capture.product, run.transaction.value_date);
    if (table != nullptr && (!capture.cost_table || !capture.disclosure)) {
        return Outcome::disclosure_missing;
    }
    if (capture.cost_table && !run.workspace.cost_tables().exists(*capture.cost_table)) {
        return Outcome::cost_table_unknown;
    }
    if (capture.cost_table && (table == nullptr || table->table != *capture.cost_table)) {
        return Outcome::cost_table_differs;
    }
    if (!capture.disclosure) return Outcome::accepted;
    if (!run.workspace.disclosures().exists(*capture.disclosure)) {
        return Outcome::disclosure_unknown;
    }
    const DisclosureRecord& seen = run.workspace.disclosures().view(*capture.disclosure);
    const bool fits = table != nullptr && seen.terms.borrower == borrower &&
                      seen.terms.table == table->table &&
                      seen.value_date <= run.transaction.value_date;
    if (!fits) return Outcome::disclosure_differs;
    const ScheduleMethod method = run.workspace.products().view(capture.product).terms.method;
    return charge_disclosed(*table, method, capture.rate_ppm) ? Outcome::accepted
                                                              : Outcome::undisclosed_cost;
}

}  // namespace tally::ledger
