#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "consensus/raw_node.h"
#include "crypto/digest.h"
#include "ledger/genesis.h"
#include "tests/simulation/sim_log.h"

namespace tally::simulation {

/// What must hold in every run, judged from outside after every step. A broken promise is reported
/// once through the callback; the run then stops.
class Oracles {
public:
    explicit Oracles(std::function<void(const std::string&)> report) : report_(std::move(report)) {}

    /// A node as the oracles see it. `node` is null while it is down.
    struct View {
        consensus::NodeId id;
        const consensus::RawNode* node = nullptr;
        const SimLog* log = nullptr;
        std::uint64_t incarnation = 0;
    };

    /// Every node's log, for as long as the run lasts.
    void know_logs(std::vector<const SimLog*> logs) { logs_ = std::move(logs); }
    /// After a step of `view`: one leader per term, committed history never changes, is on the
    /// disks of a majority (of the logs that are known) and, where the time is told, dated by an
    /// honest clock, and a leader extends it by a block of its own term (Raft, section 5.4.2).
    void after_step(const View& view, std::optional<consensus::Millis> now = std::nullopt);
    /// A leader's match index is at most the true common prefix with what is durable there, and
    /// falls only because the peer restarted.
    void check_matches(const View& leader, const std::vector<View>& all);
    /// A message leaves: what it states must be durable at its sender.
    void on_send(const consensus::Message& message, const SimLog& log);
    /// A write became durable: a vote is never replaced within its term.
    void on_hard_state(consensus::NodeId id, const consensus::HardState& state);

    /// A read is forwarded under a number that no earlier start of its node used.
    void on_read_number(const consensus::Message& message, std::uint64_t number);
    /// A process starts: what it is known by from now on.
    void on_start(consensus::NodeId id, std::uint64_t incarnation) { started_[id] = incarnation; }
    bool is_newest(consensus::NodeId id, std::uint64_t incarnation) const {
        const auto found = started_.find(id);
        return found != started_.end() && found->second == incarnation;
    }
    /// A node's wall clock is so far from the truth from now on.
    void on_clock(consensus::NodeId id, consensus::Millis offset);
    /// A message, or a process, may be as slow as this.
    void on_slowness(consensus::Millis delay) { slowest_ = std::max(slowest_, delay); }
    /// A submission that was first sent at `sent` stands in a block of this time.
    void on_dated(consensus::Millis sent, consensus::Millis block_time);
    /// Equal applied index, equal state.
    void on_applied(consensus::NodeId id, consensus::Index index, const crypto::Digest& state);
    /// A read was asked for now; returns what its answer must reach.
    consensus::Index read_begins() const { return committed_; }
    void on_read(consensus::NodeId id, consensus::Index index, consensus::Index at_least);
    /// A client was told that its submission is committed in this block; `block` is what the node
    /// that says so has there.
    void on_acknowledged(consensus::Index index, const consensus::Block* block,
                         ByteView submission);
    /// A checkpoint signature leaves: its node must remember it, and nobody signs another root.
    void on_signed(consensus::NodeId id, std::uint64_t size, const crypto::Digest& root,
                   const std::optional<storage::SignedMark>& remembered);
    /// A node stores a checkpoint as certified: its note must hold a majority's signatures, which
    /// these nodes did make.
    void on_certified(consensus::NodeId id, const storage::StoredCheckpoint& checkpoint,
                      const ledger::Genesis& genesis);
    /// A message about checkpoint signatures leaves.
    void on_checkpoint_message() { ++checkpoint_messages_; }
    std::uint64_t checkpoint_messages() const { return checkpoint_messages_; }
    /// From now on this node signs what it knows to be wrong.
    void on_liar(consensus::NodeId liar) { liars_.insert(liar); }
    bool is_liar(consensus::NodeId id) const { return liars_.contains(id); }
    /// A node's state went wrong: from now on it signs what nobody else computes.
    void on_rot(consensus::NodeId id) {
        liars_.insert(id);
        rotten_.insert(id);
    }
    /// A node took in such a signature.
    void on_heard_lie(consensus::NodeId id, consensus::NodeId liar, std::uint64_t size);
    /// What a node had in memory alone is gone.
    void on_forgotten(consensus::NodeId id) { heard_lies_.erase(id); }
    /// A node keeps evidence: it holds, and proves nothing against whoever did not lie.
    void on_evidence(consensus::NodeId id, const storage::Evidence& evidence,
                     const ledger::Genesis& genesis);
    /// A node was shown another block than its committed one: by a liar alone.
    void on_block_conflict(consensus::NodeId id, const consensus::Divergence& found);
    /// A node signed a root that a majority signed otherwise, heard that, and goes on.
    void on_unnoticed_majority(consensus::NodeId id, std::uint64_t size,
                               const std::optional<storage::SignedMark>& own);
    /// At the end: of each lie about a size that this node certified it has the proof.
    void check_evidence(const View& view);
    /// A node's role after each single event: one leader per term.
    void on_soft_state(consensus::NodeId id, const consensus::SoftState& state);
    /// The only one who ever sent this was told that nothing was done with it.
    void on_refused_for_good(SharedBytes submission) { refused_.push_back(std::move(submission)); }
    /// At the end: none of these is in the committed history.
    void check_refused(const View& view);
    /// A client was told that a certified checkpoint of this size covers what it submitted.
    void on_told_certified(std::uint64_t size);
    /// At the end: a node's durable log holds all that was ever acknowledged.
    void check_complete(const View& view);

    consensus::Index committed() const { return committed_; }
    /// `block` is the one that was committed there.
    bool is_committed(consensus::Index index, const consensus::Block* block) const {
        return block != nullptr && index.value > 0 && index.value <= history_.size() &&
               history_[static_cast<std::size_t>(index.value - 1)] == block->hash;
    }
    bool failed() const { return failed_; }
    /// A fault of the run that no single oracle states.
    void fail(const std::string& what);

private:
    void check_commit_rule(const View& view, const consensus::SoftState& state);
    void check_committed(const View& view, const consensus::Block& block,
                         std::optional<consensus::Millis> now);
    void check_match_order(const View& leader, const View& peer, consensus::Index match);

    struct Match {
        consensus::Index match;
        std::uint64_t incarnation = 0;  // of the peer when it began or last fell
    };
    using Following = std::tuple<consensus::Term, consensus::NodeId, consensus::NodeId>;

    std::function<void(const std::string&)> report_;
    bool failed_ = false;
    std::map<consensus::Term, consensus::NodeId> leaders_;
    std::map<Following, Match> matches_;
    std::map<consensus::NodeId, consensus::SoftState> before_;  // at the step before
    std::map<consensus::NodeId, consensus::Index> checked_;     // of each node's commit
    std::vector<crypto::Digest> history_;                       // hash of committed block i + 1
    consensus::Index committed_;
    std::map<std::pair<consensus::Term, consensus::NodeId>, consensus::NodeId> votes_;
    std::map<consensus::Index, crypto::Digest> states_;
    std::map<consensus::Index, crypto::Digest> acknowledged_;
    std::map<std::pair<consensus::NodeId, consensus::Term>, consensus::NodeId> stored_votes_;
    std::vector<const SimLog*> logs_;
    consensus::Millis last_time_{0};  // of the newest committed block
    std::map<consensus::NodeId, std::uint64_t> started_;
    std::map<std::pair<consensus::NodeId, std::uint64_t>, std::uint64_t> read_numbers_;
    std::set<consensus::NodeId> wrong_clocks_;  // that ever were
    consensus::Millis slowest_{0};
    struct Signed {
        crypto::Digest root;
        std::set<consensus::NodeId> nodes;
    };
    std::map<std::uint64_t, Signed> signed_;  // by size
    std::map<std::pair<consensus::NodeId, std::uint64_t>, crypto::Digest> signed_by_;
    std::set<consensus::NodeId> rotten_;
    std::set<std::uint64_t> certified_;  // sizes
    std::vector<SharedBytes> refused_;
    std::uint64_t checkpoint_messages_ = 0;
    std::set<consensus::NodeId> liars_;
    using Lie = std::pair<consensus::NodeId, std::uint64_t>;  // who, about which size
    std::map<consensus::NodeId, std::set<Lie>> heard_lies_;   // by who heard them
};

}  // namespace tally::simulation
