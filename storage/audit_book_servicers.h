#pragma once

// Internal.
#include <map>
#include <optional>
#include <set>
#include <string>

#include "base/result.h"
#include "ledger/record_reader.h"
#include "ledger/types.h"

namespace tally::storage {

/// What an audit keeps of who services the book, from entries alone, and so opens and closes its
/// days: by how many products and live contracts each servicer is named. Contracts are counted as a
/// block leaves them; within a block, who was never named by any is found.
class AuditServicers {
public:
    /// What is wrong, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;

    void register_product(const ledger::MemberId& servicer);
    /// A contract names it from now on.
    void name(const ledger::MemberId& servicer) { ever_named_.insert(servicer); }
    /// Nobody was named yet, or this one was.
    bool may_keep_days(const ledger::MemberId& servicer) const {
        return ever_named_.empty() || ever_named_.contains(servicer);
    }

    /// A contract as a block leaves it.
    void look(const ledger::ContractId& id, const ledger::MemberId& servicer, bool live);
    /// The record after a block.
    Result<Wrong> compare(const ledger::RecordReader& after) const;

private:
    struct Count {
        std::uint64_t products = 0;
        std::uint64_t contracts = 0;
    };

    std::set<ledger::MemberId> ever_named_;
    std::map<ledger::MemberId, Count> counts_;
    std::map<ledger::ContractId, ledger::MemberId> live_;  ///< with the servicer it counts for
};

}  // namespace tally::storage
