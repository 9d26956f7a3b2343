#include "ledger/queries.h"
#include "ledger/read_record.h"

// Mandates of a contract and debits of a mandate.

namespace tally::ledger {
namespace {

Result<std::optional<MandateRecord>> mandate_record(const RecordReader& reader,
                                                    const MandateId& id) {
    return read_record<MandateRecord>(reader, registry_key(kMandateRecord, id.bytes),
                                      decode_mandate);
}

}  // namespace

Result<std::optional<DebitRecord>> read_debit(const RecordReader& reader, const DebitId& id) {
    return read_record<DebitRecord>(reader, registry_key(kDebitRecord, id.bytes), decode_debit);
}

Result<std::optional<MandateView>> read_mandate(const RecordReader& reader, const MandateId& id) {
    auto record = mandate_record(reader, id);
    if (!record) return record.error();
    if (!*record) return std::optional<MandateView>{};
    MandateView view{std::move(**record), {}, true};
    for (std::optional<DebitId> next = view.record.last_debit; next;) {
        if (view.debits.size() == kListMax) {
            view.whole = false;
            break;
        }
        auto debit = read_debit(reader, *next);
        if (!debit) return debit.error();
        if (!*debit) return broken_chain("a mandate's debits");
        next = (*debit)->previous;
        view.debits.push_back(std::move(**debit));
    }
    return std::optional<MandateView>(std::move(view));
}

Result<std::vector<MandateRecord>> read_mandates(const RecordReader& reader,
                                                 const ContractBody& contract,
                                                 std::uint64_t known_at) {
    std::vector<MandateRecord> mandates;
    std::optional<MandateId> next = contract.last_mandate;
    for (std::size_t walked = 0; next && walked < kListMax; ++walked) {
        auto record = mandate_record(reader, *next);
        if (!record) return record.error();
        if (!*record) return broken_chain("a contract's mandates");
        MandateRecord& mandate = **record;
        next = mandate.previous;
        if (mandate.entry > known_at) continue;
        if (mandate.revoked() && mandate.revoked_by > known_at) {
            mandate.revoked_by = kNoEntry;
            mandate.revoked_on = 0;
        }
        mandates.push_back(std::move(mandate));
    }
    return mandates;
}

}  // namespace tally::ledger
