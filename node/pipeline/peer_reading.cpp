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

BlocksGiven give(const BlocksWanted& wanted, const storage::BlockStore& blocks) {
    BlocksGiven given{wanted.id, {}, ""};
    auto read = blocks.read(wanted.first, wanted.last, kGivenBytesMax);
    if (read) {
        given.blocks = std::move(*read);
    } else {
        given.problem = read.error().code.message() + ": " + read.error().context;
    }
    return given;
}

bool GivingBounds::begin(consensus::NodeId peer, driver::Clock::time_point now) {
    const std::lock_guard lock(mutex_);
    Given& given = peers_[peer];
    if (given.under_way || now < given.next) return false;
    given = {true, now + kPause};
    return true;
}

void GivingBounds::end(consensus::NodeId peer) {
    const std::lock_guard lock(mutex_);
    peers_[peer].under_way = false;
}

}  // namespace tally::node::pipeline
