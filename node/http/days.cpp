#include "api/errc.h"
#include "base/hex.h"
#include "crypto/base64.h"
#include "ledger/double_entry.h"
#include "ledger/trial_balance.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "storage/signed_index.h"

// The book's days and balances, and single records of the state.

namespace tally::node::http {
namespace {

constexpr std::size_t kKeyBytesMax = 128;

Result<HttpResponse> days_response(const ReadContext& context) {
    const auto days = ledger::read_days(context.view);
    if (!days) return days.error();
    boost::json::array open;
    for (const ledger::Day day : days->open) open.push_back(day_json(day));
    boost::json::array books;
    for (const ledger::BookId& book : days->books) {
        books.push_back({{"lender", member_json(book.lender, context.genesis())},
                         {"currency", currency_text(book.currency)}});
    }
    return json_response({{"last_closed", day_json(days->last_closed)},
                          {"open", std::move(open)},
                          {"books", std::move(books)}});
}

/// Balances are kept of each open day, and of all closed ones together.
Result<HttpResponse> trial_balance_response(const ReadContext& context, ledger::Day day) {
    const auto days = ledger::read_days(context.view);
    if (!days) return days.error();
    const bool closed = days->last_closed == day;
    if (!days->is_open(day) && !closed) {
        return fail(
            api::errc::not_found,
            "trial balance of " + ledger::day_text(day) +
                (days->is_closed(day) ? ": other days were closed since; its DAY_CLOSE states it"
                                      : ": that day was never opened"));
    }
    const auto balances = ledger::trial_balance(context.view, day);
    if (!balances) return balances.error();
    boost::json::array rows;
    for (const ledger::BookBalance& row : *balances) {
        const auto account = static_cast<ledger::BookAccount>(row.account);
        rows.push_back({{"lender", member_json(row.lender, context.genesis())},
                        {"currency", row.currency},
                        {"account", row.account},
                        {"name", ledger::book_account_name(account)},
                        {"balance", row.balance}});
    }
    return json_response({{"day", day_json(day)}, {"closed", closed}, {"rows", std::move(rows)}});
}

Result<HttpResponse> record_response(const ReadContext& context) {
    const auto key = from_hex(context.parameter(0));
    if (!key || key->empty() || key->size() > kKeyBytesMax) {
        return fail(api::errc::invalid_argument,
                    "key: not 1 to " + std::to_string(kKeyBytesMax) + " bytes in hexadecimal");
    }
    // The node's own indexes are beside the state, not records of it.
    const bool of_state = key->front() < storage::kIndexKeys;
    const auto value = of_state ? context.view.get(*key) : std::optional<Bytes>();
    if (!value) return value.error();
    return json_response({{"key", to_hex(*key)},
                          {"value", *value ? boost::json::value(crypto::to_base64(**value))
                                           : boost::json::value(nullptr)},
                          {"applied_index", context.view.applied().index.value}});
}

}  // namespace

void get_days(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, days_response);
}

void get_trial_balance(const ApiPtr& api, const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    const std::optional<ledger::Day> day = query.day("day");
    if (!day) query.reject("day", "missing");
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options, [day = *day](const ReadContext& context) {
        return trial_balance_response(context, day);
    });
}

void get_record(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, record_response);
}

}  // namespace tally::node::http
