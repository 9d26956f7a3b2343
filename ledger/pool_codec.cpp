#include "ledger/pool.h"

#include "ledger/registered.h"

// Values of the records of pools.

namespace tally::ledger {
namespace {

/// A frontier of 64 hashes with its size, and room to spare.
constexpr std::size_t kFrontierBytesMax = 4096;

template <typename Body>
void write_step(Writer& writer, const std::optional<PoolStep<Body>>& step) {
    writer.u8(step ? 1 : 0);
    if (!step) return;
    writer.bytes(encode_body(step->said));
    writer.u64(step->entry);
    write_day(writer, step->on);
}

template <typename Body>
void read_step(Reader& reader, std::optional<PoolStep<Body>>& step) {
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present != 1 || reader.failed()) return;
    read_body_as(reader, step.emplace().said);
    step->entry = reader.u64();
    step->on = read_day(reader);
}

void write_optional_day(Writer& writer, const std::optional<Day>& day) {
    writer.u8(day ? 1 : 0);
    if (day) write_day(writer, *day);
}

void read_optional_day(Reader& reader, std::optional<Day>& day) {
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present == 1) day = read_day(reader);
}

void read_tree(Reader& reader, crypto::TreeFrontier& tree) {
    const ByteView bytes = reader.bytes(kFrontierBytesMax);
    if (reader.failed()) return;
    Result<crypto::TreeFrontier> decoded = crypto::TreeFrontier::decode(bytes);
    if (!decoded) return reader.reject();
    tree = *std::move(decoded);
}

void read_rolled(Reader& reader, Rolled& rolled) {
    rolled.on = read_day(reader);
    rolled.amount = reader.i64();
    const std::uint8_t warned = reader.u8();
    if (warned > 1 || rolled.amount < 0) reader.reject();
    rolled.warned = warned == 1;
}

}  // namespace

crypto::Digest pool_leaf(const ContractId& contract) { return crypto::leaf_hash(contract.bytes); }

Bytes encode_record(const PoolRecord& record) {
    Writer writer;
    write_registered(writer, record);
    writer.u8(static_cast<std::uint8_t>(record.status));
    write_day(writer, record.last_on);
    writer.bytes(record.contracts.encode());
    writer.u64(record.live);
    writer.u64(record.owned);
    writer.i64(record.balance);
    write_optional_day(writer, record.below.since);
    write_optional_day(writer, record.below.before);
    write_day(writer, record.below.risen_on);
    write_day(writer, record.rolled.on);
    writer.i64(record.rolled.amount);
    writer.u8(record.rolled.warned ? 1 : 0);
    write_step(writer, record.sealed);
    write_step(writer, record.issued);
    write_step(writer, record.triggered);
    write_step(writer, record.closed);
    return writer.take();
}

Bytes encode_record(const PoolContractRecord& record) {
    Writer writer;
    writer.u8(kVersion);
    writer.raw(record.contract.bytes);
    writer.u64(record.entry);
    return writer.take();
}

Result<PoolRecord> decode_pool(ByteView value) {
    Reader reader(value);
    PoolRecord record;
    read_registered(reader, record);
    record.status = read_word(reader, PoolStatus::closed);
    record.last_on = read_day(reader);
    read_tree(reader, record.contracts);
    record.live = reader.u64();
    record.owned = reader.u64();
    record.balance = reader.i64();
    if (record.balance < 0 || record.owned > record.live) reader.reject();
    read_optional_day(reader, record.below.since);
    read_optional_day(reader, record.below.before);
    record.below.risen_on = read_day(reader);
    read_rolled(reader, record.rolled);
    read_step(reader, record.sealed);
    read_step(reader, record.issued);
    read_step(reader, record.triggered);
    read_step(reader, record.closed);
    if (!reader.finish()) return corrupt_record("pool");
    return record;
}

Result<PoolContractRecord> decode_pool_contract(ByteView value) {
    Reader reader(value);
    PoolContractRecord record;
    if (reader.u8() != kVersion) reader.reject();
    read_id(reader, record.contract);
    record.entry = reader.u64();
    if (!reader.finish()) return corrupt_record("contract of a pool");
    return record;
}

}  // namespace tally::ledger
