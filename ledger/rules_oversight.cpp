#include "ledger/dates.h"
#include "ledger/rules_run.h"

// What is said over a book rather than in it: reconciliations, audit opinions, hedges, and that a
// borrower was erased.

namespace tally::ledger {
namespace {

/// A member that has a book, or a share in one.
Outcome check_lender(const Run& run, const MemberId& lender) {
    const bool known = has_role(run.workspace, lender, Role::originator) ||
                       has_role(run.workspace, lender, Role::funder);
    return known ? Outcome::accepted : Outcome::lender_unknown;
}

Outcome check_period(Day from, Day to) {
    const bool ordered = day_in_range(from) && day_in_range(to) && from <= to;
    return ordered ? Outcome::accepted : Outcome::date_out_of_range;
}

}  // namespace

bool is_erased(const Run& run, const MemberId& lender, const BorrowerId& borrower) {
    return run.workspace.erasures().exists(customer_id_of(lender, borrower));
}

Outcome apply(Run& run, const ReconResult& result) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_lender(run, result.lender);
    if (refused != Outcome::accepted) return refused;
    if (!day_in_range(result.day)) return Outcome::date_out_of_range;
    if (!run.was_opened(result.day)) return Outcome::day_not_open;
    if (run.workspace.recons().exists(result.recon)) return Outcome::recon_exists;
    const MemberId owner = run.answering();
    run.workspace.recons().edit(result.recon) = {result, owner, run.entry};
    return Outcome::accepted;
}

Outcome apply(Run& run, const AuditOpinion& opinion) {
    Outcome refused = run.check();
    if (refused == Outcome::accepted) refused = check_lender(run, opinion.lender);
    if (refused == Outcome::accepted) refused = check_period(opinion.from, opinion.to);
    if (refused != Outcome::accepted) return refused;
    // What is still to come has not been audited.
    if (opinion.to > run.transaction.value_date) return Outcome::date_outside_validity;
    const bool there =
        opinion.ledger_size >= 1 && static_cast<std::uint64_t>(opinion.ledger_size) <= run.entry;
    if (!there) return Outcome::size_out_of_range;
    if (run.workspace.opinions().exists(opinion.opinion)) return Outcome::opinion_exists;
    const MemberId owner = run.answering();
    run.workspace.opinions().edit(opinion.opinion) = {opinion, owner, run.entry};
    return Outcome::accepted;
}

Outcome apply(Run& run, const HedgeRegister& hedge) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!is_currency(hedge.currency)) return Outcome::currency_unknown;
    if (hedge.notional <= 0) return Outcome::amount_not_positive;
    const Outcome period = check_period(hedge.from, hedge.to);
    if (period != Outcome::accepted) return period;
    if (run.workspace.hedges().exists(hedge.hedge)) return Outcome::hedge_exists;
    const MemberId owner = run.answering();
    run.workspace.hedges().edit(hedge.hedge) = {hedge, owner, run.entry};
    return Outcome::accepted;
}

Outcome apply(Run& run, const ErasureCert& certificate) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    const MemberId owner = run.answering();
    const CustomerId customer = customer_id_of(owner, certificate.borrower);
    if (!run.workspace.customers().exists(customer)) return Outcome::borrower_unknown;
    if (run.workspace.erasures().exists(customer)) return Outcome::borrower_erased;
    const CustomerRecord& left = run.workspace.customers().view(customer);
    if (left.open_lines > 0 || left.live_contracts > 0) return Outcome::borrower_in_use;
    run.workspace.erasures().edit(customer) = {certificate, owner, run.entry,
                                               run.transaction.value_date};
    return Outcome::accepted;
}

}  // namespace tally::ledger
