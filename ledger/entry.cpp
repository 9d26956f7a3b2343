#include "ledger/entry.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/codec.h"
#include "crypto/suite.h"
#include "ledger/entry_layout.h"
#include "ledger/errc.h"

namespace tally::ledger {
namespace {

struct Encoder {
    Bytes operator()(const HeaderEntry& entry) const {
        TALLY_CHECK(entry.signatures.size() <= kSignersMax);
        return encode_header_entry(entry.block_index, entry.position, entry.block_time,
                                   entry.header, entry.signatures);
    }
    Bytes operator()(const TransactionEntry& entry) const {
        return encode_transaction_entry(entry.header_entry, entry.position, entry.transaction,
                                        entry.outcome, entry.links);
    }
    Bytes operator()(const SealEntry& entry) const {
        crypto::Writer writer;
        begin_entry(writer, EntryType::seal);
        writer.u64(entry.sealed_size);
        writer.digest(entry.map_root);
        writer.u64(entry.map_from);
        writer.digest(entry.state_digest);
        writer.u32(entry.rules_version);
        writer.u64(entry.configuration_index);
        writer.u64(entry.block_index);
        writer.digest(entry.block_hash);
        writer.i64(entry.time.count());
        return writer.take();
    }
    Bytes operator()(const InvalidEntry& entry) const {
        crypto::Writer writer;
        begin_entry(writer, EntryType::invalid);
        writer.u64(entry.block_index);
        writer.u32(entry.position);
        writer.digest(entry.submission);
        return writer.take();
    }
};

HeaderEntry read_header(crypto::Reader& reader) {
    HeaderEntry entry;
    entry.block_index = reader.u64();
    entry.position = reader.u32();
    entry.block_time = Millis(reader.i64());
    crypto::read_envelope(reader);
    entry.header = to_bytes(reader.bytes(kEntryBytesMax));
    const std::size_t signatures = reader.u8();
    if (signatures > kSignersMax) reader.reject();
    for (std::size_t index = 0; index < signatures && !reader.failed(); ++index) {
        entry.signatures.push_back(crypto::read_signature(reader));
    }
    return entry;
}

AccountLink read_link(crypto::Reader& reader) {
    AccountLink link;
    const std::uint8_t account_class = reader.u8();
    if (!known_account_class(account_class)) reader.reject();
    link.account_class = static_cast<AccountClass>(account_class);
    const ByteView id = reader.raw(link.id.size());
    std::copy(id.begin(), id.end(), link.id.begin());
    link.sequence = reader.u64();
    link.previous = reader.u64();
    return link;
}

TransactionEntry read_transaction(crypto::Reader& reader) {
    TransactionEntry entry;
    entry.header_entry = reader.u64();
    entry.position = reader.u32();
    entry.transaction = to_bytes(reader.bytes(kEntryBytesMax));
    const std::optional<Outcome> outcome = outcome_from(reader.u16());
    if (!outcome) reader.reject();
    entry.outcome = outcome.value_or(Outcome::accepted);
    const std::size_t links = reader.u8();
    if (links > kLinksMax) reader.reject();
    for (std::size_t index = 0; index < links && !reader.failed(); ++index) {
        entry.links.push_back(read_link(reader));
    }
    return entry;
}

SealEntry read_seal(crypto::Reader& reader) {
    SealEntry entry;
    entry.sealed_size = reader.u64();
    entry.map_root = reader.digest();
    entry.map_from = reader.u64();
    entry.state_digest = reader.digest();
    entry.rules_version = reader.u32();
    entry.configuration_index = reader.u64();
    entry.block_index = reader.u64();
    entry.block_hash = reader.digest();
    entry.time = Millis(reader.i64());
    return entry;
}

InvalidEntry read_invalid(crypto::Reader& reader) {
    InvalidEntry entry;
    entry.block_index = reader.u64();
    entry.position = reader.u32();
    entry.submission = reader.digest();
    return entry;
}

}  // namespace

void begin_entry(crypto::Writer& writer, EntryType type) {
    writer.u8(kEntryVersion);
    writer.u8(static_cast<std::uint8_t>(type));
}

Bytes encode_header_entry(std::uint64_t block_index, std::uint32_t position, Millis block_time,
                          ByteView header, std::span<const crypto::Signature> signatures) {
    crypto::Writer writer;
    begin_entry(writer, EntryType::header);
    writer.u64(block_index);
    writer.u32(position);
    writer.i64(block_time.count());
    crypto::write_envelope(writer);
    writer.bytes(header);
    writer.u8(static_cast<std::uint8_t>(signatures.size()));
    for (const crypto::Signature& signature : signatures) {
        crypto::write_signature(writer, signature);
    }
    return writer.take();
}

Bytes encode_transaction_entry(std::uint64_t header_entry, std::uint32_t position,
                               ByteView transaction, Outcome outcome,
                               std::span<const AccountLink> links) {
    TALLY_CHECK(links.size() <= kLinksMax && transaction.size() <= kTransactionBytesMax);
    crypto::Writer writer;
    begin_entry(writer, EntryType::transaction);
    writer.u64(header_entry);
    writer.u32(position);
    writer.bytes(transaction);
    writer.u16(static_cast<std::uint16_t>(outcome));
    writer.u8(static_cast<std::uint8_t>(links.size()));
    for (const AccountLink& link : links) {
        writer.u8(static_cast<std::uint8_t>(link.account_class));
        writer.raw(link.id);
        writer.u64(link.sequence);
        writer.u64(link.previous);
    }
    return writer.take();
}

Bytes encode_entry(const Entry& entry) {
    Bytes bytes = std::visit(Encoder{}, entry);
    TALLY_CHECK(bytes.size() <= kEntryBytesMax);
    return bytes;
}

Result<Entry> decode_entry(ByteView bytes) {
    if (bytes.size() > kEntryBytesMax) {
        return fail(errc::too_large, "entry: " + std::to_string(bytes.size()) + " bytes");
    }
    crypto::Reader reader(bytes);
    if (reader.u8() != kEntryVersion) reader.reject();
    Entry entry;
    switch (static_cast<EntryType>(reader.u8())) {
        case EntryType::header:
            entry = read_header(reader);
            break;
        case EntryType::transaction:
            entry = read_transaction(reader);
            break;
        case EntryType::seal:
            entry = read_seal(reader);
            break;
        case EntryType::invalid:
            entry = read_invalid(reader);
            break;
        default:
            reader.reject();
    }
    if (const Status status = reader.finish(); !status) {
        return fail(errc::malformed, "entry: " + status.error().code.message());
    }
    return entry;
}

}  // namespace tally::ledger
