// Lists of accounts and of what is listed besides, ascending by id. A page goes on behind the last
// record that the page before read, shown or not, so that a filter that matches little costs many
// short pages and never a long one.
#include <algorithm>

#include "api/errc.h"
#include "base/hex.h"
#include "crypto/digest.h"
#include "ledger/records.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "node/http/list_rows.h"
#include "node/http/path_values.h"

namespace tally::node::http {
namespace {

using ledger::AccountClass;

constexpr std::uint8_t kind_of(AccountClass account_class) {
    return static_cast<std::uint8_t>(account_class);
}

constexpr std::uint64_t kRowsMax = 200;
constexpr std::uint64_t kRowsDefault = 100;
/// A page that finds little ends early: bounded work. Each contract is a replay of its events,
/// which the bytes bound.
constexpr std::size_t kRecordsMax = 2000;
constexpr std::size_t kReadBytesMax = 2 << 20;

/// What a list can be filtered by.
enum Filter : std::uint32_t {
    by_owner = 1 << 0,
    by_servicer = 1 << 1,
    by_borrower = 1 << 2,
    by_line = 1 << 3,
    by_state = 1 << 4,
    by_contract = 1 << 5,
    by_lender = 1 << 6,
    by_rule = 1 << 7,
    by_pool = 1 << 8,
};

struct List {
    std::uint8_t kind = 0;  ///< of its records
    std::string_view name;
    std::uint32_t filters = 0;
    ListRow (*row)(const ReadContext&, const ListFilter&, const storage::ScannedRecord&,
                   ListWork&) = nullptr;
    std::vector<std::string> states;  ///< empty: cannot be asked for
};

struct ListPage {
    ListFilter filter;
    std::optional<std::string> cursor;
    std::uint64_t limit = kRowsDefault;
};

/// What binds a cursor to its list and filter: behind another question's it would leave out
/// accounts and say nothing.
std::string tag_of(const List& list, const ListFilter& filter) {
    const auto id = [](const auto& wanted) { return wanted ? api::id_text(*wanted) : "any"; };
    const std::string text = std::string(list.name) + " " + id(filter.owner) + " " +
                             id(filter.servicer) + " " + id(filter.borrower) + " " +
                             id(filter.line) + " " + filter.state.value_or("any") + " " +
                             id(filter.contract) + " " + id(filter.lender) + " " +
                             filter.rule.value_or("any") + " " + id(filter.pool);
    constexpr std::size_t kTagBytes = 8;
    const crypto::Digest digest = crypto::domain_hash("list-cursor", {view_of(text)});
    return to_hex(digest.view().first(kTagBytes));
}

/// The id that a cursor goes on behind: invalid_argument for one that is not of this list.
Result<api::IdBytes> place_of(const ReadContext& context, const List& list, const ListPage& page) {
    const std::string& cursor = *page.cursor;
    const Error foreign = fail(api::errc::invalid_argument,
                               "cursor: not one of this list with these filters; begin without it");
    const std::size_t dot = cursor.find('.');
    if (dot == std::string::npos || cursor.substr(dot + 1) != tag_of(list, page.filter)) {
        return foreign;
    }
    const auto id = api::id_bytes_from_text(cursor.substr(0, dot));
    if (!id || api::id_text(*id) != cursor.substr(0, dot)) return foreign;
    const auto record = context.view.get(ledger::registry_key(list.kind, *id));
    if (!record) return record.error();
    if (!record->has_value()) return foreign;
    return *id;
}

Result<HttpResponse> list_response(const ReadContext& context, const List& list,
                                   const ListPage& page) {
    for (const auto& member : {page.filter.owner, page.filter.servicer, page.filter.lender}) {
        if (!member) continue;
        const auto known = path_member(api::id_text(*member), context.view);
        if (!known) return known.error();
    }
    std::optional<api::IdBytes> after;
    if (page.cursor) {
        const auto place = place_of(context, list, page);
        if (!place) return place.error();
        after = *place;
    }
    const auto newest = newest_day(context.view);
    if (!newest) return newest.error();
    const auto scan = context.view.listed(list.kind, after);
    boost::json::array items;
    ListWork work{.newest = *newest};
    Bytes last;
    bool more = false;
    for (;;) {
        auto record = scan->next();
        if (!record) return record.error();
        if (!*record) break;
        more = items.size() == page.limit || work.records >= kRecordsMax ||
               work.bytes >= kReadBytesMax;
        if (more) break;
        ++work.records;
        work.bytes += (*record)->value.size();
        auto row = list.row(context, page.filter, **record, work);
        if (!row) return row.error();
        if (*row) items.push_back(std::move(**row));
        last = std::move((*record)->key);
    }
    boost::json::value next(nullptr);
    if (more) next = to_hex(ByteView(last).subspan(1)) + "." + tag_of(list, page.filter);
    return json_response(
        {{"items", std::move(items)}, {"next", std::move(next)}, {"as_of", day_json(*newest)}});
}

template <typename Id>
Status take_id(QueryReader& query, std::string_view name, std::optional<Id>& target) {
    const auto text = query.text(name);
    if (!text) return {};
    const auto id = path_id<Id>(*text, name);
    if (!id) return id.error();
    target = *id;
    return {};
}

Status take_member(QueryReader& query, std::string_view name,
                   std::optional<ledger::MemberId>& target) {
    const auto text = query.text(name);
    if (!text) return {};
    const auto member = path_member(*text);
    if (!member) return member.error();
    target = *member;
    return {};
}

std::optional<std::string> take_word(QueryReader& query, std::string_view name,
                                     const std::vector<std::string>& words) {
    auto word = query.text(name);
    if (word && std::find(words.begin(), words.end(), *word) == words.end()) {
        std::string all;
        for (const std::string& one : words) all += (all.empty() ? "" : ", ") + one;
        query.reject(name, "none of " + all);
    }
    return word;
}

/// What this list can be filtered by; other names stay unknown to `query`.
Status take_filter(QueryReader& query, const List& list, ListFilter& filter) {
    const auto takes = [&list](Filter wanted) { return (list.filters & wanted) != 0; };
    Status status;
    if (takes(by_owner)) status = take_member(query, "owner", filter.owner);
    if (takes(by_state)) filter.state = take_word(query, "state", list.states);
    if (takes(by_rule)) filter.rule = take_word(query, "rule", alert_rules());
    if (status && takes(by_borrower)) status = take_id(query, "borrower", filter.borrower);
    if (status && takes(by_servicer)) status = take_member(query, "servicer", filter.servicer);
    if (status && takes(by_line)) status = take_id(query, "line", filter.line);
    if (status && takes(by_contract)) status = take_id(query, "contract", filter.contract);
    if (status && takes(by_pool)) status = take_id(query, "pool", filter.pool);
    if (status && takes(by_lender)) status = take_member(query, "lender", filter.lender);
    return status;
}

void serve_list(const ApiPtr& api, const ExchangePtr& exchange, List list) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    ListPage page;
    page.limit = query.number("limit", kRowsDefault, 1, kRowsMax);
    page.cursor = query.text("cursor");
    const Status filter = take_filter(query, list, page.filter);
    // A value that is wrong comes before a name that is, for reading stopped there.
    const Status status = filter ? query.finish() : filter;
    if (!status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options,
               [list = std::move(list), page = std::move(page)](const ReadContext& context) {
                   return list_response(context, list, page);
               });
}

}  // namespace

void get_lines(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {kind_of(AccountClass::line), "lines", by_owner | by_state | by_borrower, line_row,
                line_states()});
}

void get_contracts(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {kind_of(AccountClass::contract), "contracts",
                by_owner | by_state | by_borrower | by_servicer | by_line, contract_row,
                contract_states()});
}

void get_members(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange, {kind_of(AccountClass::member), "members", 0, member_row, {}});
}

void get_borrowers(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {kind_of(AccountClass::borrower), "borrowers", by_owner, borrower_row, {}});
}

void get_complaints(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kComplaintRecord, "complaints", by_owner | by_state | by_contract,
                complaint_row, complaint_states()});
}

void get_recons(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kReconRecord, "recons", by_owner | by_lender, recon_row, {}});
}

void get_opinions(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kOpinionRecord, "opinions", by_owner | by_lender, opinion_row, {}});
}

void get_hedges(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange, {ledger::kHedgeRecord, "hedges", by_owner, hedge_row, {}});
}

void get_erasures(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kErasureRecord, "erasures", by_owner | by_borrower, erasure_row, {}});
}

void get_alerts(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kAlertRecord, "alerts",
                by_owner | by_state | by_contract | by_line | by_rule | by_pool, alert_row,
                alert_states()});
}

void get_pools(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_list(api, exchange,
               {ledger::kPoolRecord, "pools", by_owner | by_state, pool_row, pool_states()});
}

}  // namespace tally::node::http
