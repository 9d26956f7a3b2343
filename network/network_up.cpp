#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "api/errc.h"
#include "network/commands.h"
#include "network/network_lock.h"
#include "network/network_state.h"
#include "network/proc.h"
#include "network/process.h"

namespace tally::network {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPollInterval{10};
constexpr int kPortTries = 8;

void ask_to_end(const NodeFolder& node, pid_t pid) {
    // It may end by itself meanwhile, and a paused process cannot hear the first one.
    (void)signal_node_process(pid, node.config_path(), SIGTERM);
    (void)signal_node_process(pid, node.config_path(), SIGCONT);
}

Status end_all(const std::vector<const NodeFolder*>& nodes, milliseconds grace) {
    // All are asked at once: one after the other, the rest would hold elections meanwhile.
    for (const NodeFolder* node : nodes) {
        if (const pid_t pid = inspect(*node).pid; pid != 0) ask_to_end(*node, pid);
    }
    const auto deadline = Clock::now() + grace;
    Status result;
    for (const NodeFolder* node : nodes) {
        if (inspect(*node).pid == 0) continue;
        const auto left = std::chrono::ceil<milliseconds>(deadline - Clock::now());
        const Status stopped = stop_node(*node, std::max(left, milliseconds(0)));
        const bool gone = stopped || stopped.error().code == api::errc::not_found;
        if (!gone && result) result = stopped;
    }
    return result;
}

/// One call of network_up: what it started, and what became of the nodes.
class Launch {
public:
    Launch(const NetworkFolder& network, const StartOptions& options)
        : network_(network),
          options_(options),
          deadline_(Clock::now() + options.deadline),
          faults_(network.nodes().size()) {}

    Result<std::vector<NodeProcess>> run(const std::string& binary) {
        const HeldSignals held;  // released after what was started has been ended
        auto result = [&]() -> Result<std::vector<NodeProcess>> {
            const Status begun = begin(binary);
            if (!begun) return begun.error();
            return await();
        }();
        const bool interrupted = !result && result.error().code == api::errc::shutting_down;
        if (!result && (options_.all_or_nothing || interrupted)) end_started();
        return result;
    }

private:
    struct Started {
        const NodeFolder* node;
        pid_t pid;
    };

    bool wanted(const NodeFolder& node) const {
        return options_.only.empty() || options_.only == node.name;
    }

    /// Starts what does not run. Only this needs the lock: others may look on while we wait.
    Status begin(const std::string& binary) {
        const auto lock = NetworkLock::take(network_.path(), deadline_);
        if (!lock) return lock.error();
        // While we waited, somebody may have removed it.
        const auto still = NetworkFolder::open(network_.path());
        if (!still) return still.error();
        if (still->trust().network != network_.trust().network) {
            return fail(api::errc::bad_config,
                        network_.path() + ": another network has taken its place; start again");
        }
        for (std::size_t i = 0; i < network_.nodes().size(); ++i) {
            const NodeFolder& node = network_.nodes()[i];
            if (!wanted(node)) continue;
            const NodeProcess process = inspect(node);
            if (process.pid != 0 && !process.fault.empty()) {
                put_out(i, fail(api::errc::bad_config, process.fault));
            } else if (process.state == ProcessState::paused) {
                put_out(i, fail(api::errc::not_ready, advice_on(network_, process)));
            } else if (process.pid == 0) {
                const auto pid = start_node(node, binary);
                if (!pid) put_out(i, pid.error());
                if (pid) started_.push_back({&node, *pid});
            }
            if (options_.all_or_nothing && faults_[i]) return *faults_[i];
        }
        return {};
    }

    void put_out(std::size_t position, Error fault) { faults_[position] = std::move(fault); }

    /// What is known of all nodes now; notes those that have ended.
    std::vector<NodeProcess> look() {
        for (const Started& started : started_) {
            const auto position = static_cast<std::size_t>(started.node - network_.nodes().data());
            if (faults_[position]) continue;
            if (auto ended = ended_node(*started.node, started.pid)) {
                put_out(position, std::move(*ended));
            }
        }
        auto nodes = network_status(network_);
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (nodes[i].pid == 0 && nodes[i].fault.empty() && !faults_[i] &&
                wanted(network_.nodes()[i]) && !started_here(network_.nodes()[i])) {
                put_out(i, fail(api::errc::io_failed,
                                nodes[i].name + " ended while it was starting; the end of " +
                                    nodes[i].log + ":\n" + log_tail(network_.nodes()[i], 12)));
            }
            if (faults_[i]) nodes[i].fault = faults_[i]->context;
            nodes[i].started = nodes[i].pid != 0 && nodes[i].pid == pid_started(i);
        }
        return nodes;
    }
    bool started_here(const NodeFolder& node) const {
        return std::any_of(started_.begin(), started_.end(),
                           [&node](const Started& started) { return started.node == &node; });
    }
    /// 0: this call did not start that node.
    pid_t pid_started(std::size_t position) const {
        for (const Started& started : started_) {
            if (started.node == &network_.nodes()[position]) return started.pid;
        }
        return 0;
    }

    Result<std::vector<NodeProcess>> await() {
        for (bool first = true;; first = false) {
            auto nodes = look();
            if (first) replayed_ = replayed_by(nodes);
            if (HeldSignals::waiting()) return fail(api::errc::shutting_down, "interrupted");
            if (const auto hopeless = judge_faults(nodes)) return *hopeless;
            const std::string missing = what_is_missing(nodes);
            if (missing.empty()) return nodes;
            if (Clock::now() >= deadline_) {
                if (state_of(nodes).quorum() && !options_.all_or_nothing) return nodes;
                note_progress(nodes);
                if (Clock::now() >= deadline_) return too_late(missing, nodes);
            }
            if (options_.waiting) options_.waiting(nodes);
            std::this_thread::sleep_for(kPollInterval);
        }
    }

    /// Why no waiting helps; nothing while it may.
    std::optional<Error> judge_faults(const std::vector<NodeProcess>& nodes) const {
        std::size_t out = 0;
        std::string all;
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            if (nodes[i].fault.empty()) continue;
            const bool fatal = options_.all_or_nothing || options_.only == nodes[i].name;
            // Of one that runs all the same it is said how it ends.
            const std::string why =
                nodes[i].pid == 0 ? nodes[i].fault : advice_on(network_, nodes[i]);
            if (fatal && faults_[i]) return Error{faults_[i]->code, why};
            ++out;
            all += (all.empty() ? "" : "\n") + why;
        }
        if (!options_.only.empty() || nodes.size() - out > nodes.size() / 2) return std::nullopt;
        return fail(api::errc::no_quorum,
                    std::to_string(out) + " of " + std::to_string(nodes.size()) +
                        " nodes are out, so there can be no majority:\n" + all);
    }

    /// Why the network is not up yet; empty when it is.
    std::string what_is_missing(const std::vector<NodeProcess>& nodes) const {
        const NetworkState state = state_of(nodes);
        for (const auto& node : nodes) {
            if (!node.fault.empty()) continue;
            if (!options_.only.empty()) {
                if (options_.only != node.name) continue;
                // Alone it listens and waits: it cannot be ready without a majority.
                const bool alone = state.running < state.needed && !node.role.empty();
                return node.ready || alone ? std::string() : node.name + " is not ready";
            }
            if (!node.ready) return node.name + " is not ready";
            if (node.leader.empty()) return node.name + " knows no leader";
            if (node.leader != state.leader) return "the nodes name different leaders";
        }
        return {};
    }

    /// At the deadline: a node that has come further since the last one has as long again.
    void note_progress(const std::vector<NodeProcess>& nodes) {
        const std::uint64_t replayed = replayed_by(nodes);
        if (replayed > replayed_) deadline_ = Clock::now() + options_.deadline;
        replayed_ = replayed;
    }

    static std::uint64_t replayed_by(const std::vector<NodeProcess>& nodes) {
        std::uint64_t replayed = 0;
        for (const auto& node : nodes) replayed += node.ready ? 0 : node.applied;
        return replayed;
    }

    /// With what is known of each node that is not ready, for it may need somebody's hand.
    Error too_late(const std::string& missing, const std::vector<NodeProcess>& nodes) const {
        std::string all;
        for (const auto& node : nodes) {
            if (!options_.only.empty() && options_.only != node.name) continue;
            const std::string advice = all_advice_on(network_, node);
            if (!advice.empty()) all += "\n" + advice;
        }
        return fail(api::errc::not_ready,
                    "the network is not up in time: " + missing +
                        (options_.all_or_nothing ? "" : "; what was started goes on starting") +
                        "; see " + command_on(network_.path(), {"network", "status"}) + " and " +
                        command_on(network_.path(), {"network", "logs"}) + all);
    }

    /// Our own children, which have not been waited for: their numbers are theirs still.
    void end_started() {
        for (const Started& started : started_) {
            int status = 0;
            if (child_state(started.pid, status) != ChildState::alive) continue;
            ::kill(started.pid, SIGKILL);
            ::waitpid(started.pid, &status, 0);
        }
    }

    const NetworkFolder& network_;
    const StartOptions& options_;
    Clock::time_point deadline_;
    std::uint64_t replayed_ = 0;  // blocks, at the last deadline
    std::vector<Started> started_;
    std::vector<std::optional<Error>> faults_;  // by position
};

}  // namespace

Result<std::vector<NodeProcess>> network_up(const NetworkFolder& network,
                                            const StartOptions& options) {
    std::string binary = options.binary;
    if (binary.empty()) {
        auto found = find_binary();
        if (!found) return found.error();
        binary = std::move(*found);
    }
    return Launch(network, options).run(binary);
}

Status network_down(const NetworkFolder& network, const std::vector<NodeProcess>& processes,
                    milliseconds grace) {
    const auto lock = NetworkLock::take(network.path(), Clock::now() + kLockTimeout);
    if (!lock) return lock.error();
    // Under the lock nobody starts a node again: what runs now is what will be asked.
    std::vector<const NodeFolder*> asked;
    for (const NodeProcess& process : processes) {
        const NodeFolder* node = network.node(process.name);
        if (node != nullptr && process.pid != 0 && inspect(*node).pid == process.pid) {
            asked.push_back(node);
        }
    }
    return end_all(asked, grace);
}

Status nodes_down(const std::string& folder, const std::vector<NodeFolder>& nodes,
                  milliseconds grace) {
    std::error_code ignored;
    std::optional<NetworkLock> lock;
    if (fs::exists(folder, ignored)) {  // nobody starts anything in one that is gone
        auto taken = NetworkLock::take(folder, Clock::now() + kLockTimeout);
        if (!taken) return taken.error();
        lock.emplace(std::move(*taken));
    }
    return end_nodes(nodes, grace);
}

Status end_nodes(const std::vector<NodeFolder>& nodes, milliseconds grace) {
    std::vector<const NodeFolder*> all;
    all.reserve(nodes.size());
    for (const auto& node : nodes) all.push_back(&node);
    return end_all(all, grace);
}

Status network_down(const NetworkFolder& network, milliseconds grace) {
    return nodes_down(network.path(), network.nodes(), grace);
}

Status wait_in_foreground(const NetworkFolder& network,
                          const std::function<void(const std::string&)>& ended) {
    const HeldSignals held;
    const sigset_t ends = ending_signals();
    std::vector<bool> ran;
    ran.reserve(network.nodes().size());
    for (const auto& node : network.nodes()) ran.push_back(inspect(node).pid != 0);
    for (;;) {
        const timespec pause{0, 200'000'000};
        if (::sigtimedwait(&ends, nullptr, &pause) > 0) return {};
        std::string last;
        for (std::size_t i = 0; i < ran.size(); ++i) {
            const NodeFolder& node = network.nodes()[i];
            const bool runs = inspect(node).pid != 0;
            if (ran[i] && !runs) {
                last = node.name + " has ended; the end of " + node.log_path() + ":\n" +
                       log_tail(node, 12);
                ended(last);
            }
            ran[i] = runs;  // somebody may have started it again
        }
        const auto running = static_cast<std::size_t>(std::count(ran.begin(), ran.end(), true));
        if (!last.empty() && running < ran.size() / 2 + 1) {
            return fail(api::errc::no_quorum, "too few nodes are left: " + last);
        }
    }
}

Result<NetworkFolder> init_ephemeral(const NetworkSpec& spec, const std::string& folder_prefix) {
    std::error_code failure;
    std::string folder = (fs::temp_directory_path(failure) / (folder_prefix + "XXXXXX")).string();
    if (failure || ::mkdtemp(folder.data()) == nullptr) {
        return fail(api::errc::io_failed, folder + ": cannot make a temporary folder");
    }
    InitOptions init;
    init.folder = folder;
    init.free_ports = true;
    auto network = NetworkFolder::init(spec, init);
    if (!network) fs::remove(folder, failure);
    return network;
}

Result<std::vector<NodeProcess>> up_choosing_ports(NetworkFolder& network,
                                                   const StartOptions& options,
                                                   const std::function<Status()>& ready_to_start) {
    StartOptions whole = options;
    whole.all_or_nothing = true;
    for (int tries = 1;; ++tries) {
        if (const Status ready = ready_to_start ? ready_to_start() : Status(); !ready) {
            return ready.error();
        }
        auto up = network_up(network, whole);
        const bool taken = !up && up.error().code == api::errc::address_in_use;
        if (!taken || tries == kPortTries) return up;
        const Status chosen = network.choose_new_ports();
        if (!chosen) return chosen.error();
    }
}

Result<NetworkFolder> up_ephemeral(const NetworkSpec& spec, const StartOptions& options,
                                   const std::string& folder_prefix) {
    const HeldSignals held;  // an interruption must not leave the folder behind
    auto network = init_ephemeral(spec, folder_prefix);
    if (!network) return network;
    const auto up = up_choosing_ports(*network, options);
    if (up) return network;
    std::error_code ignored;
    fs::remove_all(network->path(), ignored);
    return up.error();
}

}  // namespace tally::network
