#include "node/pipeline/peer_reading.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kFetchBytesMax = 4 << 20;

Result<consensus::ChainTip> tip_before(consensus::Index first, const crypto::Digest& network,
                                       const storage::BlockStore& blocks) {
    if (first.value <= 1) {
        return consensus::ChainTip{consensus::Index{}, consensus::Term{}, consensus::Millis{0},
                                   network};
    }
    const auto before = blocks.read(first.previous(), first.previous(), 1);
    if (!before) return before.error();
    return consensus::tip_of(before->front());
}

}  // namespace

consensus::FetchResult read_for_peer(const consensus::FetchRequest& request,
                                     const crypto::Digest& network,
                                     const storage::BlockStore& blocks) {
    consensus::FetchResult result;
    result.id = request.id;
    const auto previous = tip_before(request.first, network, blocks);
    if (!previous) {
        result.problem = previous.error().code.message() + ": " + previous.error().context;
        return result;
    }
    auto read = blocks.read(request.first, request.last, kFetchBytesMax);
    if (!read) {
        result.problem = read.error().code.message() + ": " + read.error().context;
        return result;
    }
    result.previous = *previous;
    result.blocks = std::move(*read);
    return result;
}

}  // namespace tally::node::pipeline
