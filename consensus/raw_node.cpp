// The door of the core. Behind it is a Raft node as a plain value: calls go in, a Ready comes out,
// and nothing else is touched, so that the same calls give the same results on every machine.
//
// Thread: none of its own. One thread owns the node; nothing here is guarded, and a call from a
// second thread is a bug that no check would find.
//
// Invariants, checked at the end of every call that changes something: the log's indexes are in
// order (base <= commit <= last, durable <= written <= last), no block's term is above the node's,
// and a leader has its vote for its own term on disk. Each part states its own in check_invariants.
//
// Two kinds of wrong are kept apart. What comes from outside is judged once and answered with an
// Error: the configuration and the persisted state here, messages in validate.cpp. Everything
// behind relies on that, and what it finds wrong is a bug of this program.
//
// What must never happen: two leaders in one term, a committed block that changes, and a message
// that leaves before what it vouches for is durable. The first rests on the vote being written
// before it is told, the second on the log check and on committing by counting only blocks of the
// own term, the third on ready.cpp, the only file that lets messages go.

#include "consensus/raw_node.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "consensus/core.h"

namespace tally::consensus {
namespace {

constexpr std::size_t kVotersMax = 15;
constexpr std::uint32_t kTicksMax = 1'000'000;  // keeps every sum of ticks far from overflow

Status check_config(const Config& config) {
    const auto bad = [](const char* what) { return fail(errc::bad_configuration, what); };
    if (config.voters.empty() || config.voters.size() > kVotersMax) return bad("1 to 15 voters");
    std::vector<NodeId> sorted = config.voters;
    std::sort(sorted.begin(), sorted.end());
    if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        return bad("a voter is listed twice");
    }
    if (sorted.front() == kNobody) return bad("a voter has number 0");
    if (!std::binary_search(sorted.begin(), sorted.end(), config.id)) {
        return bad("this node is not among the voters");
    }
    if (config.heartbeat_ticks == 0 || config.heartbeat_ticks >= config.election_ticks) {
        return bad("heartbeat_ticks must be above 0 and below election_ticks");
    }
    if (config.election_ticks > kTicksMax) return bad("election_ticks is too large");
    if (config.append_bytes_max == 0 || config.inflight_bytes_max == 0 ||
        config.uncommitted_bytes_max == 0 || config.unapplied_bytes_max == 0 ||
        config.block_bytes_max == 0 || config.reads_max == 0) {
        return bad("a bound is 0");
    }
    if (config.block_bytes_max > std::numeric_limits<std::uint32_t>::max()) {
        return bad("block_bytes_max must fit in 32 bits");
    }
    if (config.clock_skew_max < Millis(0)) return bad("clock_skew_max is negative");
    return {};
}

Status check_state(const Config& config, const PersistedState& state, Index applied) {
    const auto bad = [](const std::string& what) { return fail(errc::corrupt_log, what); };
    const ChainTip& base = state.base;
    if (base.index == Index(0) && (base.hash != config.network || base.term != Term(0))) {
        return bad("the empty log belongs to another network");
    }
    ChainTip tip = base;
    for (const Block& block : state.tail) {
        if (Status status = check_block(block, tip, config.network); !status) {
            return bad("persisted " + status.error().context);
        }
        tip = tip_of(block);
    }
    if (tip.term > state.hard_state.term) return bad("a block is ahead of the persisted term");
    if (state.hard_state.commit < base.index || state.hard_state.commit > tip.index) {
        return bad("the committed index is outside the persisted log");
    }
    if (applied > tip.index) return bad("the applied index is beyond the persisted log");
    return {};
}

}  // namespace

Result<RawNode> RawNode::restore(Config config, PersistedState state, Index applied,
                                 std::uint64_t seed, std::uint64_t incarnation) {
    if (Status status = check_config(config); !status) return status.error();
    if (Status status = check_state(config, state, applied); !status) return status.error();
    // Only what is committed is ever applied, so derived data may know more than the hint.
    state.hard_state.commit = std::max(state.hard_state.commit, applied);
    return RawNode(
        std::make_unique<Core>(std::move(config), std::move(state), applied, seed, incarnation));
}

RawNode::RawNode(std::unique_ptr<Core> core) : core_(std::move(core)) {}
RawNode::RawNode(RawNode&&) noexcept = default;
RawNode& RawNode::operator=(RawNode&&) noexcept = default;
RawNode::~RawNode() = default;

void RawNode::tick(Moment now) { core_->tick(now); }

Status RawNode::step(const Message& message, Moment now, const PolicyVerdict& verdict) {
    return core_->step(message, now, verdict);
}

Result<Proposed> RawNode::propose(std::span<const Proposal> proposals, Moment now) {
    return core_->propose(proposals, now);
}

Status RawNode::read_index(std::uint64_t context) { return core_->read_index(context); }
void RawNode::on_append_done(std::uint64_t sequence) { core_->on_append_done(sequence); }
void RawNode::on_apply_done(Index applied) { core_->on_apply_done(applied); }

void RawNode::on_blocks_fetched(FetchResult result) { core_->on_blocks_fetched(std::move(result)); }

Status RawNode::transfer_leader(NodeId to) { return core_->transfer_leader(to); }
void RawNode::set_may_lead(bool may_lead) { core_->set_may_lead(may_lead); }
void RawNode::set_has_room(bool has_room) { core_->set_has_room(has_room); }
bool RawNode::majority_has_room() const { return core_->majority_has_room(); }

bool RawNode::has_ready() const { return core_->has_ready(); }
Ready RawNode::take_ready() { return core_->take_ready(); }
SoftState RawNode::soft_state() const { return core_->soft_state(); }
HardState RawNode::hard_state() const { return core_->hard_state(); }
Index RawNode::last_index() const { return core_->last_index(); }
Index RawNode::commit() const { return core_->commit(); }
std::vector<Block> RawNode::unapplied() const { return core_->unapplied(); }
Index RawNode::network_commit() const { return core_->network_commit(); }
std::vector<ProgressView> RawNode::progress() const { return core_->progress(); }
void RawNode::check_invariants() const { core_->check_invariants(); }

}  // namespace tally::consensus
