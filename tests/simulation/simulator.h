#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/random.h"
#include "tests/simulation/history.h"
#include "tests/simulation/oracles.h"
#include "tests/simulation/sim_node.h"
#include "tests/simulation/state_machine.h"
#include "tests/simulation/timeline.h"
#include "tests/simulation/world.h"

namespace tally::simulation {

/// One run. Everything that is not given follows from the seed.
struct SimOptions {
    std::uint64_t seed = 1;
    std::uint32_t nodes = 0;  ///< 0: 3 or 5, sometimes 1, 2 or 4
    Millis safety{20'000};    ///< virtual time with faults
    Millis liveness{30'000};  ///< bound for progress afterwards
    bool traced = false;
    bool forgetting = false;  ///< disks of a minority are replaced by older copies or empty ones
    std::size_t trace_lines = 400;  ///< at least the last so many
    SimNodeFaults faults;
    SimStateMachineFactory state_machine;  ///< HashChain when empty
    SimWorkload workload;                  ///< some text when empty
};

struct SimResult {
    bool failed = false;
    std::string what;
    std::uint64_t hash = 0;  ///< stands for all that happened
    std::uint32_t nodes = 0;
    std::vector<TraceLine> trace;  ///< the last lines, when traced
    std::uint64_t events = 0;
    std::uint64_t blocks = 0;     ///< committed
    std::uint64_t writes = 0;     ///< acknowledged
    std::uint64_t reads = 0;      ///< served
    std::uint64_t elections = 0;  ///< highest term
    std::uint64_t forgotten = 0;  ///< disks that were replaced
    std::uint64_t undecided = 0;  ///< histories that were too long to judge
};

/// A whole network in one thread. A safety phase in which everything goes wrong that may go wrong,
/// under clients that retry; then a liveness phase on a random quorum, the others dead, in which
/// nothing goes wrong any more and every client must be served within a bound.
class Simulator : public World {
public:
    explicit Simulator(SimOptions options);
    SimResult run();

    Millis now() const override { return now_; }
    void schedule(Millis delay, std::function<void()> event) override;
    void transmit(const consensus::Message& message) override;
    void carry(NodeId from, NodeId to, std::function<void(SimNode&)> arrive) override;
    const std::vector<NodeId>& nodes() const override { return ids_; }
    void watch(NodeId id) override;
    Random& random() override { return random_; }
    bool is_forgetful(NodeId id) const override { return forgetful_.contains(id); }
    Oracles& oracles() override { return oracles_; }
    void trace(NodeId node, const std::function<std::string()>& line) override;
    void count(std::uint64_t number) override { hash_.add(number); }

private:
    using Link = std::pair<NodeId, NodeId>;
    struct Event {
        Millis time;
        std::uint64_t order;
        std::function<void()> action;
    };
    struct Later {
        bool operator()(const Event& left, const Event& right) const {
            return std::pair(left.time, left.order) > std::pair(right.time, right.order);
        }
    };
    /// A client with one operation at a time, retried until it is known to have happened.
    struct Client {
        std::uint64_t operation = 0;
        SharedBytes payload;
        std::uint64_t attempt = 0;  // of all: tells late answers from awaited ones
        bool writing = false;
        std::uint64_t seen = 0;  // a min_index that shows its own writes
        std::uint64_t done = 0;  // operations that ended well
        Millis sent{0};          // first; 0: not yet
    };

    // simulator.cpp
    void build();
    void run_until(Millis end, const std::function<bool()>& enough);
    consensus::Config draw_config(const std::vector<NodeId>& voters);
    node::driver::DriverConfig draw_driver(const consensus::Config& config);
    std::optional<Millis> delay_of(NodeId from, NodeId to);
    void deliver(const consensus::Message& message);
    void judge_history();
    bool settle();
    Oracles::View view_of(const SimNode& node) const;

    // nemesis.cpp
    void start_nemesis();
    void do_harm();
    void burst();
    void partition();
    void cut_links(const std::function<bool(NodeId, NodeId)>& cut);
    void read_at_leaders();
    void crash_one();
    void restart_later(NodeId id, bool quickly);
    void step_clock(SimNode& victim);
    void freeze(SimNode& victim);

    // liveness.cpp
    void stop_harm();
    void choose_lasting();
    void keep_quorum();
    void miss_links();
    bool reaches_quorum(NodeId id) const;
    void heal();
    bool is_excused(NodeId id) const { return dead_.contains(id) || excused_ == id; }
    bool judge_liveness();
    void check_silence();
    bool await_certified();
    std::uint64_t highest_term() const;

    // forgetting.cpp
    void start_forgetting();
    void copy_one();
    void forget_one();
    void isolate_with(NodeId id);
    std::size_t recovering() const;
    std::size_t living_at_end() const;

    // clients.cpp
    void start_clients();
    void next_attempt(std::size_t client, Millis delay);
    void attempt(std::size_t client);
    void attempt_write(std::size_t client, SimNode& node);
    void note_written(ByteView submission, Millis sent, const SimNode& node,
                      const node::SubmitReceipt& receipt);
    void on_written(std::size_t client, std::uint64_t number,
                    const Result<node::SubmitReceipt>& result);
    void attempt_read(std::size_t client, SimNode& node);
    void finish_operation(std::size_t client);

    SimOptions options_;
    bool unique_payloads_ = false;  ///< no two operations have the same bytes
    Random random_;
    Oracles oracles_;
    SimResult result_;
    Millis now_{4'000'000'000'000};
    std::uint64_t order_ = 0;
    std::vector<Event> events_;  // a heap
    std::map<NodeId, std::unique_ptr<SimNode>> nodes_;
    std::vector<NodeId> ids_;
    std::set<NodeId> watching_;  // leaders at their last step

    std::uint64_t loss_percent_ = 0;
    std::uint64_t repeat_percent_ = 0;
    std::uint64_t damage_permille_ = 0;
    bool late_ = false;  // now and then a message is seconds behind all others
    NodeId liar_;        // whose appends lie; nobody: nobody's
    NodeId rotting_;     // whose memory goes wrong; it does not live on
    NodeId clock_;       // the only one that goes wrong; nobody: all may
    Millis delay_slowest_{5};
    Millis harm_interval_{1000};
    std::set<Link> cut_;
    std::map<Link, Millis> clogged_until_;
    bool harmful_ = true;
    bool resting_ = false;              // the clients, at the end
    std::set<NodeId> dead_;             // for ever, in the liveness phase
    std::set<NodeId> mute_;             // whose blocks reach nobody, in the liveness phase
    NodeId excused_;                    // cannot keep up, in the liveness phase
    Millis patience_{0};                // beyond the bound for progress
    std::uint32_t harm_permitted_ = 0;  // bits: which kinds of harm this seed has

    std::map<NodeId, SimLog::Copy> copies_;  // of disks, some time ago
    std::set<NodeId> forgetful_;

    std::vector<Client> clients_;
    std::uint64_t operations_ = 0;
    std::int64_t writes_percent_ = 70;  // of the operations; drawn at the start
    std::uint64_t attempts_ = 0;

    History history_;
    std::uint64_t place_ = 0;  // of calls and returns, in the order of all
    TraceHash hash_;
};

/// Runs one seed; if it fails, runs it again with a trace. Adds what to do to `what`.
SimResult simulate(SimOptions options);

}  // namespace tally::simulation
