// What the audit takes down of lateness, relief, loss and collection (audit_book_take.cpp).
#include "storage/audit_book_records.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::RecordReader;

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PenaltyAssess& penalty) {
    return event_on(penalty.contract, Answers::servicer);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::OverdueMark& mark) {
    if (Finding found = refused(mark.contract, Answers::servicer)) return found;
    book_.pools_.mark(mark);
    return book_.recompute(accepted_, mark, after_);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::HardshipRequest& request) {
    ++book_.contracts_[request.contract].reliefs;
    return refused(request.contract, Answers::servicer);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Waive& waive) {
    if (Finding found = refused(waive.contract, Answers::owner)) return found;
    if (keys_of(book_.sales_.owner(waive.contract)) < 2) {
        return found("waived with fewer than two keys of the contract's owner");
    }
    return event_on(waive.contract, Answers::owner);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::GraceGrant& grace) {
    return relief_on(grace.contract);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Reschedule& replan) {
    if (accepted_.transaction.value_date != accepted_.transaction.business_date) {
        return found("a plan that begins before the day of its booking");
    }
    if (Finding found = refused(replan.contract, Answers::owner)) return found;
    if (replan.waived_penalty > 0 && keys_of(book_.sales_.owner(replan.contract)) < 2) {
        return found("a penalty waived with fewer than two keys of the contract's owner");
    }
    return relief_on(replan.contract);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ChargeOff& charge_off) {
    if (Finding found = refused(charge_off.contract, Answers::owner)) return found;
    // Who lost money on a line lends no more on it until he says so.
    Line& line = touch(*book_.contracts_[charge_off.contract].line);
    if (line.status == ledger::LineStatus::active) line.status = ledger::LineStatus::frozen;
    return event_on(charge_off.contract, Answers::owner);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ServicerChange& change) {
    for (const Answers who : {Answers::owner, Answers::servicer}) {
        if (Finding found = refused(change.contract, who)) return found;
    }
    if (keys_of(change.servicer) == 0) return found("its new servicer did not sign");
    book_.contracts_[change.contract].servicer = change.servicer;
    book_.servicers_.name(change.servicer);
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::CollectionAssign& assignment) {
    if (Finding found = refused(assignment.contract, Answers::owner)) return found;
    if (keys_of(assignment.collector) == 0) return found("its collector did not sign");
    Contract& contract = book_.contracts_[assignment.contract];
    if (Finding wrong = by_one_key(contract.originator, assignment.collector)) return wrong;
    const auto ruleset = ruleset_of(assignment.contract);
    if (!ruleset) return ruleset.error();
    const bool relieved = contract.reliefs > 0;
    if (Finding wrong = named(book_.conduct_.take(assignment, *ruleset, relieved))) {
        return wrong;
    }
    contract.collector = assignment.collector;
    contract.commission_ppm = assignment.commission_ppm;
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::CollectionRecall& recall) {
    if (Finding found = refused(recall.contract, Answers::owner)) return found;
    Contract& contract = book_.contracts_[recall.contract];
    if (!contract.collector || keys_of(*contract.collector) == 0) {
        return found("recalled without the collector that it is assigned to");
    }
    if (Finding wrong = by_one_key(contract.originator, *contract.collector)) return wrong;
    contract.collector.reset();
    contract.commission_ppm = 0;
    return Finding{};
}

Result<AuditBook::Finding> AuditBook::recompute(const Accepted& accepted,
                                                const ledger::OverdueMark& mark,
                                                const RecordReader& after) {
    const auto contract =
        stored_contract(after, mark.contract, {accepted.transaction.value_date, accepted.entry});
    if (!contract) return contract.error();
    const ledger::Ageing& ageing = contract->position.ageing;
    if (ageing.days_past_due == mark.days_past_due && ageing.bucket == mark.bucket &&
        ageing.asset_class == mark.asset_class) {
        return Finding{};
    }
    return Finding(entry_name(accepted.entry) + ": the mark is not what is recomputed");
}

}  // namespace tally::storage
