#include <algorithm>
#include <limits>
#include <set>

#include "base/checked.h"
#include "ledger/alerts.h"
#include "ledger/apr.h"
#include "ledger/costs.h"
#include "ledger/pricing.h"
#include "ledger/rules_run.h"

// Purchases: reserved, captured, refunded by the merchant.

namespace tally::ledger {
namespace {

constexpr std::uint32_t kCountMax = std::numeric_limits<std::uint32_t>::max();

/// Nobody buys on a line before it was granted, whatever its validity says.
bool within_validity(const Run& run, const LineBody& line) {
    const Day granted = line.events.front().value_date;
    return std::max(line.valid_from, granted) <= run.transaction.value_date &&
           run.transaction.value_date <= line.valid_to;
}

/// An authorisation whose line's owner signed and that is still reserved.
Outcome check_open(Run& run, const AuthorisationId& id) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!run.workspace.authorisations().exists(id)) return Outcome::authorisation_unknown;
    const AuthorisationRecord& authorisation = run.workspace.authorisations().view(id);
    const Outcome refused = run.check_line(authorisation.line);
    if (refused != Outcome::accepted) return refused;
    return authorisation.status == AuthorisationStatus::reserved ? Outcome::accepted
                                                                 : Outcome::authorisation_not_open;
}

void close(Run& run, const AuthorisationId& id, AuthorisationStatus status) {
    AuthorisationRecord& authorisation = run.workspace.authorisations().edit(id);
    authorisation.status = status;
    authorisation.closed = run.transaction.value_date;
    authorisation.closed_entry = run.entry;
}

/// Ends a reservation without a purchase.
Outcome release(Run& run, const AuthorisationId& id, AuthorisationStatus status) {
    const AuthorisationRecord& authorisation = run.workspace.authorisations().view(id);
    LineBody line = *run.workspace.lines().view(authorisation.line).body;
    line.reserved -= authorisation.amount;
    const Outcome booked = run.set_line(authorisation.line, std::move(line));
    if (booked == Outcome::accepted) close(run, id, status);
    return booked;
}

Outcome check_shares(const Run& run, const std::vector<FundingShare>& shares) {
    if (shares.empty() || shares.size() > kSharesMax) return Outcome::shares_not_whole;
    std::int64_t sum = 0;
    std::set<MemberId> funders;
    for (const FundingShare& share : shares) {
        if (share.share <= 0 || !funders.insert(share.funder).second) {
            return Outcome::shares_not_whole;
        }
        sum += share.share;
    }
    if (sum != kWholePpm) return Outcome::shares_not_whole;
    for (const FundingShare& share : shares) {
        if (!has_role(run.workspace, share.funder, Role::funder)) return Outcome::funder_unknown;
        if (!run.signatories.contains(share.funder)) return Outcome::signer_missing;
    }
    return Outcome::accepted;
}

/// The product is the line owner's, in the line's currency, and sells this.
Outcome check_product(const Run& run, const Capture& capture, const LineBody& line) {
    if (!run.workspace.products().exists(capture.product)) return Outcome::product_unknown;
    const ProductRecord& product = run.workspace.products().view(capture.product);
    if (product.owner != line.owner) return Outcome::owner_differs;
    if (product.terms.currency != std::string_view(line.currency.data(), line.currency.size())) {
        return Outcome::currency_differs;
    }
    if (capture.principal < product.terms.minimum) return Outcome::below_minimum;
    const auto periods = static_cast<std::uint32_t>(capture.schedule.size());
    if (rate_of(product.terms, line.band, periods) != std::optional(capture.rate_ppm)) {
        return Outcome::rate_differs;
    }
    const RulesetRegister& ruleset = run.workspace.rulesets().view(product.terms.ruleset).terms;
    const Day back = run.transaction.business_date - run.transaction.value_date;
    return back > ruleset.backdating_days_max ? Outcome::backdated_too_far : Outcome::accepted;
}

/// Rows, and the APR of all that they cost, as the rules compute them.
Outcome check_price(const Run& run, const Capture& capture, const ScheduleTerms& terms) {
    Schedule schedule = compute_schedule(terms);
    if (schedule.outcome != Outcome::accepted) return schedule.outcome;
    if (schedule.rows != capture.schedule) return Outcome::schedule_differs;
    CostFlows flows{capture.principal, std::move(schedule.rows)};
    if (capture.cost_table) {
        const CostTable& table = run.workspace.cost_tables().view(*capture.cost_table).terms;
        flows = flows_under(table, flows.principal, flows.rows);
    }
    if (!apr_is(flows.principal, flows.rows, capture.apr_ppm)) return Outcome::apr_differs;
    const ProductRegister& product = run.workspace.products().view(capture.product).terms;
    if (capture.apr_ppm > product.apr_cap_ppm) return Outcome::apr_above_cap;
    const RulesetRegister& ruleset = run.workspace.rulesets().view(product.ruleset).terms;
    if (capture.apr_ppm > apr_cap_on(ruleset, product, run.transaction.value_date)) {
        return Outcome::apr_above_dated_cap;
    }
    // Nobody is late, and owes a penalty, on the day on which his purchase is booked. That an older
    // day is still open is no reason to refuse what was bought on it: it is booked late, not dated
    // back.
    return capture.schedule.front().due < run.transaction.business_date ? Outcome::backdated_too_far
                                                                        : Outcome::accepted;
}

/// Whether penalties are no part of what the borrower was shown.
bool is_penalty_free(const Run& run, const Capture& capture) {
    if (!capture.cost_table) return false;
    const RulesetId& ruleset = run.workspace.products().view(capture.product).terms.ruleset;
    return !penalty_disclosed(run.workspace.cost_tables().view(*capture.cost_table).terms,
                              run.workspace.rulesets().view(ruleset).terms);
}

/// The reservation that the purchase takes up, or what is available.
Outcome check_room(const Run& run, const Capture& capture, const LineBody& line) {
    if (!capture.authorisation) {
        return capture.principal > line.available() ? Outcome::limit_exceeded : Outcome::accepted;
    }
    if (!run.workspace.authorisations().exists(*capture.authorisation)) {
        return Outcome::authorisation_unknown;
    }
    const AuthorisationRecord& authorisation =
        run.workspace.authorisations().view(*capture.authorisation);
    if (authorisation.line != capture.line) return Outcome::authorisation_unknown;
    if (authorisation.status != AuthorisationStatus::reserved) {
        return Outcome::authorisation_not_open;
    }
    if (run.transaction.business_date > authorisation.expires) {
        return Outcome::authorisation_expired;
    }
    return capture.principal > authorisation.amount ? Outcome::above_authorisation
                                                    : Outcome::accepted;
}

ScheduleTerms terms_of(const Run& run, const Capture& capture) {
    return terms_of(run.workspace.products().view(capture.product).terms, capture.principal,
                    capture.rate_ppm, static_cast<std::uint32_t>(capture.schedule.size()),
                    run.transaction.value_date);
}

Outcome check_capture(Run& run, const Capture& capture) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (capture.principal <= 0) return Outcome::amount_not_positive;
    if (capture.schedule.empty() || capture.schedule.size() > kPeriodsMax) {
        return Outcome::periods_out_of_range;
    }
    if (run.workspace.contracts().view(capture.contract).body) return Outcome::contract_exists;
    const Outcome refused = run.check_active_line(capture.line);
    if (refused != Outcome::accepted) return refused;
    const LineBody& line = *run.workspace.lines().view(capture.line).body;
    if (!within_validity(run, line)) return Outcome::date_outside_validity;
    for (const Outcome judged :
         {check_product(run, capture, line), check_shares(run, capture.shares)}) {
        if (judged != Outcome::accepted) return judged;
    }
    if (!has_role(run.workspace, capture.servicer, Role::servicer)) {
        return Outcome::servicer_unknown;
    }
    const Outcome costs = check_costs(run, capture, line.borrower);
    if (costs != Outcome::accepted) return costs;
    const Outcome priced = check_price(run, capture, terms_of(run, capture));
    if (priced != Outcome::accepted) return priced;
    const Outcome room = check_room(run, capture, line);
    if (room != Outcome::accepted) return room;
    return line.contracts == kCountMax ? Outcome::overflow : Outcome::accepted;
}

}  // namespace

Outcome apply(Run& run, const PurchaseAuth& wanted) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (wanted.amount <= 0) return Outcome::amount_not_positive;
    if (!day_in_range(wanted.expires)) return Outcome::date_out_of_range;
    if (wanted.expires < run.transaction.business_date) return Outcome::authorisation_expired;
    if (run.workspace.authorisations().exists(wanted.authorisation)) {
        return Outcome::authorisation_exists;
    }
    const Outcome refused = run.check_active_line(wanted.line);
    if (refused != Outcome::accepted) return refused;
    LineBody line = *run.workspace.lines().view(wanted.line).body;
    if (!within_validity(run, line)) return Outcome::date_outside_validity;
    if (wanted.amount > line.available()) return Outcome::limit_exceeded;

    AuthorisationRecord authorisation;
    authorisation.line = wanted.line;
    authorisation.amount = wanted.amount;
    authorisation.expires = wanted.expires;
    authorisation.opened = run.transaction.value_date;
    authorisation.entry = run.entry;
    authorisation.previous = line.last_authorisation;
    line.reserved += wanted.amount;
    line.last_authorisation = wanted.authorisation;
    const Outcome booked = run.set_line(wanted.line, std::move(line));
    if (booked != Outcome::accepted) return booked;
    run.workspace.authorisations().edit(wanted.authorisation) = authorisation;
    return Outcome::accepted;
}

Outcome apply(Run& run, const PurchaseVoid& voiding) {
    const Outcome refused = check_open(run, voiding.authorisation);
    if (refused != Outcome::accepted) return refused;
    return release(run, voiding.authorisation, AuthorisationStatus::voided);
}

Outcome apply(Run& run, const PurchaseExpire& expiry) {
    const Outcome refused = check_open(run, expiry.authorisation);
    if (refused != Outcome::accepted) return refused;
    const Day last = run.workspace.authorisations().view(expiry.authorisation).expires;
    if (run.transaction.business_date <= last) return Outcome::authorisation_live;
    return release(run, expiry.authorisation, AuthorisationStatus::expired);
}

Outcome apply(Run& run, const Capture& capture) {
    const Outcome refused = check_capture(run, capture);
    if (refused != Outcome::accepted) return refused;
    LineBody line = *run.workspace.lines().view(capture.line).body;
    ContractBody contract;
    contract.line = capture.line;
    contract.borrower = line.borrower;
    contract.originator = line.owner;
    contract.currency = line.currency;
    contract.product = capture.product;
    contract.ruleset = run.workspace.products().view(capture.product).terms.ruleset;
    contract.terms = terms_of(run, capture);
    contract.apr_ppm = capture.apr_ppm;
    contract.shares = capture.shares;
    contract.servicer = capture.servicer;
    contract.previous = line.last_contract;
    contract.merchant = capture.merchant;
    contract.order = capture.order;
    contract.cost_table = capture.cost_table;
    contract.disclosure = capture.disclosure;
    contract.penalty_free = is_penalty_free(run, capture);
    ContractEvent event = begin_event(capture);
    event.entry = run.entry;
    event.business_date = run.transaction.business_date;
    event.value_date = run.transaction.value_date;
    event.booked_on = run.newest_day();
    contract.events.push_back(event);
    line.last_contract = capture.contract;
    ++line.contracts;
    if (capture.authorisation) {
        line.reserved -= run.workspace.authorisations().view(*capture.authorisation).amount;
    }
    Run::Change change;
    const Outcome planned = run.plan_body(capture.contract, std::move(contract), change);
    if (planned != Outcome::accepted) return planned;
    const Outcome done = run.commit(std::move(change), std::move(line));
    if (done != Outcome::accepted) return done;
    if (capture.authorisation) {
        close(run, *capture.authorisation, AuthorisationStatus::captured);
    }
    await_first_payment(run, capture.contract, capture.schedule.front().due);
    return done;
}

ContractEvent event_of(const MerchantRefund& refund) {
    ContractEvent event = begin_event(refund);
    event.amount = refund.amount;
    return event;
}

Outcome apply(Run& run, const MerchantRefund& refund) {
    const Outcome refused = run.check_on(refund.contract);
    if (refused != Outcome::accepted) return refused;
    return run.add_posted(refund.contract, event_of(refund), refund.source_ref);
}

}  // namespace tally::ledger
