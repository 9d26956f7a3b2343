// The threads beside the driver's: the log writer, applying and the keeper, a step at a time.

#include <string>
#include <utility>

#include "base/check.h"
#include "crypto/checkpoint.h"
#include "tests/simulation/sim_node.h"

namespace tally::simulation {

using consensus::Block;
using consensus::Message;

// ---- the log writer's thread

void SimNode::start_sync() {
    if (syncing_ || groups_.empty()) return;
    syncing_ = true;
    log_.begin(groups_.take());
    // The disk works on while the process is frozen: only its news wait.
    world_.schedule(world_.between(disk_fastest_.count(), disk_slowest_.count()),
                    [this, epoch = epoch_] {
                        if (epoch == epoch_ && driver_) finish_sync();
                    });
}

void SimNode::finish_sync() {
    if (hung_) {
        sync_waits_ = true;
        return;
    }
    Result<node::driver::CommitGroup> written = log_.finish();
    if (!written) {
        world_.oracles().fail("a write breaks the log: " + written.error().context);
        return;
    }
    world_.oracles().on_hard_state(id(), log_.hard_state());
    report_sync(std::move(*written));
}

void SimNode::report_sync(node::driver::CommitGroup durable) {
    auto group = std::make_shared<node::driver::CommitGroup>(std::move(durable));
    run_or_keep([this, group] {
        for (const Message& message : group->release) send(message);
        syncing_ = false;
        start_sync();
    });
    later(world_.between(0, 2), [this, group] {
        watch_->on_synced(group->sequences);
        tell(node::driver::WritesDone{group->sequences});
    });
}

// ---- the apply thread

void SimNode::start_apply() {
    if (apply_waits_ || applying_->idle()) return;
    apply_waits_ = true;
    later(world_.between(0, 5), [this] { apply_some(); });
}

void SimNode::apply_some() {
    apply_waits_ = false;
    for (int count = 0; count < 8 && !applying_->idle(); ++count) {
        Result<node::driver::Applied> applied = applying_->step();
        if (!applied) {
            world_.oracles().fail("a block cannot be applied: " + applied.error().context);
            return;
        }
        const crypto::Digest digest = state_->digest();
        world_.count(digest.bytes[0]);
        world_.oracles().on_applied(id(), applied->block.index, digest);
        if (applied->seal) keeper_->on_seal(*applied->seal, moment());
        tell(std::move(applied->block));
        if (world_.chance(20)) persist_state();
    }
    run_keeper();
    start_apply();
}

void SimNode::persist_state() {
    // The bug of etcd #13766: the index runs ahead of the state that it stands for.
    if (!parts_.faults.split_applied_index || world_.chance(50)) {
        persisted_state_ = state_->clone();
    }
    if (parts_.faults.state_ahead_of_index && world_.chance(50)) return;
    persisted_applied_ = applying_->applied();
}

void SimNode::serve_fetch(const consensus::FetchRequest& request) {
    later(world_.between(1, 8), [this, request] {
        consensus::FetchResult result;
        result.id = request.id;
        if (unreadable_) {
            result.problem = "a test does not read it";
        } else if (!world_.chance(fetch_failures_percent_)) {
            result.previous = log_.tip_before(request.first);
            Result<std::vector<Block>> blocks = log_.read(request.first, request.last, 2000);
            if (blocks) result.blocks = std::move(*blocks);
        }
        tell(std::move(result));
    });
}

// ---- the keeper's thread

void SimNode::run_keeper() {
    node::driver::KeeperActions actions = keeper_->take_actions();
    const auto leaves = [this](const node::CheckpointSignatures& own) {
        signed_here_.insert(own.size);
        world_.oracles().on_signed(id(), own.size, own.root, log_.signed_mark());
    };
    for (const auto& own : actions.broadcasts) leaves(own);
    for (const auto& [to, own] : actions.messages) leaves(own);
    for (const auto& evidence : actions.evidence) {
        TALLY_CHECK(log_.keep_evidence(evidence).has_value());
        world_.oracles().on_evidence(id(), evidence, *parts_.genesis);
    }
    for (const auto& checkpoint : actions.store) {
        const Status stored = log_.put_checkpoint(checkpoint);
        TALLY_CHECK(stored.has_value());
        world_.oracles().on_certified(id(), checkpoint, *parts_.genesis);
    }
    for (const auto& signatures : actions.broadcasts) {
        for (const NodeId peer : world_.nodes()) {
            if (peer != id()) say(peer, signatures);
        }
    }
    for (const auto& [to, signatures] : actions.messages) say(to, signatures);
    for (const std::uint64_t size : actions.certified) {
        tell(node::driver::CheckpointCertified{size});
    }
    for (const auto& found : actions.diverged) on_contradicted(found);
    remembering_.insert(remembering_.end(), actions.remember.begin(), actions.remember.end());
    remember_next();
}

/// At most one node of a run is wrong, and that is no reason to stop for any other.
void SimNode::on_contradicted(const node::driver::Divergence& found) {
    if (!rotten_ || !found.contradicted) {
        world_.oracles().fail(found.reason);
        return;
    }
    world_.trace(id(), [&] { return "is contradicted: " + found.reason; });
    contradicted_ = true;
    guilty_ = guilty_ || found.reason.find("a majority") != std::string::npos;
    tell(node::driver::Halted{found.reason, true});
}

/// A node that heard a majority sign another root than its own must know what that means.
void SimNode::check_guilt(NodeId from, std::uint64_t size) {
    if (!rotten_ || contradicted_) return;
    signed_there_[size].insert(from);
    const bool majority = signed_there_[size].size() * 2 > world_.nodes().size();
    if (majority && signed_here_.contains(size)) {
        world_.oracles().on_unnoticed_majority(id(), size, log_.signed_mark());
    }
}

/// Marks become durable one after the other, each after a sync.
void SimNode::remember_next() {
    if (remembering_.empty() || std::exchange(remember_waits_, true)) return;
    later(world_.between(disk_fastest_.count(), disk_slowest_.count()), [this] {
        remember_waits_ = false;
        if (hung_) return remember_next();
        const storage::SignedMark mark = remembering_.front();
        remembering_.pop_front();
        const Status remembered = log_.remember_signed(mark);
        if (!remembered) {
            world_.oracles().fail("a node would sign another root: " + remembered.error().context);
            return;
        }
        keeper_->on_remembered(mark, moment());
        run_keeper();
    });
}

void SimNode::say(NodeId peer, const node::CheckpointSignatures& signatures) {
    world_.oracles().on_checkpoint_message();
    Saying saying = lying_ && world_.chance(50) ? Saying::lie : Saying::truth;
    node::CheckpointSignatures said = saying == Saying::lie ? lie_about(signatures) : signatures;
    if (saying == Saying::truth && world_.random().below(1000) < damage_permille_) {
        saying = Saying::damaged;
        said.root = crypto::sha256(view_of("damaged"));
    }
    world_.carry(id(), peer, [from = id(), said = std::move(said), saying](SimNode& node) {
        node.receive(from, said, saying);
    });
}

node::CheckpointSignatures SimNode::lie_about(const node::CheckpointSignatures& truth) const {
    const std::string origin = parts_.genesis->origin();
    node::CheckpointSignatures lie = truth;
    lie.root = crypto::sha256(view_of("a lie about " + std::to_string(truth.size)));
    const std::string text = crypto::Checkpoint{origin, lie.size, lie.root}.encode();
    lie.lines = {crypto::sign_note(text, origin, parts_.keys.log),
                 crypto::cosign(text, origin + "/" + parts_.genesis->node(id().value)->name,
                                parts_.keys.cosignature, 1'800'000'000)};
    return lie;
}

bool SimNode::all_certified() const {
    if (!driver_ || frozen_ || applied() < world_.oracles().committed()) return false;
    const auto seal = state_->last_seal();
    const std::uint64_t sealed = seal ? seal->size : 0;
    return state_->entry_count() == sealed && keeper_->certified_size() == sealed;
}

}  // namespace tally::simulation
