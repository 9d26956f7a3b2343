#include "cli/answer.h"

#include "api/json_text.h"

namespace tally::cli {

using boost::json::array;
using boost::json::object;

Result<object> parse_object(const client::Answer& answer) {
    auto document = api::json_object_from_text(answer.body);
    if (document) return document;
    return fail(client::errc::bad_answer, answer.url + ": " + document.error().context);
}

Exit show_answer(Console& console, const Result<client::Answer>& answer,
                 const std::function<void(const object&)>& print) {
    if (!answer) return console.fail(answer.error());
    warn_if_stale(console, *answer);
    const auto document = parse_object(*answer);
    if (!document) return console.fail(document.error());
    if (console.json) {
        console.print(*document);
    } else {
        print(*document);
    }
    return Exit::ok;
}

std::string text_at(const object& source, std::string_view name) {
    const auto* found = source.if_contains(name);
    return found != nullptr && found->is_string() ? std::string(found->get_string())
                                                  : std::string();
}

std::int64_t integer_at(const object& source, const char* name) {
    const auto* found = source.if_contains(name);
    boost::json::error_code inexact;
    return found == nullptr ? 0 : found->to_number<std::int64_t>(inexact);
}

std::string number_at(const object& source, const char* name) {
    return std::to_string(integer_at(source, name));
}

std::string amount_at(const object& source, const char* name) {
    return money(integer_at(source, name), text_at(source, "currency"));
}

const array& array_at(const object& source, const char* name) {
    static const array kNone;
    const auto* found = source.if_contains(name);
    return found != nullptr && found->is_array() ? found->get_array() : kNone;
}

const object& object_at(const object& source, const char* name) {
    static const object kNone;
    const auto* found = source.if_contains(name);
    return found != nullptr && found->is_object() ? found->get_object() : kNone;
}

bool flag_at(const object& source, const char* name, bool otherwise) {
    const auto* found = source.if_contains(name);
    return found != nullptr && found->is_bool() ? found->get_bool() : otherwise;
}

std::string member_at(const object& source, const char* name) {
    const auto* found = source.if_contains(name);
    if (found == nullptr || !found->is_object()) return {};
    const std::string text = text_at(found->get_object(), "name");
    return text.empty() ? text_at(found->get_object(), "member") : text;
}

Error led_astray(const std::string& giver, const std::string& what, const Error& refused) {
    return fail(client::errc::bad_answer, giver + ": its page of " + what +
                                              " leads to a place that no node goes on behind (" +
                                              refused.context +
                                              "); leave it out by naming the others with --url");
}

void warn_if_stale(Console& console, const client::Answer& answer) {
    if (!answer.stale && answer.alone) {
        console.err << "note: this is the word of " << answer.url
                    << " alone: no second node said the same within a second\n";
    }
    if (!answer.stale) return;
    console.err << "note: no quorum confirmed this, it is what " << answer.url
                << " has and may be behind\n";
}

}  // namespace tally::cli
