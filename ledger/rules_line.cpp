#include <limits>

#include "base/checked.h"
#include "ledger/rules_run.h"

// Credit lines: opened under an assessment, changed, frozen, closed.

namespace tally::ledger {
namespace {

constexpr std::uint32_t kCountMax = std::numeric_limits<std::uint32_t>::max();

/// The assessment is there, made by a signer, and approves this borrower on both dates.
Outcome check_assessment(const Run& run, const AssessmentId& id, const BorrowerId& borrower,
                         std::string_view currency) {
    if (!run.workspace.assessments().exists(id)) return Outcome::assessment_unknown;
    const AssessmentRecord& assessment = run.workspace.assessments().view(id);
    const bool live = assessment.terms.decision == Decision::approved &&
                      assessment.terms.borrower == borrower &&
                      run.signatories.contains(assessment.owner) &&
                      run.transaction.value_date >= assessment.value_date &&
                      run.transaction.business_date <= assessment.terms.valid_to;
    if (!live) return Outcome::assessment_not_live;
    return assessment.terms.currency == currency ? Outcome::accepted : Outcome::currency_differs;
}

/// What the assessment's lines sum to once one of them goes from one limit to another.
std::optional<Amount> granted_after(const Run& run, const AssessmentId& id, Amount from,
                                    Amount to) {
    const AssessmentRecord& assessment = run.workspace.assessments().view(id);
    const auto sum = checked_add(assessment.granted - from, to);
    if (!sum || *sum > assessment.terms.limit) return std::nullopt;
    return sum;
}

/// What the type's row calls the change.
void add_line_event(Run& run, LineBody& line) {
    const LineChange change = run.facts().event.on_line.value();
    line.events.push_back({change, run.entry, run.transaction.value_date, line.limit});
}

/// The line's owner signed, its history has room, and the value date does not go back.
Outcome check_change(Run& run, const LineId& id) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    const Outcome refused = run.check_line(id);
    if (refused != Outcome::accepted) return refused;
    const LineBody& line = *run.workspace.lines().view(id).body;
    if (run.transaction.value_date < line.events.back().value_date) {
        return Outcome::date_out_of_order;
    }
    return line.events.size() < kLineEventsMax ? Outcome::accepted : Outcome::history_full;
}

Outcome change_status(Run& run, const LineId& id, const std::string& reason, LineStatus from,
                      LineStatus to) {
    const Outcome refused = check_change(run, id);
    if (refused != Outcome::accepted) return refused;
    if (!text_fits(reason, kReasonMax)) return Outcome::text_out_of_range;
    LineBody line = *run.workspace.lines().view(id).body;
    if (line.status != from) return Outcome::line_status;
    line.status = to;
    add_line_event(run, line);
    return run.set_line(id, std::move(line));
}

Outcome check_grant(Run& run, const LimitGrant& grant) {
    const Outcome common = run.check();
    if (common != Outcome::accepted) return common;
    if (!is_currency(grant.currency)) return Outcome::currency_unknown;
    if (grant.limit <= 0) return Outcome::amount_not_positive;
    if (!day_in_range(grant.valid_from) || !day_in_range(grant.valid_to) ||
        grant.valid_from > grant.valid_to) {
        return Outcome::date_out_of_range;
    }
    if (run.workspace.lines().view(grant.line).body) return Outcome::line_exists;
    const Outcome refused = check_assessment(run, grant.assessment, grant.borrower, grant.currency);
    if (refused != Outcome::accepted) return refused;
    const MemberId& owner = run.workspace.assessments().view(grant.assessment).owner;
    if (is_erased(run, owner, grant.borrower)) return Outcome::borrower_erased;
    if (!granted_after(run, grant.assessment, 0, grant.limit)) return Outcome::above_assessment;
    const std::optional<BorrowerBody>& known = run.workspace.borrowers().view(grant.borrower).body;
    return known && known->lines == kCountMax ? Outcome::overflow : Outcome::accepted;
}

}  // namespace

Outcome apply(Run& run, const LimitGrant& grant) {
    const Outcome refused = check_grant(run, grant);
    if (refused != Outcome::accepted) return refused;
    AssessmentRecord& assessment = run.workspace.assessments().edit(grant.assessment);
    assessment.granted += grant.limit;

    BorrowerRecord& borrower = run.workspace.borrowers().edit(grant.borrower);
    if (!borrower.body) borrower.body.emplace();
    LineBody line;
    line.owner = assessment.owner;
    line.borrower = grant.borrower;
    line.currency = currency_of(grant.currency);
    line.limit = grant.limit;
    line.valid_from = grant.valid_from;
    line.valid_to = grant.valid_to;
    line.assessment = grant.assessment;
    line.band = assessment.terms.band;
    line.previous = borrower.body->last_line;
    add_line_event(run, line);
    borrower.body->last_line = grant.line;
    ++borrower.body->lines;
    ++run.workspace.customers().edit(customer_id_of(line.owner, line.borrower)).open_lines;
    // One memo booking of an amount that fits cannot be refused.
    return run.set_line(grant.line, std::move(line));
}

Outcome apply(Run& run, const LimitChange& change) {
    const Outcome refused = check_change(run, change.line);
    if (refused != Outcome::accepted) return refused;
    if (change.limit <= 0) return Outcome::amount_not_positive;
    LineBody line = *run.workspace.lines().view(change.line).body;
    if (line.status != LineStatus::active) return Outcome::line_not_active;
    const AssessmentId cited = change.assessment.value_or(line.assessment);
    const bool other = cited != line.assessment;
    if (other || change.limit > line.limit) {
        const Outcome judged = check_assessment(run, cited, line.borrower,
                                                {line.currency.data(), line.currency.size()});
        if (judged != Outcome::accepted) return judged;
    }
    const auto granted = granted_after(run, cited, other ? 0 : line.limit, change.limit);
    if (!granted) return Outcome::above_assessment;

    LineBody changed = line;
    changed.limit = change.limit;
    changed.assessment = cited;
    changed.band = run.workspace.assessments().view(cited).terms.band;
    add_line_event(run, changed);
    const Outcome booked = run.set_line(change.line, std::move(changed));
    if (booked != Outcome::accepted) return booked;
    if (other) run.workspace.assessments().edit(line.assessment).granted -= line.limit;
    run.workspace.assessments().edit(cited).granted = *granted;
    return Outcome::accepted;
}

Outcome apply(Run& run, const LimitFreeze& freeze) {
    return change_status(run, freeze.line, freeze.reason, LineStatus::active, LineStatus::frozen);
}

Outcome apply(Run& run, const LimitUnfreeze& unfreeze) {
    return change_status(run, unfreeze.line, unfreeze.reason, LineStatus::frozen,
                         LineStatus::active);
}

Outcome apply(Run& run, const LimitClose& close) {
    const Outcome refused = check_change(run, close.line);
    if (refused != Outcome::accepted) return refused;
    LineBody line = *run.workspace.lines().view(close.line).body;
    if (line.status == LineStatus::closed) return Outcome::line_status;
    if (line.used != 0 || line.reserved != 0) return Outcome::line_in_use;
    const AssessmentId assessment = line.assessment;
    const Amount limit = line.limit;
    const CustomerId customer = customer_id_of(line.owner, line.borrower);
    line.status = LineStatus::closed;
    add_line_event(run, line);
    const Outcome booked = run.set_line(close.line, std::move(line));
    if (booked != Outcome::accepted) return booked;
    run.workspace.assessments().edit(assessment).granted -= limit;
    --run.workspace.customers().edit(customer).open_lines;
    return Outcome::accepted;
}

}  // namespace tally::ledger
