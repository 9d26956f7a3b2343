#include <algorithm>

#include "api/errc.h"
#include "api/ids.h"
#include "base/hex.h"
#include "ledger/errc.h"
#include "ledger/ownership.h"
#include "ledger/queries.h"
#include "node/http/contract_json.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

// Mandates and debits: what was permitted, what was instructed, what came of it.

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

std::string_view status_name(ledger::DebitStatus status) {
    switch (status) {
        case ledger::DebitStatus::open:
            return "OPEN";
        case ledger::DebitStatus::succeeded:
            return "SUCCEEDED";
        case ledger::DebitStatus::failed:
            return "FAILED";
    }
    return "UNKNOWN";
}

value text_or_null(const std::string& text) { return text.empty() ? value(nullptr) : value(text); }

object debit_json(const ledger::DebitRecord& debit) {
    const bool open = debit.status == ledger::DebitStatus::open;
    return {{"debit", api::id_text(debit.terms.debit)},
            {"status", status_name(debit.status)},
            {"amount", debit.terms.amount},
            {"due", day_json(debit.terms.due)},
            {"entry", debit.entry},
            {"result_date", open ? value(nullptr) : day_json(debit.result_date)},
            {"result_entry", entry_json(debit.result_entry)},
            {"reason", text_or_null(debit.reason)},
            {"source_ref", text_or_null(debit.source_ref)}};
}

/// The contract that both are about: its id, and from its record currency and owner.
Result<ledger::ContractBody> add_contract(object& target, const ReadContext& context,
                                          const ledger::ContractId& id) {
    const auto stored =
        context.view.get(ledger::account_key(ledger::AccountClass::contract, id.bytes));
    if (!stored) return stored.error();
    if (!*stored) return fail(ledger::errc::corrupt_record, "a mandate's contract is not there");
    auto contract = ledger::decode_contract(**stored);
    if (!contract) return contract.error();
    if (!contract->body) {
        return fail(ledger::errc::corrupt_record, "a mandate's contract was never captured");
    }
    target["contract"] = api::id_text(id);
    target["currency"] = currency_text(contract->body->currency);
    target["owner"] = member_json(ledger::owner_of(*contract->body), context.names());
    return *std::move(contract->body);
}

Result<HttpResponse> mandate_response(const ReadContext& context) {
    const auto id = path_id<ledger::MandateId>(context.parameter(0), "mandate");
    if (!id) return id.error();
    const auto view = ledger::read_mandate(context.view, *id);
    if (!view) return view.error();
    if (!*view) return fail(api::errc::not_found, "mandate " + api::id_text(*id));
    const ledger::MandateRecord& record = (*view)->record;
    object target = to_json(record, context.names());
    target["commitment"] = to_hex(record.terms.commitment.view());
    const auto contract = add_contract(target, context, record.terms.contract);
    if (!contract) return contract.error();
    array debits;
    for (const ledger::DebitRecord& debit : (*view)->debits) debits.push_back(debit_json(debit));
    target["debits"] = std::move(debits);
    target["whole"] = (*view)->whole;
    return json_response(target);
}

Result<HttpResponse> debit_response(const ReadContext& context) {
    const auto id = path_id<ledger::DebitId>(context.parameter(0), "debit");
    if (!id) return id.error();
    const auto record = ledger::read_debit(context.view, *id);
    if (!record) return record.error();
    if (!*record) return fail(api::errc::not_found, "debit " + api::id_text(*id));
    const ledger::DebitRecord& debit = **record;
    const auto mandate = ledger::read_mandate(context.view, debit.terms.mandate);
    if (!mandate) return mandate.error();
    if (!*mandate) return fail(ledger::errc::corrupt_record, "a debit's mandate is not there");
    object target = debit_json(debit);
    target["mandate"] = api::id_text(debit.terms.mandate);
    target["provider"] = member_json((*mandate)->record.provider, context.names());
    const auto contract = add_contract(target, context, (*mandate)->record.terms.contract);
    if (!contract) return contract.error();
    const auto event =
        std::ranges::find(contract->events, debit.result_entry, &ledger::ContractEvent::entry);
    target["reversed_by"] =
        event == contract->events.end() ? value(nullptr) : entry_json(event->reversed_by);
    return json_response(target);
}

}  // namespace

void get_mandate(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, mandate_response);
}

void get_debit(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, debit_response);
}

}  // namespace tally::node::http
