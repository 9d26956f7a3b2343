#include "ledger/record_parts.h"
#include "ledger/records.h"
#include "ledger/transaction_layout.h"

// Values of the records of alerts, and of contracts that wait for their first payment.

namespace tally::ledger {
namespace {

void write_answer(Writer& writer, const AlertAnswer& answer) {
    writer.u8(static_cast<std::uint8_t>(answer.disposition));
    writer.u64(answer.entry);
    write_day(writer, answer.value_date);
    writer.bytes(view_of(answer.reason));
}

void read_answers(Reader& reader, std::vector<AlertAnswer>& answers) {
    const std::size_t count = reader.u8();
    if (count > kAlertAnswersMax) reader.reject();
    for (std::size_t place = 0; place < count && !reader.failed(); ++place) {
        AlertAnswer& answer = answers.emplace_back();
        answer.disposition = read_word(reader, Disposition::escalated);
        answer.entry = reader.u64();
        answer.value_date = read_day(reader);
        answer.reason = to_string(reader.bytes(fields::kTextBytesMax));
        // Only what is escalated is answered once more, and then for good.
        const bool escalated = answer.disposition == Disposition::escalated;
        if (escalated != (place + 1 < count) && (place > 0 || count > 1)) reader.reject();
    }
}

}  // namespace

Bytes encode_record(const AlertRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u8(static_cast<std::uint8_t>(record.rule));
    writer.u8(record.by_hand ? 1 : 0);
    writer.raw(record.line.bytes);
    write_optional(writer, record.contract);
    write_optional(writer, record.pool);
    writer.raw(record.owner.bytes);
    writer.u64(record.entry);
    write_day(writer, record.business_date);
    write_day(writer, record.as_of);
    writer.i64(record.measured);
    writer.i64(record.threshold);
    writer.bytes(view_of(record.reason));
    write_optional(writer, record.evidence);
    writer.u8(static_cast<std::uint8_t>(record.answers.size()));
    for (const AlertAnswer& answer : record.answers) write_answer(writer, answer);
    write_optional(writer, record.previous);
    return writer.take();
}

Bytes encode_record(const AlertListRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.count);
    write_optional(writer, record.last);
    return writer.take();
}

Bytes encode_record(const AwaitedRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.count);
    write_day(writer, record.first);
    return writer.take();
}

Bytes encode_record(const AwaitedDayRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.raw(record.first.bytes);
    writer.raw(record.last.bytes);
    return writer.take();
}

Bytes encode_record(const AwaitedContractRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    write_optional(writer, record.next);
    return writer.take();
}

Result<AlertRecord> decode_alert(ByteView value) {
    Reader reader(value);
    AlertRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.rule = read_word(reader, AlertRule::pool_balance);
    const std::uint8_t by_hand = reader.u8();
    if (by_hand > 1) reader.reject();
    record.by_hand = by_hand == 1;
    read_id(reader, record.line);
    read_optional(reader, record.contract);
    read_optional(reader, record.pool);
    read_id(reader, record.owner);
    record.entry = reader.u64();
    record.business_date = read_day(reader);
    record.as_of = read_day(reader);
    record.measured = reader.i64();
    record.threshold = reader.i64();
    record.reason = to_string(reader.bytes(fields::kTextBytesMax));
    read_optional(reader, record.evidence);
    read_answers(reader, record.answers);
    read_optional(reader, record.previous);
    if (!reader.finish()) return corrupt_record("alert");
    return record;
}

Result<AlertListRecord> decode_alert_list(ByteView value) {
    Reader reader(value);
    AlertListRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.count = reader.u64();
    read_optional(reader, record.last);
    if (!reader.finish()) return corrupt_record("list of alerts");
    return record;
}

Result<AwaitedRecord> decode_awaited(ByteView value) {
    Reader reader(value);
    AwaitedRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.count = reader.u64();
    record.first = read_day(reader);
    if (!reader.finish()) return corrupt_record("queue of first payments");
    return record;
}

Result<AwaitedDayRecord> decode_awaited_day(ByteView value) {
    Reader reader(value);
    AwaitedDayRecord record;
    if (reader.u8() != kVersion) reader.reject();
    read_id(reader, record.first);
    read_id(reader, record.last);
    if (!reader.finish()) return corrupt_record("day of first payments");
    return record;
}

Result<AwaitedContractRecord> decode_awaited_contract(ByteView value) {
    Reader reader(value);
    AwaitedContractRecord record;
    if (reader.u8() != kVersion) reader.reject();
    read_optional(reader, record.next);
    if (!reader.finish()) return corrupt_record("contract that waits for its first payment");
    return record;
}

}  // namespace tally::ledger
