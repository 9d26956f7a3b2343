#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <type_traits>
#include <utility>

namespace tally {

/// An error category whose messages are stable names (`bad_signature`): programs read them, the
/// context of an Error is for people.
class NamedCategory : public std::error_category {
public:
    /// The code of that name, nothing where there is none.
    virtual std::optional<int> code_of(std::string_view name) const = 0;
    /// Whether a code has a name of its own; 0, which is success, has none.
    virtual bool knows(int code) const = 0;
};

/// A row of a folder's table of names.
template <typename Errc>
struct ErrorName {
    Errc code;
    std::string_view name;
};
/// Said for compilers that do not deduce it for aggregates (clang before 17).
template <typename Errc>
ErrorName(Errc, std::string_view) -> ErrorName<Errc>;

namespace detail {

/// How the compiler spells an enumerator: `busy`; the number where there is none.
template <auto kCode>
constexpr std::string_view spelled() {
    std::string_view text = __PRETTY_FUNCTION__;
    text.remove_prefix(text.find("kCode = ") + std::string_view("kCode = ").size());
    text = text.substr(0, text.find_first_of(";]"));
    return text.substr(text.rfind(text.front() == '(' ? ')' : ':') + 1);
}

template <const auto& kNames, std::size_t kPlace>
constexpr bool row_holds() {
    constexpr auto code = kNames[kPlace].code;
    return static_cast<std::size_t>(code) == kPlace + 1 && kNames[kPlace].name == spelled<code>();
}

template <const auto& kNames, std::size_t... kPlaces>
constexpr bool rows_hold(std::index_sequence<kPlaces...> /*places*/) {
    return (row_holds<kNames, kPlaces>() && ...);
}

/// The codes count from 1, each row is in its place and named as its enumerator is spelled, and no
/// enumerator is left out: there is none after the last row.
template <const auto& kNames>
constexpr bool complete_and_in_order() {
    using Errc = decltype(kNames[0].code);
    constexpr auto beyond = static_cast<std::remove_const_t<Errc>>(kNames.size() + 1);
    constexpr std::string_view after = spelled<beyond>();
    constexpr bool ends = after.front() >= '0' && after.front() <= '9';
    return ends && rows_hold<kNames>(std::make_index_sequence<kNames.size()>());
}

}  // namespace detail

/// The category over a folder's table: a constexpr array of ErrorName, one row an enumerator. A row
/// that is missing, misspelt or out of its place does not compile.
template <const auto& kNames>
class TableCategory final : public NamedCategory {
    static_assert(detail::complete_and_in_order<kNames>());

public:
    constexpr explicit TableCategory(const char* name) : name_(name) {}

    const char* name() const noexcept override { return name_; }
    std::string message(int code) const override {
        return knows(code) ? std::string(kNames[static_cast<std::size_t>(code) - 1].name)
                           : "unknown";
    }
    std::optional<int> code_of(std::string_view name) const override {
        const auto row = std::find_if(kNames.begin(), kNames.end(),
                                      [&](const auto& known) { return known.name == name; });
        if (row == kNames.end()) return std::nullopt;
        return static_cast<int>(row->code);
    }
    bool knows(int code) const override {
        return code > 0 && static_cast<std::size_t>(code) <= kNames.size();
    }

private:
    const char* name_;
};

}  // namespace tally
