#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>

#include "consensus/raw_node.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/state_machine.h"
#include "tests/simulation/world.h"

namespace tally::simulation {

/// Bugs outside the core that a test can switch on here.
struct SimNodeFaults {
    bool split_applied_index = false;  ///< applied index and state are persisted apart
};

/// One node: the real core, a log whose syncs take time, derived state that is persisted now and
/// then as a whole. It can crash, restart, freeze, and have a slow disk or a wrong clock.
class SimNode {
public:
    SimNode(World& world, consensus::Config config, SimStateMachineFactory factory,
            SimNodeFaults faults);

    void start();
    /// The oldest `kept` writes on their way survive.
    void crash(std::size_t kept);
    void freeze() { frozen_ = true; }
    void thaw();
    bool up() const { return core_.has_value(); }
    bool frozen() const { return frozen_; }

    void receive(const consensus::Message& message);
    Result<consensus::Proposed> propose(
        SharedBytes payload, consensus::BlockKind kind = consensus::BlockKind::submissions);
    Status read_index(std::uint64_t context);

    void set_clock_offset(Millis offset) { clock_offset_ = offset; }
    void set_disk(Millis fastest, Millis slowest);
    void set_tick(Millis tick) { tick_ = tick; }
    void set_refusing(bool refusing) { refusing_ = refusing; }
    void set_fetch_failures(std::uint64_t percent) { fetch_failures_percent_ = percent; }

    NodeId id() const { return config_.id; }
    const SimLog& log() const { return log_; }
    const consensus::RawNode* core() const { return core_ ? &*core_ : nullptr; }
    consensus::Index applied() const { return applied_; }
    std::uint64_t incarnation() const { return incarnation_; }

private:
    void later(Millis delay, std::function<void()> work);
    void run_or_keep(std::function<void()> work);
    void tick();
    void process();
    void start_sync();
    void finish_sync();
    void start_apply();
    void apply_some();
    void persist_state();
    void serve_fetch(const consensus::FetchRequest& request);
    consensus::PolicyVerdict judge(const consensus::Message& message) const;
    Millis clock() const { return world_.now() + clock_offset_; }

    World& world_;
    consensus::Config config_;
    SimStateMachineFactory factory_;
    SimNodeFaults faults_;
    SimLog log_;
    std::optional<consensus::RawNode> core_;

    std::uint64_t epoch_ = 0;  // of this process: what an earlier one scheduled is void
    std::uint64_t incarnation_ = 0;
    bool frozen_ = false;
    std::deque<std::function<void()>> kept_;  // happens when it thaws
    Millis clock_offset_{0};
    Millis tick_{10};
    Millis disk_fastest_{1};
    Millis disk_slowest_{5};
    bool syncing_ = false;
    bool refusing_ = false;
    std::uint64_t fetch_failures_percent_ = 0;

    consensus::Index apply_to_;  // offered by the core
    bool applying_ = false;
    consensus::Index applied_;
    std::unique_ptr<SimStateMachine> state_;
    consensus::Index persisted_applied_;
    std::unique_ptr<SimStateMachine> persisted_state_;
};

}  // namespace tally::simulation
