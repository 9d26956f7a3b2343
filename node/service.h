#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/raw_node.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"
#include "node/recovery.h"
#include "storage/block_store.h"
#include "storage/state_store.h"

namespace tally::node {

/// What a client learns of a submission that was committed and applied.
struct SubmitReceipt {
    std::uint64_t block = 0;
    consensus::Millis block_time{0};
    bool replayed = false;  ///< every id was on record already: the first answers, nothing proposed
    ledger::SubmissionResult result;
    std::uint64_t applied_index = 0;              ///< a `min_index` that sees it on any node
    std::optional<std::uint64_t> certified_size;  ///< with SubmitWait::certified
};

enum class SubmitWait : std::uint8_t { committed, certified };

/// A consistent place to read from.
struct ReadPoint {
    std::shared_ptr<const storage::StateView> view;
    bool stale = false;  ///< no quorum confirmed it: may be behind
};
struct ReadOptions {
    bool confirm = true;          ///< ask a quorum (ReadIndex); falls back to stale without one
    std::uint64_t min_index = 0;  ///< not_ready if it is not applied within the request timeout
};

/// A node that may have forgotten what it promised, and counts in no quorum until it holds again
/// all that it may have acknowledged.
struct RecoveringStatus {
    std::string reason;
    std::uint64_t block = 0;  ///< it has the log up to here
    std::uint64_t until =
        0;  ///< and counts again when it has this one, committed; 0: not known yet
};

struct PeerStatus {
    consensus::NodeId id;
    std::string name;
    std::string address;
    bool reachable = false;
    consensus::Millis since{0};  ///< of the last change of `reachable`, wall time
    std::string last_error;
    std::optional<std::uint64_t> match;  ///< as leader
    std::uint64_t forgotten = 0;     ///< as leader: it acknowledged this block and lost it; 0: none
    bool recovering = false;         ///< as leader: it counts in no quorum
    std::string last_refusal;        ///< as leader
    std::string refusal_reason;      ///< as leader: in the follower's words
    std::uint64_t faults = 0;        ///< messages that no correct node sends
    std::string last_fault;          ///< what was wrong with the newest
    std::uint32_t rules_newest = 0;  ///< rules version that it applies; 0: not known
};

/// The rounds in which a node reads its own disk, and what came of them.
struct ScrubStatus {
    bool on = false;                         ///< there are rounds
    std::uint64_t block = 0;                 ///< the one under way has read up to here
    std::uint64_t until = 0;                 ///< and goes up to here
    std::optional<consensus::Millis> ended;  ///< when the last whole one was, wall time
    std::uint64_t damaged = 0;               ///< blocks that are known to be, and not mended yet
    std::uint64_t mended = 0;                ///< since the start
};

/// What evidence says of a node, from the lightest to the gravest.
enum class Charge : std::uint8_t {
    sent_other_block,       ///< this node's word: it sent a block that contradicts a committed one
    differs,                ///< signed another root than others, and no majority has decided
    contradicts_certified,  ///< signed another root than the certified one
    signed_two_roots,       ///< signed two roots of one size
};
/// `signed two roots`, for sentences that begin with a node's name.
std::string charge_words(Charge charge);
/// `signed_two_roots`, for programs.
std::string charge_name(Charge charge);

/// A node against which evidence is kept.
struct Accused {
    consensus::NodeId id;
    std::string name;
    Charge charge = Charge::sent_other_block;  ///< the gravest
    std::uint64_t records = 0;
};

/// The newest size signed here waits for a majority.
struct Uncertified {
    std::uint64_t size = 0;
    std::chrono::milliseconds waiting{0};
    std::vector<std::string> lacking;    ///< names of the nodes that have not signed it
    std::vector<std::string> differing;  ///< that have signed another root
};

/// Requests to this node that it hand its lead over.
struct LeadTransfers {
    std::uint64_t asked = 0;
    std::string refused;  ///< why the newest was; empty: it was begun
};

struct NodeStatus {
    consensus::NodeId id;
    std::string name;
    consensus::SoftState soft;
    std::string leader_name;  ///< empty: none known
    std::uint64_t last_index = 0;
    storage::AppliedPoint applied;
    std::optional<std::uint64_t> certified_size;
    std::optional<Uncertified> uncertified;
    std::vector<Accused> accused;  ///< by id
    std::vector<PeerStatus> peers;
    std::uint64_t queued_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::string read_only;   ///< reason (storage_full), empty when writable
    std::string halted;      ///< reason, empty when applying
    std::string diverged;    ///< the leader holds another history: where; empty when it does not
    std::string unreadable;  ///< a block that this node's disk does not give; empty: none is known
    ScrubStatus scrub;
    std::uint64_t network_commit = 0;  ///< how far the network is committed, as the leader says
    bool behind = false;               ///< has not kept up with that for seconds
    LeadTransfers lead_transfers;
    std::optional<RecoveringStatus> recovering;
    std::optional<RecoveryManifest> recovery;  ///< the last one by which it went on
    consensus::Millis started{0};
    std::int64_t process = 0;                                  ///< its number on its machine
    std::uint32_t rules_newest = ledger::kRulesVersion;        ///< that this node applies
    std::optional<ledger::GovernanceRecord::Next> next_rules;  ///< decided on, not begun
    bool ready = false;  ///< a leader is known, and this node keeps up with it and agrees
};

/// Counters since the start, and gauges, for /metrics.
struct NodeCounters {
    std::uint64_t submissions = 0;
    std::uint64_t transactions_accepted = 0;
    std::uint64_t transactions_refused = 0;
    std::uint64_t admission_refused = 0;
    std::uint64_t blocks_applied = 0;
    std::uint64_t seals = 0;
    std::uint64_t elections = 0;
    std::uint64_t log_syncs = 0;
    std::uint64_t log_bytes = 0;
    std::uint64_t forwarded = 0;
    std::uint64_t policy_refusals = 0;      ///< blocks of others that this node refused
    std::uint64_t checkpoint_messages = 0;  ///< about signatures, sent to peers
};

/// The node as its API sees it. Thread-safe; callbacks run on the node's own threads, exactly once
/// each, and must not block.
class Service {
public:
    virtual ~Service() = default;

    /// `submission` is an encoded ledger::Submission. Fails with admission's ledger codes,
    /// no_quorum, outcome_unknown, overloaded, storage_full, halted or shutting_down. On a follower
    /// it is forwarded to the leader.
    virtual void submit(SharedBytes submission, SubmitWait wait,
                        std::function<void(Result<SubmitReceipt>)> done) = 0;
    virtual void read(const ReadOptions& options, std::function<void(Result<ReadPoint>)> done) = 0;

    virtual NodeStatus status() const = 0;
    virtual NodeCounters counters() const = 0;
    virtual const ledger::Genesis& genesis() const = 0;
    virtual const storage::BlockStore& blocks() const = 0;
};

}  // namespace tally::node
