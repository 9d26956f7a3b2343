#include "cli/proposals.h"

#include "api/json_text.h"
#include "api/object_reader.h"
#include "client/answers.h"
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

}  // namespace

Result<object> propose(client::Client& client, const object& transaction) {
    const std::string body = boost::json::serialize(transaction);
    const auto answer = client.query("/v1/proposals", body, "application/json");
    if (!answer) return answer.error();
    return proposal_of(*answer);
}

}  // namespace tally::cli
