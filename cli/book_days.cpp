#include "cli/book_days.h"

#include <boost/json.hpp>

#include "api/json_text.h"
#include "cli/answer.h"
#include "client/answers.h"
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

Result<client::Answer> ask_for_days(client::Client& client) {
    std::string differing;
    // A day may have opened between the answers of two nodes: then the next ones are alike.
    for (int round = 0; round < 2; ++round) {
        const auto heard = client.hear("/v1/days", meaning_of);
        if (!heard) return heard.error();
        const client::Answer& first = heard->agreed ? *heard->agreed : heard->said.front();
        if (heard->agreed || heard->said.size() == 1) {
            if (first.status == 200) return first;
            return client::problem_error(first.status, first.body);
        }
        differing.clear();
        for (const client::Answer& answer : heard->said) {
            differing +=
                "; " + answer.url + " says " +
                (answer.status == 200 ? meaning_of(answer.body) : "that there is no such path");
        }
    }
    return fail(client::errc::bad_answer, "no two nodes say the same of the open days" + differing);
}

}  // namespace

Result<BookDays> read_days(client::Client& client) {
    const auto answer = ask_for_days(client);
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
