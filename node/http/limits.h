#pragma once

#include <chrono>
#include <cstddef>

namespace tally::node::http {

/// Bounds of the API server. What goes beyond one is answered, never queued without end.
struct HttpLimits {
    std::size_t connections_max = 1024;  ///< beyond: 503 overloaded, and the connection is closed
    std::size_t pending_max = 512;       ///< requests without their answer; beyond: overloaded
    std::size_t body_bytes_max = 128 << 20;  ///< all bodies held at one time; beyond: overloaded
    std::size_t header_bytes_max = 16 << 10;
    std::size_t read_threads = 2;
    std::size_t reads_queued_max = 256;                ///< beyond: overloaded
    std::chrono::milliseconds idle_timeout{60'000};    ///< between requests
    std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte of a request
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds write_timeout{30'000};
    std::chrono::milliseconds answer_timeout{60'000};  ///< then the request is given up
};

}  // namespace tally::node::http
