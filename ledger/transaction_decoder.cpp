#include "ledger/transaction_decoder.h"

#include <limits>

#include "base/shown_text.h"
#include "ledger/plain_text.h"

namespace tally::ledger {

bool WireDecoder::at(std::uint32_t field) {
    if (!present_) return false;
    // What lies before the next field of the description is in no description.
    if (walk_.field() < field) {
        walk_.unknown();
        present_ = false;
        return false;
    }
    return walk_.field() == field;
}

bool WireDecoder::required(std::uint32_t field, std::string_view name) {
    if (at(field)) return true;
    missing(name);
    return false;
}

void WireDecoder::missing(std::string_view name) {
    if (missing_.empty()) missing_ = name;
}

void WireDecoder::fixed(std::string_view name, std::span<std::uint8_t> target) {
    const ByteView bytes = walk_.bytes(name, target.size(), target.size());
    if (!walk_.failed()) std::ranges::copy(bytes, target.begin());
    advance();
}

void WireDecoder::text(std::uint32_t field, std::string_view name, std::string& text,
                       std::size_t size_max, Presence /*presence*/) {
    if (!at(field)) return;
    text = to_string(walk_.text(name, size_max));
    if (const auto other = first_not_plain(text)) {
        walk_.reject(name, "has the character " + code_point_text(*other) +
                               ", a control or a change of direction, which no text may have");
    }
    advance();
}

void WireDecoder::amount(std::uint32_t field, std::string_view name, Amount& amount,
                         Presence /*presence*/) {
    if (!at(field)) return;
    amount = walk_.zigzag64(name);
    advance();
}

void WireDecoder::day(std::uint32_t field, std::string_view name, Day& day, Presence /*presence*/) {
    if (!at(field)) return;
    day = walk_.zigzag32(name);
    advance();
}

void WireDecoder::count(std::uint32_t field, std::string_view name, std::uint32_t& count,
                        Presence /*presence*/) {
    if (!at(field)) return;
    count =
        static_cast<std::uint32_t>(walk_.varint(name, std::numeric_limits<std::uint32_t>::max()));
    advance();
}

void WireDecoder::flag(std::uint32_t field, std::string_view name, bool& flag) {
    if (!at(field)) return;
    flag = walk_.boolean(name);
    advance();
}

void WireDecoder::order(std::uint32_t field, std::string_view name,
                        std::array<Component, kComponents>& order) {
    if (!required(field, name)) return;
    const ByteView bytes = walk_.bytes(name, order.size(), order.size());
    for (std::size_t place = 0; place < bytes.size(); ++place) {
        if (bytes[place] == 0 || bytes[place] > kComponents) walk_.reject(name, "no component");
        order[place] = static_cast<Component>(bytes[place]);
    }
    advance();
}

void WireDecoder::days_list(std::uint32_t field, std::string_view name, std::vector<Day>& list) {
    elements(field, name, list, [](WireDecoder& inner, Day& days) { inner.days(1, "days", days); });
}

ByteView WireDecoder::message(std::string_view name) {
    const ByteView bytes = walk_.message(name);
    advance();
    return bytes;
}

Status WireDecoder::finish() {
    if (present_) walk_.unknown();
    walk_.require(missing_.empty(), missing_);
    return walk_.finish();
}

}  // namespace tally::ledger
