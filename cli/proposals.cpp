#include "cli/proposals.h"

#include "api/json_text.h"
#include "api/object_reader.h"
#include "client/agreement.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

using boost::json::object;
using boost::json::value;

Result<object> proposal_of(const client::Answer& answer) {
    const auto bad = [&answer](const Error& fault) {
        return fail(client::errc::bad_answer, answer.url + ": not a proposal: " + fault.context);
    };
    const auto document = api::json_from_text(answer.body);
    if (!document) return bad(document.error());
    api::ObjectReader reader(*document);
    const std::string outcome = reader.text("outcome");
    const std::string text = reader.optional_text("outcome_text");
    const auto* transaction = reader.value("transaction");
    if (reader.failed()) return bad(reader.status().error());
    if (transaction->is_object()) return transaction->get_object();
    return Error{client::api_code(outcome), text.empty() ? outcome : text};
}

/// A node that was asked for so many rows proposes so many, whatever it wants to be signed.
Status check_rows(const object& asked, const object& proposed, const std::string& url) {
    const auto* wanted = asked.if_contains("schedule");
    const auto* made = proposed.if_contains("schedule");
    if (wanted == nullptr || !wanted->is_array()) return {};
    const bool same = made != nullptr && made->is_array() &&
                      made->get_array().size() == wanted->get_array().size();
    if (same) return {};
    return fail(client::errc::bad_answer,
                url + ": proposes another number of instalments than it was asked for");
}

/// The claims and what stands in their way, without the words for it.
std::string meaning_of(const std::string& body) {
    const auto document = api::json_object_from_text(body);
    if (!document) return body;
    const auto* transaction = document->if_contains("transaction");
    const auto* outcome = document->if_contains("outcome");
    if (transaction == nullptr || outcome == nullptr) return body;
    return boost::json::serialize(transaction->is_object() ? *transaction : *outcome);
}

}  // namespace

Result<object> propose(client::Client& client, const object& transaction) {
    const std::string body = boost::json::serialize(transaction);
    const auto answer =
        client::agreed_answer([&] { return client.hear_query("/v1/proposals", body, meaning_of); },
                              meaning_of, "what it has to claim");
    if (!answer) return answer.error();
    auto proposed = proposal_of(*answer);
    if (!proposed) return proposed;
    const Status rows = check_rows(transaction, *proposed, answer->url);
    if (!rows) return rows.error();
    return proposed;
}

}  // namespace tally::cli
