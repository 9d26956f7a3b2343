// What the audit takes down of costs, conduct, oversight and alerts (audit_book_take.cpp).
#include <algorithm>
#include <array>
#include <set>

#include "ledger/queries.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::Role;

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::CostTable& table) {
    return noted(book_.costs_.take(table, value_date(), after_));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::DisclosureAck& ack) {
    return noted(book_.costs_.take(ack, value_date(), after_));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ContactLog& contact) {
    const auto ruleset = ruleset_of(contact.contract);
    if (!ruleset) return ruleset.error();
    const Contract& contract = book_.contracts_[contact.contract];
    if (!contract.collector) {
        if (Finding found = refused(contact.contract, Answers::servicer)) return found;
    } else if (keys_of(*contract.collector) == 0) {
        return found("a contact that the contract's collector did not log");
    }
    book_.touched_contracts_.insert(contact.contract);
    return named(book_.conduct_.take(contact, *ruleset, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ComplaintOpen& complaint) {
    if (!signer_with(accepted_.header, Role::regulator, after_)) {
        if (Finding found = irresponsible(complaint.contract)) return found;
    }
    return named(book_.conduct_.take(complaint, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ComplaintClose& answer) {
    const ContractId* contract = book_.conduct_.contract_of(answer.complaint);
    if (contract == nullptr) return found("answers a complaint that was never opened");
    const Contract& known = book_.contracts_[*contract];
    const MemberId& owner = book_.sales_.owner(*contract);
    std::set<MemberId> parties;
    bool impartial = false;
    for (const ledger::Signer& signer : accepted_.header.signers) {
        const MemberId& id = signer.member;
        const bool answers = id == known.originator || id == owner || id == known.servicer;
        if (answers) parties.insert(id);
        const auto member = ledger::read_member(after_, id);
        if (!member) return member.error();
        const auto has = [&member](Role role) { return *member && (*member)->body->has(role); };
        constexpr std::array kDeals{Role::originator, Role::funder,           Role::servicer,
                                    Role::collector,  Role::payment_provider, Role::trustee};
        impartial = impartial || (has(Role::regulator) && std::ranges::none_of(kDeals, has));
    }
    if (!impartial && parties.size() < 2) {
        return found("a complaint answered by one alone that it may be against");
    }
    return named(book_.conduct_.take(answer, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ErasureCert& certificate) {
    const auto lender = signer_with(accepted_.header, Role::originator, after_);
    if (!lender) return lender.error();
    if (Finding wrong = named(book_.conduct_.take(certificate, *lender))) return wrong;
    return book_.find_open(accepted_, *lender, certificate.borrower, after_);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::AuditOpinion& opinion) {
    const auto auditor = signer_with(accepted_.header, Role::auditor, after_);
    if (!auditor) return auditor.error();
    return named(book_.conduct_.take(opinion, accepted_.entry));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::ReconResult& result) {
    const auto auditor = signer_with(accepted_.header, Role::auditor, after_);
    if (!auditor) {
        const auto servicer = signer_with(accepted_.header, Role::servicer, after_);
        if (!servicer) return servicer.error();
    }
    return named(book_.conduct_.take(result));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::HedgeRegister& hedge) {
    const auto funder = signer_with(accepted_.header, Role::funder, after_);
    if (!funder) return funder.error();
    return hedge.notional > 0 ? Finding{} : found("a hedge of nothing");
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Alert& alert) {
    if (Finding found = refused(alert.contract, Answers::servicer)) return found;
    return named(book_.alerts_.take(alert, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::AlertDisposition& disposition) {
    const AuditAlerts::Kept* alert = book_.alerts_.alert(disposition.alert);
    if (alert == nullptr) return found("decides on an alert that nothing raised");
    Finding missing;
    if (alert->pool) {
        const bool signs = keys_of(book_.pools_.pool(*alert->pool)->originator) > 0;
        if (!signs) missing = found("the pool's originator did not sign");
    } else if (alert->contract) {
        const bool signs = keys_of(book_.sales_.owner(*alert->contract)) > 0;
        if (!signs) missing = found("the contract's owner did not sign");
    } else {
        missing = on_line(alert->line);
    }
    if (missing) return missing;
    return named(book_.alerts_.take(disposition, at()));
}

}  // namespace tally::storage
