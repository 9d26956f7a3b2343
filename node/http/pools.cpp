// A pool, and the contracts that were added to it, in that order.
#include "api/errc.h"
#include "ledger/errc.h"
#include "ledger/queries.h"
#include "node/http/alert_json.h"
#include "node/http/handlers.h"
#include "node/http/list_rows.h"
#include "node/http/path_values.h"
#include "node/http/pool_json.h"

namespace tally::node::http {
namespace {

constexpr std::uint64_t kRowsMax = 200;
constexpr std::uint64_t kRowsDefault = 100;
/// Each row is a replay of a contract's events, which the bytes bound.
constexpr std::size_t kReadBytesMax = 2 << 20;

struct Named {
    ledger::PoolId id;
    ledger::PoolRecord record;
    std::optional<ledger::Day> newest;  ///< day of the book
};

Result<Named> pool_of(const ReadContext& context) {
    const auto id = path_id<ledger::PoolId>(context.parameter(0), "pool");
    if (!id) return id.error();
    auto pool = ledger::read_pool(context.view, *id);
    if (!pool) return pool.error();
    if (!*pool) return fail(api::errc::not_found, "pool " + api::id_text(*id));
    const auto newest = newest_day(context.view);
    if (!newest) return newest.error();
    return Named{*id, **std::move(pool), *newest};
}

Result<HttpResponse> pool_response(const ReadContext& context) {
    const auto pool = pool_of(context);
    if (!pool) return pool.error();
    const auto log = ledger::account_head(context.view, ledger::AccountClass::pool, pool->id.bytes);
    if (!log) return log.error();
    if (!*log) return fail(ledger::errc::corrupt_record, "a pool's log is not there");
    const auto alerts = ledger::read_alerts(context.view, ledger::AccountClass::pool,
                                            pool->id.bytes, ledger::kNoEntry);
    if (!alerts) return alerts.error();
    boost::json::object target = to_json(pool->id, pool->record, pool->newest, context.names());
    target["as_of"] = day_json(pool->newest);
    add_log(target, **log);
    add_alerts(target, *alerts, context.names());
    return json_response(target);
}

struct Page {
    std::optional<std::string> cursor;
    std::uint64_t limit = kRowsDefault;
};

/// The place that a page begins at.
Result<std::uint64_t> place_of(const Page& page, std::uint64_t size) {
    if (!page.cursor) return 0;
    const auto place = parse_number(*page.cursor);
    if (place && *place > 0 && *place < size) return *place;
    return fail(api::errc::invalid_argument, "cursor: not one of this pool; begin without it");
}

Result<HttpResponse> contracts_response(const ReadContext& context, const Page& page) {
    const auto pool = pool_of(context);
    if (!pool) return pool.error();
    const std::uint64_t size = pool->record.contracts.size();
    const auto first = place_of(page, size);
    if (!first) return first.error();
    const auto contracts = ledger::read_pool_contracts(context.view, pool->id, *first, page.limit);
    if (!contracts) return contracts.error();
    boost::json::array items;
    std::size_t bytes = 0;
    for (const ledger::PoolContractRecord& at : *contracts) {
        if (bytes >= kReadBytesMax) break;
        const auto value = context.view.get(
            ledger::account_key(ledger::AccountClass::contract, at.contract.bytes));
        if (!value) return value.error();
        if (!*value) return fail(ledger::errc::corrupt_record, "a pool's contract is not there");
        bytes += (*value)->size();
        const std::uint64_t place = *first + items.size();
        auto row = pooled_row(context, pool->id, pool->record, place, at, **value);
        if (!row) return row.error();
        items.push_back(*std::move(row));
    }
    const std::uint64_t end = *first + items.size();
    boost::json::value next(nullptr);
    if (end < size) next = std::to_string(end);
    return json_response({{"items", std::move(items)},
                          {"next", std::move(next)},
                          {"as_of", day_json(pool->newest)}});
}

}  // namespace

void get_pool(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, pool_response);
}

void get_pool_contracts(const ApiPtr& api, const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    Page page;
    page.limit = query.number("limit", kRowsDefault, 1, kRowsMax);
    page.cursor = query.text("cursor");
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options, [page = std::move(page)](const ReadContext& context) {
        return contracts_response(context, page);
    });
}

}  // namespace tally::node::http
