#include "ledger/queries.h"
#include "ledger/read_record.h"

// Contacts, complaints, and what is said over a book.

namespace tally::ledger {

Result<ContactsRecord> read_contacts(const RecordReader& reader, const BorrowerId& id) {
    auto record = read_record<ContactsRecord>(reader, registry_key(kContactsRecord, id.bytes),
                                              decode_contacts);
    if (!record) return record.error();
    return std::move(*record).value_or(ContactsRecord{});
}

Result<std::optional<ComplaintRecord>> read_complaint(const RecordReader& reader,
                                                      const ComplaintId& id) {
    return read_record<ComplaintRecord>(reader, registry_key(kComplaintRecord, id.bytes),
                                        decode_complaint);
}

Result<std::vector<ComplaintRecord>> read_complaints(const RecordReader& reader,
                                                     const ContractBody& contract,
                                                     std::uint64_t known_at) {
    std::vector<ComplaintRecord> complaints;
    std::optional<ComplaintId> next = contract.last_complaint;
    for (std::size_t walked = 0; next && walked < kListMax; ++walked) {
        auto record = read_complaint(reader, *next);
        if (!record) return record.error();
        if (!*record) return broken_chain("a contract's complaints");
        ComplaintRecord& complaint = **record;
        next = complaint.previous;
        if (complaint.entry > known_at) continue;
        if (complaint.answer && complaint.answer->entry > known_at) complaint.answer.reset();
        complaints.push_back(complaint);
    }
    return complaints;
}

Result<std::optional<ReconRecord>> read_recon(const RecordReader& reader, const ReconId& id) {
    return read_record<ReconRecord>(reader, registry_key(kReconRecord, id.bytes), decode_recon);
}

Result<std::optional<OpinionRecord>> read_opinion(const RecordReader& reader, const OpinionId& id) {
    return read_record<OpinionRecord>(reader, registry_key(kOpinionRecord, id.bytes),
                                      decode_opinion);
}

Result<std::optional<HedgeRecord>> read_hedge(const RecordReader& reader, const HedgeId& id) {
    return read_record<HedgeRecord>(reader, registry_key(kHedgeRecord, id.bytes), decode_hedge);
}

Result<std::optional<CustomerRecord>> read_customer(const RecordReader& reader,
                                                    const CustomerId& id) {
    return read_record<CustomerRecord>(reader, registry_key(kCustomerRecord, id.bytes),
                                       decode_customer);
}

Result<std::optional<ErasureRecord>> read_erasure(const RecordReader& reader,
                                                  const CustomerId& id) {
    return read_record<ErasureRecord>(reader, registry_key(kErasureRecord, id.bytes),
                                      decode_erasure);
}

}  // namespace tally::ledger
