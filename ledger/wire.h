#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"

namespace tally::ledger {

/// Writes the canonical Protobuf wire format: the caller gives fields in ascending order; values
/// that are defaults leave nothing behind.
class WireWriter {
public:
    void varint(std::uint32_t field, std::uint64_t value);
    void zigzag(std::uint32_t field, std::int64_t value);  ///< sint32 and sint64
    void bytes(std::uint32_t field, ByteView value);       ///< also text
    void message(std::uint32_t field, ByteView value);     ///< written even if empty

    Bytes take() { return std::move(buffer_); }

private:
    void raw_varint(std::uint64_t value);
    void tag(std::uint32_t field, std::uint32_t wire_type);
    void length_delimited(std::uint32_t field, ByteView value);

    Bytes buffer_;
    std::uint32_t last_field_ = 0;
};

/// Walks the wire format of one message and accepts canonical bytes only: ascending fields, minimal
/// varints, no defaults, no unknown or (unless allowed) repeated fields, values within bounds.
/// Total and sticky: after the first fault every read gives zero or an empty view, `next` is false
/// and `finish` fails, so that a decoder reads its fields in a loop and asks once.
/// Each field must be read by exactly one of the value functions before the next `next`.
/// Views point into the source bytes.
class WireWalk {
public:
    /// `message` names what is read in errors; it must outlive the walk.
    WireWalk(ByteView source, std::string_view message) : source_(source), message_(message) {}

    /// Reads the next tag. False at the end and after a fault.
    bool next();
    std::uint32_t field() const { return field_; }

    std::uint64_t varint(std::string_view name, std::uint64_t maximum);
    std::int64_t zigzag64(std::string_view name);
    std::int32_t zigzag32(std::string_view name);
    bool boolean(std::string_view name) { return varint(name, 1) == 1; }
    ByteView bytes(std::string_view name, std::size_t size_min, std::size_t size_max);
    ByteView text(std::string_view name, std::size_t size_max);  ///< valid UTF-8
    ByteView message(std::string_view name);                     ///< may be empty
    /// An element of a repeated message field: as message, and the same field may follow.
    ByteView element(std::string_view name);

    /// The field is not part of the message.
    void unknown();
    /// Records a fault of the content, `name: reason`.
    void reject(std::string_view name, std::string_view reason);
    /// Rejects when a field that must be there was not.
    void require(bool present, std::string_view name);
    /// Takes over the fault of an inner walk.
    void adopt(const Status& inner);
    /// The same for a walk that was named without the messages around it: this one's name goes
    /// first.
    void adopt_inside(const Status& inner);

    bool failed() const { return failed_; }
    Status finish() const;

private:
    std::uint64_t raw_varint(std::string_view name);
    ByteView length_delimited(std::string_view name);
    bool expect(std::uint32_t wire_type, std::string_view name);

    ByteView source_;
    std::string_view message_;
    std::size_t position_ = 0;
    std::uint32_t field_ = 0;
    std::uint32_t wire_type_ = 0;
    bool pending_ = false;     // a tag was read, its value not yet
    bool repeatable_ = false;  // the last field may follow itself
    bool failed_ = false;
    std::string reason_;
};

}  // namespace tally::ledger
