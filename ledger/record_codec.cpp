#include <string>

#include "crypto/suite.h"
#include "ledger/errc.h"
#include "ledger/record_parts.h"
#include "ledger/records.h"

// Values of the accounts' records and of those beside them. What decodes is trusted by the rules,
// so decoding checks what they rely on: forms, ranges, bounds.

namespace tally::ledger {
namespace {

constexpr std::size_t kMemberNameMax = 64;
constexpr std::size_t kHeadBytes = 1 + 8 + 8;

void write_head(Writer& writer, const AccountHead& head) {
    writer.u8(kVersion);
    writer.u64(head.count);
    writer.u64(head.last);
}

AccountHead read_head(Reader& reader) {
    if (reader.u8() != kVersion) reader.reject();
    AccountHead head;
    head.count = reader.u64();
    head.last = reader.u64();
    return head;
}

void write_body(Writer& writer, const LineBody& line) {
    writer.u8(static_cast<std::uint8_t>(line.status));
    writer.raw(line.owner.bytes);
    writer.raw(line.borrower.bytes);
    write_currency(writer, line.currency);
    writer.i64(line.limit);
    writer.i64(line.used);
    writer.i64(line.reserved);
    write_day(writer, line.valid_from);
    write_day(writer, line.valid_to);
    writer.raw(line.assessment.bytes);
    writer.u8(static_cast<std::uint8_t>(line.band));
    writer.u32(line.contracts);
    write_optional(writer, line.last_contract);
    write_optional(writer, line.last_authorisation);
    write_optional(writer, line.previous);
    writer.u16(static_cast<std::uint16_t>(line.events.size()));
    for (const LineEvent& event : line.events) {
        writer.u8(static_cast<std::uint8_t>(event.change));
        writer.u64(event.entry);
        write_day(writer, event.value_date);
        writer.i64(event.limit);
    }
}

void read_events(Reader& reader, LineBody& line) {
    const std::size_t events = reader.u16();
    if (events == 0 || events > kLineEventsMax + 1) reader.reject();  // a charge-off's freeze
    for (std::size_t index = 0; index < events && !reader.failed(); ++index) {
        LineEvent& event = line.events.emplace_back();
        const std::uint8_t change = reader.u8();
        if (change < 1 || change > kLineChanges) reader.reject();
        event.change = static_cast<LineChange>(change);
        event.entry = reader.u64();
        event.value_date = read_day(reader);
        event.limit = reader.i64();
    }
}

void read_body(Reader& reader, LineBody& line) {
    const std::uint8_t status = reader.u8();
    if (status < 1 || status > 3) reader.reject();
    line.status = static_cast<LineStatus>(status);
    read_id(reader, line.owner);
    read_id(reader, line.borrower);
    read_currency(reader, line.currency);
    line.limit = reader.i64();
    line.used = reader.i64();
    line.reserved = reader.i64();
    if (line.limit < 0 || line.used < 0 || line.reserved < 0) reader.reject();
    line.valid_from = read_day(reader);
    line.valid_to = read_day(reader);
    read_id(reader, line.assessment);
    line.band = reader.u8();
    line.contracts = reader.u32();
    read_optional(reader, line.last_contract);
    read_optional(reader, line.last_authorisation);
    read_optional(reader, line.previous);
    read_events(reader, line);
}

void write_body(Writer& writer, const BorrowerBody& borrower) {
    writer.u32(borrower.lines);
    write_optional(writer, borrower.last_line);
}

void read_body(Reader& reader, BorrowerBody& borrower) {
    borrower.lines = reader.u32();
    read_optional(reader, borrower.last_line);
}

void write_body(Writer& writer, const MemberBody& member) {
    writer.bytes(view_of(member.name));
    writer.u16(member.roles);
    writer.u8(static_cast<std::uint8_t>(member.keys.size()));
    for (const MemberKey& key : member.keys) {
        crypto::write_key(writer, key.key);
        writer.u64(key.first_block);
        writer.u64(key.end_block);
    }
}

void read_body(Reader& reader, MemberBody& member) {
    member.name = to_string(reader.bytes(kMemberNameMax));
    member.roles = reader.u16();
    const std::size_t keys = reader.u8();
    if (keys > kMemberKeysMax) reader.reject();
    for (std::size_t index = 0; index < keys && !reader.failed(); ++index) {
        MemberKey& key = member.keys.emplace_back();
        key.key = crypto::read_key(reader);
        key.first_block = reader.u64();
        key.end_block = reader.u64();
    }
}

template <typename Body>
Bytes encode_account(const Account<Body>& account) {
    Writer writer;
    write_head(writer, account.head);
    writer.u8(account.body ? 1 : 0);
    if (account.body) write_body(writer, *account.body);
    return writer.take();
}

template <typename Body>
Result<Account<Body>> decode_account(ByteView value, std::string_view what) {
    Reader reader(value);
    Account<Body> account;
    account.head = read_head(reader);
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present == 1) read_body(reader, account.body.emplace());
    if (!reader.finish()) return corrupt_record(what);
    return account;
}

}  // namespace

Bytes encode_record(const LineRecord& record) { return encode_account(record); }
Bytes encode_record(const ContractRecord& record) { return encode_account(record); }
Bytes encode_record(const BorrowerRecord& record) { return encode_account(record); }
Bytes encode_record(const MemberRecord& record) { return encode_account(record); }

Bytes encode_record(const PoolLogRecord& record) {
    Writer writer;
    write_head(writer, record.head);
    writer.u8(0);
    return writer.take();
}

Bytes encode_record(const IdRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.digest(record.leaf_hash);
    writer.u64(record.entry);
    writer.u16(static_cast<std::uint16_t>(record.outcome));
    writer.u64(record.block_index);
    return writer.take();
}

Result<LineRecord> decode_line(ByteView value) { return decode_account<LineBody>(value, "line"); }
Result<ContractRecord> decode_contract(ByteView value) {
    return decode_account<ContractBody>(value, "contract");
}
Result<BorrowerRecord> decode_borrower(ByteView value) {
    return decode_account<BorrowerBody>(value, "borrower");
}
Result<MemberRecord> decode_member(ByteView value) {
    return decode_account<MemberBody>(value, "member");
}

Result<IdRecord> decode_id(ByteView value) {
    Reader reader(value);
    IdRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.leaf_hash = reader.digest();
    record.entry = reader.u64();
    const std::optional<Outcome> outcome = outcome_from(reader.u16());
    if (!outcome) reader.reject();
    record.outcome = outcome.value_or(Outcome::accepted);
    record.block_index = reader.u64();
    if (!reader.finish()) return corrupt_record("transaction id");
    return record;
}

Result<PoolLogRecord> decode_pool_log(ByteView value) {
    Reader reader(value);
    const PoolLogRecord record{read_head(reader)};
    if (reader.u8() != 0) reader.reject();
    if (!reader.finish()) return corrupt_record("pool's log");
    return record;
}

Result<AccountHead> decode_head(ByteView value) {
    if (value.size() < kHeadBytes) return corrupt_record("account");
    Reader reader(value.first(kHeadBytes));
    const AccountHead head = read_head(reader);
    if (!reader.finish()) return corrupt_record("account");
    return head;
}

}  // namespace tally::ledger
