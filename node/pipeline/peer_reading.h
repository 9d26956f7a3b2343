#pragma once

#include <map>
#include <mutex>

#include "consensus/raw_node.h"
#include "crypto/digest.h"
#include "node/driver/moment.h"
#include "node/peer_messages.h"
#include "storage/block_store.h"

namespace tally::node::pipeline {

/// The blocks that a follower is behind, from the store, at most 4 MiB at a time (at least one);
/// empty if they cannot be read. `network` is the tip before the first block.
consensus::FetchResult read_for_peer(const consensus::FetchRequest& request,
                                     const crypto::Digest& network,
                                     const storage::BlockStore& blocks);

/// What a peer asks for because its own disk does not give it; a damaged block never leaves.
BlocksGiven give(const BlocksWanted& wanted, const storage::BlockStore& blocks);

/// How often peers are given blocks: each one answer at a time, and not before kPause has passed
/// since its question before. Thread-safe.
class GivingBounds {
public:
    /// Below what a correct peer leaves between an answer and its next question.
    static constexpr std::chrono::milliseconds kPause{200};

    /// Whether this question is answered; then `end` has to follow.
    bool begin(consensus::NodeId peer, driver::Clock::time_point now);
    void end(consensus::NodeId peer);

private:
    struct Given {
        bool under_way = false;
        driver::Clock::time_point next{};
    };
    std::mutex mutex_;
    std::map<consensus::NodeId, Given> peers_;  // guarded by mutex_; only peers of the genesis ask
};

}  // namespace tally::node::pipeline
