#pragma once

#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "base/result.h"
#include "ledger/genesis.h"
#include "node/service.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// Keeps evidence and says in short whom it speaks against: to the log when it is new, to the
/// status whenever asked. Thread-safe.
class Accusations {
public:
    /// Begins with what the store holds. References outlive this.
    Accusations(const ledger::Genesis& genesis, storage::BlockStore& blocks);

    /// Durable before it returns; what is known already costs a reading. An error is the store's:
    /// the process must end.
    Status keep(const storage::Evidence& evidence);
    /// Each node once, by id, with the gravest charge.
    std::vector<Accused> list() const;

private:
    using Charges = std::vector<std::pair<std::uint32_t, Charge>>;
    Charges note(const storage::Evidence& evidence);

    const ledger::Genesis& genesis_;
    storage::BlockStore& blocks_;
    mutable std::mutex mutex_;  // guards what follows
    std::map<storage::EvidenceKey, storage::Judgement> judgements_;
};

}  // namespace tally::node::pipeline
