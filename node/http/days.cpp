#include "api/errc.h"
#include "api/times.h"
#include "base/hex.h"
#include "crypto/base64.h"
#include "ledger/double_entry.h"
#include "ledger/trial_balance.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "storage/day_index.h"
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
        books.push_back({{"lender", member_json(book.lender, context.names())},
                         {"currency", currency_text(book.currency)}});
    }
    return json_response({{"last_closed", day_json(days->last_closed)},
                          {"open", std::move(open)},
                          {"books", std::move(books)}});
}

boost::json::array rows_json(const std::vector<ledger::BookBalance>& balances,
                             const api::MemberNames& names) {
    boost::json::array rows;
    for (const ledger::BookBalance& row : balances) {
        const auto account = static_cast<ledger::BookAccount>(row.account);
        rows.push_back({{"lender", member_json(row.lender, names)},
                        {"currency", row.currency},
                        {"account", row.account},
                        {"name", ledger::book_account_name(account)},
                        {"balance", row.balance}});
    }
    return rows;
}

/// Days that have to be closed before this one can be.
boost::json::array open_before(const ledger::DaysRecord& days, ledger::Day day) {
    boost::json::array before;
    for (const ledger::Day each : days.open) {
        if (each < day) before.push_back(day_json(each));
    }
    return before;
}

/// Why there is nothing to say of a day.
Result<HttpResponse> never_opened(const ReadContext& context, ledger::Day day) {
    const auto days = ledger::read_days(context.view);
    if (!days) return days.error();
    return fail(api::errc::not_found,
                ledger::day_text(day) + (days->is_closed(day)
                                             ? ": that day was passed over, it was never opened"
                                             : ": that day was not opened yet"));
}

/// `{"entry","block","block_time","submitter"}` of a transaction of the servicer.
Result<boost::json::object> made_json(EntryReader& reader, std::uint64_t index,
                                      const ledger::TransactionEntry& entry,
                                      const api::MemberNames& names) {
    const auto origin = reader.origin(entry.header_entry);
    if (!origin) return origin.error();
    return boost::json::object{{"entry", index},
                               {"block", origin->block},
                               {"block_time", api::time_text(origin->block_time)},
                               {"submitter", member_json(origin->submitter, names)}};
}

/// The balances that an entry's DAY_CLOSE states.
Result<std::vector<ledger::BookBalance>> stated_in(std::uint64_t index,
                                                   const ledger::TransactionEntry& entry) {
    const auto transaction = ledger::decode_transaction(entry.transaction, ledger::kRulesVersion);
    const auto* close = transaction ? std::get_if<ledger::DayClose>(&transaction->body) : nullptr;
    if (close == nullptr) {
        return fail(api::errc::corrupt_block,
                    "entry " + std::to_string(index) + ": is not the DAY_CLOSE that it should be");
    }
    return close->balances;
}

/// A day, and what its DAY_CLOSE states; while it is open, what it would state now.
Result<HttpResponse> day_response(const ReadContext& context, ledger::Day day) {
    const auto found = storage::day_entries(context.view, day);
    if (!found) return found.error();
    if (!*found) return never_opened(context, day);
    EntryReader reader(context);
    const std::uint64_t opened = (*found)->opened;
    const std::uint64_t closed = (*found)->closed;
    const auto open_entry = reader.transaction(opened);
    if (!open_entry) return open_entry.error();
    auto opening = made_json(reader, opened, *open_entry, context.names());
    if (!opening) return opening.error();
    if (closed == ledger::kNoEntry) {
        const auto days = ledger::read_days(context.view);
        if (!days) return days.error();
        if (!days->is_open(day)) return never_opened(context, day);  // a DAY_CANCEL took it back
        const auto balances = ledger::trial_balance(context.view, day);
        if (!balances) return balances.error();
        return json_response({{"day", day_json(day)},
                              {"state", "OPEN"},
                              {"opened", std::move(*opening)},
                              {"closed", nullptr},
                              {"open_before", open_before(*days, day)},
                              {"rows", rows_json(*balances, context.names())}});
    }
    const auto close_entry = reader.transaction(closed);
    if (!close_entry) return close_entry.error();
    auto closing = made_json(reader, closed, *close_entry, context.names());
    if (!closing) return closing.error();
    const auto balances = stated_in(closed, *close_entry);
    if (!balances) return balances.error();
    return json_response({{"day", day_json(day)},
                          {"state", "CLOSED"},
                          {"opened", std::move(*opening)},
                          {"closed", std::move(*closing)},
                          {"open_before", boost::json::array()},
                          {"rows", rows_json(*balances, context.names())}});
}

/// Balances are kept of each open day, and of all closed ones together.
Result<HttpResponse> trial_balance_response(const ReadContext& context, ledger::Day day) {
    const auto days = ledger::read_days(context.view);
    if (!days) return days.error();
    const bool closed = days->last_closed == day;
    if (!days->is_open(day) && !closed) {
        return fail(api::errc::not_found,
                    "trial balance of " + ledger::day_text(day) +
                        (days->is_closed(day) ? ": other days were closed since; /v1/days/" +
                                                    ledger::day_text(day) + " has what it stated"
                                              : ": that day was never opened"));
    }
    const auto balances = ledger::trial_balance(context.view, day);
    if (!balances) return balances.error();
    return json_response({{"day", day_json(day)},
                          {"closed", closed},
                          {"open_before", open_before(*days, day)},
                          {"rows", rows_json(*balances, context.names())}});
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

void get_day(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, [](const ReadContext& context) -> Result<HttpResponse> {
        const std::string& text = context.parameter(0);
        const auto day = ledger::day_from_text(text);
        if (day) return day_response(context, *day);
        return fail(api::errc::invalid_argument,
                    "date: not a date YYYY-MM-DD that exists: " + text);
    });
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
