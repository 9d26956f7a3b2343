#pragma once

#include <chrono>
#include <cstddef>

namespace tally::node::http {

/// Bounds of the API server. What goes beyond one is answered, never queued without end.
struct HttpLimits {
    /// Beyond, the connection that has been idle for longest, and for `idle_spared` at least, makes
    /// room; if there is none, the new one is answered 503 overloaded and closed.
    std::size_t connections_max = 1024;
    std::size_t turned_away_max = 16;  ///< of those, read on for a moment; the rest close at once
    std::size_t pending_max = 512;     ///< requests without their answer; beyond: overloaded
    std::size_t body_bytes_max = 128 << 20;  ///< all bodies held at one time; beyond: overloaded
    /// All answers that wait to be read, but for small ones, of which each connection may have one;
    /// beyond: overloaded. Whoever asks and does not read must not fill the memory.
    std::size_t answer_bytes_max = 256 << 20;
    std::size_t small_answer_bytes = 64 << 10;
    std::size_t header_bytes_max = 16 << 10;
    std::size_t read_threads = 2;
    std::size_t reads_queued_max = 256;              ///< beyond: overloaded
    std::chrono::milliseconds idle_timeout{60'000};  ///< between requests
    std::chrono::milliseconds idle_spared{2'000};
    std::chrono::milliseconds header_timeout{10'000};  ///< from the first byte of a request
    std::chrono::milliseconds body_timeout{30'000};
    std::chrono::milliseconds write_timeout{30'000};
    std::chrono::milliseconds answer_timeout{60'000};  ///< then the request is given up
};

}  // namespace tally::node::http
