#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "network/network_folder.h"

namespace tally::network {

/// What run.json says of a node that listens.
struct RunInfo {
    pid_t pid = 0;
    std::string api;  ///< host:port
    std::string peer;
};

enum class ProcessState : std::uint8_t { stopped, starting, running, paused };
const char* process_state_name(ProcessState state);

/// A node as the operating system and its own API see it.
struct NodeProcess {
    std::uint32_t id = 0;
    std::string name;
    ProcessState state = ProcessState::stopped;
    pid_t pid = 0;    ///< 0 when stopped
    std::string api;  ///< host:port
    std::string peer;
    std::string log;  ///< path
    std::string folder;
    std::string moved_to;   ///< where its folder is now, if it was moved away under it; else empty
    bool ready = false;     ///< answered /readyz
    std::string says_name;  ///< of the node that answered; empty when none did
    pid_t says_pid = 0;     ///< of its process; 0 when none did
    std::string role;       ///< leader, follower, ...; empty when it does not answer
    std::string leader;     ///< whom it takes for the leader; empty: nobody
    std::uint64_t applied = 0;
    std::uint64_t last_index = 0;  ///< of its log: more than `applied` while it replays
    std::string advice;            ///< what it says itself is wrong and what to do; empty: nothing
    std::string read_only;         ///< why it takes no block; empty: it does
    bool recovering = false;       ///< it counts in no quorum, as it says itself
    std::uint64_t transfers_asked = 0;  ///< requests to it that it hand its lead over
    std::string transfer_refused;       ///< why the newest of them was; empty: it was begun
    std::uint64_t damaged = 0;          ///< blocks that its disk does not give back
    std::uint64_t mended = 0;           ///< blocks that were mended since its start
    bool charged = false;  ///< it has two histories before it, or evidence against a node
    std::string fault;     ///< why it takes no part, with what to do; empty: no reason known
    bool started = false;  ///< by this call of network_up
};

/// The state of one process, found by the files that it has open and by its command line
/// (proc.h): a number in a stale run.json that the system has given to somebody else is never
/// believed, and never signalled. A process of a folder that was removed, or of one in whose place
/// a copy stands, and one that is no node and has the data open, is there with a fault.
NodeProcess inspect(const NodeFolder& node);
/// inspect of each node, and a short question to the API of those that run.
std::vector<NodeProcess> network_status(const NetworkFolder& network);
/// That question: fills in what the node says of itself, or as its fault that it serves another
/// network.
void ask(NodeProcess& process, const crypto::Digest& network);

struct StartOptions {
    std::string binary;  ///< of tallystick; empty: find_binary()
    /// Until all are ready and a leader is known. A network that has no quorum yet has as long
    /// again whenever a node that replays its log has come further.
    std::chrono::milliseconds deadline{20'000};
    /// Every node, or none: when one does not come up, those that this call started are killed, and
    /// its fault is the error. For networks that were made for the occasion.
    bool all_or_nothing = false;
    std::string only;  ///< this node alone (NodeFolder::name); empty: all
    /// Called while it waits, several times a second.
    std::function<void(const std::vector<NodeProcess>&)> waiting;
};

/// The tallystick that starts nodes: $TALLYSTICK_BINARY, this process if it is one, the one of the
/// installed package, of the build, or of the install prefix. bad_config if there is none.
Result<std::string> find_binary();
/// Names the one of the installed package; <tallystick/testing.h> does it.
void set_installed_binary(const std::string& path);

/// Starts `binary node --config FILE` in a session of its own, output appended to node.log, and
/// returns at once. The caller may be its parent, or end.
Result<pid_t> start_node(const NodeFolder& node, const std::string& binary);
/// Why the node's process is no more, with the end of its log and the code with which it ended
/// there, io_failed without one. Nothing while it is there.
std::optional<Error> ended_node(const NodeFolder& node, pid_t pid);
/// Waits until the node has written run.json. Fails as ended_node if it ends before, with io_failed
/// if not in time; both with its name and the last lines of its log.
Result<RunInfo> await_listening(const NodeFolder& node, pid_t pid,
                                std::chrono::steady_clock::time_point deadline);

/// Starts what does not run and waits until the nodes are ready and know the same leader. A node
/// that cannot be started, or ends, is out: the `fault` of its NodeProcess says why and shows the
/// end of its log, and the others go on. Succeeds when a majority of all is ready. Else no_quorum
/// (too many are out) or not_ready (not in time); what runs goes on running then too: `up` ends a
/// node only if it is itself interrupted by SIGINT, SIGTERM or SIGHUP, which act after that, or
/// asked for all or nothing. not_ready too when another `up` or `down` is at work for too long.
Result<std::vector<NodeProcess>> network_up(const NetworkFolder& network,
                                            const StartOptions& options);
/// SIGTERM to all, then SIGKILL to those that are still there after `grace` (paused ones are
/// resumed first). Returns when none runs, or with what is wrong with the first that cannot be
/// ended.
Status network_down(const NetworkFolder& network, std::chrono::milliseconds grace);
/// The same of these processes alone. One that ended, or in whose place another one runs, is left.
Status network_down(const NetworkFolder& network, const std::vector<NodeProcess>& processes,
                    std::chrono::milliseconds grace);

/// The nodes below this folder of which a process runs, whether it holds a network that opens or
/// not: renamed, removed, or without its network.pub. Each has a fault, for what is not known here.
std::vector<NodeFolder> running_nodes(const std::string& folder);
/// Ends these nodes; the caller has the lock of their folder (network_lock.h).
Status end_nodes(const std::vector<NodeFolder>& nodes, std::chrono::milliseconds grace);
/// Ends these nodes of the folder, as network_down does.
Status nodes_down(const std::string& folder, const std::vector<NodeFolder>& nodes,
                  std::chrono::milliseconds grace);
/// The error with which a folder did not open, and which nodes of it run all the same and how they
/// are ended.
Error with_running(const std::string& folder, Error error);

/// To one node that runs; not_found when it does not.
Status kill_node(const NodeFolder& node);  ///< SIGKILL, returns when it is gone
/// Asks the node to hand its lead over to the node of this id, 0 for whoever keeps up best; what
/// comes of it is in its status (SIGUSR1, node/pipeline/lead_orders.h).
Status order_transfer(const NodeFolder& node, std::uint32_t to);
Status pause_node(const NodeFolder& node);   ///< SIGSTOP
Status resume_node(const NodeFolder& node);  ///< SIGCONT
Status stop_node(const NodeFolder& node, std::chrono::milliseconds grace);

/// Ends what runs and removes what `init` and the nodes made, then the folder (folder_contents.h).
/// Refuses with bad_config, and removes nothing, if the folder does not open, is no whole network,
/// or holds anything else, which it names.
Status network_clean(const std::string& folder);
/// Ends a removal that had come to its end but for the mark of it. False if there is none.
Result<bool> end_removal(const std::string& folder);
/// What network_clean would refuse, without stopping anybody.
Status network_cleanable(const NetworkFolder& network);

/// For `up --foreground`: returns after SIGINT, SIGTERM or SIGHUP, or, as an error that names them,
/// when so many nodes have ended by themselves that no majority runs. `ended` is told of each. The
/// caller then calls network_down for what it started.
Status wait_in_foreground(const NetworkFolder& network,
                          const std::function<void(const std::string&)>& ended);

/// The last lines that a node has written to its log since its last start.
std::string log_tail(const NodeFolder& node, std::size_t lines);

/// {"dir","nodes":[{"id","name","api","peer","pid","log","state"}],"leader","keys","trust"}
std::string network_json(const NetworkFolder& network, const std::vector<NodeProcess>& nodes);

/// A new network in a temporary folder, on ports that are free now. It does not run yet.
Result<NetworkFolder> init_ephemeral(const NetworkSpec& spec,
                                     const std::string& folder_prefix = "tallystick-");
/// network_up, all or nothing; when somebody was faster with a port (address_in_use), all nodes get
/// new ones and it is tried again, a bounded number of times. `ready_to_start` is called before
/// each try, when the ports are chosen; what it fails with is the error.
Result<std::vector<NodeProcess>> up_choosing_ports(
    NetworkFolder& network, const StartOptions& options,
    const std::function<Status()>& ready_to_start = {});
/// Both; the folder is removed if it fails.
Result<NetworkFolder> up_ephemeral(const NetworkSpec& spec, const StartOptions& options,
                                   const std::string& folder_prefix = "tallystick-");

}  // namespace tally::network
