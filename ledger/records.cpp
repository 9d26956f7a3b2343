#include "ledger/records.h"

#include <algorithm>

#include "crypto/codec.h"

namespace tally::ledger {

bool MemberBody::key_valid(const crypto::PublicKey& key, std::uint64_t block_index) const {
    return std::any_of(keys.begin(), keys.end(), [&](const MemberKey& candidate) {
        return candidate.key == key && candidate.first_block <= block_index &&
               block_index < candidate.end_block;
    });
}

Bytes genesis_key() { return {kGenesisRecord}; }

Bytes account_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id) {
    Bytes key;
    key.reserve(1 + id.size());
    key.push_back(static_cast<std::uint8_t>(account_class));
    append(key, id);
    return key;
}

Bytes id_key(const MemberId& submitter, const TransactionId& id) {
    Bytes key;
    key.reserve(1 + submitter.bytes.size() + id.bytes.size());
    key.push_back(kIdRecord);
    append(key, submitter.bytes);
    append(key, id.bytes);
    return key;
}

Bytes source_key(const MemberId& poster, std::string_view source_ref) {
    Bytes key;
    key.reserve(1 + poster.bytes.size() + source_ref.size());
    key.push_back(kSourceRecord);
    append(key, poster.bytes);
    append(key, view_of(source_ref));
    return key;
}

Bytes days_key() { return {kDaysRecord}; }

Bytes totals_key(const CurrencyCode& currency, Day day) {
    crypto::Writer writer;
    writer.u8(kTotalsRecord);
    writer.raw(view_of(std::string_view(currency.data(), currency.size())));
    writer.u32(static_cast<std::uint32_t>(day));
    return writer.take();
}

Bytes registry_key(std::uint8_t kind, const std::array<std::uint8_t, 16>& id) {
    Bytes key;
    key.reserve(1 + id.size());
    key.push_back(kind);
    append(key, id);
    return key;
}

}  // namespace tally::ledger
