#pragma once

// Internal: parts that the values of records are made of, and the codec of a contract's body.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "crypto/codec.h"
#include "ledger/contract.h"
#include "ledger/errc.h"
#include "ledger/registry.h"

namespace tally::ledger {

using crypto::Reader;
using crypto::Writer;

inline constexpr std::uint8_t kVersion = 1;

template <typename Id>
void read_id(Reader& reader, Id& id) {
    const ByteView raw = reader.raw(id.bytes.size());
    std::copy(raw.begin(), raw.end(), id.bytes.begin());
}

template <typename Id>
void write_optional(Writer& writer, const std::optional<Id>& id) {
    writer.u8(id ? 1 : 0);
    if (id) writer.raw(id->bytes);
}

template <typename Id>
void read_optional(Reader& reader, std::optional<Id>& id) {
    const std::uint8_t present = reader.u8();
    if (present > 1) reader.reject();
    if (present == 1) read_id(reader, id.emplace());
}

inline void write_currency(Writer& writer, const CurrencyCode& currency) {
    writer.raw(view_of(std::string_view(currency.data(), currency.size())));
}

inline void read_currency(Reader& reader, CurrencyCode& currency) {
    const std::string_view text = text_of(reader.raw(currency.size()));
    std::copy(text.begin(), text.end(), currency.begin());
}

inline void write_day(Writer& writer, Day day) { writer.u32(static_cast<std::uint32_t>(day)); }
inline Day read_day(Reader& reader) { return static_cast<Day>(reader.u32()); }

/// An enumerator from 1 to `last`.
template <typename Enumeration>
Enumeration read_word(Reader& reader, Enumeration last) {
    const std::uint8_t value = reader.u8();
    if (value < 1 || value > static_cast<std::uint8_t>(last)) reader.reject();
    return static_cast<Enumeration>(value);
}

inline Error corrupt_record(std::string_view what) {
    return fail(errc::corrupt_record, "record of a " + std::string(what) + " does not decode");
}

void write_body(Writer& writer, const ContractBody& contract);
void read_body(Reader& reader, ContractBody& contract);

}  // namespace tally::ledger
