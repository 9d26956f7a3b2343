#pragma once

#include <cstdint>
#include <initializer_list>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "ledger/errc.h"
#include "ledger/transaction.h"
#include "tests/support/catch.h"

// Transactions built and taken apart byte by byte, apart from the writer and the walk under test.
namespace tally::testing {

inline constexpr std::uint8_t kLengthDelimited = 2;

inline Bytes tag(unsigned field, unsigned wire_type) {
    const unsigned value = field << 3 | wire_type;
    if (value < 0x80) return {static_cast<std::uint8_t>(value)};
    return {static_cast<std::uint8_t>(value | 0x80), static_cast<std::uint8_t>(value >> 7)};
}

inline Bytes join(std::initializer_list<Bytes> parts) {
    Bytes result;
    for (const Bytes& part : parts) append(result, part);
    return result;
}

inline Bytes field(unsigned number, const Bytes& content) {
    // One length byte: contents here are short. Constants are built before Catch2 runs.
    const auto size = static_cast<std::uint8_t>(content.size() & 0x7F);
    return join({tag(number, kLengthDelimited), {size}, content});
}

inline Bytes number(unsigned field_number, std::uint8_t value) {
    return join({tag(field_number, 0), {value}});
}

/// A field of a message by its place, tag included.
struct Field {
    unsigned number = 0;
    std::ptrdiff_t begin = 0;
    std::ptrdiff_t end = 0;
};

inline std::uint64_t varint_at(const Bytes& bytes, std::size_t& place) {
    std::uint64_t value = 0;
    for (unsigned shift = 0;; shift += 7) {
        const std::uint8_t byte = bytes.at(place++);
        value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
        if ((byte & 0x80) == 0) return value;
    }
}

/// The fields of well-formed bytes.
inline std::vector<Field> fields_in(const Bytes& message) {
    std::vector<Field> fields;
    for (std::size_t place = 0; place < message.size();) {
        const auto begin = static_cast<std::ptrdiff_t>(place);
        const std::uint64_t tag = varint_at(message, place);
        const std::uint64_t value = varint_at(message, place);
        if ((tag & 7) == kLengthDelimited) place += value;
        fields.push_back(
            {static_cast<unsigned>(tag >> 3), begin, static_cast<std::ptrdiff_t>(place)});
    }
    return fields;
}

/// The transaction with other content in its body.
inline Bytes with_body(const Bytes& bytes, const Bytes& body) {
    const Field last = fields_in(bytes).back();
    Bytes size;
    for (std::size_t rest = body.size(); size.empty() || rest > 0; rest >>= 7) {
        if (!size.empty()) size.back() |= 0x80;
        size.push_back(static_cast<std::uint8_t>(rest & 0x7F));
    }
    const Bytes head(bytes.begin(), bytes.begin() + last.begin);
    return join({head, tag(last.number, kLengthDelimited), size, body});
}

/// The content of the body, which is the last field.
inline Bytes body_in(const Bytes& bytes) {
    auto place = static_cast<std::size_t>(fields_in(bytes).back().begin);
    varint_at(bytes, place);
    varint_at(bytes, place);
    return {bytes.begin() + static_cast<std::ptrdiff_t>(place), bytes.end()};
}

/// The transaction without a field of its body.
inline Bytes without(const Bytes& bytes, const Field& field) {
    Bytes body = body_in(bytes);
    body.erase(body.begin() + field.begin, body.begin() + field.end);
    return with_body(bytes, body);
}

inline void require_malformed(const Bytes& bytes, std::string_view reason) {
    const auto decoded = ledger::decode_transaction(bytes, ledger::kRulesVersion);
    INFO("expected: " << reason);
    REQUIRE_FALSE(decoded);
    CHECK(decoded.error().code == ledger::errc::malformed);
    INFO(decoded.error().context);
    CHECK(decoded.error().context.find(reason) != std::string::npos);
}

}  // namespace tally::testing
