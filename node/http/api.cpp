#include "node/http/api.h"

#include <utility>

#include "api/errc.h"
#include "ledger/queries.h"

namespace tally::node::http {
namespace {

Error queue_is_full() {
    return fail(api::errc::overloaded, "the queue of reads is full: retry after a while");
}

void answer_read(const ApiPtr& api, const ExchangePtr& exchange, const ReadPoint& point,
                 const ReadWork& work) {
    auto result = work(ReadContext{api->service, *point.view, *exchange});
    // That something is not there is an answer of this point in time too.
    HttpResponse response =
        result ? std::move(*result) : problem_response(api::problem_of(result.error()));
    const std::uint64_t index = point.view->applied().index.value;
    response.headers.emplace_back("Tally-Index", std::to_string(index));
    if (point.stale) response.headers.emplace_back("Tally-Stale", "true");
    exchange->answer(std::move(response));
}

}  // namespace

void serve_read(const ApiPtr& api, const ExchangePtr& exchange, const ReadOptions& options,
                ReadWork work) {
    auto done = [api, exchange, work = std::move(work)](Result<ReadPoint> point) {
        if (!point) {
            exchange->refuse(point.error());
            return;
        }
        const bool taken = api->pool.post([api, exchange, work, point = std::move(*point)] {
            answer_read(api, exchange, point, work);
        });
        if (!taken) exchange->refuse(queue_is_full());
    };
    api->service.read(options, std::move(done));
}

void serve_read(const ApiPtr& api, const ExchangePtr& exchange, ReadWork work) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options, std::move(work));
}

api::MemberNames ReadContext::names() const {
    return [this](const ledger::MemberId& id) -> std::optional<std::string> {
        // Those of genesis never change.
        const ledger::GenesisMember* known = genesis().member(id);
        if (known != nullptr) return known->name;
        const auto member = ledger::read_member(view, id);
        if (!member || !*member) return std::nullopt;
        return (*member)->body->name;
    };
}

bool refuse_query(const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const Status status = query.finish();
    if (!status) exchange->refuse(status.error());
    return !status;
}

void serve_stored(const ApiPtr& api, const ExchangePtr& exchange,
                  std::function<Result<HttpResponse>()> work) {
    const bool taken = api->pool.post([exchange, work = std::move(work)] {
        auto response = work();
        if (!response) {
            exchange->refuse(response.error());
        } else {
            exchange->answer(std::move(*response));
        }
    });
    if (!taken) exchange->refuse(queue_is_full());
}

}  // namespace tally::node::http
