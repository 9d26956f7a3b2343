#pragma once

#include <chrono>
#include <fstream>
#include <string>

#include "network/process.h"
#include "tests/network/temp_folder.h"
#include "tests/support/catch.h"

namespace tally::testing {

using Clock = std::chrono::steady_clock;

inline const std::string kStandIn = TALLY_BINARY_DIR "/tests/stand_in_node";

/// A network whose nodes are stand-ins. Its end ends them.
struct Stage {
    Stage() {
        network::InitOptions options;
        options.folder = temp.path() + "/net";
        options.free_ports = true;
        auto made = network::NetworkFolder::init(network::NetworkSpec::development(3), options);
        REQUIRE(made);
        network = std::move(*made);
    }
    ~Stage() {
        for (const auto& node : network.nodes()) (void)kill_node(node);
    }
    const network::NodeFolder& node(std::size_t position) const {
        return network.nodes()[position];
    }
    void tell(std::size_t position, const std::string& what, const std::string& text = {}) const {
        std::ofstream(node(position).folder + "/" + what) << text;
    }
    pid_t start(std::size_t position) const {
        const auto pid = start_node(node(position), kStandIn);
        REQUIRE(pid);
        REQUIRE(await_listening(node(position), *pid,
                                Clock::now() + std::chrono::milliseconds(10'000)));
        return *pid;
    }

    TempFolder temp;
    network::NetworkFolder network;
};

}  // namespace tally::testing
