#include "api/errc.h"
#include "crypto/base64.h"
#include "ledger/queries.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

namespace tally::node::http {
namespace {

Result<HttpResponse> transaction_response(const ReadContext& context) {
    const auto member = path_member(context.parameter(0), context.view);
    if (!member) return member.error();
    const auto id = path_id<ledger::TransactionId>(context.parameter(1), "id");
    if (!id) return id.error();
    const auto found = ledger::find_transaction(context.view, *member, *id);
    if (!found) return found.error();
    if (!found->has_value()) {
        return fail(api::errc::not_found, "transaction " + api::id_text(*id) + " of that member");
    }
    EntryReader reader(context);
    const auto entry = reader.transaction((*found)->entry);
    if (!entry) return entry.error();
    const auto document = reader.document((*found)->entry, *entry);
    if (!document) return document.error();
    return json_response(*document);
}

Result<boost::json::object> entry_document(const ReadContext& context, EntryReader& reader,
                                           std::uint64_t index, const ledger::Entry& entry) {
    if (const auto* transaction = std::get_if<ledger::TransactionEntry>(&entry)) {
        return reader.document(index, *transaction);
    }
    if (const auto* header = std::get_if<ledger::HeaderEntry>(&entry)) {
        return api::header_entry_json(index, *header, context.names());
    }
    if (const auto* seal = std::get_if<ledger::SealEntry>(&entry)) {
        return api::seal_entry_json(index, *seal);
    }
    return api::invalid_entry_json(index, std::get<ledger::InvalidEntry>(entry));
}

Result<HttpResponse> entry_response(const ReadContext& context) {
    const auto index = path_number(context.parameter(0), "n");
    if (!index) return index.error();
    EntryReader reader(context);
    const auto leaf = reader.leaf(*index);
    if (!leaf) return leaf.error();
    auto document = entry_document(context, reader, *index, leaf->entry);
    if (!document) return document.error();
    (*document)["bytes"] = crypto::to_base64(leaf->bytes);
    return json_response(*document);
}

}  // namespace

void get_transaction(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, transaction_response);
}

void get_entry(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, entry_response);
}

}  // namespace tally::node::http
