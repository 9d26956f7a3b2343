#include <limits>

#include "api/errc.h"
#include "ledger/queries.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

// An account log is a chain: every entry links to the one before it in the same account. A page
// walks that chain from its newest entry, or from the entry in the cursor, so that a page costs the
// same however long the log is, and later entries never shift the pages behind them.

namespace tally::node::http {
namespace {

using ledger::AccountClass;

constexpr std::uint64_t kItemsMax = 1000;
constexpr std::uint64_t kItemsDefault = 100;
/// A page of large transactions, or from many large blocks, ends early: bounded memory and work.
constexpr std::size_t kPageBytesMax = 2 << 20;
constexpr std::size_t kReadBytesMax = 64 << 20;

struct Account {
    AccountClass account_class;
    api::IdBytes id;
};

struct Page {
    std::optional<std::uint64_t> cursor;
    std::uint64_t limit = kItemsDefault;
};

const ledger::AccountLink* link_to(const ledger::TransactionEntry& entry, const Account& account) {
    for (const ledger::AccountLink& link : entry.links) {
        if (link.account_class == account.account_class && link.id == account.id) return &link;
    }
    return nullptr;
}

/// Where the page begins. A cursor is an entry of this account or it is refused.
Result<std::uint64_t> first_of(const ReadContext& context, const Account& account,
                               const Page& page) {
    const auto head = ledger::account_head(context.view, account.account_class, account.id);
    if (!head) return head.error();
    if (!head->has_value()) {
        if (account.account_class == AccountClass::member) return ledger::kNoEntry;
        return fail(api::errc::not_found,
                    std::string(api::account_class_name(account.account_class)) + " " +
                        api::id_text(account.id) + ": no entry names it");
    }
    if (!page.cursor) return (*head)->last;
    const Error wrong = fail(api::errc::invalid_argument, "cursor: not one of this account");
    if (*page.cursor > (*head)->last) return wrong;
    EntryReader reader(context);
    const auto entry = reader.transaction(*page.cursor);
    if (!entry || link_to(*entry, account) == nullptr) return wrong;
    return *page.cursor;
}

Result<HttpResponse> history_response(const ReadContext& context, const Account& account,
                                      const Page& page) {
    const auto first = first_of(context, account, page);
    if (!first) return first.error();
    EntryReader reader(context);
    boost::json::array items;
    std::size_t bytes = 0;
    std::uint64_t next = *first;
    while (next != ledger::kNoEntry && items.size() < page.limit && bytes < kPageBytesMax &&
           reader.bytes_read() < kReadBytesMax) {
        const auto entry = reader.transaction(next);
        if (!entry) return entry.error();
        const ledger::AccountLink* link = link_to(*entry, account);
        if (link == nullptr || (link->previous != ledger::kNoEntry && link->previous >= next)) {
            return fail(api::errc::corrupt_block,
                        "entry " + std::to_string(next) + ": the account's chain is broken");
        }
        auto document = reader.document(next, *entry);
        if (!document) return document.error();
        items.push_back(std::move(*document));
        bytes += entry->transaction.size();
        next = link->previous;
    }
    boost::json::value cursor(nullptr);
    if (next != ledger::kNoEntry) cursor = std::to_string(next);
    return json_response({{"items", std::move(items)}, {"next", std::move(cursor)}});
}

void serve_history(const ApiPtr& api, const ExchangePtr& exchange, const Result<api::IdBytes>& id,
                   AccountClass account_class) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    Page page;
    page.limit = query.number("limit", kItemsDefault, 1, kItemsMax);
    if (const auto cursor = query.text("cursor")) {
        page.cursor = parse_number(*cursor);
        if (!page.cursor) query.reject("cursor", "not one that a page gave");
    }
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

void get_member_history(const ApiPtr& api, const ExchangePtr& exchange) {
    const auto id = path_member(exchange->parameters().front(), api->service.genesis());
    serve_history(api, exchange, bytes_of(id), AccountClass::member);
}

}  // namespace tally::node::http
