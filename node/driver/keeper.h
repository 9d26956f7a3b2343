#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "crypto/note.h"
#include "ledger/genesis.h"
#include "node/driver/moment.h"
#include "node/driver/statements.h"
#include "node/keys.h"
#include "node/peer_messages.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node::driver {

/// Roots of one seal differ for good. `contradicted`: a majority signed another one than this
/// node's, which must stop serving; else no root can reach a majority any more, and writing stops.
struct Divergence {
    std::string reason;  ///< names the seal and its block, and who signed what
    bool contradicted = false;
};

/// What the keeper wants done, moved out by take_actions. The order of duties: 1. keep `evidence`
/// and `store` the checkpoints; 2. send; 3. tell of `certified` and `diverged`; 4. `remember` each
/// mark durably, one after the other, and report on_remembered, which gives new actions. A store
/// that fails ends the node: nothing is reported then.
struct KeeperActions {
    std::vector<storage::Evidence> evidence;
    std::vector<storage::SignedMark> remember;
    std::vector<storage::StoredCheckpoint> store;
    std::vector<CheckpointSignatures> broadcasts;  ///< to every other voter
    std::vector<std::pair<consensus::NodeId, CheckpointSignatures>> messages;
    std::vector<std::uint64_t> certified;  ///< sizes
    std::vector<Divergence> diverged;
};

/// What may be shown of a keeper; never acted upon.
struct KeeperView {
    std::uint64_t certified_size = 0;  ///< of the newest certified checkpoint; 0 for none
    std::uint64_t signed_size = 0;     ///< newest signed here since the start; 0 for none
    /// Since when the newest signed size waits for a majority; none if it has one.
    std::optional<Clock::time_point> uncertified_since;
    std::vector<consensus::NodeId> lacking;    ///< have not signed the newest signed size
    std::vector<consensus::NodeId> differing;  ///< have signed another root for it
};

/// Signs a checkpoint for each seal that this node has applied itself, after the store remembers
/// durably how far it signed; collects the other nodes' signatures, asks for those that it lacks,
/// keeps what contradicts as evidence; and gives a checkpoint as certified once a majority of the
/// voters cosigned it (see keeper.cpp). A state machine like the driver: no thread, no clock; reads
/// `blocks` and never writes it.
class Keeper {
public:
    /// All references outlive the keeper. `self` is a node of `genesis`. There may be actions at
    /// once: a node whose folder holds the proof that a majority contradicted it says so.
    Keeper(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
           const storage::BlockStore& blocks);

    /// A seal was applied here.
    void on_seal(const storage::SealPoint& seal, Moment now);
    /// The store remembers this mark durably.
    void on_remembered(const storage::SignedMark& mark, Moment now);
    /// What another node says; nothing that it says is believed unless its keys signed it.
    void on_signatures(consensus::NodeId from, CheckpointSignatures signatures, Moment now);
    /// Time passes: signatures that are missing are asked for.
    void on_time(Moment now);

    KeeperActions take_actions() { return std::exchange(actions_, {}); }
    /// Size of the newest certified checkpoint; 0 for none.
    std::uint64_t certified_size() const { return certified_size_; }
    KeeperView view() const;

    /// Sizes without a seal of this node's own for which one peer's signatures are held.
    static constexpr std::size_t kAheadMax = 64;
    /// So many leaves above the newest seal here, nothing is held: it is asked for in its time.
    static constexpr std::uint64_t kAheadLeavesMax = 1 << 20;
    /// Own sizes that wait for a majority; the oldest give way to the newest.
    static constexpr std::size_t kOwnMax = 256;

private:
    /// What is known about one size that is not certified by everybody yet.
    struct Collected {
        std::optional<storage::SealPoint> own;
        Statements statements;
        bool told = false;  ///< of the divergence
    };
    using Sizes = std::map<std::uint64_t, Collected>;

    void look_for_own_guilt();
    void stop_contradicted(std::string reason);
    bool contradicts_memory(const storage::SealPoint& seal);
    void sign(std::uint64_t size, const crypto::Digest& root, Moment now);
    void settle(std::uint64_t size, Collected& collected, Moment now);
    void certify(std::uint64_t size, const Collected& collected, Moment now);
    void tell_divergence(Collected& collected, bool contradicted);
    void keep_evidence(std::uint64_t size, const Collected& collected, Moment now);
    void compare_with_certified(consensus::NodeId from, const CheckpointSignatures& statement,
                                Moment now);
    bool is_welcome(consensus::NodeId from, std::uint64_t size);
    void drop_passed(std::uint64_t size);
    void make_room(std::uint64_t newest);
    void answer(consensus::NodeId from, std::uint64_t size, Moment now);
    std::optional<CheckpointSignatures> own_statement(std::uint64_t size) const;
    bool verify(consensus::NodeId from, const CheckpointSignatures& received) const;
    std::string text_of(std::uint64_t size, const crypto::Digest& root) const;

    const ledger::Genesis& genesis_;
    const consensus::NodeId self_;
    const std::string origin_;
    const std::vector<crypto::NoteVerifier> own_verifiers_;  ///< log, then cosignature
    const NodeKeys& keys_;
    const storage::BlockStore& blocks_;
    const std::size_t majority_;
    Sizes pending_;  // bounded: kOwnMax sizes with an own seal, and those of ahead_
    std::map<consensus::NodeId, std::set<std::uint64_t>> ahead_;  // sizes of pending_ without one
    std::uint64_t newest_seal_ = 0;
    std::optional<CheckpointSignatures> newest_own_;
    std::optional<Clock::time_point> uncertified_since_;
    Clock::time_point next_ask_ = Clock::time_point::max();
    std::chrono::milliseconds ask_pause_{0};
    std::map<consensus::NodeId, Clock::time_point> answered_;  // when last
    std::uint64_t certified_size_ = 0;
    bool contradicted_ = false;  // nothing more is signed
    KeeperActions actions_;
};

}  // namespace tally::node::driver
