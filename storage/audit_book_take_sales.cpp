// What the audit takes down of pledges and sales (audit_book_take.cpp).
#include "storage/audit_book_records.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::MemberId;

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Pledge& pledge) {
    if (Finding wrong = refused_deed(pledge.contract)) return wrong;
    if (keys_of(book_.contracts_[pledge.contract].originator) == 0) {
        return found("the contract's owner did not sign");
    }
    if (keys_of(pledge.funder) == 0) return found("who it is pledged to did not sign");
    const MemberId& originator = book_.contracts_[pledge.contract].originator;
    if (Finding wrong = by_one_key(originator, pledge.funder)) return wrong;
    if (Finding wrong = named(book_.pools_.may_pledge(pledge.contract))) return wrong;
    return named(book_.sales_.take(pledge, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::Release& release) {
    if (Finding wrong = refused_deed(release.contract)) return wrong;
    if (keys_of(book_.contracts_[release.contract].originator) == 0) {
        return found("the contract's owner did not sign");
    }
    const MemberId* pledgee = book_.sales_.pledgee(release.contract);
    if (pledgee == nullptr || keys_of(*pledgee) == 0) {
        return found("who it was pledged to did not sign");
    }
    const MemberId& originator = book_.contracts_[release.contract].originator;
    if (Finding wrong = by_one_key(originator, *pledgee)) return wrong;
    return named(book_.sales_.take(release, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::TransferInit& offer) {
    if (Finding wrong = refused_of_owner(offer.contract)) return wrong;
    if (Finding wrong = named(book_.pools_.may_offer(offer))) return wrong;
    return named(book_.sales_.take(offer, value_date()));
}

AuditBook::Finding AuditBook::Taker::paid_for(const ContractId& id, const std::string& source_ref) {
    const auto reference = plain_reference(source_ref);
    if (!reference) return found("a payment's reference is not of its form");
    return book_.take_source({book_.sales_.owner(id), *reference}, accepted_.entry);
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::TransferSettle& settlement) {
    const ContractId& id = settlement.contract;
    if (Finding wrong = refused_of_owner(id)) return wrong;
    if (Finding wrong = refused_of_buyer(id)) return wrong;
    if (Finding wrong = paid_for(id, settlement.source_ref)) return wrong;
    if (Finding wrong = named(book_.conduct_.sell(id, book_.sales_.offer(id)->buyer))) return wrong;
    const auto sold = stored_contract(after_, id, {ledger::PointInTime{}.as_of, accepted_.entry});
    if (!sold) return sold.error();
    return named(book_.sales_.take(settlement, value_date(), sold->position));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::TransferCancel& cancelling) {
    if (Finding wrong = refused_of_owner(cancelling.contract)) return wrong;
    return named(book_.sales_.end_offer(cancelling.contract, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::TransferDecline& declining) {
    if (Finding wrong = refused_deed(declining.contract)) return wrong;
    if (Finding wrong = refused_of_buyer(declining.contract)) return wrong;
    return named(book_.sales_.end_offer(declining.contract, value_date()));
}

}  // namespace tally::storage
