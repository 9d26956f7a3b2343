#include "cli/book_days.h"

#include <boost/json.hpp>

#include "api/json_text.h"
#include "cli/answer.h"
#include "client/agreement.h"
#include "client/errors.h"
#include "ledger/dates.h"

namespace tally::cli {
namespace {

std::optional<ledger::Day> day_of(const boost::json::value& value) {
    const auto* text = value.if_string();
    if (text == nullptr) return std::nullopt;
    return ledger::day_from_text(std::string_view(text->data(), text->size()));
}

/// The days alone: books may be added between two answers.
std::string meaning_of(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    if (!document) return body;
    const auto* closed = document->if_contains("last_closed");
    return boost::json::serialize(array_at(*document, "open")) +
           (closed == nullptr ? "" : boost::json::serialize(*closed));
}

}  // namespace

Result<BookDays> read_days(client::Client& client) {
    const auto answer = client::agreed_answer(
        [&client] { return client.hear("/v1/days", meaning_of); }, meaning_of, "the open days");
    if (!answer) return answer.error();
    const auto document = parse_object(*answer);
    if (!document) return document.error();
    const auto* open = document->if_contains("open");
    if (open == nullptr || !open->is_array()) {
        return fail(client::errc::bad_answer, answer->url + ": /v1/days names no open days");
    }
    BookDays days;
    if (const auto* closed = document->if_contains("last_closed"))
        days.last_closed = day_of(*closed);
    for (const auto& element : open->get_array()) {
        const auto day = day_of(element);
        if (!day) return fail(client::errc::bad_answer, answer->url + ": /v1/days: not a date");
        days.open.push_back(*day);
    }
    return days;
}

}  // namespace tally::cli
