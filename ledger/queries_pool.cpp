#include "ledger/queries.h"
#include "ledger/read_record.h"

// Pools, and the contracts that were added to them.

namespace tally::ledger {

Result<std::optional<PoolRecord>> read_pool(const RecordReader& reader, const PoolId& id) {
    return read_record<PoolRecord>(reader, registry_key(kPoolRecord, id.bytes), decode_pool);
}

Result<std::vector<PoolContractRecord>> read_pool_contracts(const RecordReader& reader,
                                                            const PoolId& id, std::uint64_t first,
                                                            std::size_t count) {
    std::vector<PoolContractRecord> contracts;
    const auto pool = read_pool(reader, id);
    if (!pool) return pool.error();
    const std::uint64_t size = *pool ? (*pool)->contracts.size() : 0;
    for (std::uint64_t place = first; place < size && contracts.size() < count; ++place) {
        const auto record = read_record<PoolContractRecord>(reader, pool_contract_key(id, place),
                                                            decode_pool_contract);
        if (!record) return record.error();
        if (!*record) return broken_chain("a pool's contracts");
        contracts.push_back(**record);
    }
    return contracts;
}

}  // namespace tally::ledger
