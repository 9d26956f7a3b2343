#include "node/book/model.h"

#include <utility>

#include "base/check.h"
#include "ledger/allocation.h"
#include "ledger/dates.h"
#include "ledger/schedule.h"

namespace tally::book {
namespace {

ledger::ScheduleTerms terms_of(const ledger::Capture& capture, ledger::Day anchor) {
    ledger::ScheduleTerms terms;
    terms.principal = capture.principal;
    terms.fee_ppm = capture.fee_ppm;
    terms.periods = static_cast<std::uint32_t>(capture.schedule.size());
    terms.anchor = anchor;
    return terms;
}

/// Adds an allocation to what was paid, or takes it away again.
void pay(ledger::ContractBody& contract, const std::vector<ledger::Allocation>& allocation,
         ledger::Amount sign) {
    for (const ledger::Allocation& part : allocation) {
        if (part.instalment >= contract.paid.size()) continue;
        ledger::RowPaid& row = contract.paid[part.instalment];
        (part.component == ledger::Component::fee ? row.fee : row.principal) += sign * part.amount;
    }
    const bool open = ledger::payable_of(contract.outstanding()) > 0;
    contract.status = open ? ledger::ContractStatus::active : ledger::ContractStatus::closed_paid;
}

}  // namespace

ledger::Capture ContractModel::capture_of(const CaptureRow& row, ledger::Day anchor) const {
    ledger::Capture capture;
    capture.contract = row.contract;
    capture.line = row.line;
    capture.principal = row.principal;
    capture.fee_ppm = row.fee_ppm;
    capture.shares = row.shares;
    capture.schedule.resize(row.periods);
    const ledger::Schedule schedule = ledger::compute_schedule(terms_of(capture, anchor));
    if (schedule.outcome == ledger::Outcome::accepted) capture.schedule = schedule.rows;
    return capture;
}

ledger::Repayment ContractModel::repayment_of(const RepaymentRow& row,
                                              ledger::Day value_date) const {
    ledger::Repayment repayment;
    repayment.contract = row.contract;
    repayment.amount = row.amount;
    repayment.source_ref = row.source_ref;
    const ledger::ContractBody* body = contract(row.contract);
    if (body == nullptr || row.amount <= 0) return repayment;
    const auto outstanding = body->outstanding();
    if (row.amount > ledger::payable_of(outstanding)) return repayment;
    repayment.allocation = ledger::allocate(outstanding, row.amount, value_date);
    return repayment;
}

Planned ContractModel::plan(const BookRow& row, const ledger::TransactionId& id) {
    Planned planned;
    planned.transaction.id = id;
    planned.transaction.business_date = row.business_date;
    planned.transaction.value_date = row.value_date;
    ledger::TransactionBody& body = planned.transaction.body;
    if (const auto* grant = std::get_if<ledger::LimitGrant>(&row.body)) {
        body = *grant;
    } else if (const auto* change = std::get_if<ledger::LimitChange>(&row.body)) {
        body = *change;
    } else if (const auto* capture = std::get_if<CaptureRow>(&row.body)) {
        body = capture_of(*capture, row.value_date);
    } else if (const auto* repayment = std::get_if<RepaymentRow>(&row.body)) {
        body = repayment_of(*repayment, row.value_date);
    }
    planned.applied = would_accept(planned.transaction);
    if (planned.applied) take(planned.transaction);
    return planned;
}

bool ContractModel::would_accept(const ledger::Transaction& transaction) const {
    if (const auto* capture = std::get_if<ledger::Capture>(&transaction.body)) {
        return contract(capture->contract) == nullptr &&
               ledger::compute_schedule(terms_of(*capture, transaction.value_date)).outcome ==
                   ledger::Outcome::accepted;
    }
    if (const auto* repayment = std::get_if<ledger::Repayment>(&transaction.body)) {
        const ledger::ContractBody* body = contract(repayment->contract);
        return body != nullptr && !repayment->allocation.empty() &&
               body->status == ledger::ContractStatus::active &&
               transaction.value_date >= body->terms.anchor &&
               source_refs_.count(repayment->source_ref) == 0;
    }
    return false;  // no contract is touched
}

void ContractModel::take(const ledger::Transaction& transaction) {
    if (const auto* capture = std::get_if<ledger::Capture>(&transaction.body)) {
        ledger::ContractBody body;
        body.line = capture->line;
        body.terms = terms_of(*capture, transaction.value_date);
        body.shares = capture->shares;
        body.paid.resize(capture->schedule.size());
        contracts_.emplace(capture->contract, std::move(body));
    } else if (const auto* repayment = std::get_if<ledger::Repayment>(&transaction.body)) {
        source_refs_.insert(repayment->source_ref);
        const auto found = contracts_.find(repayment->contract);
        if (found != contracts_.end()) pay(found->second, repayment->allocation, 1);
    }
}

void ContractModel::take_back(const ledger::Transaction& transaction) {
    if (const auto* capture = std::get_if<ledger::Capture>(&transaction.body)) {
        contracts_.erase(capture->contract);
    } else if (const auto* repayment = std::get_if<ledger::Repayment>(&transaction.body)) {
        source_refs_.erase(repayment->source_ref);
        const auto found = contracts_.find(repayment->contract);
        if (found != contracts_.end()) pay(found->second, repayment->allocation, -1);
    }
}

void ContractModel::settle(std::span<const Planned> planned,
                           std::span<const ledger::Outcome> outcomes) {
    CHECK(planned.size() == outcomes.size());
    // Everything back to the last settled state, newest first, then forward by what is on record:
    // the result depends on accepted transactions alone, not on what was predicted.
    for (auto row = planned.rbegin(); row != planned.rend(); ++row) {
        if (row->applied) take_back(row->transaction);
    }
    for (std::size_t i = 0; i < planned.size(); ++i) {
        if (outcomes[i] == ledger::Outcome::accepted && !planned[i].recorded) {
            take(planned[i].transaction);
        }
    }
}

void ContractModel::forget(const Planned& planned) {
    if (planned.applied) take_back(planned.transaction);
}

const ledger::ContractBody* ContractModel::contract(const ledger::ContractId& id) const {
    const auto found = contracts_.find(id);
    return found == contracts_.end() ? nullptr : &found->second;
}

void ContractModel::learn(const ledger::ContractId& id, ledger::ContractBody body) {
    contracts_.emplace(id, std::move(body));
}

}  // namespace tally::book
