#include "api/ids.h"
#include "api/transaction_json.h"
#include "crypto/base64.h"
#include "ledger/dates.h"
#include "ledger/transaction_layout.h"
#include "ledger/transaction_words.h"

namespace tally::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;
using ledger::Presence;
using std::string_view;

/// The visitor that writes JSON: sets a member of `target` for each field.
class JsonWriter {
public:
    explicit JsonWriter(object& target) : target_(target) {}

    template <typename Id>
    void id(std::uint32_t /*field*/, string_view name, const Id& id) {
        target_[name] = id_text(id);
    }
    void member(std::uint32_t field, string_view name, const ledger::MemberId& member) {
        id(field, name, member);
    }
    void digest(std::uint32_t /*field*/, string_view name, const crypto::Digest& digest) {
        target_[name] = to_hex(digest.view());
    }
    void key(std::uint32_t /*field*/, string_view name, const auto& key) {
        target_[name] = crypto::to_base64(key.view());
    }
    template <typename Id>
    void optional_id(std::uint32_t field, string_view name, const std::optional<Id>& value) {
        if (value) id(field, name, *value);
    }
    void optional_digest(std::uint32_t field, string_view name,
                         const std::optional<crypto::Digest>& value) {
        if (value) digest(field, name, *value);
    }
    void text(std::uint32_t /*field*/, string_view name, const std::string& text,
              std::size_t /*size_max*/, Presence presence = Presence::always) {
        if (presence == Presence::always || !text.empty()) target_[name] = text;
    }
    void amount(std::uint32_t /*field*/, string_view name, ledger::Amount amount,
                Presence presence = Presence::always) {
        if (presence == Presence::always || amount != 0) target_[name] = amount;
    }
    void day(std::uint32_t /*field*/, string_view name, ledger::Day day,
             Presence presence = Presence::always) {
        if (presence == Presence::when_set && day == 0) return;
        target_[name] = ledger::day_in_range(day) ? value(ledger::day_text(day)) : value(day);
    }
    void days(std::uint32_t /*field*/, string_view name, ledger::Day days,
              Presence presence = Presence::always) {
        if (presence == Presence::always || days != 0) target_[name] = days;
    }
    void ppm(std::uint32_t /*field*/, string_view name, ledger::Ppm ppm,
             Presence presence = Presence::always) {
        if (presence == Presence::always || ppm != 0) target_[name] = ppm;
    }
    void count(std::uint32_t /*field*/, string_view name, std::uint32_t count,
               Presence presence = Presence::always) {
        if (presence == Presence::always || count != 0) target_[name] = count;
    }
    void flag(std::uint32_t /*field*/, string_view name, bool flag) {
        if (flag) target_[name] = true;
    }
    template <typename Enumeration>
    void word(std::uint32_t /*field*/, string_view name, Enumeration value) {
        target_[name] = ledger::word_of(value);
    }
    template <std::size_t size>
    void order(std::uint32_t /*field*/, string_view name,
               const std::array<ledger::Component, size>& order) {
        array words;
        for (const ledger::Component component : order) {
            words.push_back(value(ledger::word_of(component)));
        }
        target_[name] = std::move(words);
    }
    void days_list(std::uint32_t /*field*/, string_view name,
                   const std::vector<ledger::Day>& list) {
        target_[name] = array(list.begin(), list.end());
    }
    template <typename Element>
    void list(std::uint32_t /*field*/, string_view name, const std::vector<Element>& list,
              Presence presence = Presence::always) {
        if (presence == Presence::when_set && list.empty()) return;
        array elements;
        for (const Element& element : list) {
            JsonWriter inner(elements.emplace_back(object()).get_object());
            describe(inner, element);
        }
        target_[name] = std::move(elements);
    }

private:
    object& target_;
};

}  // namespace

object to_json(const ledger::Transaction& transaction) {
    object target;
    JsonWriter writer(target);
    describe(writer, transaction);
    target["type"] = ledger::type_name(transaction.body);
    std::visit([&](const auto& body) { describe(writer, body); }, transaction.body);
    return target;
}

}  // namespace tally::api
