#include "book/columns.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "api/errc.h"
#include "ledger/dates.h"
#include "ledger/transaction_layout.h"
#include "ledger/type_table.h"

namespace tally::book {
namespace {

using api::Field;
using api::FieldKind;
using boost::json::value;
using std::string_view;

constexpr std::size_t kElementsMax = 2048;  // of a list, as in a transaction

/// Claims a schedule, in whose place a row may say how many periods.
bool is_scheduled(string_view type) {
    const auto place = ledger::type_from_name(type);
    return place && std::ranges::any_of(ledger::kTypeFacts[*place].claims, [](const auto& claim) {
               return claim.form == ledger::Claim::Form::schedule;
           });
}

using FieldsByName = std::map<string_view, Field, std::less<>>;

FieldsByName fields_by_name(string_view type) {
    FieldsByName fields;
    const std::vector<Field> body = api::fields_of(type).value_or(std::vector<Field>{});
    for (const Field& field : body) fields.emplace(field.name, field);
    for (const string_view name : {"type", "group", "expect"}) {
        fields.emplace(name, Field{name, FieldKind::text});
    }
    fields.emplace("id", Field{"id", FieldKind::id});
    for (const string_view name : {"business_date", "value_date"}) {
        fields.emplace(name, Field{name, FieldKind::day});
    }
    if (is_scheduled(type)) fields.emplace("periods", Field{"periods", FieldKind::count});
    return fields;
}

/// The first part of `rest` up to a separator, which is taken off it with the part.
string_view take_part(string_view& rest, char separator) {
    const string_view part = rest.substr(0, rest.find(separator));
    rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    return part;
}

Error wrong(const std::string& what) { return fail(api::errc::invalid_argument, what); }

std::optional<std::int64_t> number_from(string_view text) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_digits(string_view text) {
    return !text.empty() &&
           std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

/// 33,833 or 1'234.567: digits in threes, as people read them; without what stands between. Empty:
/// it is none.
std::string without_separators(string_view text) {
    std::string digits;
    if (std::ranges::count(text, '.') == 1) return {};  // decimals more likely
    while (!text.empty()) {
        const string_view part = text.substr(0, text.find_first_of(",.' "));
        if (!is_digits(part) || part.size() > 3 || (!digits.empty() && part.size() != 3)) return {};
        digits += part;
        text.remove_prefix(std::min(text.size(), part.size() + 1));
    }
    return digits;
}

/// What was most likely meant by an amount that is none.
std::string amount_hint(string_view text) {
    if (text.find_first_of(",.' ") == string_view::npos) return {};
    const std::string digits = without_separators(text);
    return ": amounts are whole minor units" +
           (digits.empty() ? ", 138.33 CNY is 13833" : " without separators: " + digits);
}

/// A date as a spreadsheet shows or counts it, which could be read in several ways or in none.
/// Empty: it is another text.
std::string date_fault(string_view text) {
    constexpr ledger::Day kCountedFrom = -25'569;  // 1899-12-30, in days from 1970-01-01
    constexpr std::size_t kCountedDigits = 5;      // from 1927 to 2173
    const std::string shown = "\"" + std::string(text) + "\"";
    const std::string format =
        "; in a spreadsheet, give the column that format before it is saved as CSV";
    const bool counted = is_digits(text) && text.size() == kCountedDigits;
    const auto day =
        static_cast<ledger::Day>(counted ? kCountedFrom + *number_from(text) : kCountedFrom);
    if (counted && ledger::day_in_range(day)) {
        return shown + " is how a spreadsheet counts days, this one is " + ledger::day_text(day) +
               ": write YYYY-MM-DD" + format;
    }
    const auto slashed = [](char letter) {
        return (letter >= '0' && letter <= '9') || letter == '/' || letter == '.';
    };
    if (text.find_first_of("/.") != string_view::npos && std::ranges::all_of(text, slashed)) {
        return shown + " can be read in several ways: write YYYY-MM-DD, such as 2025-01-31" +
               format;
    }
    return {};
}

Result<value> scalar_from(FieldKind kind, string_view text) {
    switch (kind) {
        case FieldKind::amount:
        case FieldKind::days:
        case FieldKind::ppm:
        case FieldKind::count: {
            const auto number = number_from(text);
            if (!number) {
                return wrong("\"" + std::string(text) + "\" is not a whole number in range" +
                             (kind == FieldKind::amount ? amount_hint(text) : ""));
            }
            return value(*number);
        }
        case FieldKind::flag:
            if (text == "true") return value(true);
            if (text == "false") return value(false);
            return wrong("\"" + std::string(text) + "\" is neither true nor false");
        case FieldKind::day:
            if (const std::string fault = date_fault(text); !fault.empty()) return wrong(fault);
            return value(text);
        default:
            return value(text);
    }
}

std::string shape_of(const Field& field) {
    std::string shape;
    for (const Field& part : field.elements) {
        shape += (shape.empty() ? "" : ":") + std::string(part.name);
    }
    return shape;
}

Result<value> element_from(const Field& field, string_view text) {
    boost::json::object element;
    string_view rest = text;
    const auto colons = static_cast<std::size_t>(std::count(text.begin(), text.end(), ':'));
    if (colons + 1 != field.elements.size()) {
        return wrong("write " + shape_of(field) + ", several with ; between them");
    }
    for (const Field& part : field.elements) {
        const string_view cell = take_part(rest, ':');
        if (part.optional && cell.empty()) continue;
        auto scalar = scalar_from(part.kind, cell);
        if (!scalar) return wrong(std::string(part.name) + " " + scalar.error().context);
        element[part.name] = std::move(*scalar);
    }
    return value(std::move(element));
}

std::string scalar_text(const value& scalar) {
    if (const auto* text = scalar.if_string()) return {text->data(), text->size()};
    return boost::json::serialize(scalar);
}

}  // namespace

const std::vector<std::string>& columns() {
    static const std::vector<std::string> all = [] {
        std::vector<std::string> names{"type", "id", "business_date", "value_date"};
        const auto add = [&names](string_view name) {
            if (std::find(names.begin(), names.end(), name) == names.end()) {
                names.emplace_back(name);
            }
        };
        for (const string_view type : ledger::kTransactionTypes) {
            const std::vector<Field> body = api::fields_of(type).value_or(std::vector<Field>{});
            for (const Field& field : body) add(field.name);
        }
        for (const string_view name : {"periods", "group", "expect"}) add(name);
        return names;
    }();
    return all;
}

const Field* field_of(string_view type, string_view column) {
    static const auto types = [] {
        std::map<string_view, FieldsByName, std::less<>> all;
        for (const string_view name : ledger::kTransactionTypes) {
            all.emplace(name, fields_by_name(name));
        }
        return all;
    }();
    const auto fields = types.find(type);
    if (fields == types.end()) return nullptr;
    const auto field = fields->second.find(column);
    return field == fields->second.end() ? nullptr : &field->second;
}

Result<value> value_from_cell(const Field& field, string_view cell) {
    const bool list = field.kind == FieldKind::list || field.kind == FieldKind::days_list ||
                      field.kind == FieldKind::word_list;
    if (!list) return scalar_from(field.kind, cell);
    boost::json::array elements;
    string_view rest = cell;
    while (!rest.empty()) {
        if (elements.size() == kElementsMax) return wrong("more than 2048 elements");
        const string_view part = take_part(rest, ';');
        auto element = field.kind == FieldKind::list        ? element_from(field, part)
                       : field.kind == FieldKind::days_list ? scalar_from(FieldKind::days, part)
                                                            : Result<value>(value(part));
        if (!element) return element.error();
        elements.push_back(std::move(*element));
    }
    return value(std::move(elements));
}

std::string cell_from_value(const Field& field, const value& whole) {
    const auto* elements = whole.if_array();
    if (elements == nullptr) return scalar_text(whole);
    std::string cell;
    for (const value& element : *elements) {
        if (!cell.empty()) cell += ';';
        const auto* object = element.if_object();
        if (object == nullptr) {
            cell += scalar_text(element);
            continue;
        }
        std::string text;
        for (const Field& part : field.elements) {
            if (&part != field.elements.data()) text += ':';
            if (const auto* found = object->if_contains(part.name)) text += scalar_text(*found);
        }
        cell += text;
    }
    return cell;
}

std::optional<ledger::Outcome> outcome_from_code(string_view code) {
    for (std::uint16_t i = 0; const auto outcome = ledger::outcome_from(i); ++i) {
        if (ledger::outcome_code(*outcome) == code) return outcome;
    }
    return std::nullopt;
}

}  // namespace tally::book
