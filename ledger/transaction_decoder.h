#pragma once

#include <algorithm>
#include <span>
#include <string>

#include "ledger/errc.h"
#include "ledger/transaction_layout.h"
#include "ledger/transaction_words.h"
#include "ledger/wire.h"

namespace tally::ledger {

/// The visitor that reads canonical bytes in one sweep: fields come in ascending order in the bytes
/// and in the description, so each is the next one or is not there. Decides on nothing but the
/// form; WireWalk carries the first fault. Bytes and names must outlive it.
class WireDecoder {
public:
    WireDecoder(ByteView source, std::string_view message) : walk_(source, message) { advance(); }

    template <typename Id>
    void id(std::uint32_t field, std::string_view name, Id& id) {
        if (required(field, name)) fixed(name, id.bytes);
    }
    void member(std::uint32_t field, std::string_view name, MemberId& member) {
        id(field, name, member);
    }
    void digest(std::uint32_t field, std::string_view name, crypto::Digest& digest) {
        id(field, name, digest);
    }
    void key(std::uint32_t field, std::string_view name, auto& key) { id(field, name, key); }
    template <typename Id>
    void optional_id(std::uint32_t field, std::string_view name, std::optional<Id>& id) {
        if (at(field)) fixed(name, id.emplace().bytes);
    }
    void optional_digest(std::uint32_t field, std::string_view name,
                         std::optional<crypto::Digest>& digest) {
        optional_id(field, name, digest);
    }
    void text(std::uint32_t field, std::string_view name, std::string& text, std::size_t size_max,
              Presence = Presence::always);
    void amount(std::uint32_t field, std::string_view name, Amount& amount,
                Presence = Presence::always);
    void day(std::uint32_t field, std::string_view name, Day& day, Presence = Presence::always);
    void days(std::uint32_t field, std::string_view name, Day& days, Presence = Presence::always) {
        day(field, name, days);
    }
    void ppm(std::uint32_t field, std::string_view name, Ppm& ppm, Presence = Presence::always) {
        day(field, name, ppm);
    }
    void count(std::uint32_t field, std::string_view name, std::uint32_t& count,
               Presence = Presence::always);
    void flag(std::uint32_t field, std::string_view name, bool& flag);
    template <typename Enumeration>
    void word(std::uint32_t field, std::string_view name, Enumeration& value) {
        if (!required(field, name)) return;
        value = static_cast<Enumeration>(walk_.varint(name, kWords<Enumeration>.size()));
        advance();
    }
    void order(std::uint32_t field, std::string_view name,
               std::array<Component, kComponents>& order);
    void days_list(std::uint32_t field, std::string_view name, std::vector<Day>& list);
    template <typename Element>
    void list(std::uint32_t field, std::string_view name, std::vector<Element>& list,
              Presence = Presence::always) {
        elements(field, name, list,
                 [](WireDecoder& inner, Element& element) { describe(inner, element); });
    }

    /// True if `field` is the next one of the bytes.
    bool at(std::uint32_t field);
    /// The number of the next field; 0 at the end and after a fault.
    std::uint32_t next_field() const { return present_ ? walk_.field() : 0; }
    /// The content of the message that is the next field.
    ByteView message(std::string_view name);
    /// Notes a field that must be there; other faults go first.
    void missing(std::string_view name);
    void reject(std::string_view name, std::string_view reason) { walk_.reject(name, reason); }
    /// Takes over the fault of an inner message, whose context begins with its own name.
    void adopt(const Status& inner) { walk_.adopt(inner); }
    /// Succeeds if all bytes were read, all required fields were there and nothing was refused.
    Status finish();

private:
    void advance() { present_ = walk_.next(); }
    bool required(std::uint32_t field, std::string_view name);
    void fixed(std::string_view name, std::span<std::uint8_t> target);

    template <typename Element, typename Describe>
    void elements(std::uint32_t field, std::string_view name, std::vector<Element>& list,
                  Describe describe_element) {
        while (at(field)) {
            const ByteView bytes = walk_.element(name);
            if (list.size() == fields::kElementsMax) walk_.reject(name, "too many");
            if (!walk_.failed()) {
                WireDecoder inner(bytes, name);
                describe_element(inner, list.emplace_back());
                walk_.adopt_inside(inner.finish());
            }
            advance();
        }
    }

    WireWalk walk_;
    bool present_ = false;      // a field was reached and not yet read
    std::string_view missing_;  // the first required field that was not there
};

}  // namespace tally::ledger
