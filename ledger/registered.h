#pragma once

// Internal: what was registered is kept as the canonical bytes of the body that registered it.
#include <string_view>
#include <variant>

#include "ledger/record_parts.h"
#include "ledger/records.h"
#include "ledger/transaction_layout.h"

namespace tally::ledger {

inline constexpr std::size_t kBodyBytesMax = 64'000;

/// Entry, body and, where the record has one, its owner.
template <typename Record>
void write_registered(Writer& writer, const Record& record) {
    writer.u8(kVersion);
    writer.u64(record.entry);
    writer.bytes(encode_body(record.terms));
    if constexpr (requires { record.owner; }) writer.raw(record.owner.bytes);
}

template <typename Body>
void read_body_as(Reader& reader, Body& body) {
    const ByteView bytes = reader.bytes(kBodyBytesMax);
    if (reader.failed()) return;
    Result<TransactionBody> decoded = decode_body(bytes, TransactionBody(Body{}).index());
    if (!decoded) return reader.reject();
    body = std::get<Body>(*std::move(decoded));
}

template <typename Record>
void read_registered(Reader& reader, Record& record) {
    if (reader.u8() != kVersion) reader.reject();
    record.entry = reader.u64();
    read_body_as(reader, record.terms);
    if (reader.failed()) return;
    if constexpr (requires { record.owner; }) read_id(reader, record.owner);
}

template <typename Record>
Bytes encode_registered(const Record& record) {
    Writer writer;
    write_registered(writer, record);
    return writer.take();
}

template <typename Record>
Result<Record> decode_registered(ByteView value, std::string_view what) {
    Reader reader(value);
    Record record;
    read_registered(reader, record);
    if (!reader.finish()) return corrupt_record(what);
    return record;
}

}  // namespace tally::ledger
