#pragma once

#include <chrono>
#include <cstddef>

namespace tally::node::peer {

/// Times and bounds of the transport. The defaults are for production; tests shorten them.
struct PeerLimits {
    std::chrono::milliseconds connect_timeout{2000};
    /// From the first byte until the Hellos are exchanged.
    std::chrono::milliseconds handshake_timeout{5000};
    std::chrono::milliseconds redial_min{50};
    std::chrono::milliseconds redial_max{1000};
    /// The dialling end asks for a sign of life this often and gives up when none comes in time.
    std::chrono::milliseconds ping_interval{1000};
    std::chrono::milliseconds urgent_answer_timeout{3000};
    std::chrono::milliseconds bulk_answer_timeout{15000};
    /// A connection on which not one byte could be written, or came in, for so long is dead.
    std::chrono::milliseconds write_stall_timeout{10000};
    std::chrono::milliseconds receive_idle_timeout{15000};
    std::size_t urgent_queue_bytes_max = 1 << 20;
    std::size_t bulk_queue_bytes_max = 32 << 20;
    /// Incoming connections that have not said who they are; the oldest makes room.
    std::size_t unknown_connections_max = 32;
};

}  // namespace tally::node::peer
