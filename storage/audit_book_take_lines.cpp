// What the audit takes down of lines, reservations and purchases (audit_book_take.cpp).
#include "ledger/queries.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::Role;

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::LimitGrant& grant) {
    const auto owner = signer_with(accepted_.header, Role::originator, after_);
    if (!owner) return owner.error();
    Line& line = touch(grant.line);
    line.owner = *owner;
    line.borrower = grant.borrower;
    line.limit = grant.limit;
    return named(book_.conduct_.take(grant, *owner));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::LimitChange& change) {
    touch(change.line).limit = change.limit;
    return on_line(change.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::LimitFreeze& freeze) {
    touch(freeze.line).status = ledger::LineStatus::frozen;
    return on_line(freeze.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::LimitUnfreeze& unfreeze) {
    touch(unfreeze.line).status = ledger::LineStatus::active;
    return on_line(unfreeze.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::LimitClose& close) {
    touch(close.line).status = ledger::LineStatus::closed;
    book_.conduct_.take(close);
    return on_line(close.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PurchaseAuth& wanted) {
    book_.open_authorisations_[wanted.authorisation] = {wanted.line, wanted.amount};
    touch(wanted.line).reserved += wanted.amount;
    return on_active_line(wanted.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PurchaseVoid& voiding) {
    book_.release(voiding.authorisation);
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PurchaseExpire& expiry) {
    book_.release(expiry.authorisation);
    return Finding{};
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Capture& capture) {
    Contract& contract = book_.contracts_[capture.contract];
    contract.line = capture.line;
    contract.originator = touch(capture.line).owner;
    book_.sales_.capture(capture.contract, contract.originator, value_date());
    contract.servicer = capture.servicer;
    book_.servicers_.name(capture.servicer);
    for (const ledger::FundingShare& share : capture.shares) {
        contract.funders.push_back(share.funder);
    }
    contract.captured = capture.principal;
    contract.merchant = capture.merchant.has_value();
    if (capture.authorisation) book_.release(*capture.authorisation);
    if (Finding wrong =
            named(book_.costs_.check(capture, book_.lines_[capture.line].borrower, value_date()))) {
        return wrong;
    }
    book_.conduct_.take(capture);
    book_.alerts_.take(capture);
    note(capture.contract, Answers::funders).captures = true;
    if (Finding found = refused(capture.contract, Answers::funders)) return found;
    return on_active_line(capture.line);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Assessment& assessment) {
    const auto model = ledger::read_model(after_, assessment.model);
    if (!model) return model.error();
    if (!*model) return found("by a model that was never registered");
    return named(book_.conduct_.take(assessment, (*model)->owner));
}

}  // namespace tally::storage
