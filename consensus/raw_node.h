#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/errc.h"
#include "consensus/log_store.h"
#include "consensus/message.h"
#include "consensus/types.h"

namespace tally::consensus {

/// What a node is told once. Ticks are counted: the caller decides how long one lasts.
struct Config {
    NodeId id;
    std::vector<NodeId> voters;  ///< 1..15, distinct
    crypto::Digest network;
    std::uint32_t election_ticks = 10;  ///< minimum election timeout; the maximum is twice that
    std::uint32_t heartbeat_ticks = 2;  ///< below election_ticks
    std::size_t append_bytes_max = 1 << 20;        ///< per append message (at least one block)
    std::size_t inflight_bytes_max = 8 << 20;      ///< per follower, sent and not answered
    std::size_t uncommitted_bytes_max = 32 << 20;  ///< proposals beyond it are refused: busy
    std::size_t unapplied_bytes_max = 64 << 20;    ///< likewise
    std::size_t block_bytes_max = 4 << 20;         ///< payload of one block
    std::size_t cache_bytes_max = 32 << 20;        ///< committed blocks kept for followers
    std::size_t reads_max = 4096;                  ///< pending read_index calls
    Millis clock_skew_max{30'000};                 ///< see Refusal::clock
};

enum class Role : std::uint8_t { follower, pre_candidate, candidate, leader };

/// What may be shown and acted upon, but is never persisted.
struct SoftState {
    Role role = Role::follower;
    NodeId leader = kNobody;
    Term term;
    Index commit;
    /// This node's committed block here is contradicted by whoever leads it now; 0: none is. It
    /// follows nobody and confirms no read until a leader shows it this very block.
    Index diverged;
    /// This node may have forgotten: it votes for nobody, stands for nothing, and counts in no
    /// quorum, until it holds all blocks up to `recovered_by` (0: no leader has named one yet).
    bool recovering = false;
    Index recovered_by{};

    bool operator==(const SoftState&) const = default;
};

/// A wish to append, in order. The payload is hashed by the core once.
struct Proposal {
    BlockKind kind = BlockKind::submissions;
    SharedBytes payload;
};

/// Where proposals were put: the block keeps this place if, and only if, this term's block there is
/// committed.
struct Proposed {
    Term term;
    Index first;
};

/// What the caller found when it checked an append's submissions outside the core. Only blocks of
/// the message's own term after its commit index can be refused: the rest is history, and its
/// validity is decided when it is applied.
struct PolicyVerdict {
    /// The first such block that fails, and why; none if all pass.
    std::optional<Index> refused_index;
    Refusal refusal = Refusal::none;
    std::string reason;
};

/// An answer to read_index: reads may be served once `index` is applied; not granted: ask again
/// under another context.
struct ReadState {
    std::uint64_t context = 0;
    bool granted = false;
    Index index;
};

/// Blocks that the core wants for a follower that is behind its cache.
struct FetchRequest {
    std::uint64_t id = 0;
    Index first;  ///< the block before the first wanted comes along as `first - 1` when > 0
    Index last;
};
struct FetchResult {
    std::uint64_t id = 0;
    ChainTip previous;          ///< tip before blocks.front()
    std::vector<Block> blocks;  ///< empty: could not be read
    std::string problem{};      ///< then why, if this node's own disk is at fault; for people
};

/// Two blocks where there can be one: no correct node sends the second. Found by the first append
/// or heartbeat that shows it, once for each sender and term; once more by a block where a
/// heartbeat was first.
struct Divergence {
    Index index;
    Term own_term;
    crypto::Digest own;
    Term other_term;
    crypto::Digest other;    ///< zeros: the sender's log does not reach so far
    NodeId from;             ///< who sent the other
    Term term;               ///< in which it claims to lead
    bool committed = false;  ///< this node knows its own block to be committed
};
/// Both hashes, shortened, and who said what: for people.
std::string describe(const Divergence& found);

/// Work to make durable, and the messages that may leave only afterwards.
struct AppendTask {
    std::uint64_t sequence = 0;
    LogWrite write;
    std::vector<Message> release;
};

/// Everything that the caller has to do, moved out by take_ready. The order of duties:
/// 1. send `messages`, at once; 2. write `append` durably, then send its `release` and call
/// on_append_done with its sequence (appends in order, several may be merged into one sync); 3.
/// apply blocks up to `apply_to`, read from the log store (never above its durable tip), then call
/// on_apply_done;
/// 4. answer `read_states`, 5. serve `fetches` through on_blocks_fetched, 6. keep `divergences` as
/// evidence.
struct Ready {
    std::vector<Message> messages;
    std::optional<AppendTask> append;
    std::optional<Index> apply_to;  ///< min(commit, own durable tip), when it moved
    std::vector<ReadState> read_states;
    std::vector<FetchRequest> fetches;
    std::vector<Divergence> divergences;
    std::optional<SoftState> soft_state;  ///< when it changed
};

/// What a leader knows about a voter, for status displays.
struct ProgressView {
    NodeId id;
    Index match;
    bool active = false;  ///< heard of within an election timeout
    std::uint64_t silent_ticks = 0;
    Index forgotten;          ///< it acknowledged this and does not hold it any more; 0: none
    bool recovering = false;  ///< it counts in no quorum, as it says itself
    Refusal last_refusal = Refusal::none;
    std::string last_reason;
};

/// The consensus core: a state machine without I/O, clock, thread or randomness of its own. Not
/// thread-safe: one thread owns it. After every call the caller drains take_ready.
///
/// A node whose persisted state may lack what it once promised is restored as `recovering`
/// (recovering.cpp). When it leaves that state an AppendTask says so (`write.ends_recovering`); it
/// speaks as a voter again after that is reported durable.
class RawNode {
public:
    /// `seed` feeds the election timeouts, `incarnation` must be fresh and random for each start.
    /// `applied` is what the caller's derived state already covers. It may be beyond the committed
    /// hint, since only committed blocks are ever applied, but not beyond the durable tip.
    /// Fails with bad_configuration or corrupt_log.
    static Result<RawNode> restore(Config config, PersistedState state, Index applied,
                                   std::uint64_t seed, std::uint64_t incarnation);
    RawNode(RawNode&&) noexcept;
    RawNode& operator=(RawNode&&) noexcept;
    ~RawNode();

    void tick(Moment now);
    /// Total: a message that makes no sense is refused with bad_message and changes nothing; one
    /// that contradicts this node's log is refused with `diverged` and told in the next Ready.
    Status step(const Message& message, Moment now, const PolicyVerdict& verdict = {});
    /// Refused with not_leader, busy or too_large; then nothing was appended.
    Result<Proposed> propose(std::span<const Proposal> proposals, Moment now);
    /// On any node; `context` is unique per attempt. Refused with busy or, without a known leader,
    /// not_leader.
    Status read_index(std::uint64_t context);
    /// The write under `sequence` and all before it are durable. Ignored if already known.
    void on_append_done(std::uint64_t sequence);
    /// Blocks up to `applied` are applied; at most what `apply_to` asked for.
    void on_apply_done(Index applied);
    /// Answers a FetchRequest; an answer that is not awaited any more is dropped.
    void on_blocks_fetched(FetchResult result);

    /// A leader: gives its lead to `to`, or with kNobody to the follower that keeps up best, as
    /// soon as that one holds the whole log; nothing is proposed meanwhile (busy). Given up after
    /// an election timeout. Refused with not_leader, or with busy and the reason where `to` (or
    /// nobody) could take it.
    Status transfer_leader(NodeId to);
    /// Whether something of this node's own (its disk, its applying) keeps it from leading well.
    /// Then it hands the lead over as soon as a follower that keeps up could take it, and stands
    /// for election only after the others have had several timeouts. True at the start.
    void set_may_lead(bool may_lead);
    /// Whether this node's caller takes submissions, as far as its disk goes. Peers are told.
    void set_has_room(bool has_room);
    /// A leader: a majority, as it said itself, takes submissions. What is proposed without would
    /// be refused, cost the lead, and be appended under the next leader all the same.
    bool majority_has_room() const;

    bool has_ready() const;
    Ready take_ready();

    SoftState soft_state() const;
    /// What a caller may write once more at an orderly end, so that the committed hint is exact.
    HardState hard_state() const;
    Index last_index() const;
    Index commit() const;
    /// How far the network is committed, as this term's leader says; what is committed here if that
    /// is more. For displays: nothing rests on it.
    Index network_commit() const;
    /// What stands in the log and is not applied yet; after a start, what is above its hint.
    std::vector<Block> unapplied() const;
    /// Empty unless leader.
    std::vector<ProgressView> progress() const;
    /// Cheap relations that always hold; TALLY_CHECKs them. Called by every mutating call.
    void check_invariants() const;

private:
    class Core;
    explicit RawNode(std::unique_ptr<Core> core);
    std::unique_ptr<Core> core_;
};

}  // namespace tally::consensus
