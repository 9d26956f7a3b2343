// What the audit takes down of pools and of contracts that are bought back (audit_book_take.cpp).
#include "ledger/queries.h"
#include "storage/audit_book_records.h"
#include "storage/audit_book_taker.h"

namespace tally::storage {

using ledger::ContractId;
using ledger::MemberId;
using ledger::PoolId;
using ledger::Role;

namespace {

Result<bool> has_role(const ledger::RecordReader& records, const MemberId& id, Role role) {
    const auto member = ledger::read_member(records, id);
    if (!member) return member.error();
    return *member && (*member)->body && (*member)->body->has(role);
}

}  // namespace

AuditBook::Finding AuditBook::Taker::refused_of_pool(const PoolId& id) {
    const AuditPools::Pool* pool = book_.pools_.pool(id);
    if (pool == nullptr) return found("names a pool that was never created");
    if (keys_of(pool->originator) == 0) return found("the pool's originator did not sign");
    return keys_of(pool->said.trustee) > 0 ? std::nullopt
                                           : found("the pool's trustee did not sign");
}

AuditBook::Finding AuditBook::Taker::refused_buyback(const ContractId& id) {
    if (Finding wrong = refused_deed(id)) return wrong;
    const AuditPools::Pool* pool = book_.pools_.pool_of(id);
    if (Finding wrong = named(book_.pools_.may_buy_back(id, book_.sales_.owner(id), at()))) {
        return wrong;
    }
    if (keys_of(book_.contracts_[id].originator) == 0) {
        return found("the contract's originator did not sign");
    }
    return keys_of(pool->said.trustee) > 0 ? std::nullopt
                                           : found("the pool's trustee did not sign");
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolCreate& creation) {
    const auto originator = signer_with(accepted_.header, Role::originator, after_);
    if (!originator) return originator.error();
    if (keys_of(creation.trustee) == 0) return found("the pool's trustee did not sign");
    const auto trusted = has_role(after_, creation.trustee, Role::trustee);
    if (!trusted) return trusted.error();
    const auto funds = has_role(after_, creation.buyer, Role::funder);
    if (!funds) return funds.error();
    if (!*trusted) return found("the pool's trustee is none");
    if (!*funds) return found("the pool's buyer is no funder");
    return named(book_.pools_.take(creation, *originator, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolAdd& addition) {
    if (Finding wrong = refused_of_pool(addition.pool)) return wrong;
    const ContractId& id = addition.contract;
    if (Finding wrong = refused_deed(id)) return wrong;
    if (book_.contracts_[id].originator != book_.pools_.pool(addition.pool)->originator) {
        return found("adds a contract of another originator");
    }
    if (Finding wrong = named(book_.sales_.take(addition, value_date()))) return wrong;
    for (const ledger::Day day : {value_date(), ledger::PointInTime{}.as_of}) {
        const auto contract = stored_contract(after_, id, {day, accepted_.entry});
        if (!contract) return contract.error();
        if (contract->position.status != ledger::ContractStatus::active) {
            return found("adds a contract that is not active");
        }
    }
    const auto contract = stored_contract(after_, id, {value_date(), accepted_.entry});
    if (!contract) return contract.error();
    const auto& currency = contract->body.currency;
    return named(book_.pools_.take(addition, {currency.begin(), currency.end()}, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolRemove& removal) {
    if (Finding wrong = refused_of_pool(removal.pool)) return wrong;
    if (Finding wrong = refused_deed(removal.contract)) return wrong;
    if (Finding wrong = named(book_.sales_.take(removal, value_date()))) return wrong;
    const auto contract =
        stored_contract(after_, removal.contract, {ledger::PointInTime{}.as_of, accepted_.entry});
    if (!contract) return contract.error();
    if (contract->position.status != ledger::ContractStatus::active) {
        return found("takes a contract out of a pool that is not active");
    }
    return named(book_.pools_.take(removal, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolSeal& seal) {
    if (Finding wrong = refused_of_pool(seal.pool)) return wrong;
    return named(book_.pools_.take(seal, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolIssue& issue) {
    if (Finding wrong = refused_of_pool(issue.pool)) return wrong;
    return named(book_.pools_.take(issue, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolTrigger& trigger) {
    const AuditPools::Pool* pool = book_.pools_.pool(trigger.pool);
    if (pool == nullptr) return found("names a pool that was never created");
    if (keys_of(pool->said.trustee) == 0) return found("the pool's trustee did not sign");
    return named(book_.pools_.take(trigger, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::PoolClose& close) {
    if (Finding wrong = refused_of_pool(close.pool)) return wrong;
    return named(book_.pools_.take(close, at()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::BuybackInit& offer) {
    if (Finding wrong = refused_buyback(offer.contract)) return wrong;
    if (Finding wrong = named(book_.pools_.buy_back(offer.contract, at()))) return wrong;
    return named(book_.sales_.take(offer, value_date()));
}

AuditBook::Taker::Taken AuditBook::Taker::operator()(const ledger::BuybackSettle& settlement) {
    const ContractId& id = settlement.contract;
    if (Finding wrong = refused_buyback(id)) return wrong;
    if (Finding wrong = named(book_.pools_.buy_back(id, at()))) return wrong;
    if (Finding wrong = paid_for(id, settlement.source_ref)) return wrong;
    const MemberId originator = book_.contracts_[id].originator;
    if (Finding wrong = named(book_.conduct_.sell(id, originator))) return wrong;
    const auto sold = stored_contract(after_, id, {ledger::PointInTime{}.as_of, accepted_.entry});
    if (!sold) return sold.error();
    if (Finding wrong = named(book_.sales_.take(settlement, value_date(), sold->position))) {
        return wrong;
    }
    book_.pools_.leave(id);
    return Finding{};
}

}  // namespace tally::storage
