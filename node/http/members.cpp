#include <map>

#include "api/errc.h"
#include "crypto/base64.h"
#include "ledger/queries.h"
#include "ledger/transaction_words.h"
#include "node/http/handlers.h"
#include "node/http/json_parts.h"
#include "node/http/member_json.h"
#include "node/http/path_values.h"

// Who belongs to the network, with which keys, and who decides what.

namespace tally::node::http {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

array roles_json(std::uint16_t roles) {
    array words;
    for (std::size_t place = 0; place < ledger::kWords<ledger::RoleName>.size(); ++place) {
        if (((roles >> place) & 1U) != 0) {
            words.emplace_back(ledger::kWords<ledger::RoleName>.at(place));
        }
    }
    return words;
}

Result<HttpResponse> member_response(const ReadContext& context) {
    const auto id = path_member(context.parameter(0), context.view);
    if (!id) return id.error();
    const auto member = ledger::read_member(context.view, *id);
    if (!member) return member.error();
    return json_response(to_json(*id, **member));
}

Result<HttpResponse> governance_response(const ReadContext& context) {
    const auto governance = ledger::read_governance(context.view);
    if (!governance) return governance.error();
    array members;
    for (const ledger::MemberId& id : governance->members) {
        members.push_back(member_json(id, context.names()));
    }
    value next(nullptr);
    if (governance->next) {
        next = object{{"version", governance->next->version},
                      {"height", governance->next->height},
                      {"entry", governance->next->entry}};
    }
    // By their names, so that what two nodes say can be alike.
    const NodeStatus status = context.service.status();
    std::map<std::string, std::uint32_t> newest{{status.name, status.rules_newest}};
    for (const PeerStatus& peer : status.peers) newest[peer.name] = peer.rules_newest;
    array nodes;
    for (const auto& [name, version] : newest) {
        nodes.push_back(
            {{"name", name}, {"rules_newest", version == 0 ? value(nullptr) : value(version)}});
    }
    return json_response({{"members", std::move(members)},
                          {"quorum", governance->quorum()},
                          {"rules_version", context.view.applied().head.rules_version},
                          {"applied_block", context.view.applied().index.value},
                          {"next", std::move(next)},
                          {"nodes", std::move(nodes)}});
}

}  // namespace

object to_json(const ledger::MemberId& id, const ledger::MemberRecord& member) {
    const ledger::MemberBody& body = *member.body;
    array keys;
    for (const ledger::MemberKey& key : body.keys) {
        const bool ends = key.end_block != ~std::uint64_t{0};
        keys.push_back({{"suite", ledger::word_of(crypto::Suite::ed25519)},
                        {"key", crypto::to_base64(key.key.view())},
                        {"first_block", key.first_block},
                        {"end_block", ends ? value(key.end_block) : value(nullptr)}});
    }
    object target;
    target["id"] = api::id_text(id);
    target["name"] = body.name;
    target["roles"] = roles_json(body.roles);
    target["keys"] = std::move(keys);
    add_log(target, member.head);
    return target;
}

void get_member(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, member_response);
}

void get_governance(const ApiPtr& api, const ExchangePtr& exchange) {
    serve_read(api, exchange, governance_response);
}

}  // namespace tally::node::http
