#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "consensus/types.h"

namespace tally::node {

struct PeerAddress {
    consensus::NodeId id;
    std::string address;  ///< host:port
};

/// `node.toml` in a node's data folder. Every value has a default but id, folder and listens.
struct NodeConfig {
    consensus::NodeId id;
    std::string folder;      ///< data folder: holds genesis.bin, keys/, blocks/, state/
    std::string api_listen;  ///< host:port, loopback only; port 0: the system chooses
    /// Names beside localhost and the listen address under which the API may be addressed: those
    /// of a proxy in front of it that passes them on.
    std::vector<std::string> api_host_names;
    std::string peer_listen;         ///< host:port; port 0: the system chooses
    std::vector<PeerAddress> peers;  ///< the other voters

    std::chrono::milliseconds tick{50};
    std::uint32_t election_ticks = 10;  ///< minimum; the maximum is twice that
    std::uint32_t heartbeat_ticks = 2;
    std::chrono::milliseconds request_timeout{5000};
    std::chrono::milliseconds seal_interval{500};
    std::size_t queue_bytes_max = 64 << 20;       ///< submissions waiting for a block
    std::uint64_t free_bytes_min = 256ULL << 20;  ///< floor: below it the node only reads
    std::uint32_t verify_threads = 2;
    /// `[storage] strict_mark`: every write waits until the high-water mark has it, which costs one
    /// more sync. Without it a log that loses its end is noticed but for its last 50 ms.
    bool strict_mark = false;
    /// `[storage] mark_dir`: an existing folder for the high-water mark, away from the data, so
    /// that a disk image that is put back does not bring its old mark along. Empty: the data
    /// folder.
    std::string mark_dir;
    /// `[storage] scrub_days`: within so long every committed block is read from the disk again; 0:
    /// only what is needed is read.
    std::chrono::milliseconds scrub_round{std::chrono::hours(7 * 24)};
    /// `[storage] scrub_pause_ms`: above 0, instead, so long from one reading to the next.
    std::chrono::milliseconds scrub_pause{0};
    std::string log_level = "info";

    /// Parses and checks `text`; errors are bad_config with `name`:line. Unknown keys are errors.
    static Result<NodeConfig> parse(const std::string& text, const std::string& name);
    static Result<NodeConfig> load(const std::string& path);
    std::string to_toml() const;
};

}  // namespace tally::node
