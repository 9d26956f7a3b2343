#include "ledger/wire.h"

#include <limits>

#include "base/check.h"
#include "base/utf8.h"
#include "ledger/errc.h"

// Protobuf's wire format is not canonical: a library may write fields in another order, pad a
// varint or keep what it does not know, and every reader accepts it. What is signed and hashed must
// have one form, so this walk accepts exactly one: the form that WireWriter writes. It is also what
// Protobuf's own serialisers produce for messages without unknown fields, which a test holds.

namespace tally::ledger {
namespace {

constexpr std::uint32_t kVarint = 0;
constexpr std::uint32_t kLengthDelimited = 2;
constexpr std::size_t kVarintBytesMax = 10;

}  // namespace

void WireWriter::raw_varint(std::uint64_t value) {
    while (value >= 0x80) {
        buffer_.push_back(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    buffer_.push_back(static_cast<std::uint8_t>(value));
}

void WireWriter::tag(std::uint32_t field, std::uint32_t wire_type) {
    TALLY_CHECK(field >= last_field_ && field > 0);
    last_field_ = field;
    raw_varint((static_cast<std::uint64_t>(field) << 3) | wire_type);
}

void WireWriter::varint(std::uint32_t field, std::uint64_t value) {
    if (value == 0) return;
    tag(field, kVarint);
    raw_varint(value);
}

void WireWriter::zigzag(std::uint32_t field, std::int64_t value) {
    const auto bits = static_cast<std::uint64_t>(value);
    varint(field, (bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
}

void WireWriter::length_delimited(std::uint32_t field, ByteView value) {
    tag(field, kLengthDelimited);
    raw_varint(value.size());
    append(buffer_, value);
}

void WireWriter::bytes(std::uint32_t field, ByteView value) {
    if (!value.empty()) length_delimited(field, value);
}

void WireWriter::message(std::uint32_t field, ByteView value) { length_delimited(field, value); }

bool WireWalk::next() {
    TALLY_CHECK(failed_ || !pending_);
    if (failed_ || position_ == source_.size()) return false;
    const std::uint64_t tag = raw_varint("tag");
    if (failed_) return false;
    const std::uint64_t field = tag >> 3;
    if (field == 0 || field > std::numeric_limits<std::uint32_t>::max() >> 3) {
        reject("tag", "not a field number");
        return false;
    }
    if (field < field_) {
        reject("field " + std::to_string(field), "out of ascending order");
        return false;
    }
    if (field == field_ && !repeatable_) {
        reject("field " + std::to_string(field), "repeated");
        return false;
    }
    field_ = static_cast<std::uint32_t>(field);
    wire_type_ = static_cast<std::uint32_t>(tag & 7);
    pending_ = true;
    repeatable_ = false;
    return true;
}

std::uint64_t WireWalk::raw_varint(std::string_view name) {
    std::uint64_t value = 0;
    for (std::size_t count = 0; count < kVarintBytesMax; ++count) {
        if (position_ == source_.size()) {
            reject(name, "cut short");
            return 0;
        }
        const std::uint8_t byte = source_[position_++];
        if (count == kVarintBytesMax - 1 && byte > 1) break;
        value |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * count);
        if ((byte & 0x80) != 0) continue;
        if (byte == 0 && count > 0) {
            reject(name, "a varint longer than needed");
            return 0;
        }
        return value;
    }
    reject(name, "a varint above 64 bits");
    return 0;
}

bool WireWalk::expect(std::uint32_t wire_type, std::string_view name) {
    if (failed_) return false;
    TALLY_CHECK(pending_);
    pending_ = false;
    if (wire_type_ != wire_type) reject(name, "another wire type");
    return !failed_;
}

std::uint64_t WireWalk::varint(std::string_view name, std::uint64_t maximum) {
    if (!expect(kVarint, name)) return 0;
    const std::uint64_t value = raw_varint(name);
    if (failed_) return 0;
    if (value == 0) reject(name, "a default that should be left out");
    if (value > maximum) reject(name, "above its bound");
    return failed_ ? 0 : value;
}

std::int64_t WireWalk::zigzag64(std::string_view name) {
    const std::uint64_t bits = varint(name, std::numeric_limits<std::uint64_t>::max());
    return static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
}

std::int32_t WireWalk::zigzag32(std::string_view name) {
    const std::uint64_t bits = varint(name, std::numeric_limits<std::uint32_t>::max());
    const std::uint64_t wide = (bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0);
    return static_cast<std::int32_t>(static_cast<std::int64_t>(wide));
}

ByteView WireWalk::length_delimited(std::string_view name) {
    if (!expect(kLengthDelimited, name)) return {};
    const std::uint64_t size = raw_varint(name);
    if (failed_) return {};
    if (size > source_.size() - position_) {
        reject(name, "cut short");
        return {};
    }
    const ByteView value = source_.subspan(position_, static_cast<std::size_t>(size));
    position_ += value.size();
    return value;
}

ByteView WireWalk::bytes(std::string_view name, std::size_t size_min, std::size_t size_max) {
    const ByteView value = length_delimited(name);
    if (failed_) return {};
    if (value.empty()) {
        reject(name, "a default that should be left out");
    } else if (value.size() < size_min || value.size() > size_max) {
        reject(name, "of another length");
    }
    return failed_ ? ByteView{} : value;
}

ByteView WireWalk::text(std::string_view name, std::size_t size_max) {
    const ByteView value = bytes(name, 1, size_max);
    if (!failed_ && !is_utf8(text_of(value))) reject(name, "not UTF-8");
    return failed_ ? ByteView{} : value;
}

ByteView WireWalk::message(std::string_view name) { return length_delimited(name); }

ByteView WireWalk::element(std::string_view name) {
    const ByteView value = length_delimited(name);
    repeatable_ = true;
    return value;
}

void WireWalk::unknown() { reject("field " + std::to_string(field_), "unknown"); }

void WireWalk::reject(std::string_view name, std::string_view reason) {
    if (failed_) return;
    failed_ = true;
    reason_.append(message_).append(".").append(name).append(": ").append(reason);
}

void WireWalk::require(bool present, std::string_view name) {
    if (!present) reject(name, "missing");
}

void WireWalk::adopt(const Status& inner) {
    if (failed_ || inner) return;
    failed_ = true;
    reason_ = inner.error().context;
}

void WireWalk::adopt_inside(const Status& inner) {
    if (failed_ || inner) return;
    failed_ = true;
    reason_.append(message_).append(".").append(inner.error().context);
}

Status WireWalk::finish() const {
    if (failed_) return fail(errc::malformed, reason_);
    TALLY_CHECK(!pending_ && position_ == source_.size());
    return {};
}

}  // namespace tally::ledger
