#include <utility>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/transaction_json.h"
#include "ledger/dates.h"
#include "ledger/outcome.h"
#include "ledger/propose.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

namespace tally::node::http {
namespace {

/// A transaction in an entry is shorter than this, and so is its JSON but for absurd ones.
constexpr std::size_t kProposalBytesMax = 128 << 10;
/// transaction -> list -> element.
constexpr std::size_t kDepthMax = 4;

Result<ledger::Transaction> transaction_of(const std::string& body,
                                           const ledger::RecordReader& records) {
    const auto document = api::json_from_text(body, kDepthMax);
    if (!document) return Error{document.error().code, "body: " + document.error().context};
    return api::transaction_from_json(
        *document, [&records](std::string_view name) -> std::optional<ledger::MemberId> {
            const auto member = path_member(std::string(name), records);
            if (!member) return std::nullopt;
            return *member;
        });
}

Result<HttpResponse> proposal_response(const ReadContext& context) {
    auto transaction = transaction_of(context.exchange.request().body, context.view);
    if (!transaction) return transaction.error();
    // Every rule asks this first, and what is computed below rests on it.
    const bool dated = ledger::day_in_range(transaction->business_date) &&
                       ledger::day_in_range(transaction->value_date);
    const Result<ledger::Outcome> outcome =
        dated ? ledger::propose(*transaction, context.view) : ledger::Outcome::date_out_of_range;
    if (!outcome) return outcome.error();
    boost::json::object target;
    target["outcome"] = ledger::outcome_code(*outcome);
    target["outcome_text"] = ledger::outcome_text(*outcome);
    target["transaction"] = nullptr;
    if (*outcome == ledger::Outcome::accepted) target["transaction"] = api::to_json(*transaction);
    return json_response(target);
}

}  // namespace

void post_proposal(const ApiPtr& api, const ExchangePtr& exchange) {
    const HttpRequest& request = exchange->request();
    if (request.content_type != kJsonMediaType) {
        exchange->answer(problem_response(
            api::problem_of("unsupported_media_type", "proposals are application/json")));
        return;
    }
    if (request.body.size() > kProposalBytesMax) {
        exchange->answer(problem_response(api::problem_of(
            "too_large",
            "a proposal has at most " + std::to_string(kProposalBytesMax) + " bytes")));
        return;
    }
    serve_read(api, exchange, proposal_response);
}

}  // namespace tally::node::http
