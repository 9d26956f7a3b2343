#include <utility>

#include "api/errc.h"
#include "api/ids.h"
#include "api/times.h"
#include "ledger/outcome.h"
#include "ledger/transaction.h"
#include "node/http/handlers.h"
#include "node/http/submission_body.h"

namespace tally::node::http {
namespace {

constexpr std::string_view kProtobufMediaType = "application/x-protobuf";
/// Smaller bodies are parsed at once: handing them over would cost more than the work.
constexpr std::size_t kInlineBodyBytes = 16 << 10;

HttpResponse receipt_response(const SubmitReceipt& receipt) {
    if (!receipt.result.valid) {
        return problem_response(
            api::problem_of("invalid_submission",
                            "entry " + std::to_string(receipt.result.header_entry) +
                                " records a submission that should not have been in a block"));
    }
    boost::json::object target;
    target["block"] = receipt.block;
    target["block_time"] = api::time_text(receipt.block_time);
    target["header_entry"] = receipt.result.header_entry;
    target["replayed"] = receipt.replayed;
    target["applied_index"] = receipt.applied_index;
    if (receipt.certified_size) target["certified_size"] = *receipt.certified_size;
    boost::json::array transactions;
    transactions.reserve(receipt.result.transactions.size());
    for (const ledger::TransactionResult& result : receipt.result.transactions) {
        boost::json::object& one = transactions.emplace_back(boost::json::object()).get_object();
        one["id"] = api::id_text(result.id);
        one["outcome"] = ledger::outcome_code(result.outcome);
        one["entry"] = result.entry;
        one["repeated"] = result.repeated;
    }
    target["transactions"] = std::move(transactions);
    return json_response(target);
}

std::vector<ledger::TransactionId> ids_of(const ledger::Submission& submission) {
    std::vector<ledger::TransactionId> ids;
    for (const Bytes& transaction : submission.transactions) {
        if (const auto id = ledger::transaction_id_of(transaction)) ids.push_back(*id);
    }
    return ids;
}

void submit(const ApiPtr& api, const ExchangePtr& exchange, bool protobuf, SubmitWait wait) {
    const std::string& body = exchange->request().body;
    const auto submission = protobuf ? submission_from_protobuf(body) : submission_from_json(body);
    if (!submission) {
        exchange->refuse(submission.error());
        return;
    }
    exchange->passed_on(ids_of(*submission));
    api->service.submit(share(submission->encode()), wait,
                        [exchange](Result<SubmitReceipt> receipt) {
                            if (receipt) {
                                exchange->answer(receipt_response(*receipt));
                            } else {
                                exchange->refuse(receipt.error());
                            }
                        });
}

}  // namespace

void post_submission(const ApiPtr& api, const ExchangePtr& exchange) {
    const HttpRequest& request = exchange->request();
    const bool protobuf = request.content_type == kProtobufMediaType;
    if (!protobuf && request.content_type != kJsonMediaType) {
        exchange->answer(problem_response(
            api::problem_of("unsupported_media_type",
                            "submissions are application/json or application/x-protobuf")));
        return;
    }
    QueryReader query(request);
    const std::string wait = query.text("wait").value_or("committed");
    if (wait != "committed" && wait != "certified") {
        query.reject("wait", "neither committed nor certified");
    }
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    if (api->stopping) {
        exchange->refuse(
            fail(api::errc::shutting_down, "the node is ending; nothing was submitted"));
        return;
    }
    const auto kind = wait == "certified" ? SubmitWait::certified : SubmitWait::committed;
    if (request.body.size() <= kInlineBodyBytes) {
        submit(api, exchange, protobuf, kind);
    } else if (!api->pool.post(
                   [api, exchange, protobuf, kind] { submit(api, exchange, protobuf, kind); })) {
        exchange->refuse(
            fail(api::errc::overloaded, "too many submissions at once; nothing was done"));
    }
}

}  // namespace tally::node::http
