#include "ledger/transaction.h"

#include <algorithm>
#include <utility>

#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"
#include "ledger/wire.h"

namespace tally::ledger {
namespace {

/// The visitor that writes. WireWriter leaves defaults out.
class WireEncoder {
public:
    template <typename Id>
    void id(std::uint32_t field, std::string_view /*name*/, const Id& id) {
        writer_.bytes(field, id.bytes);
    }
    void member(std::uint32_t field, std::string_view name, const MemberId& member) {
        id(field, name, member);
    }
    void digest(std::uint32_t field, std::string_view name, const crypto::Digest& digest) {
        id(field, name, digest);
    }
    void key(std::uint32_t field, std::string_view name, const auto& key) { id(field, name, key); }
    template <typename Id>
    void optional_id(std::uint32_t field, std::string_view name, const std::optional<Id>& value) {
        if (value) id(field, name, *value);
    }
    void optional_digest(std::uint32_t field, std::string_view name,
                         const std::optional<crypto::Digest>& value) {
        optional_id(field, name, value);
    }
    void text(std::uint32_t field, std::string_view /*name*/, const std::string& text,
              std::size_t /*size_max*/, Presence = Presence::always) {
        writer_.bytes(field, view_of(text));
    }
    void amount(std::uint32_t field, std::string_view /*name*/, Amount amount,
                Presence = Presence::always) {
        writer_.zigzag(field, amount);
    }
    void day(std::uint32_t field, std::string_view /*name*/, Day day, Presence = Presence::always) {
        writer_.zigzag(field, day);
    }
    void days(std::uint32_t field, std::string_view /*name*/, Day days,
              Presence = Presence::always) {
        writer_.zigzag(field, days);
    }
    void ppm(std::uint32_t field, std::string_view /*name*/, Ppm ppm, Presence = Presence::always) {
        writer_.zigzag(field, ppm);
    }
    void count(std::uint32_t field, std::string_view /*name*/, std::uint32_t count,
               Presence = Presence::always) {
        writer_.varint(field, count);
    }
    void flag(std::uint32_t field, std::string_view /*name*/, bool flag) {
        writer_.varint(field, flag ? 1 : 0);
    }
    template <typename Enumeration>
    void word(std::uint32_t field, std::string_view /*name*/, Enumeration value) {
        writer_.varint(field, static_cast<std::uint64_t>(value));
    }
    template <std::size_t size>
    void order(std::uint32_t field, std::string_view /*name*/,
               const std::array<Component, size>& order) {
        std::array<std::uint8_t, size> bytes{};
        std::ranges::transform(order, bytes.begin(), [](Component component) {
            return static_cast<std::uint8_t>(component);
        });
        writer_.bytes(field, bytes);
    }
    void days_list(std::uint32_t field, std::string_view /*name*/, const std::vector<Day>& list) {
        for (const Day days : list) {
            WireWriter element;
            element.zigzag(1, days);
            writer_.message(field, element.take());
        }
    }
    template <typename Element>
    void list(std::uint32_t field, std::string_view /*name*/, const std::vector<Element>& list,
              Presence = Presence::always) {
        for (const Element& element : list) message(field, element);
    }

    template <typename Struct>
    void message(std::uint32_t field, const Struct& value) {
        WireEncoder inner;
        describe(inner, value);
        writer_.message(field, inner.take());
    }
    Bytes take() { return writer_.take(); }

private:
    WireWriter writer_;
};

template <std::size_t type>
TransactionBody body_at() {
    return TransactionBody(std::in_place_index<type>);
}

}  // namespace

Bytes encode_transaction(const Transaction& transaction) {
    WireEncoder encoder;
    describe(encoder, transaction);
    const auto field = kFirstBodyField + static_cast<std::uint32_t>(transaction.body.index());
    std::visit([&](const auto& body) { encoder.message(field, body); }, transaction.body);
    return encoder.take();
}

Bytes encode_body(const TransactionBody& body) {
    WireEncoder encoder;
    std::visit([&](const auto& alternative) { describe(encoder, alternative); }, body);
    return encoder.take();
}

std::optional<TransactionId> transaction_id_of(ByteView bytes) {
    constexpr std::uint8_t kIdTag = (1 << 3) | 2;
    TransactionId id;
    if (bytes.size() < 2 + id.bytes.size() || bytes[0] != kIdTag || bytes[1] != id.bytes.size()) {
        return std::nullopt;
    }
    std::copy_n(bytes.begin() + 2, id.bytes.size(), id.bytes.begin());
    return id;
}

TransactionBody body_of_type(std::size_t type) {
    static constexpr auto kMakers = []<std::size_t... types>(std::index_sequence<types...>) {
        return std::array{&body_at<types>...};
    }
    (std::make_index_sequence<std::variant_size_v<TransactionBody>>{});
    return kMakers.at(type)();
}

std::optional<std::size_t> type_from_name(std::string_view name) {
    const auto* const found = std::ranges::find(kTransactionTypes, name);
    if (found == kTransactionTypes.end()) return std::nullopt;
    return static_cast<std::size_t>(found - kTransactionTypes.begin());
}

std::string_view type_name(const TransactionBody& body) { return facts_of(body).name; }

}  // namespace tally::ledger
