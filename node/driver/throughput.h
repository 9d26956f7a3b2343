#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace tally::node::driver {

/// How fast submissions are applied while some wait all the time: what a queue may hold and still
/// be answered in time. An average over about the last second of such ticks.
class Throughput {
public:
    void on_applied(std::uint64_t bytes) { applied_ += bytes; }
    /// A tick of this length is over; `waits`: something is not applied yet.
    void on_tick(std::chrono::milliseconds length, bool waits) {
        const bool busy = std::exchange(waited_, waits) && waits;
        const std::uint64_t sample =
            applied_ * 1000 / static_cast<std::uint64_t>(std::max(length.count(), std::int64_t{1}));
        // A tick in which everything was done says nothing of what could be done.
        if (busy && (per_second_ || sample > 0)) {
            per_second_ = per_second_ ? (*per_second_ * (kTicks - 1) + sample) / kTicks : sample;
        }
        applied_ = 0;
    }
    /// Bytes that this time is enough for; everything before the first such tick.
    std::uint64_t bytes_in(std::chrono::milliseconds time) const {
        if (!per_second_) return std::numeric_limits<std::uint64_t>::max();
        return *per_second_ * static_cast<std::uint64_t>(time.count()) / 1000;
    }

private:
    static constexpr std::uint64_t kTicks = 16;
    std::uint64_t applied_ = 0;  // bytes in this tick
    bool waited_ = false;        // when it began
    std::optional<std::uint64_t> per_second_;
};

}  // namespace tally::node::driver
