// What the audit knows of each type of transaction, one overload a type and no template that would
// take whatever is new: a type that is added does not compile until somebody has answered. Does it
// set a limit, reserve or release, post a reference, claim something that can be recomputed? A type
// that does none of it is checked all the same by its postings, which have to lead to the records.
//
// Independent on purpose: who posts a reference, what sets a limit, what takes up a reservation,
// what a reversal frees, is written down here once more and never read from ledger/type_table.h, or
// a fault in the table would hide itself.
#include "ledger/queries.h"
#include "storage/audit_book.h"
#include "storage/audit_book_records.h"
#include "storage/errc.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::RecordReader;
using ledger::Role;
using ledger::Wide;

namespace {

/// Who posted a reference: the first signer with the role.
Result<ledger::MemberId> poster_of(const ledger::SubmissionHeader& header, Role role,
                                   const RecordReader& records) {
    for (const ledger::Signer& signer : header.signers) {
        const auto member = ledger::read_member(records, signer.member);
        if (!member) return member.error();
        if (*member && (*member)->body->has(role)) return signer.member;
    }
    return fail(errc::diverged, "accepted without a signer that has the role");
}

}  // namespace

/// Takes down one accepted transaction. All references outlive it.
class AuditBook::Taker {
public:
    using Taken = Result<Finding>;

    Taker(AuditBook& book, const Accepted& accepted, const RecordReader& after)
        : book_(book), accepted_(accepted), after_(after) {}

    Taken operator()(const ledger::LimitGrant& grant) {
        book_.lines_[grant.line].limit = grant.limit;
        return Finding{};
    }
    Taken operator()(const ledger::LimitChange& change) {
        book_.lines_[change.line].limit = change.limit;
        return Finding{};
    }
    Taken operator()(const ledger::PurchaseAuth& wanted) {
        book_.open_authorisations_[wanted.authorisation] = {wanted.line, wanted.amount};
        book_.lines_[wanted.line].reserved += wanted.amount;
        return Finding{};
    }
    Taken operator()(const ledger::PurchaseVoid& voiding) {
        book_.release(voiding.authorisation);
        return Finding{};
    }
    Taken operator()(const ledger::PurchaseExpire& expiry) {
        book_.release(expiry.authorisation);
        return Finding{};
    }
    Taken operator()(const ledger::Capture& capture) {
        book_.contracts_[capture.contract].line = capture.line;
        if (capture.authorisation) book_.release(*capture.authorisation);
        return Finding{};
    }
    Taken operator()(const ledger::Reversal& reversal) {
        const auto target = book_.source_of_.find({reversal.submitter, reversal.target});
        if (target != book_.source_of_.end()) book_.sources_.erase(target->second);
        return Finding{};
    }
    Taken operator()(const ledger::MerchantRefund& refund) {
        return posted(refund.source_ref, Role::originator);
    }
    Taken operator()(const ledger::PrepaySettle& settlement) {
        return posted(settlement.source_ref, Role::servicer);
    }
    Taken operator()(const ledger::Recovery& recovery) {
        return posted(recovery.source_ref, Role::servicer);
    }
    Taken operator()(const ledger::Repayment& repayment) {
        Taken taken = posted(repayment.source_ref, Role::servicer);
        if (!taken || taken->has_value()) return taken;
        return book_.recompute(accepted_, repayment, after_);
    }
    Taken operator()(const ledger::OverdueMark& mark) {
        return book_.recompute(accepted_, mark, after_);
    }

    Taken operator()(const ledger::RulesetRegister&) { return Finding{}; }
    Taken operator()(const ledger::ProductRegister&) { return Finding{}; }
    Taken operator()(const ledger::ModelRegister&) { return Finding{}; }
    Taken operator()(const ledger::Assessment&) { return Finding{}; }
    Taken operator()(const ledger::LimitFreeze&) { return Finding{}; }
    Taken operator()(const ledger::LimitUnfreeze&) { return Finding{}; }
    Taken operator()(const ledger::LimitClose&) { return Finding{}; }
    Taken operator()(const ledger::PenaltyAssess&) { return Finding{}; }
    Taken operator()(const ledger::Waive&) { return Finding{}; }
    Taken operator()(const ledger::HardshipRequest&) { return Finding{}; }
    Taken operator()(const ledger::GraceGrant&) { return Finding{}; }
    Taken operator()(const ledger::Reschedule&) { return Finding{}; }
    Taken operator()(const ledger::ChargeOff&) { return Finding{}; }
    Taken operator()(const ledger::DayOpen&) { return Finding{}; }
    Taken operator()(const ledger::DayClose&) { return Finding{}; }

private:
    Taken posted(const std::string& reference, Role role) {
        const auto poster = poster_of(accepted_.header, role, after_);
        if (!poster) return poster.error();
        const IdKey id{accepted_.header.signers.front().member, accepted_.transaction.id};
        return book_.take_source(id, {*poster, reference}, accepted_.entry);
    }

    AuditBook& book_;
    const Accepted& accepted_;
    const RecordReader& after_;
};

AuditBook::Finding AuditBook::take_source(const IdKey& id, const SourceKey& source,
                                          std::uint64_t index) {
    source_of_[id] = source;
    if (sources_.insert(source).second) return std::nullopt;
    return entry_name(index) + ": the reference " + source.second + " was posted before";
}

void AuditBook::release(const ledger::AuthorisationId& id) {
    const auto found = open_authorisations_.find(id);
    if (found == open_authorisations_.end()) return;
    lines_[found->second.line].reserved -= found->second.amount;
    open_authorisations_.erase(found);
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

Result<AuditBook::Finding> AuditBook::recompute(const Accepted& accepted,
                                                const ledger::Repayment& repayment,
                                                const RecordReader& after) {
    const auto contract = stored_contract(after, repayment.contract,
                                          {accepted.transaction.value_date, accepted.entry});
    if (!contract) return contract.error();
    for (const ledger::EventEffect& effect : contract->position.effects) {
        if (contract->body.events[effect.event].entry != accepted.entry) continue;
        Wide sum = effect.credit;
        for (const ledger::Allocation& part : repayment.allocation) sum += part.amount;
        if (sum == repayment.amount && effect.allocation == repayment.allocation) {
            return Finding{};
        }
    }
    return Finding(entry_name(accepted.entry) + ": the allocation is not what is recomputed");
}

Result<AuditBook::Finding> AuditBook::take(const Accepted& accepted, const RecordReader& after) {
    return std::visit(Taker(*this, accepted, after), accepted.transaction.body);
}

}  // namespace tally::storage
