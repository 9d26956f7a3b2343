#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/note.h"
#include "ledger/genesis.h"
#include "node/driver/moment.h"
#include "node/keys.h"
#include "node/peer_messages.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::driver {

/// Roots of one seal differ. `contradicted`: a majority certified another one than this node's,
/// which must stop serving; else nobody has a majority, and writing stops.
struct Divergence {
    std::string reason;  ///< names the seal and its block
    bool contradicted = false;
};

/// What the keeper wants done, moved out by take_actions. The order of duties: 1. `store` the
/// checkpoints; 2. send; 3. tell of `certified` and `diverged`; 4. `remember` each mark durably,
/// one after the other, and report on_remembered, which gives new actions. A store that fails ends
/// the node: nothing is reported then.
struct KeeperActions {
    std::vector<storage::SignedMark> remember;
    std::vector<storage::StoredCheckpoint> store;
    std::vector<CheckpointSignatures> broadcasts;  ///< to every other voter
    std::vector<std::pair<consensus::NodeId, CheckpointSignatures>> replies;
    std::vector<std::uint64_t> certified;  ///< sizes
    std::vector<Divergence> diverged;
};

/// Signs a checkpoint for each seal that this node has applied itself, after the store remembers
/// durably how far it signed; collects the other nodes' signatures; and gives a checkpoint as
/// certified once a majority of the voters cosigned it (see keeper.cpp). A state machine like the
/// driver: no thread, no clock; reads `blocks` and never writes it.
class Keeper {
public:
    /// All references outlive the keeper. `self` is a node of `genesis`.
    Keeper(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
           const storage::BlockStore& blocks);

    /// A seal was applied here.
    void on_seal(const storage::SealPoint& seal, Moment now);
    /// The store remembers this mark durably.
    void on_remembered(const storage::SignedMark& mark, Moment now);
    /// What another node says; nothing that it says is believed unless its keys signed it.
    void on_signatures(consensus::NodeId from, CheckpointSignatures signatures, Moment now);
    /// Time passes: what was signed and is not certified yet is said again, once a second.
    void on_time(Moment now);

    KeeperActions take_actions() { return std::exchange(actions_, {}); }
    /// Size of the newest certified checkpoint; 0 for none.
    std::uint64_t certified_size() const { return certified_size_; }

private:
    /// What is known about one size that is not certified by everybody yet.
    struct Collected {
        std::optional<storage::SealPoint> own;
        std::map<std::uint32_t, CheckpointSignatures> by_node;
    };

    void sign(std::uint64_t size, const crypto::Digest& root, Moment now);
    void settle(std::uint64_t size, Collected& collected);
    void note_divergence(std::uint64_t size, const Collected& collected,
                         const std::map<crypto::Digest, std::size_t>& votes);
    storage::StoredCheckpoint checkpoint_of(std::uint64_t size, const Collected& collected) const;
    void answer_late(consensus::NodeId from, const CheckpointSignatures& received, Moment now);
    bool may_answer(consensus::NodeId from, std::uint64_t size, Moment now);
    bool verify(consensus::NodeId from, const CheckpointSignatures& received) const;
    std::string text_of(std::uint64_t size, const crypto::Digest& root) const;

    const ledger::Genesis& genesis_;
    const consensus::NodeId self_;
    const std::string origin_;
    const std::vector<crypto::NoteVerifier> own_verifiers_;  ///< log, then cosignature
    const NodeKeys& keys_;
    const storage::BlockStore& blocks_;
    const std::size_t majority_;
    std::map<std::uint64_t, Collected> pending_;  // by size; bounded, oldest out first
    /// The newest size that a peer was answered for, how often and when. Two nodes for which a size
    /// is certified would else answer each other's answers for ever.
    struct Answered {
        std::uint64_t size = 0;
        int count = 0;
        Clock::time_point when;
    };
    std::map<std::uint32_t, Answered> answered_;  // by node
    std::optional<CheckpointSignatures> newest_own_;
    Clock::time_point repeated_{};
    std::uint64_t certified_size_ = 0;
    KeeperActions actions_;
};

}  // namespace tally::node::driver
