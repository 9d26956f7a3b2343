#include <algorithm>

#include "api/errc.h"
#include "crypto/base64.h"
#include "node/evidence_json.h"
#include "node/http/handlers.h"
#include "node/http/path_values.h"

// What auditors and log clients take away as it is: genesis, blocks, signed notes.

namespace tally::node::http {
namespace {

constexpr std::uint64_t kBlocksMax = 1000;
constexpr std::uint64_t kBlocksDefault = 100;
constexpr std::size_t kBlocksBytesMax = 4 << 20;

Result<HttpResponse> note_response(Result<std::optional<storage::StoredCheckpoint>> stored,
                                   std::string missing) {
    if (!stored) return stored.error();
    if (!stored->has_value()) return fail(api::errc::not_found, std::move(missing));
    return text_response(std::move((*stored)->note));
}

Result<HttpResponse> blocks_response(const Service& service, std::uint64_t first,
                                     std::uint64_t count) {
    // Only what is committed leaves the node: the rest may still be replaced.
    const std::uint64_t commit = service.status().soft.commit.value;
    if (first == 0 || first > commit) {
        return fail(api::errc::not_found, "block " + std::to_string(first) +
                                              ": the committed blocks are 1 to " +
                                              std::to_string(commit));
    }
    const std::uint64_t last = std::min(commit, first + (count - 1));
    const auto blocks =
        service.blocks().read(consensus::Index(first), consensus::Index(last), kBlocksBytesMax);
    if (!blocks) return blocks.error();
    boost::json::array list;
    for (const consensus::Block& block : *blocks) {
        list.push_back({{"header", crypto::to_base64(block.header.encode())},
                        {"payload", crypto::to_base64(*block.payload)}});
    }
    return json_response({{"blocks", std::move(list)}, {"commit", commit}});
}

}  // namespace

void get_genesis(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    exchange->answer(octets_response(to_string(api->service.genesis().encode())));
}

void get_blocks(const ApiPtr& api, const ExchangePtr& exchange) {
    QueryReader query(exchange->request());
    const std::uint64_t count = query.number("count", kBlocksDefault, 1, kBlocksMax);
    const Status status = query.finish();
    const auto first = path_number(exchange->parameters().front(), "first");
    if (!status || !first) {
        exchange->refuse(status ? first.error() : status.error());
        return;
    }
    serve_stored(api, exchange, [api, first = *first, count] {
        return blocks_response(api->service, first, count);
    });
}

void get_checkpoint(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    const auto size = path_number(exchange->parameters().front(), "size");
    if (!size) {
        exchange->refuse(size.error());
        return;
    }
    serve_stored(api, exchange, [api, size = *size] {
        return note_response(api->service.blocks().checkpoint(size),
                             "no checkpoint of size " + std::to_string(size));
    });
}

void get_evidence(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    serve_stored(api, exchange, [api]() -> Result<HttpResponse> {
        auto all = api->service.blocks().evidence();
        if (!all) return all.error();
        HttpResponse response = text_response(
            encode_evidence_document({api->service.genesis().network_id(), std::move(all->records),
                                      std::move(all->damaged)}));
        response.content_type = kJsonMediaType;
        return response;
    });
}

void get_latest_checkpoint(const ApiPtr& api, const ExchangePtr& exchange) {
    if (refuse_query(exchange)) return;
    serve_stored(api, exchange, [api] {
        auto response = note_response(api->service.blocks().latest_certified(),
                                      "no checkpoint is certified yet");
        if (response) response->headers.emplace_back("Cache-Control", "max-age=1");
        return response;
    });
}

}  // namespace tally::node::http
