#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "node/driver/applying.h"
#include "node/driver/driver.h"
#include "node/driver/group_commit.h"
#include "node/driver/keeper.h"
#include "tests/simulation/node_watch.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/state_machine.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/world.h"

namespace tally::simulation {

/// What is wrong with signatures that arrive: nothing; the sender's own keys signed another root
/// than it computed; or they were damaged on their way.
enum class Saying : std::uint8_t { truth, lie, damaged };

/// Bugs outside the driver that a test can switch on here.
struct SimNodeFaults {
    bool split_applied_index = false;   ///< the applied index is persisted ahead of its state
    bool state_ahead_of_index = false;  ///< the state is persisted ahead of its index
    bool torn_writes = false;           ///< a crash tears a write
    bool lying_syncs = false;           ///< a crash loses what was called durable
};

/// What a node is made from.
struct SimNodeParts {
    consensus::Config config;
    node::driver::DriverConfig driver;
    const ledger::Genesis* genesis = nullptr;  ///< outlives the node
    node::NodeKeys keys;
    SimStateMachineFactory factory;
    SimNodeFaults faults;
};

/// One node: the driver, the group commit, applying and the keeper of the product, over a log whose
/// syncs take time and derived state that is persisted now and then as a whole. In a process each
/// of these has a thread; here each of their steps is an event of its own, at a time drawn from the
/// seed. It can crash, restart, freeze, starve, run full, and have a slow disk or a wrong clock.
class SimNode {
public:
    SimNode(World& world, SimNodeParts parts);

    void start();
    /// With `kept` above 0, the write on its way survives.
    void crash(std::size_t kept);
    /// While it is down its disk is replaced by one that holds this copy.
    void put_back(const SimLog::Copy& copy);
    void freeze() { frozen_ = true; }
    void thaw();
    bool up() const { return driver_.has_value(); }
    bool frozen() const { return frozen_; }

    // What arrives from other nodes.
    void receive(const consensus::Message& message);
    void receive(NodeId from, const node::ForwardRequest& request);
    void receive(NodeId from, const node::ForwardReply& reply);
    /// A liar sends this one; what arrives contradicts what is committed here.
    void receive_lie(const consensus::Message& message);
    void receive(NodeId from, const node::CheckpointSignatures& signatures, Saying saying);

    // What a client asks. A crash ends what waits without an answer.
    using Submitted = std::function<void(Result<node::SubmitReceipt>)>;
    void submit(SharedBytes submission, node::SubmitWait wait, Submitted done,
                bool forwarded_to_us = false);
    /// The answer says up to which block the view of the read goes.
    using WasRead = std::function<void(const node::driver::ReadAnswer&, consensus::Index)>;
    void read(const node::ReadOptions& options, WasRead done);

    void set_clock_offset(Millis offset) { clock_offset_ = offset; }
    void set_disk(Millis fastest, Millis slowest);
    /// How long it takes at least until a turn; 0: as the driver wishes.
    void set_starved(Millis pause) { starved_ = pause; }
    void set_refusing(bool refusing) { refusing_ = refusing; }
    void set_full(bool full);
    /// Every other signature that leaves is on another root than this node's.
    void set_lying(bool lying) { lying_ = lying; }
    void set_fetch_failures(std::uint64_t percent) { fetch_failures_percent_ = percent; }
    /// So many signatures in a thousand leave with another root than was signed.
    void set_damage(std::uint64_t permille) { damage_permille_ = permille; }
    /// The disk has bad places, and says so: no block is read back for others.
    void set_unreadable(bool unreadable) { unreadable_ = unreadable; }
    /// The disk answers nothing any more, until it does again.
    void set_hung(bool hung);
    /// Its memory is wrong from now on: it computes what nobody else does.
    void rot();

    NodeId id() const { return parts_.config.id; }
    const SimLog& log() const { return log_; }
    const consensus::RawNode* core() const { return driver_ ? &driver_->core() : nullptr; }
    consensus::Index applied() const { return applying_ ? applying_->applied() : applied_; }
    std::uint64_t incarnation() const { return incarnation_; }
    Millis clock_offset() const { return clock_offset_; }
    /// What a reader sees here now.
    std::optional<LogValue> log_value(std::uint64_t key) const {
        return state_ ? state_->log_value(key) : std::nullopt;
    }
    /// Nothing is left to be sealed or certified here.
    bool all_certified() const;

private:
    using Event = node::driver::Event;

    // sim_node.cpp
    void later(Millis delay, std::function<void()> work);
    void run_or_keep(std::function<void()> work);
    node::driver::Moment moment() const;
    consensus::PolicyVerdict judge(const consensus::Message& message) const;
    void take(const consensus::Message& message);
    void note_divergences(const node::driver::Actions& actions);

    // sim_node_driver.cpp
    void tell(Event event);
    void turn_soon(Millis delay);
    void wake();
    void turn();
    void perform(node::driver::Actions actions);
    void check_copies(const consensus::AppendTask& task);
    void check_proposals(const consensus::AppendTask& task);
    void check_forward(ByteView submission);
    void answer(node::driver::Actions& actions);
    void look_at_tickets();
    void send(const consensus::Message& message);

    // sim_node_threads.cpp
    void start_sync();
    void finish_sync();
    void report_sync(node::driver::CommitGroup group);
    void start_apply();
    void apply_some();
    void persist_state();
    void serve_fetch(const consensus::FetchRequest& request);
    void run_keeper();
    void on_contradicted(const node::driver::Divergence& found);
    void check_guilt(NodeId from, std::uint64_t size);
    void remember_next();
    void say(NodeId peer, const node::CheckpointSignatures& signatures);
    node::CheckpointSignatures lie_about(const node::CheckpointSignatures& truth) const;

    World& world_;
    SimNodeParts parts_;
    SimLog log_;

    // Of this process: gone with a crash.
    std::optional<node::driver::Driver> driver_;
    std::optional<node::driver::Keeper> keeper_;
    std::optional<NodeWatch> watch_;
    std::optional<node::driver::Applying> applying_;
    node::driver::GroupCommit groups_;
    std::deque<storage::SignedMark> remembering_;
    std::map<node::driver::Ticket, Submitted> submitted_;
    std::map<node::driver::Ticket, WasRead> reading_;
    std::map<node::driver::Ticket, Millis> asked_;  // when; of both
    std::set<std::uint64_t> told_;                  // blocks of receipts that a leader sent
    std::set<node::driver::Ticket> confirmed_;      // reads that want to be
    std::set<crypto::Digest> asked_here_;           // submissions that no other node forwarded
    std::set<consensus::Term> contested_;           // terms that a liar claimed to lead
    bool divergence_due_ = false;
    bool contradicted_ = false;
    std::set<std::uint64_t> signed_here_;
    std::map<std::uint64_t, std::set<NodeId>> signed_there_;  // by size
    node::driver::Clock::time_point next_tick_{};
    std::optional<consensus::SoftState> traced_;
    node::driver::Ticket next_ticket_ = 1;
    std::unique_ptr<SimStateMachine> state_;
    std::uint64_t epoch_ = 0;  // of this process: what an earlier one scheduled is void
    std::uint64_t incarnation_ = 0;
    consensus::Index committed_at_start_;
    std::uint64_t wakes_ = 0;  // only the newest wake-up counts
    bool frozen_ = false;
    bool turning_ = false;
    bool syncing_ = false;
    bool apply_waits_ = false;
    bool remember_waits_ = false;
    std::deque<std::function<void()>> kept_;  // happens when it thaws

    // Of this machine.
    Millis clock_offset_{0};
    Millis starved_{0};
    Millis disk_fastest_{1};
    Millis disk_slowest_{5};
    bool refusing_ = false;
    bool full_ = false;
    bool lying_ = false;
    bool unreadable_ = false;
    bool hung_ = false;
    bool sync_waits_ = false;  // for a disk that hangs
    bool rotten_ = false;
    bool guilty_ = false;  // a majority contradicted it
    std::uint64_t damage_permille_ = 0;
    std::uint64_t fetch_failures_percent_ = 0;

    consensus::Index applied_;  // as of the last crash
    consensus::Index persisted_applied_;
    std::unique_ptr<SimStateMachine> persisted_state_;
};

}  // namespace tally::simulation
