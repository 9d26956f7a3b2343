#include <algorithm>
#include <string>

#include "crypto/codec.h"
#include "ledger/errc.h"
#include "ledger/records.h"
#include "ledger/submission_view.h"

// Values of the records. What decodes is trusted by the rules, so decoding checks everything that
// they rely on: a contract's terms compute, nothing is paid beyond its row, amounts are in range.

namespace tally::ledger {
namespace {

using crypto::Reader;
using crypto::Writer;

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMemberNameMax = 64;
constexpr std::size_t kMemberKeysMax = 255;
constexpr std::size_t kHeadBytes = 1 + 8 + 8;

template <typename Id>
void read_id(Reader& reader, Id& id) {
    const ByteView raw = reader.raw(id.bytes.size());
    std::copy(raw.begin(), raw.end(), id.bytes.begin());
}

template <typename Id>
void write_optional(Writer& writer, const std::optional<Id>& id) {
    writer.u8(id ? 1 : 0);
    if (id) writer.raw(id->bytes);
}

template <typename Id>
void read_optional(Reader& reader, std::optional<Id>& id) {
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present == 1) read_id(reader, id.emplace());
}

void write_currency(Writer& writer, const CurrencyCode& currency) {
    writer.raw(view_of(std::string_view(currency.data(), currency.size())));
}

void read_currency(Reader& reader, CurrencyCode& currency) {
    const std::string_view text = text_of(reader.raw(currency.size()));
    std::copy(text.begin(), text.end(), currency.begin());
}

void write_day(Writer& writer, Day day) { writer.u32(static_cast<std::uint32_t>(day)); }
Day read_day(Reader& reader) { return static_cast<Day>(reader.u32()); }

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
    write_day(writer, line.valid_from);
    write_day(writer, line.valid_to);
    writer.u32(line.contracts);
    write_optional(writer, line.last_contract);
    write_optional(writer, line.previous);
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
    if (line.limit < 0 || line.used < 0) reader.reject();
    line.valid_from = read_day(reader);
    line.valid_to = read_day(reader);
    line.contracts = reader.u32();
    read_optional(reader, line.last_contract);
    read_optional(reader, line.previous);
}

void write_body(Writer& writer, const ContractBody& contract) {
    writer.u8(static_cast<std::uint8_t>(contract.status));
    writer.raw(contract.line.bytes);
    writer.raw(contract.borrower.bytes);
    writer.raw(contract.owner.bytes);
    write_currency(writer, contract.currency);
    writer.u8(static_cast<std::uint8_t>(contract.terms.method));
    writer.i64(contract.terms.principal);
    writer.u32(static_cast<std::uint32_t>(contract.terms.fee_ppm));
    writer.u8(static_cast<std::uint8_t>(contract.terms.periods));
    write_day(writer, contract.terms.anchor);
    writer.u32(contract.payments);
    write_optional(writer, contract.previous);
    writer.u8(static_cast<std::uint8_t>(contract.shares.size()));
    for (const FundingShare& share : contract.shares) {
        writer.raw(share.funder.bytes);
        writer.u32(static_cast<std::uint32_t>(share.share));
    }
    // Rows are paid in order, so only those up to the last one touched are written.
    std::size_t touched = contract.paid.size();
    while (touched > 0 && contract.paid[touched - 1] == RowPaid{}) --touched;
    writer.u8(static_cast<std::uint8_t>(touched));
    for (std::size_t index = 0; index < touched; ++index) {
        writer.i64(contract.paid[index].fee);
        writer.i64(contract.paid[index].principal);
    }
}

/// Rows paid, against the rows that the terms compute.
void read_paid(Reader& reader, ContractBody& contract) {
    const std::size_t touched = reader.u8();
    if (reader.failed()) return;
    const Schedule schedule = compute_schedule(contract.terms);
    if (schedule.outcome != Outcome::accepted || touched > schedule.rows.size()) {
        reader.reject();
        return;
    }
    contract.paid.resize(schedule.rows.size());
    for (std::size_t index = 0; index < touched; ++index) {
        RowPaid& paid = contract.paid[index];
        paid.fee = reader.i64();
        paid.principal = reader.i64();
        const Instalment& row = schedule.rows[index];
        if (paid.fee < 0 || paid.fee > row.fee || paid.principal < 0 ||
            paid.principal > row.principal) {
            reader.reject();
        }
    }
}

void read_body(Reader& reader, ContractBody& contract) {
    const std::uint8_t status = reader.u8();
    if (status < 1 || status > 2) reader.reject();
    contract.status = static_cast<ContractStatus>(status);
    read_id(reader, contract.line);
    read_id(reader, contract.borrower);
    read_id(reader, contract.owner);
    read_currency(reader, contract.currency);
    const std::uint8_t method = reader.u8();
    if (method != static_cast<std::uint8_t>(ScheduleMethod::equal_principal_fee_last)) {
        reader.reject();
    }
    contract.terms.principal = reader.i64();
    contract.terms.fee_ppm = static_cast<Ppm>(reader.u32());
    contract.terms.periods = reader.u8();
    contract.terms.anchor = read_day(reader);
    contract.payments = reader.u32();
    read_optional(reader, contract.previous);
    const std::size_t shares = reader.u8();
    if (shares > kSignersMax) reader.reject();
    for (std::size_t index = 0; index < shares && !reader.failed(); ++index) {
        FundingShare& share = contract.shares.emplace_back();
        read_id(reader, share.funder);
        share.share = static_cast<Ppm>(reader.u32());
    }
    read_paid(reader, contract);
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
        writer.raw(key.key.view());
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
        read_id(reader, key.key);
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

Error corrupt(std::string_view what) {
    return fail(errc::corrupt_record, "record of a " + std::string(what) + " does not decode");
}

template <typename Body>
Result<Account<Body>> decode_account(ByteView value, std::string_view what) {
    Reader reader(value);
    Account<Body> account;
    account.head = read_head(reader);
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present == 1) read_body(reader, account.body.emplace());
    if (!reader.finish()) return corrupt(what);
    return account;
}

}  // namespace

Bytes encode_record(const LineRecord& record) { return encode_account(record); }
Bytes encode_record(const ContractRecord& record) { return encode_account(record); }
Bytes encode_record(const BorrowerRecord& record) { return encode_account(record); }
Bytes encode_record(const MemberRecord& record) { return encode_account(record); }

Bytes encode_record(const IdRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.digest(record.leaf_hash);
    writer.u64(record.entry);
    writer.u16(static_cast<std::uint16_t>(record.outcome));
    writer.u64(record.block_index);
    return writer.take();
}

Bytes encode_record(const SourceRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.entry);
    writer.raw(record.contract.bytes);
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
    if (!reader.finish()) return corrupt("transaction id");
    return record;
}

Result<SourceRecord> decode_source(ByteView value) {
    Reader reader(value);
    SourceRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.entry = reader.u64();
    read_id(reader, record.contract);
    if (!reader.finish()) return corrupt("payment reference");
    return record;
}

Result<AccountHead> decode_head(ByteView value) {
    if (value.size() < kHeadBytes) return corrupt("account");
    Reader reader(value.first(kHeadBytes));
    const AccountHead head = read_head(reader);
    if (!reader.finish()) return corrupt("account");
    return head;
}

}  // namespace tally::ledger
