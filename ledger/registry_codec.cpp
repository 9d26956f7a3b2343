#include <algorithm>
#include <functional>

#include "ledger/registered.h"

// Values of the records beside the accounts.

namespace tally::ledger {

std::optional<Day> DaysRecord::newest() const { return open.empty() ? last_closed : open.back(); }

bool DaysRecord::is_open(Day day) const {
    return std::binary_search(open.begin(), open.end(), day);
}

bool DaysRecord::is_used(Day day) const {
    return std::binary_search(used.begin(), used.end(), day);
}

NamedServicer& ServicersRecord::of(const MemberId& servicer) {
    const auto place = std::ranges::lower_bound(named, servicer, {}, &NamedServicer::servicer);
    if (place != named.end() && place->servicer == servicer) return *place;
    return *named.insert(place, {servicer});
}

void ServicersRecord::drop_unnamed() {
    std::erase_if(named,
                  [](const NamedServicer& one) { return one.products == 0 && one.contracts == 0; });
}

Bytes encode_record(const SourceRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.entry);
    writer.raw(record.contract.bytes);
    return writer.take();
}

Bytes encode_record(const RulesetRecord& record) { return encode_registered(record); }
Bytes encode_record(const ProductRecord& record) {
    Writer writer;
    write_registered(writer, record);
    writer.u32(record.cost_tables);
    write_optional(writer, record.last_table);
    return writer.take();
}
Bytes encode_record(const ModelRecord& record) { return encode_registered(record); }

Bytes encode_record(const AssessmentRecord& record) {
    Writer writer;
    write_registered(writer, record);
    writer.i64(record.granted);
    write_day(writer, record.value_date);
    return writer.take();
}

Bytes encode_record(const CostTableRecord& record) {
    Writer writer;
    write_registered(writer, record);
    write_day(writer, record.value_date);
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const DisclosureRecord& record) {
    Writer writer;
    write_registered(writer, record);
    write_day(writer, record.value_date);
    return writer.take();
}

Bytes encode_record(const AuthorisationRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(record.status));
    writer.raw(record.line.bytes);
    writer.i64(record.amount);
    write_day(writer, record.expires);
    write_day(writer, record.opened);
    writer.u64(record.entry);
    write_day(writer, record.closed);
    writer.u64(record.closed_entry);
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const MandateRecord& record) {
    Writer writer;
    write_registered(writer, record);
    writer.raw(record.provider.bytes);
    write_day(writer, record.value_date);
    write_day(writer, record.revoked_on);
    writer.u64(record.revoked_by);
    writer.u8(static_cast<std::uint8_t>(record.open.size()));
    for (const OpenDebit& debit : record.open) {
        write_day(writer, debit.due);
        writer.i64(debit.amount);
        writer.raw(debit.debit.bytes);
    }
    write_optional(writer, record.last_debit);
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const DebitRecord& record) {
    Writer writer;
    write_registered(writer, record);
    writer.u8(static_cast<std::uint8_t>(record.status));
    write_day(writer, record.result_date);
    writer.u64(record.result_entry);
    writer.bytes(view_of(record.reason));
    writer.bytes(view_of(record.source_ref));
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const DaysRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u8(record.last_closed ? 1 : 0);
    if (record.last_closed) write_day(writer, *record.last_closed);
    writer.u8(static_cast<std::uint8_t>(record.open.size()));
    for (const Day day : record.open) {
        write_day(writer, day);
        writer.u8(record.is_used(day) ? 1 : 0);
    }
    writer.u8(static_cast<std::uint8_t>(record.books.size()));
    for (const BookId& book : record.books) {
        writer.raw(book.lender.bytes);
        write_currency(writer, book.currency);
    }
    return writer.take();
}

Bytes encode_record(const ServicersRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u32(static_cast<std::uint32_t>(record.named.size()));
    for (const NamedServicer& one : record.named) {
        writer.raw(one.servicer.bytes);
        writer.u64(one.products);
        writer.u64(one.contracts);
    }
    return writer.take();
}

Bytes encode_record(const CalendarRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u32(static_cast<std::uint32_t>(record.utc_offset_minutes));
    return writer.take();
}

Bytes encode_record(const GovernanceRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(record.members.size()));
    for (const MemberId& member : record.members) writer.raw(member.bytes);
    writer.u8(record.next ? 1 : 0);
    if (record.next) {
        writer.u32(record.next->version);
        writer.u64(record.next->height);
        writer.u64(record.next->entry);
    }
    return writer.take();
}

Bytes encode_record(const KeyRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    write_optional(writer, record.member);
    writer.u64(record.entry);
    return writer.take();
}

Bytes encode_record(const TotalsRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    for (const Amount balance : record.balances) writer.i64(balance);
    return writer.take();
}

Result<SourceRecord> decode_source(ByteView value) {
    Reader reader(value);
    SourceRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.entry = reader.u64();
    read_id(reader, record.contract);
    if (!reader.finish()) return corrupt_record("payment reference");
    return record;
}

Result<RulesetRecord> decode_ruleset(ByteView value) {
    return decode_registered<RulesetRecord>(value, "ruleset");
}
Result<ProductRecord> decode_product(ByteView value) {
    Reader reader(value);
    ProductRecord record;
    read_registered(reader, record);
    record.cost_tables = reader.u32();
    read_optional(reader, record.last_table);
    if (!reader.finish()) return corrupt_record("product");
    return record;
}
Result<ModelRecord> decode_model(ByteView value) {
    return decode_registered<ModelRecord>(value, "model");
}

Result<AssessmentRecord> decode_assessment(ByteView value) {
    Reader reader(value);
    AssessmentRecord record;
    read_registered(reader, record);
    record.granted = reader.i64();
    if (record.granted < 0) reader.reject();
    record.value_date = read_day(reader);
    if (!reader.finish()) return corrupt_record("assessment");
    return record;
}

Result<CostTableRecord> decode_cost_table(ByteView value) {
    Reader reader(value);
    CostTableRecord record;
    read_registered(reader, record);
    record.value_date = read_day(reader);
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("cost table");
    return record;
}

Result<DisclosureRecord> decode_disclosure(ByteView value) {
    Reader reader(value);
    DisclosureRecord record;
    read_registered(reader, record);
    record.value_date = read_day(reader);
    if (!reader.finish()) return corrupt_record("acknowledgement of costs");
    return record;
}

Result<AuthorisationRecord> decode_authorisation(ByteView value) {
    Reader reader(value);
    AuthorisationRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.status = read_word(reader, AuthorisationStatus::expired);
    read_id(reader, record.line);
    record.amount = reader.i64();
    record.expires = read_day(reader);
    record.opened = read_day(reader);
    record.entry = reader.u64();
    record.closed = read_day(reader);
    record.closed_entry = reader.u64();
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("purchase authorisation");
    return record;
}

Result<MandateRecord> decode_mandate(ByteView value) {
    Reader reader(value);
    MandateRecord record;
    read_registered(reader, record);
    read_id(reader, record.provider);
    record.value_date = read_day(reader);
    record.revoked_on = read_day(reader);
    record.revoked_by = reader.u64();
    const std::size_t open = reader.u8();
    if (open > kOpenDebitsMax) reader.reject();
    for (std::size_t index = 0; index < open && !reader.failed(); ++index) {
        OpenDebit& debit = record.open.emplace_back();
        debit.due = read_day(reader);
        debit.amount = reader.i64();
        read_id(reader, debit.debit);
        if (index > 0 && record.open[index - 1].due >= debit.due) reader.reject();
    }
    read_optional(reader, record.last_debit);
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("mandate");
    return record;
}

Result<DebitRecord> decode_debit(ByteView value) {
    Reader reader(value);
    DebitRecord record;
    read_registered(reader, record);
    record.status = read_word(reader, DebitStatus::failed);
    record.result_date = read_day(reader);
    record.result_entry = reader.u64();
    record.reason = to_string(reader.bytes(fields::kTextBytesMax));
    record.source_ref = to_string(reader.bytes(fields::kTextBytesMax));
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("debit");
    return record;
}

Result<ServicersRecord> decode_servicers(ByteView value) {
    Reader reader(value);
    ServicersRecord record;
    if (reader.u8() != kVersion) reader.reject();
    const std::size_t count = reader.u32();
    for (std::size_t index = 0; index < count && !reader.failed(); ++index) {
        NamedServicer& one = record.named.emplace_back();
        read_id(reader, one.servicer);
        one.products = reader.u64();
        one.contracts = reader.u64();
        if (one.products == 0 && one.contracts == 0) reader.reject();
    }
    const auto unordered =
        std::ranges::adjacent_find(record.named, std::greater_equal<>(), &NamedServicer::servicer);
    if (unordered != record.named.end()) reader.reject();
    if (!reader.finish()) return corrupt_record("list of servicers");
    return record;
}

Result<DaysRecord> decode_days(ByteView value) {
    Reader reader(value);
    DaysRecord record;
    if (reader.u8() != kVersion) reader.reject();
    const std::uint8_t closed = reader.u8();
    if (closed > 1) reader.reject();
    if (closed == 1) record.last_closed = read_day(reader);
    const std::size_t open = reader.u8();
    if (open > kOpenDaysMax) reader.reject();
    for (std::size_t index = 0; index < open && !reader.failed(); ++index) {
        const Day day = record.open.emplace_back(read_day(reader));
        const std::uint8_t used = reader.u8();
        if (used > 1) reader.reject();
        if (used == 1) record.used.push_back(day);
    }
    const std::size_t books = reader.u8();
    if (books > kBooksMax) reader.reject();
    for (std::size_t index = 0; index < books && !reader.failed(); ++index) {
        BookId& book = record.books.emplace_back();
        read_id(reader, book.lender);
        read_currency(reader, book.currency);
    }
    const auto ascending = [](const auto& list) {
        return std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) == list.end();
    };
    if (!ascending(record.open) || !ascending(record.books)) reader.reject();
    if (!reader.finish()) return corrupt_record("list of days");
    return record;
}

Result<CalendarRecord> decode_calendar(ByteView value) {
    Reader reader(value);
    CalendarRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.utc_offset_minutes = static_cast<std::int32_t>(reader.u32());
    if (!reader.finish()) return corrupt_record("calendar");
    return record;
}

Result<GovernanceRecord> decode_governance(ByteView value) {
    Reader reader(value);
    GovernanceRecord record;
    if (reader.u8() != kVersion) reader.reject();
    const std::size_t members = reader.u8();
    if (members > kGoverningMembersMax) reader.reject();
    for (std::size_t index = 0; index < members && !reader.failed(); ++index) {
        read_id(reader, record.members.emplace_back());
    }
    const auto& list = record.members;
    if (std::adjacent_find(list.begin(), list.end(), std::greater_equal<>()) != list.end()) {
        reader.reject();
    }
    const std::uint8_t next = reader.u8();
    if (next > 1) reader.reject();
    if (next == 1) {
        record.next = GovernanceRecord::Next{};
        record.next->version = reader.u32();
        record.next->height = reader.u64();
        record.next->entry = reader.u64();
    }
    if (!reader.finish()) return corrupt_record("list of who governs");
    return record;
}

Result<KeyRecord> decode_key(ByteView value) {
    Reader reader(value);
    KeyRecord record;
    if (reader.u8() != kVersion) reader.reject();
    read_optional(reader, record.member);
    record.entry = reader.u64();
    if (!reader.finish()) return corrupt_record("key");
    return record;
}

Result<TotalsRecord> decode_totals(ByteView value) {
    Reader reader(value);
    TotalsRecord record;
    if (reader.u8() != kVersion) reader.reject();
    for (Amount& balance : record.balances) balance = reader.i64();
    if (!reader.finish()) return corrupt_record("day's totals");
    return record;
}

}  // namespace tally::ledger
