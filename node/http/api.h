#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string_view>

#include "api/entry_json.h"
#include "base/result.h"
#include "node/http/exchange.h"
#include "node/http/metrics.h"
#include "node/http/query.h"
#include "node/http/work_pool.h"
#include "node/service.h"

namespace tally::node::http {

/// What handlers work with. Shared, because answers may come after the server has gone; the service
/// outlives every handler, for it is the one that calls them back.
struct Api {
    Api(Service& of, std::size_t threads, std::size_t queued_max)
        : service(of), pool(threads, queued_max) {}

    Service& service;
    WorkPool pool;
    HttpMetrics metrics;
    std::atomic<bool> stopping{false};
};
using ApiPtr = std::shared_ptr<Api>;
using ExchangePtr = std::shared_ptr<Exchange>;

/// What a read is answered from.
struct ReadContext {
    Service& service;
    const storage::StateView& view;
    const Exchange& exchange;

    const ledger::Genesis& genesis() const { return service.genesis(); }
    /// Of the members as this view has them. Must not outlive it.
    api::MemberNames names() const;
    const std::string& parameter(std::size_t position) const {
        return exchange.parameters()[position];
    }
};
using ReadWork = std::function<Result<HttpResponse>(const ReadContext&)>;

/// Finds a place to read from, runs `work` on the pool and answers, with Tally-Index and, where no
/// quorum confirmed it, Tally-Stale. overloaded when the pool's queue is full.
void serve_read(const ApiPtr& api, const ExchangePtr& exchange, const ReadOptions& options,
                ReadWork work);
/// The same for a request whose query has nothing but the read options.
void serve_read(const ApiPtr& api, const ExchangePtr& exchange, ReadWork work);

/// For paths that take no query parameters: refuses any by name. True when it did.
bool refuse_query(const ExchangePtr& exchange);

/// Runs `work` on the pool without a read point: for what the block store alone can answer.
void serve_stored(const ApiPtr& api, const ExchangePtr& exchange,
                  std::function<Result<HttpResponse>()> work);

}  // namespace tally::node::http
