#include "api/errc.h"
#include "node/http/handlers.h"
#include "node/http/history_walk.h"
#include "node/http/path_values.h"

namespace tally::node::http {
namespace {

using ledger::AccountClass;

constexpr std::uint64_t kItemsMax = 1000;
constexpr std::uint64_t kItemsDefault = 100;
/// A page of large transactions, or from many large blocks, ends early: bounded memory and work.
constexpr std::size_t kPageBytesMax = 2 << 20;
constexpr std::size_t kReadBytesMax = 64 << 20;

struct Page {
    std::optional<std::string> cursor;
    std::uint64_t limit = kItemsDefault;
};

Result<HttpResponse> history_response(const ReadContext& context, const Account& account,
                                      const Page& page) {
    if (account.account_class == AccountClass::member) {
        const auto member = path_member(api::id_text(account.id), context.view);
        if (!member) return member.error();
    }
    HistoryWalk walk(context, account);
    if (Status status = walk.begin(page.cursor); !status) return status.error();
    boost::json::array items;
    std::size_t bytes = 0;
    while (!walk.ended() && items.size() < page.limit && bytes < kPageBytesMax &&
           walk.bytes_read() < kReadBytesMax) {
        auto item = walk.next();
        if (!item) return item.error();
        items.push_back(std::move(item->document));
        bytes += item->bytes;
    }
    boost::json::value cursor(nullptr);
    if (!walk.ended()) cursor = walk.at().text();
    return json_response({{"items", std::move(items)}, {"next", std::move(cursor)}});
}

void serve_history(const ApiPtr& api, const ExchangePtr& exchange, const Result<api::IdBytes>& id,
                   AccountClass account_class) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    Page page;
    page.limit = query.number("limit", kItemsDefault, 1, kItemsMax);
    page.cursor = query.text("cursor");
    const Status status = query.finish();
    if (!id || !status) {
        exchange->refuse(status ? id.error() : status.error());
        return;
    }
    serve_read(api, exchange, options,
               [account = Account{account_class, *id}, page](const ReadContext& context) {
                   return history_response(context, account, page);
               });
}

template <typename Id>
Result<api::IdBytes> bytes_of(const Result<Id>& id) {
    if (!id) return id.error();
    return id->bytes;
}

}  // namespace

void get_line_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_id<ledger::LineId>(exchange->parameters().front(), "line");
    serve_history(api, exchange, bytes_of(id), AccountClass::line);
}

void get_contract_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_id<ledger::ContractId>(exchange->parameters().front(), "contract");
    serve_history(api, exchange, bytes_of(id), AccountClass::contract);
}

void get_borrower_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_id<ledger::BorrowerId>(exchange->parameters().front(), "borrower");
    serve_history(api, exchange, bytes_of(id), AccountClass::borrower);
}

void get_pool_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_id<ledger::PoolId>(exchange->parameters().front(), "pool");
    serve_history(api, exchange, bytes_of(id), AccountClass::pool);
}

void get_member_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_member(exchange->parameters().front());
    serve_history(api, exchange, bytes_of(id), AccountClass::member);
}

}  // namespace tally::node::http
