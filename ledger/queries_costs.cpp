#include "ledger/queries.h"
#include "ledger/read_record.h"

// What purchases cost, and who has seen it.

namespace tally::ledger {

Result<std::optional<CostTableRecord>> read_cost_table(const RecordReader& reader,
                                                       const CostTableId& id) {
    return read_record<CostTableRecord>(reader, registry_key(kCostTableRecord, id.bytes),
                                        decode_cost_table);
}

Result<std::vector<CostTableRecord>> read_cost_tables(const RecordReader& reader,
                                                      const ProductRecord& product) {
    std::vector<CostTableRecord> tables;
    std::optional<CostTableId> next = product.last_table;
    while (next && tables.size() < kCostTablesMax) {
        auto table = read_cost_table(reader, *next);
        if (!table) return table.error();
        if (!*table) return broken_chain("a product's cost tables");
        next = (*table)->previous;
        tables.push_back(std::move(**table));
    }
    return tables;
}

Result<std::optional<DisclosureRecord>> read_disclosure(const RecordReader& reader,
                                                        const DisclosureId& id) {
    return read_record<DisclosureRecord>(reader, registry_key(kDisclosureRecord, id.bytes),
                                         decode_disclosure);
}

}  // namespace tally::ledger
