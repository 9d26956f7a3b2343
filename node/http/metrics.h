#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "node/service.h"

namespace tally::node::http {

/// The figures of GET /metrics. The API's own are counted here; the node's are read when asked for.
/// Thread-safe.
class HttpMetrics {
public:
    HttpMetrics();
    ~HttpMetrics();

    /// `route` is a pattern of the route table, never a path: its values are bounded.
    void observe(std::string_view route, unsigned status, std::chrono::nanoseconds duration);
    void connections(std::size_t open);
    void turned_away();

    /// Prometheus text exposition format.
    std::string text(const NodeStatus& status, const NodeCounters& counters) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::node::http
