#include "api/transaction_json.h"
#include "ledger/transaction_layout.h"
#include "ledger/transaction_words.h"

namespace tally::api {
namespace {

using ledger::Presence;
using std::string_view;

/// The visitor that lists what there is. The values that it is shown say nothing.
class FieldLister {
public:
    void id(std::uint32_t /*field*/, string_view name, const auto& /*id*/) {
        add(name, FieldKind::id);
    }
    void member(std::uint32_t /*field*/, string_view name, const ledger::MemberId& /*member*/) {
        add(name, FieldKind::member);
    }
    void digest(std::uint32_t /*field*/, string_view name, const crypto::Digest& /*digest*/) {
        add(name, FieldKind::digest);
    }
    void key(std::uint32_t /*field*/, string_view name, const auto& /*key*/) {
        add(name, FieldKind::key);
    }
    void optional_id(std::uint32_t /*field*/, string_view name, const auto& /*id*/) {
        add(name, FieldKind::id, Presence::when_set);
    }
    void optional_digest(std::uint32_t /*field*/, string_view name, const auto& /*digest*/) {
        add(name, FieldKind::digest, Presence::when_set);
    }
    void text(std::uint32_t /*field*/, string_view name, const std::string& /*text*/,
              std::size_t /*size_max*/, Presence presence = Presence::always) {
        add(name, FieldKind::text, presence);
    }
    void amount(std::uint32_t /*field*/, string_view name, ledger::Amount /*amount*/,
                Presence presence = Presence::always) {
        add(name, FieldKind::amount, presence);
    }
    void day(std::uint32_t /*field*/, string_view name, ledger::Day /*day*/,
             Presence presence = Presence::always) {
        add(name, FieldKind::day, presence);
    }
    void days(std::uint32_t /*field*/, string_view name, ledger::Day /*days*/,
              Presence presence = Presence::always) {
        add(name, FieldKind::days, presence);
    }
    void ppm(std::uint32_t /*field*/, string_view name, ledger::Ppm /*ppm*/,
             Presence presence = Presence::always) {
        add(name, FieldKind::ppm, presence);
    }
    void count(std::uint32_t /*field*/, string_view name, std::uint32_t /*count*/,
               Presence presence = Presence::always) {
        add(name, FieldKind::count, presence);
    }
    void flag(std::uint32_t /*field*/, string_view name, bool /*flag*/) {
        add(name, FieldKind::flag, Presence::when_set);
    }
    template <typename Enumeration>
    void word(std::uint32_t /*field*/, string_view name, Enumeration /*value*/) {
        add(name, FieldKind::word).words = ledger::kWords<Enumeration>;
    }
    void order(std::uint32_t /*field*/, string_view name, const auto& /*order*/) {
        add(name, FieldKind::word_list).words = ledger::kWords<ledger::Component>;
    }
    void days_list(std::uint32_t /*field*/, string_view name, const auto& /*list*/) {
        add(name, FieldKind::days_list);
    }
    template <typename Element>
    void list(std::uint32_t /*field*/, string_view name, const std::vector<Element>& /*list*/,
              Presence presence = Presence::always) {
        FieldLister inner;
        const Element element;
        describe(inner, element);
        add(name, FieldKind::list, presence).elements = inner.take();
    }

    std::vector<Field> take() { return std::move(fields_); }

private:
    Field& add(string_view name, FieldKind kind, Presence presence = Presence::always) {
        return fields_.emplace_back(Field{name, kind, presence == Presence::when_set});
    }

    std::vector<Field> fields_;
};

}  // namespace

std::optional<std::vector<Field>> fields_of(string_view type) {
    const auto place = ledger::type_from_name(type);
    if (!place) return std::nullopt;
    FieldLister lister;
    std::visit([&](const auto& body) { describe(lister, body); }, ledger::body_of_type(*place));
    return lister.take();
}

string_view component_name(ledger::Component component) { return ledger::word_of(component); }

}  // namespace tally::api
