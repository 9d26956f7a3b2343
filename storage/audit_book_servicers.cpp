// Independent on purpose: by whom anything is serviced is counted here once more.
#include "storage/audit_book_servicers.h"

#include "ledger/queries.h"
#include "storage/audit_book_records.h"

namespace tally::storage {

using ledger::MemberId;

void AuditServicers::register_product(const MemberId& servicer) {
    name(servicer);
    ++counts_[servicer].products;
}

void AuditServicers::look(const ledger::ContractId& id, const MemberId& servicer, bool live) {
    const auto known = live_.find(id);
    if (known != live_.end()) {
        --counts_[known->second].contracts;
        live_.erase(known);
    }
    if (!live) return;
    ++counts_[servicer].contracts;
    live_.emplace(id, servicer);
}

Result<AuditServicers::Wrong> AuditServicers::compare(const ledger::RecordReader& after) const {
    const auto stored = ledger::read_servicers(after);
    if (!stored) return stored.error();
    std::map<MemberId, const ledger::NamedServicer*> theirs;
    for (const ledger::NamedServicer& one : stored->named) theirs.emplace(one.servicer, &one);
    std::size_t named = 0;
    for (const auto& [servicer, count] : counts_) {
        if (count.products == 0 && count.contracts == 0) continue;
        ++named;
        const auto found = theirs.find(servicer);
        const bool same = found != theirs.end() && found->second->products == count.products &&
                          found->second->contracts == count.contracts;
        if (same) continue;
        return Wrong(name_of("servicer", servicer) +
                     ": it is not on record by how many products and live contracts name it");
    }
    if (named == stored->named.size()) return Wrong{};
    return Wrong("a servicer is on record that no product and no live contract names");
}

}  // namespace tally::storage
