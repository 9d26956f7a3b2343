#include "cli/readable.h"

#include <algorithm>
#include <array>

#include "api/ids.h"
#include "cli/answer.h"

namespace tally::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

/// Fields that hold amounts, wherever they stand (docs/API.md).
constexpr std::array<std::string_view, 20> kAmounts{
    "amount",          "amount_max", "balance",  "carried_fee", "carried_interest",
    "carried_penalty", "fee",        "granted",  "interest",    "limit",
    "minimum",         "paid",       "payable",  "penalty",     "principal",
    "total",           "commission", "notional", "price",       "balance_min"};

bool is_amount(std::string_view name) {
    return std::ranges::find(kAmounts, name) != kAmounts.end();
}

bool is_rate(std::string_view name) { return name.ends_with("ppm") || name == "share"; }

std::string label_of(std::string_view name) {
    std::string label(name);
    std::ranges::replace(label, '_', ' ');
    return label;
}

void add(Fields& fields, const std::string& indent, std::string_view name, const value& field,
         const Reading& reading);

std::string one_line(const object& row, const Reading& reading) {
    std::string text;
    for (const auto& [name, part] : row) {
        Fields parts;
        add(parts, {}, name, part, reading);
        for (const auto& [label, shown] : parts) {
            text += (text.empty() ? "" : ", ") + label + " " + shown;
        }
    }
    return text;
}

void add(Fields& fields, const std::string& indent, std::string_view name, const value& field,
         const Reading& reading) {
    const std::string label = indent + label_of(name);
    if (const auto* row = field.if_object()) {
        const std::string member = text_at(*row, "name");
        fields.emplace_back(label, member.empty() ? one_line(*row, reading) : member);
        return;
    }
    const auto* list = field.if_array();
    if (list == nullptr) {
        fields.emplace_back(label, readable(name, field, reading));
        return;
    }
    // Instalments have numbers by which others name them, from 0.
    const bool instalments = name == "schedule";
    for (std::size_t i = 0; i < list->size(); ++i) {
        const value& element = (*list)[i];
        const auto* row = element.if_object();
        fields.emplace_back(
            instalments ? indent + "instalment " + std::to_string(i)
                        : label + " " + std::to_string(i + 1),
            row != nullptr ? one_line(*row, reading) : readable(name, element, reading));
    }
}

}  // namespace

std::function<std::string(const std::string&)> member_names(const ledger::Genesis& genesis) {
    return [&genesis](const std::string& text) -> std::string {
        const auto id = api::id_from_text<ledger::MemberId>(text);
        const auto* member = id ? genesis.member(*id) : nullptr;
        return member == nullptr ? std::string() : member->name;
    };
}

std::string readable_amount(std::int64_t amount, const std::string& currency) {
    if (currency.empty()) return std::to_string(amount) + " minor units (currency not known here)";
    return money(amount, currency);
}

std::string readable(std::string_view name, const value& scalar, const Reading& reading) {
    if (scalar.is_null()) return "-";
    if (scalar.is_string()) {
        std::string text(scalar.get_string());
        const std::string member = reading.member ? reading.member(text) : std::string();
        return member.empty() ? text : member;
    }
    boost::json::error_code inexact;
    const auto number = scalar.to_number<std::int64_t>(inexact);
    if (inexact) return boost::json::serialize(scalar);
    if (is_amount(name)) return readable_amount(number, reading.currency);
    if (is_rate(name) && number >= 0) return percent(number);
    return std::to_string(number);
}

Fields readable_fields(const object& source, const Reading& reading, const std::string& indent) {
    Reading known = reading;
    if (const std::string own = text_at(source, "currency"); !own.empty()) known.currency = own;
    Fields fields;
    for (const auto& [name, field] : source) add(fields, indent, name, field, known);
    return fields;
}

namespace {

/// `instalment 2 fee 1.00 CNY`, of the first of them.
std::string parts_text(const array& parts, const std::string& currency) {
    constexpr std::size_t kShownMax = 4;
    std::string text;
    for (std::size_t i = 0; i < std::min(parts.size(), kShownMax); ++i) {
        const auto* part = parts[i].if_object();
        if (part == nullptr) continue;
        text += (text.empty() ? "" : ", ") + ("instalment " + number_at(*part, "instalment")) +
                " " + text_at(*part, "component") + " " +
                readable_amount(integer_at(*part, "amount"), currency);
    }
    if (parts.size() > kShownMax) {
        text += " and " + std::to_string(parts.size() - kShownMax) + " more parts";
    }
    return text;
}

/// What it names, by its members' names.
std::vector<std::string> named_in(const object& transaction) {
    std::vector<std::string> all;
    for (const char* name :
         {"source_ref", "contract",    "line",   "assessment", "authorisation", "product",
          "ruleset",    "model",       "target", "mandate",    "debit",         "complaint",
          "result",     "channel",     "recon",  "opinion",    "conclusion",    "hedge",
          "kind",       "merchant",    "table",  "cost_table", "disclosure",    "alert",
          "rule",       "disposition", "pool"}) {
        const std::string found = text_at(transaction, name);
        if (!found.empty()) all.push_back(std::string(name) + " " + found);
    }
    return all;
}

}  // namespace

std::string summary_of(const object& transaction, const Reading& reading) {
    std::string text;
    const auto add_part = [&](const std::string& part) {
        text += (text.empty() ? "" : ", ") + part;
    };
    std::string currency = text_at(transaction, "currency");
    if (currency.empty()) currency = reading.currency;
    for (const char* name : {"limit", "principal", "amount", "amount_max", "notional", "price"}) {
        if (!transaction.contains(name)) continue;
        add_part(label_of(name) + " " + readable_amount(integer_at(transaction, name), currency));
    }
    // A repayment covers what is due; what a waiver forgives is the whole of it.
    if (const auto& parts = array_at(transaction, "parts"); !parts.empty()) {
        add_part(parts_text(parts, currency));
    }
    for (const char* name : {"penalty", "fee", "interest", "carried_penalty", "carried_fee",
                             "carried_interest", "waived_penalty", "commission"}) {
        if (integer_at(transaction, name) == 0) continue;
        add_part(label_of(name) + " " + readable_amount(integer_at(transaction, name), currency));
    }
    for (const char* name : {"days_past_due", "bucket", "commission_ppm", "minute", "ledger_size",
                             "version", "height"}) {
        const auto* found = transaction.if_contains(name);
        if (found != nullptr && found->is_number()) {
            add_part(label_of(name) + " " + readable(name, *found, reading));
        }
    }
    if (const auto& rows = array_at(transaction, "schedule"); !rows.empty()) {
        add_part(std::to_string(rows.size()) + " periods");
    }
    for (const std::string& named : named_in(transaction)) add_part(named);
    for (const char* name : {"asset_class", "stage", "reason", "category", "from", "to", "expires",
                             "due", "valid_until", "name"}) {
        const std::string found = text_at(transaction, name);
        if (!found.empty()) add_part(label_of(name) + " " + found);
    }
    for (const char* name : {"servicer", "collector", "funder", "buyer", "trustee", "member"}) {
        const auto* found = transaction.if_contains(name);
        if (found != nullptr) add_part(std::string(name) + " " + readable(name, *found, reading));
    }
    if (text.empty() && !text_at(transaction, "borrower").empty()) {
        add_part("borrower " + text_at(transaction, "borrower"));
    }
    return text;
}

}  // namespace tally::cli
