#include <type_traits>

#include "api/errc.h"
#include "api/transaction_json.h"
#include "ledger/errc.h"
#include "ledger/queries.h"
#include "node/http/conduct_json.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "node/http/path_values.h"

// What was registered and never changes, as it was registered.

namespace tally::node::http {
namespace {

using boost::json::object;

/// The fields of a body as in its transaction, without those that every transaction has.
object body_json(ledger::TransactionBody body) {
    ledger::Transaction transaction;
    transaction.body = std::move(body);
    object target = api::to_json(transaction);
    for (const std::string_view name : {"id", "business_date", "value_date", "type"}) {
        target.erase(name);
    }
    return target;
}

object document_of(const ledger::RulesetId& /*id*/, const ledger::RulesetRecord& record,
                   const api::MemberNames& /*names*/) {
    object target = body_json(record.terms);
    target["entry"] = record.entry;
    return target;
}

template <typename Id, typename Record>
object document_of(const Id& /*id*/, const Record& record, const api::MemberNames& names) {
    // Those of conduct and oversight have documents that lists show too.
    if constexpr (requires { to_json(record, names); }) {
        return to_json(record, names);
    } else {
        object target = body_json(record.terms);
        target["owner"] = member_json(record.owner, names);
        target["entry"] = record.entry;
        return target;
    }
}

object document_of(const ledger::CostTableId& /*id*/, const ledger::CostTableRecord& record,
                   const api::MemberNames& /*names*/) {
    object target = body_json(record.terms);
    target["value_date"] = day_json(record.value_date);
    target["previous"] = id_json(record.previous);
    target["entry"] = record.entry;
    return target;
}

object document_of(const ledger::DisclosureId& /*id*/, const ledger::DisclosureRecord& record,
                   const api::MemberNames& names) {
    object target = body_json(record.terms);
    target["owner"] = member_json(record.owner, names);
    target["value_date"] = day_json(record.value_date);
    target["entry"] = record.entry;
    return target;
}

object document_of(const ledger::ProductId& /*id*/, const ledger::ProductRecord& record,
                   const api::MemberNames& names) {
    object target = body_json(record.terms);
    target["owner"] = member_json(record.owner, names);
    target["cost_table"] = id_json(record.last_table);
    target["entry"] = record.entry;
    return target;
}

object document_of(const ledger::AssessmentId& /*id*/, const ledger::AssessmentRecord& record,
                   const api::MemberNames& names) {
    object target = body_json(record.terms);
    target["owner"] = member_json(record.owner, names);
    target["granted"] = record.granted;
    target["entry"] = record.entry;
    return target;
}

std::string_view status_name(ledger::AuthorisationStatus status) {
    switch (status) {
        case ledger::AuthorisationStatus::reserved:
            return "RESERVED";
        case ledger::AuthorisationStatus::captured:
            return "CAPTURED";
        case ledger::AuthorisationStatus::voided:
            return "VOIDED";
        case ledger::AuthorisationStatus::expired:
            return "EXPIRED";
    }
    return "UNKNOWN";
}

object document_of(const ledger::AuthorisationId& id, const ledger::AuthorisationRecord& record,
                   const api::MemberNames& /*names*/) {
    const bool open = record.status == ledger::AuthorisationStatus::reserved;
    object target;
    target["authorisation"] = api::id_text(id);
    target["status"] = status_name(record.status);
    target["line"] = api::id_text(record.line);
    target["amount"] = record.amount;
    target["expires"] = day_json(record.expires);
    target["opened"] = day_json(record.opened);
    target["entry"] = record.entry;
    target["closed"] = open ? boost::json::value(nullptr) : day_json(record.closed);
    target["closed_entry"] = entry_json(record.closed_entry);
    return target;
}

/// An authorisation is in the currency of its line, and belongs to whom that belongs.
Status add_line(object& target, const ReadContext& context, const ledger::LineId& id) {
    const auto value = context.view.get(ledger::account_key(ledger::AccountClass::line, id.bytes));
    if (!value) return value.error();
    if (!*value) return fail(ledger::errc::corrupt_record, "an authorisation's line is not there");
    const auto line = ledger::decode_line(**value);
    if (!line) return line.error();
    if (!line->body) return {};
    target["currency"] = currency_text(line->body->currency);
    target["owner"] = member_json(line->body->owner, context.names());
    return {};
}

template <typename Id, typename Record>
void serve_registered(const ApiPtr& api, const ExchangePtr& exchange, std::string_view what,
                      Result<std::optional<Record>> (*read)(const ledger::RecordReader&,
                                                            const Id&)) {
    serve_read(api, exchange, [what, read](const ReadContext& context) -> Result<HttpResponse> {
        const auto id = path_id<Id>(context.parameter(0), what);
        if (!id) return id.error();
        const auto record = read(context.view, *id);
        if (!record) return record.error();
        if (!record->has_value()) {
            return fail(api::errc::not_found, std::string(what) + " " + api::id_text(*id));
        }
        object document = document_of(*id, **record, context.names());
        if constexpr (std::is_same_v<Record, ledger::AuthorisationRecord>) {
            const Status status = add_line(document, context, (*record)->line);
            if (!status) return status.error();
        }
        return json_response(document);
    });
}

}  // namespace

void get_ruleset(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "ruleset", ledger::read_ruleset);
}

void get_product(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "product", ledger::read_product);
}

void get_model(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "model", ledger::read_model);
}

void get_assessment(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "assessment", ledger::read_assessment);
}

void get_cost_table(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "cost table", ledger::read_cost_table);
}

void get_disclosure(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "disclosure", ledger::read_disclosure);
}

void get_authorisation(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "authorisation", ledger::read_authorisation);
}

void get_complaint(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "complaint", ledger::read_complaint);
}

void get_recon(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "recon", ledger::read_recon);
}

void get_opinion(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "opinion", ledger::read_opinion);
}

void get_hedge(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "hedge", ledger::read_hedge);
}

void get_erasure(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_registered(api, exchange, "erasure", ledger::read_erasure);
}

}  // namespace tally::node::http
