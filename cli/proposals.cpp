#include "cli/proposals.h"

#include "client/answers.h"
#include "client/errors.h"

namespace tally::cli {
namespace {

using boost::json::object;
using boost::json::value;

/// Whether another node may know better.
bool is_final(int status) { return status < 500; }

Result<object> proposal_of(const client::Answer& answer) {
    if (answer.status != 200) return client::problem_error(answer.status, answer.body);
    boost::json::error_code failure;
    const value document = boost::json::parse(answer.body, failure);
    const auto* whole = failure ? nullptr : document.if_object();
    const auto* outcome = whole == nullptr ? nullptr : whole->if_contains("outcome");
    const auto* transaction = whole == nullptr ? nullptr : whole->if_contains("transaction");
    if (outcome == nullptr || !outcome->is_string() || transaction == nullptr) {
        return fail(client::errc::bad_answer, answer.url + ": not a proposal");
    }
    if (transaction->is_object()) return transaction->get_object();
    const auto* text = whole->if_contains("outcome_text");
    return Error{client::api_code(outcome->get_string()), text != nullptr && text->is_string()
                                                              ? std::string(text->get_string())
                                                              : std::string(outcome->get_string())};
}

}  // namespace

Result<object> propose(client::Client& client, const object& transaction) {
    const std::string body = boost::json::serialize(transaction);
    Error last{make_error_code(client::errc::unreachable), "no node answered"};
    for (std::size_t node = 0; node < client.options().urls.size(); ++node) {
        const auto answer = client.post_to(node, "/v1/proposals", body, "application/json");
        if (answer && is_final(answer->status)) return proposal_of(*answer);
        last = answer ? client::problem_error(answer->status, answer->body) : answer.error();
    }
    return last;
}

}  // namespace tally::cli
