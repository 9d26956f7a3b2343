#include "api/errc.h"
#include "ledger/queries.h"
#include "ledger/trial_balance.h"
#include "node/http/entry_reader.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "node/http/path_values.h"

// Payments by the reference under which they were posted.

namespace tally::node::http {
namespace {

constexpr std::size_t kReferenceBytesMax = 64;

struct Wanted {
    std::string source_ref;
    std::optional<ledger::MemberId> member;
};

/// A reference belongs to the book of a lender, and several lenders may have the same.
Result<HttpResponse> payments_response(const ReadContext& context, const Wanted& wanted) {
    std::vector<ledger::MemberId> members;
    if (wanted.member) {
        const auto member = path_member(api::id_text(*wanted.member), context.view);
        if (!member) return member.error();
        members.push_back(*member);
    }
    if (!wanted.member) {
        // Whose books anything was booked in.
        const auto days = ledger::read_days(context.view);
        if (!days) return days.error();
        for (const ledger::BookId& book : days->books) {
            if (members.empty() || members.back() != book.lender) members.push_back(book.lender);
        }
    }
    EntryReader reader(context);
    boost::json::array items;
    for (const ledger::MemberId& member : members) {
        const auto found = ledger::find_payment(context.view, member, wanted.source_ref);
        if (!found) return found.error();
        if (!*found) continue;
        const auto entry = reader.transaction((*found)->entry);
        if (!entry) return entry.error();
        auto posted = reader.document((*found)->entry, *entry);
        if (!posted) return posted.error();
        items.push_back({{"lender", member_json(member, context.names())},
                         {"source_ref", wanted.source_ref},
                         {"contract", api::id_text((*found)->contract)},
                         {"entry", (*found)->entry},
                         {"reversed_by", entry_json((*found)->reversed_by)},
                         {"posted", std::move(*posted)}});
    }
    if (items.empty()) {
        return fail(api::errc::not_found,
                    "source_ref " + wanted.source_ref + ": " +
                        (wanted.member ? "nothing was posted under it in that lender's book"
                                       : "nothing was posted under it"));
    }
    return json_response({{"items", std::move(items)}});
}

}  // namespace

void get_payments(const ApiPtr& api, const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const ReadOptions options = query.read_options();
    const auto source_ref = query.text("source_ref");
    if (!source_ref) query.reject("source_ref", "missing");
    if (source_ref && (source_ref->empty() || source_ref->size() > kReferenceBytesMax)) {
        query.reject("source_ref", "not 1 to " + std::to_string(kReferenceBytesMax) + " bytes");
    }
    const auto member = query.text("member");
    if (const Status status = query.finish(); !status) {
        exchange->refuse(status.error());
        return;
    }
    Wanted wanted{*source_ref, std::nullopt};
    if (member) {
        const auto id = path_member(*member);
        if (!id) {
            exchange->refuse(id.error());
            return;
        }
        wanted.member = *id;
    }
    serve_read(api, exchange, options, [wanted = std::move(wanted)](const ReadContext& context) {
        return payments_response(context, wanted);
    });
}

}  // namespace tally::node::http
