#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "api/errc.h"
#include "api/ids.h"
#include "api/json_number.h"
#include "api/object_reader.h"
#include "api/transaction_json.h"
#include "base/closest_word.h"
#include "ledger/transaction_layout.h"
#include "ledger/transaction_words.h"
#include "ledger/type_table.h"

namespace tally::api {
namespace {

using boost::json::value;
using ledger::Presence;
using std::string_view;

template <typename Enumeration>
std::string not_a_word() {
    std::string text = "not one of";
    for (const string_view word : ledger::kWords<Enumeration>) {
        text.append(text.back() == 'f' ? " " : ", ").append(word);
    }
    return text;
}

Status read_days(const value& element, const std::string& path, ledger::Day& days) {
    if (!element.is_int64() && !element.is_uint64() && !is_beyond_64_bits(element)) {
        return fail(errc::invalid_argument, path + ": not an integer");
    }
    const std::int64_t* number = element.if_int64();
    if (number == nullptr || !std::in_range<ledger::Day>(*number)) {
        return fail(errc::invalid_argument, path + ": out of range");
    }
    days = static_cast<ledger::Day>(*number);
    return {};
}

/// The visitor that reads JSON: takes each field from a reader, which carries the first fault.
class JsonReader {
public:
    JsonReader(ObjectReader& reader, const MemberResolver& resolver)
        : reader_(reader), resolver_(resolver) {}

    template <typename Id>
    void id(std::uint32_t /*field*/, string_view name, Id& id) {
        id = reader_.id<Id>(name);
    }
    void member(std::uint32_t field, string_view name, ledger::MemberId& member);
    void digest(std::uint32_t /*field*/, string_view name, crypto::Digest& digest) {
        digest = reader_.digest(name);
    }
    void key(std::uint32_t /*field*/, string_view name, auto& key) {
        const Bytes bytes = reader_.base64(name);
        if (reader_.failed()) return;
        if (bytes.size() != key.bytes.size()) {
            return reader_.reject(
                name, "not the base64 of " + std::to_string(key.bytes.size()) + " bytes");
        }
        std::copy(bytes.begin(), bytes.end(), key.bytes.begin());
    }
    template <typename Id>
    void optional_id(std::uint32_t field, string_view name, std::optional<Id>& value) {
        if (!left_out(name, Presence::when_set)) id(field, name, value.emplace());
    }
    void optional_digest(std::uint32_t field, string_view name,
                         std::optional<crypto::Digest>& value) {
        if (!left_out(name, Presence::when_set)) digest(field, name, value.emplace());
    }
    void text(std::uint32_t /*field*/, string_view name, std::string& text,
              std::size_t /*size_max*/, Presence presence = Presence::always) {
        if (!left_out(name, presence)) text = reader_.text(name);
    }
    void amount(std::uint32_t /*field*/, string_view name, ledger::Amount& amount,
                Presence presence = Presence::always) {
        if (left_out(name, presence)) return;
        const value* found = reader_.optional_value(name);
        if (found != nullptr && found->is_double() && !is_beyond_64_bits(*found)) {
            return reader_.reject(name,
                                  "not an integer: amounts are whole minor units, 138.33 CNY "
                                  "is 13833");
        }
        if (found != nullptr && found->is_string()) {
            return reader_.reject(name,
                                  "not an integer: amounts are whole minor units, as a number "
                                  "without quotes and separators, 138.33 CNY is 13833");
        }
        amount = reader_.integer(name);
    }
    void day(std::uint32_t /*field*/, string_view name, ledger::Day& day,
             Presence presence = Presence::always) {
        if (!left_out(name, presence)) day = reader_.day(name);
    }
    void days(std::uint32_t /*field*/, string_view name, ledger::Day& days,
              Presence presence = Presence::always) {
        if (!left_out(name, presence)) days = small(name);
    }
    void ppm(std::uint32_t /*field*/, string_view name, ledger::Ppm& ppm,
             Presence presence = Presence::always) {
        if (!left_out(name, presence)) ppm = small(name);
    }
    void count(std::uint32_t /*field*/, string_view name, std::uint32_t& count,
               Presence presence = Presence::always) {
        if (left_out(name, presence)) return;
        constexpr auto kMax = std::numeric_limits<std::uint32_t>::max();
        count = static_cast<std::uint32_t>(reader_.unsigned_integer(name, kMax));
    }
    void flag(std::uint32_t /*field*/, string_view name, bool& flag) {
        if (left_out(name, Presence::when_set)) return;
        const value* found = reader_.optional_value(name);
        if (!found->is_bool()) return reader_.reject(name, "not a flag: write true or false");
        flag = found->get_bool();
    }
    template <typename Enumeration>
    void word(std::uint32_t /*field*/, string_view name, Enumeration& value) {
        const auto found = ledger::from_word<Enumeration>(reader_.text(name));
        if (!found) reader_.reject(name, not_a_word<Enumeration>());
        value = found.value_or(value);
    }
    void order(std::uint32_t /*field*/, string_view name,
               std::array<ledger::Component, ledger::kComponents>& order);
    void days_list(std::uint32_t /*field*/, string_view name, std::vector<ledger::Day>& list) {
        reader_.each(name, [&](const value& element, const std::string& path) {
            return read_days(element, path, list.emplace_back());
        });
    }
    template <typename Element>
    void list(std::uint32_t /*field*/, string_view name, std::vector<Element>& list,
              Presence presence = Presence::always) {
        if (left_out(name, presence)) return;
        reader_.each(name, [&](const value& element, const std::string& path) {
            ObjectReader reader(element, path);
            JsonReader inner(reader, resolver_);
            describe(inner, list.emplace_back());
            return reader.finish();
        });
    }

private:
    /// True if the field may be left out and is.
    bool left_out(string_view name, Presence presence) {
        return presence == Presence::when_set && reader_.optional_value(name) == nullptr;
    }
    std::int32_t small(string_view name) {
        using Limits = std::numeric_limits<std::int32_t>;
        return static_cast<std::int32_t>(reader_.integer(name, Limits::min(), Limits::max()));
    }

    ObjectReader& reader_;
    const MemberResolver& resolver_;
};

void JsonReader::member(std::uint32_t /*field*/, string_view name, ledger::MemberId& member) {
    const std::string text = reader_.text(name);
    if (reader_.failed()) return;
    auto found = id_from_text<ledger::MemberId>(text);
    if (!found && resolver_) found = resolver_(text);
    if (!found) {
        reader_.reject(name, resolver_ ? "neither a member's id nor its name"
                                       : "not an id: 32 hexadecimal digits or a UUID");
    }
    member = found.value_or(ledger::MemberId{});
}

void JsonReader::order(std::uint32_t /*field*/, string_view name,
                       std::array<ledger::Component, ledger::kComponents>& order) {
    std::size_t place = 0;
    reader_.each(name, [&](const value& element, const std::string& path) -> Status {
        const boost::json::string* text = element.if_string();
        const auto component =
            text == nullptr
                ? std::nullopt
                : ledger::from_word<ledger::Component>(string_view(text->data(), text->size()));
        if (!component) {
            return fail(errc::invalid_argument, path + ": " + not_a_word<ledger::Component>());
        }
        if (place < order.size()) order[place] = *component;
        ++place;
        return {};
    });
    if (place != order.size()) {
        reader_.reject(name, "not " + std::to_string(order.size()) + " components");
    }
}

ledger::TransactionBody read_body(const std::string& type, ObjectReader& reader,
                                  const MemberResolver& resolver) {
    const auto place = ledger::type_from_name(type);
    if (!place) {
        reader.reject("type", "unknown type \"" + type + "\"" +
                                  did_you_mean(type, ledger::kTransactionTypes));
        return {};
    }
    ledger::TransactionBody body = ledger::body_of_type(*place);
    JsonReader fields(reader, resolver);
    std::visit([&](auto& alternative) { describe(fields, alternative); }, body);
    return body;
}

}  // namespace

Result<ledger::Transaction> transaction_from_json(const value& source,
                                                  const MemberResolver& resolver) {
    return transaction_from_json(source, resolver, {});
}

Result<ledger::Transaction> transaction_from_json(const value& source,
                                                  const MemberResolver& resolver,
                                                  const std::string& path) {
    ObjectReader reader(source, path);
    JsonReader fields(reader, resolver);
    ledger::Transaction transaction;
    describe(fields, transaction);
    transaction.body = read_body(reader.text("type"), reader, resolver);
    if (const Status status = reader.finish(); !status) return status.error();
    return transaction;
}

}  // namespace tally::api
