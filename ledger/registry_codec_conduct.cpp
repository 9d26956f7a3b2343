#include <algorithm>
#include <limits>

#include "crypto/digest.h"
#include "ledger/registered.h"

// Values of the records of conduct and oversight.

namespace tally::ledger {
namespace {

auto place_for(std::vector<ContactDay>& days, Day day) {
    return std::lower_bound(days.begin(), days.end(), day,
                            [](const ContactDay& one, Day wanted) { return one.day < wanted; });
}

}  // namespace

std::uint32_t ContactsRecord::on(Day day) const {
    const auto found = std::ranges::find(days, day, &ContactDay::day);
    return found == days.end() ? 0 : found->count;
}

bool ContactsRecord::counts(Day day) const {
    return days.size() < kContactDaysMax || day >= days.front().day;
}

void ContactsRecord::add(Day day) {
    const auto place = place_for(days, day);
    if (place != days.end() && place->day == day) {
        ++place->count;
        return;
    }
    days.insert(place, {day, 1});
    if (days.size() > kContactDaysMax) days.erase(days.begin());
}

CustomerId customer_id_of(const MemberId& lender, const BorrowerId& borrower) {
    const crypto::Digest digest =
        crypto::domain_hash("customer", {ByteView(lender.bytes), ByteView(borrower.bytes)});
    CustomerId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    return id;
}

Bytes encode_record(const ContactsRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(record.days.size()));
    for (const ContactDay& day : record.days) {
        write_day(writer, day.day);
        writer.u8(static_cast<std::uint8_t>(day.count));
    }
    return writer.take();
}

Bytes encode_record(const ComplaintRecord& record) {
    Writer writer;
    write_registered(writer, record);
    write_day(writer, record.value_date);
    writer.u8(record.answer ? 1 : 0);
    if (record.answer) {
        writer.bytes(encode_body(record.answer->said));
        writer.raw(record.answer->owner.bytes);
        write_day(writer, record.answer->value_date);
        writer.u64(record.answer->entry);
    }
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const ReconRecord& record) { return encode_registered(record); }
Bytes encode_record(const OpinionRecord& record) { return encode_registered(record); }
Bytes encode_record(const HedgeRecord& record) { return encode_registered(record); }

Bytes encode_record(const CustomerRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.open_lines);
    writer.u64(record.live_contracts);
    return writer.take();
}

Bytes encode_record(const ErasureRecord& record) {
    Writer writer;
    write_registered(writer, record);
    write_day(writer, record.value_date);
    return writer.take();
}

Result<ContactsRecord> decode_contacts(ByteView value) {
    Reader reader(value);
    ContactsRecord record;
    if (reader.u8() != kVersion) reader.reject();
    const std::size_t days = reader.u8();
    if (days > kContactDaysMax) reader.reject();
    for (std::size_t index = 0; index < days && !reader.failed(); ++index) {
        ContactDay& day = record.days.emplace_back();
        day.day = read_day(reader);
        day.count = reader.u8();
        if (day.count == 0) reader.reject();
        if (index > 0 && record.days[index - 1].day >= day.day) reader.reject();
    }
    if (!reader.finish()) return corrupt_record("borrower's contacts");
    return record;
}

Result<ComplaintRecord> decode_complaint(ByteView value) {
    Reader reader(value);
    ComplaintRecord record;
    read_registered(reader, record);
    record.value_date = read_day(reader);
    const std::uint8_t answered = reader.u8();
    if (answered > 1) reader.reject();
    if (answered == 1) {
        ComplaintRecord::Answer answer;
        read_body_as(reader, answer.said);
        read_id(reader, answer.owner);
        answer.value_date = read_day(reader);
        answer.entry = reader.u64();
        record.answer = answer;
    }
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("complaint");
    return record;
}

Result<ReconRecord> decode_recon(ByteView value) {
    return decode_registered<ReconRecord>(value, "reconciliation");
}
Result<OpinionRecord> decode_opinion(ByteView value) {
    return decode_registered<OpinionRecord>(value, "audit opinion");
}
Result<HedgeRecord> decode_hedge(ByteView value) {
    return decode_registered<HedgeRecord>(value, "hedge");
}

Result<CustomerRecord> decode_customer(ByteView value) {
    Reader reader(value);
    CustomerRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.open_lines = reader.u64();
    record.live_contracts = reader.u64();
    if (!reader.finish()) return corrupt_record("lender's borrower");
    return record;
}

Result<ErasureRecord> decode_erasure(ByteView value) {
    Reader reader(value);
    ErasureRecord record;
    read_registered(reader, record);
    record.value_date = read_day(reader);
    if (!reader.finish()) return corrupt_record("certificate of erasure");
    return record;
}

}  // namespace tally::ledger
