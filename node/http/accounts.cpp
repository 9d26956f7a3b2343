#include <set>

#include "api/errc.h"
#include "ledger/errc.h"
#include "ledger/ownership.h"
#include "ledger/queries.h"
#include "node/http/account_json.h"
#include "node/http/alert_json.h"
#include "node/http/conduct_json.h"
#include "node/http/contract_json.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

namespace tally::node::http {
namespace {

using ledger::PointInTime;

/// Where the point is: the last entry of the log for a reader who did not say, and the book's
/// newest day. An entry that is not there yet is refused, for what it will say is not known.
Result<ReadAt> place_of(const ReadContext& context, const PointInTime& point) {
    const std::uint64_t count = context.view.applied().head.entry_count;
    const bool open = point.known_at == PointInTime{}.known_at;
    if (!open && point.known_at >= count) {
        return fail(api::errc::not_found, "known_at: entry " + std::to_string(point.known_at) +
                                              ": the log has " + std::to_string(count) +
                                              " entries here");
    }
    ReadAt at;
    at.known_at = !open ? point.known_at : count == 0 ? 0 : count - 1;
    if (ledger::day_in_range(point.as_of)) {
        at.as_of = point.as_of;
        return at;
    }
    const auto newest = newest_day(context.view);
    if (!newest) return newest.error();
    at.as_of = *newest;
    return at;
}

/// `contract 0123... as of 2024-02-29 as known at entry 17`
std::string named_at(std::string_view what, const std::string& id, const PointInTime& point) {
    std::string text = std::string(what) + " " + id;
    if (ledger::day_in_range(point.as_of)) text += " as of " + ledger::day_text(point.as_of);
    if (point.known_at != PointInTime{}.known_at) {
        text += " as known at entry " + std::to_string(point.known_at);
    }
    return text;
}

/// One of ledger/queries.h behind a path `/v1/<accounts>/{id}`.
template <typename Id, typename View>
Result<View> find(const ReadContext& context, std::string_view what, const PointInTime& point,
                  Result<std::optional<View>> (*read)(const ledger::RecordReader&, const Id&,
                                                      const PointInTime&)) {
    const auto id = path_id<Id>(context.parameter(0), what);
    if (!id) return id.error();
    auto view = read(context.view, *id, point);
    if (!view) return view.error();
    if (!view->has_value()) {
        return fail(api::errc::not_found,
                    named_at(what, api::id_text(*id), point) + ": nothing is there");
    }
    return std::move(**view);
}

Result<HttpResponse> line_response(const ReadContext& context, const PointInTime& point) {
    const auto at = place_of(context, point);
    if (!at) return at.error();
    const auto line = find(context, "line", point, ledger::read_line);
    if (!line) return line.error();
    const auto alerts =
        ledger::read_alerts(context.view, ledger::AccountClass::line, line->id.bytes, at->known_at);
    if (!alerts) return alerts.error();
    boost::json::object target = to_json(*line, *at, context.names());
    add_alerts(target, *alerts, context.names());
    return json_response(target);
}

/// The pool that a contract is in at the point: whoever closed that one let it go.
Result<std::optional<ledger::PoolId>> pool_at(const ReadContext& context,
                                              const ledger::ContractView& contract,
                                              std::uint64_t known_at) {
    const auto id = ledger::ownership_of(contract.body, PointInTime{contract.as_of}).pool;
    if (!id) return id;
    const auto pool = ledger::read_pool(context.view, *id);
    if (!pool) return pool.error();
    if (!*pool) return fail(ledger::errc::corrupt_record, "a contract's pool is not there");
    const auto& closed = (*pool)->closed;
    const bool over = closed && closed->entry <= known_at && closed->on <= contract.as_of;
    return over ? std::nullopt : id;
}

Result<HttpResponse> contract_response(const ReadContext& context, const PointInTime& point) {
    const auto at = place_of(context, point);
    if (!at) return at.error();
    const auto contract = find(context, "contract", point, ledger::read_contract);
    if (!contract) return contract.error();
    if (contract->position.misfit) {
        // Every event fitted when it was accepted, so the record is not what the rules wrote.
        return fail(ledger::errc::corrupt_record,
                    "contract " + api::id_text(contract->id) + ": the replay refuses its events");
    }
    const auto terms = ledger::read_terms(context.view, contract->body);
    if (!terms) return terms.error();
    auto mandates = ledger::read_mandates(context.view, contract->body, at->known_at);
    if (!mandates) return mandates.error();
    auto complaints = ledger::read_complaints(context.view, contract->body, at->known_at);
    if (!complaints) return complaints.error();
    const auto pool = pool_at(context, *contract, at->known_at);
    if (!pool) return pool.error();
    const ContractPapers papers{*std::move(mandates), *std::move(complaints), *pool};
    const auto alerts = ledger::read_alerts(context.view, ledger::AccountClass::contract,
                                            contract->id.bytes, at->known_at);
    if (!alerts) return alerts.error();
    boost::json::object target = to_json(*contract, *terms, papers, at->known_at, context.names());
    add_alerts(target, *alerts, context.names());
    return json_response(target);
}

/// The certificates of those that ever granted it a line.
Result<boost::json::array> erasures_of(const ReadContext& context,
                                       const ledger::BorrowerView& borrower,
                                       std::uint64_t known_at) {
    std::set<ledger::MemberId> lenders;
    for (const ledger::LineView& line : borrower.lines) lenders.insert(line.body.owner);
    boost::json::array erasures;
    for (const ledger::MemberId& lender : lenders) {
        const auto id = ledger::customer_id_of(lender, borrower.id);
        const auto erasure = ledger::read_erasure(context.view, id);
        if (!erasure) return erasure.error();
        if (!*erasure || (*erasure)->entry > known_at) continue;
        erasures.push_back(to_json(**erasure, context.names()));
    }
    return erasures;
}

Result<HttpResponse> borrower_response(const ReadContext& context, const PointInTime& point) {
    const auto at = place_of(context, point);
    if (!at) return at.error();
    const auto borrower = find(context, "borrower", point, ledger::read_borrower);
    if (!borrower) return borrower.error();
    boost::json::object target = to_json(*borrower, *at, context.names());
    const auto contacts = ledger::read_contacts(context.view, borrower->id);
    if (!contacts) return contacts.error();
    target["contacts"] = to_json(*contacts);
    auto erasures = erasures_of(context, *borrower, at->known_at);
    if (!erasures) return erasures.error();
    target["erasures"] = *std::move(erasures);
    return json_response(target);
}

void serve_at(const ApiPtr& api, const ExchangePtr& exchange,
              Result<HttpResponse> (*respond)(const ReadContext&, const PointInTime&)) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    const PointInTime point = query.point();
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    serve_read(api, exchange, options,
               [respond, point](const ReadContext& context) { return respond(context, point); });
}

}  // namespace

void get_line(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_at(api, exchange, line_response);
}

void get_contract(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_at(api, exchange, contract_response);
}

void get_borrower(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_at(api, exchange, borrower_response);
}

}  // namespace tally::node::http
