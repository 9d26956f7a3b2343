#include "ledger/hidden_text.h"

#include <utility>

#include "base/shown_text.h"
#include "ledger/transaction_layout.h"

namespace tally::ledger {
namespace {

/// The visitor that looks at texts and at nothing else.
class Finder {
public:
    void text(std::uint32_t /*field*/, std::string_view name, const std::string& text,
              std::size_t /*size_max*/, Presence /*presence*/ = Presence::always) {
        if (found_) return;
        if (const auto hidden = first_hidden(text)) found_ = {std::string(name), *hidden};
    }
    template <typename Element>
    void list(std::uint32_t /*field*/, std::string_view /*name*/, const std::vector<Element>& list,
              Presence /*presence*/ = Presence::always) {
        for (const Element& element : list) describe(*this, element);
    }

    // Numbers, days, ids and words have one form.
    template <typename... Rest>
    void id(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void optional_id(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void member(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void digest(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void key(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void optional_digest(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void amount(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void day(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void days(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void ppm(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void count(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void flag(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void word(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void order(Rest&&... /*rest*/) {}
    template <typename... Rest>
    void days_list(Rest&&... /*rest*/) {}

    std::optional<HiddenText> take() { return std::move(found_); }

private:
    std::optional<HiddenText> found_;
};

}  // namespace

std::optional<HiddenText> hidden_text_in(const Transaction& transaction) {
    Finder finder;
    std::visit([&](const auto& body) { describe(finder, body); }, transaction.body);
    return finder.take();
}

}  // namespace tally::ledger
