#include "book/row.h"

#include <algorithm>

#include "api/claims.h"
#include "api/errc.h"
#include "api/ids.h"
#include "base/check.h"
#include "base/closest_word.h"
#include "book/columns.h"
#include "book/csv.h"

namespace tally::book {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::string_view kSomeId = "00000000000000000000000000000000";

Error wrong(const std::string& what) { return fail(api::errc::invalid_argument, what); }

/// Takes a text of the book's own off the object: nothing without one.
Result<std::optional<std::string>> take_text(object& whole, std::string_view name) {
    const auto* found = whole.if_contains(name);
    if (found == nullptr) return std::optional<std::string>{};
    const auto* text = found->if_string();
    if (text == nullptr) return wrong(std::string(name) + ": not a text");
    std::string taken(text->data(), text->size());
    whole.erase(name);
    return std::optional(std::move(taken));
}

void append_canonical(const value& whole, std::string& text) {
    if (const auto* array = whole.if_array()) {
        text += '[';
        for (const value& element : *array) {
            append_canonical(element, text);
            text += ',';
        }
        text += ']';
        return;
    }
    const auto* fields = whole.if_object();
    if (fields == nullptr) {
        text += boost::json::serialize(whole);
        return;
    }
    std::vector<const object::value_type*> sorted;
    for (const auto& field : *fields) sorted.push_back(&field);
    std::sort(sorted.begin(), sorted.end(),
              [](const auto* left, const auto* right) { return left->key() < right->key(); });
    text += '{';
    for (const auto* field : sorted) {
        text += boost::json::serialize(field->key());
        text += ':';
        append_canonical(field->value(), text);
        text += ',';
    }
    text += '}';
}

Result<ledger::Transaction> read_skeleton(object draft, const api::MemberResolver& resolver) {
    draft["id"] = kSomeId;
    const auto missing = api::fill_claims(draft);
    if (!missing) return missing.error();
    return api::transaction_from_json(draft, resolver);
}

/// The code that was meant, of all that there are.
std::string meant_by(const std::string& code) {
    std::vector<std::string_view> known;
    for (std::uint16_t i = 0; const auto outcome = ledger::outcome_from(i); ++i) {
        known.push_back(ledger::outcome_code(*outcome));
    }
    return did_you_mean(code, known);
}

Status take_own(object& whole, BookRow& row) {
    const auto id = take_text(whole, "id");
    if (!id) return id.error();
    if (*id) {
        row.id = api::id_from_text<ledger::TransactionId>(**id);
        if (!row.id) return wrong("id: not an id: 32 hexadecimal digits or a UUID");
    }
    const auto group = take_text(whole, "group");
    if (!group) return group.error();
    row.group = group->value_or("");
    if (row.group.size() > kGroupNameMax) return wrong("group: longer than 64 bytes");
    const auto expect = take_text(whole, "expect");
    if (!expect) return expect.error();
    if (*expect) {
        row.expect = outcome_from_code(**expect);
        if (!row.expect)
            return wrong("expect: \"" + **expect + "\" is not an outcome code" +
                         meant_by(**expect));
    }
    return {};
}

}  // namespace

std::string_view BookRow::type() const {
    const auto* text = draft.if_contains("type");
    if (text == nullptr || !text->is_string()) return {};
    return {text->get_string().data(), text->get_string().size()};
}

std::optional<Format> format_from_name(std::string_view path) {
    if (path.ends_with(".csv")) return Format::csv;
    if (path.ends_with(".ndjson") || path.ends_with(".jsonl")) return Format::ndjson;
    return std::nullopt;
}

Result<BookRow> row_from_json(object whole, const api::MemberResolver& resolver) {
    BookRow row;
    const Status own = take_own(whole, row);
    if (!own) return own.error();
    const auto* business = whole.if_contains("business_date");
    if (business != nullptr && !whole.contains("value_date")) {
        const value date = *business;
        whole["value_date"] = date;
    }
    const Status dated = api::check_dates(whole);
    if (!dated) return dated.error();
    const auto read = read_skeleton(whole, resolver);
    if (!read) return read.error();
    row.draft = std::move(whole);
    row.content = content_of(row.draft);
    return row;
}

ledger::Transaction skeleton_of(const BookRow& row, const api::MemberResolver& resolver) {
    auto read = read_skeleton(row.draft, resolver);
    TALLY_CHECK(read.has_value());
    return *std::move(read);
}

std::string header_of(Format format) {
    return format == Format::csv ? csv_line(columns()) : std::string();
}

std::string line_of(const BookRow& row, Format format) {
    object whole = row.draft;
    if (row.id) whole["id"] = api::id_text(*row.id);
    if (!row.group.empty()) whole["group"] = row.group;
    if (row.expect) whole["expect"] = ledger::outcome_code(*row.expect);
    if (format == Format::ndjson) return boost::json::serialize(whole) + "\n";
    std::vector<std::string> cells;
    cells.reserve(columns().size());
    for (const std::string& column : columns()) {
        const auto* found = whole.if_contains(column);
        const auto* field = found == nullptr ? nullptr : field_of(row.type(), column);
        cells.push_back(field == nullptr ? std::string() : cell_from_value(*field, *found));
    }
    return csv_line(cells);
}

crypto::Digest content_of(const object& draft) {
    std::string text;
    append_canonical(draft, text);
    return crypto::domain_hash("book-row", {view_of(text)});
}

ledger::TransactionId derived_id(const crypto::Digest& content, std::uint64_t equal_before) {
    std::array<std::uint8_t, 8> number{};
    for (std::size_t i = 0; i < number.size(); ++i) {
        number[i] = static_cast<std::uint8_t>(equal_before >> (56 - 8 * i));
    }
    const crypto::Digest digest =
        crypto::domain_hash("book-row-id", {content.view(), ByteView(number)});
    ledger::TransactionId id;
    std::copy_n(digest.bytes.begin(), id.bytes.size(), id.bytes.begin());
    id.bytes[6] = static_cast<std::uint8_t>((id.bytes[6] & 0x0F) | 0x80);
    id.bytes[8] = static_cast<std::uint8_t>((id.bytes[8] & 0x3F) | 0x80);
    return id;
}

}  // namespace tally::book
