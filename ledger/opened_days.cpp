#include "ledger/opened_days.h"

#include "ledger/record_parts.h"

namespace tally::ledger {

Bytes opened_day_key(Day day) {
    crypto::Writer writer;
    writer.u8(kOpenedDayRecord);
    writer.u32(static_cast<std::uint32_t>(day));
    return writer.take();
}

Bytes encode_record(const OpenedDayRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.u64(record.entry);
    return writer.take();
}

Result<OpenedDayRecord> decode_opened_day(ByteView value) {
    Reader reader(value);
    OpenedDayRecord record;
    if (reader.u8() != kVersion) reader.reject();
    record.entry = reader.u64();
    if (!reader.finish()) return corrupt_record("opened day");
    return record;
}

}  // namespace tally::ledger
