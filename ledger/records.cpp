#include "ledger/records.h"

#include "ledger/dates.h"

#include <algorithm>

#include "crypto/codec.h"
#include "crypto/suite.h"

namespace tally::ledger {

bool MemberKey::valid(std::uint64_t block_index) const {
    return first_block <= block_index && block_index < end_block;
}

bool MemberBody::can_sign(std::uint64_t block_index) const {
    return std::any_of(keys.begin(), keys.end(),
                       [block_index](const MemberKey& key) { return key.valid(block_index); });
}

bool MemberBody::key_valid(const crypto::PublicKey& key, std::uint64_t block_index) const {
    return std::any_of(keys.begin(), keys.end(), [&](const MemberKey& candidate) {
        return candidate.key == key && candidate.valid(block_index);
    });
}

Day CalendarRecord::day_at(Millis time) const {
    using Days = std::chrono::days;
    const auto local = time + std::chrono::minutes(utc_offset_minutes);
    const auto day = std::chrono::floor<Days>(local).count();
    return static_cast<Day>(std::clamp<std::int64_t>(day, kDayMin, kDayMax));
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

Bytes source_key(const MemberId& lender, std::string_view reference) {
    Bytes key;
    key.reserve(1 + lender.bytes.size() + reference.size());
    key.push_back(kSourceRecord);
    append(key, lender.bytes);
    append(key, view_of(reference));
    return key;
}

Bytes days_key() { return {kDaysRecord}; }
Bytes servicers_key() { return {kServicersRecord}; }
Bytes calendar_key() { return {kCalendarRecord}; }
Bytes governance_key() { return {kGovernanceRecord}; }

Bytes key_key(const crypto::PublicKey& key) {
    crypto::Writer writer;
    writer.u8(kKeyRecord);
    crypto::write_key(writer, key);
    return writer.take();
}

Bytes totals_key(const BookId& book, Day day) {
    const CurrencyCode& currency = book.currency;
    crypto::Writer writer;
    writer.u8(kTotalsRecord);
    writer.raw(book.lender.bytes);
    writer.raw(view_of(std::string_view(currency.data(), currency.size())));
    writer.u32(static_cast<std::uint32_t>(day));
    return writer.take();
}

Bytes alert_list_key(AccountClass account_class, const std::array<std::uint8_t, 16>& id) {
    crypto::Writer writer;
    writer.u8(kAlertListRecord);
    writer.u8(static_cast<std::uint8_t>(account_class));
    writer.raw(id);
    return writer.take();
}

AlertId alert_id_of(AccountClass on, const std::array<std::uint8_t, 16>& subject, AlertRule rule,
                    std::uint64_t place) {
    crypto::Writer writer;
    writer.u8(static_cast<std::uint8_t>(on));
    writer.raw(subject);
    writer.u8(static_cast<std::uint8_t>(rule));
    writer.u64(place);
    const Bytes bytes = writer.take();
    const crypto::Digest digest = crypto::domain_hash("alert", {ByteView(bytes)});
    AlertId id;
    id.bytes = {0xff, 0xff};
    std::copy_n(digest.bytes.begin(), id.bytes.size() - 2, id.bytes.begin() + 2);
    return id;
}

bool is_node_alert(const AlertId& id) { return id.bytes[0] == 0xff && id.bytes[1] == 0xff; }

Bytes awaited_key() { return {kAwaitedRecord}; }

Bytes awaited_day_key(Day day) {
    crypto::Writer writer;
    writer.u8(kAwaitedDayRecord);
    writer.u32(static_cast<std::uint32_t>(day));
    return writer.take();
}

Bytes pool_contract_key(const PoolId& pool, std::uint64_t place) {
    crypto::Writer writer;
    writer.u8(kPoolContractRecord);
    writer.raw(pool.bytes);
    writer.u64(place);
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
