#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "crypto/note.h"
#include "ledger/genesis.h"
#include "node/keys.h"
#include "node/peer/transport.h"
#include "node/pipeline/event_queue.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::pipeline {

/// Signs a checkpoint for each seal that this node has applied itself, after remembering durably
/// how far it signed; collects the other nodes' signatures; and stores a checkpoint as certified
/// once a majority of the voters cosigned it (DESIGN section 8). One thread of its own, so that its
/// sync does not hold up applying.
class CheckpointKeeper {
public:
    struct Hooks {
        std::function<void(const peer::CheckpointSignatures&)> broadcast;
        std::function<void(consensus::NodeId, const peer::CheckpointSignatures&)> reply;
        std::function<void(std::uint64_t size)> certified;
        /// Roots of one seal differ. `contradicted`: a majority certified another one than this
        /// node's, which must stop serving; else nobody has a majority, and writing stops. The text
        /// names the seal and its block.
        std::function<void(const std::string& reason, bool contradicted)> diverged;
        std::function<void(const Error&)> failed;  ///< storage; the process must end
    };

    CheckpointKeeper(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
                     storage::BlockStore& blocks, Hooks hooks);
    ~CheckpointKeeper();

    /// A seal was applied here.
    void on_seal(const storage::SealPoint& seal);
    /// Signatures of another node; dropped when too many wait.
    void on_signatures(consensus::NodeId from, peer::CheckpointSignatures signatures);

    /// Size of the newest certified checkpoint; 0 for none.
    std::uint64_t certified_size() const { return certified_size_; }

private:
    struct PeerSignatures {
        consensus::NodeId from;
        peer::CheckpointSignatures signatures;
    };
    struct Stop {};
    using Event = std::variant<storage::SealPoint, PeerSignatures, Stop>;

    /// What is known about one size that is not certified yet.
    struct Collected {
        std::optional<storage::SealPoint> own;
        std::map<std::uint32_t, peer::CheckpointSignatures> by_node;
    };

    void run();
    void handle(storage::SealPoint seal);
    void handle(PeerSignatures received);
    void sign(const storage::SealPoint& seal, Collected& collected);
    void settle(std::uint64_t size, Collected& collected);
    void store(std::uint64_t size, const Collected& collected, bool certified);
    void answer_late(const PeerSignatures& received);
    bool verify(const PeerSignatures& received) const;
    void repeat_own();
    std::string text_of(std::uint64_t size, const crypto::Digest& root) const;
    void fail_with(const Error& error);

    const ledger::Genesis& genesis_;
    const consensus::NodeId self_;
    const std::string origin_;
    const std::vector<crypto::NoteVerifier> own_verifiers_;  ///< log, then cosignature
    const NodeKeys& keys_;
    storage::BlockStore& blocks_;
    Hooks hooks_;
    std::size_t majority_;
    EventQueue<Event> queue_;
    std::map<std::uint64_t, Collected> pending_;  // by size; bounded, oldest out first
    std::optional<peer::CheckpointSignatures> newest_own_;
    std::chrono::steady_clock::time_point repeated_{};
    bool failed_ = false;
    std::atomic<std::uint64_t> certified_size_{0};
    std::thread thread_;  // last
};

}  // namespace tally::node::pipeline
