#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace tally::client {

/// One node's address, taken from `http://host:port`.
struct Address {
    std::string host;
    std::string port;

    static Result<Address> parse(const std::string& url);
};

struct HttpRequest {
    bool post = false;
    std::string target;
    std::string content_type;
    std::string body;
};

struct HttpReply {
    int status = 0;
    std::string body;
    std::string content_type;
    std::optional<std::uint64_t> index;
    bool stale = false;
    std::optional<std::chrono::seconds> retry_after;
    std::string node;     ///< Tally-Node: who answers; empty if it does not say
    std::string network;  ///< Tally-Network: the id of the network that it serves; likewise
    std::string leader;   ///< Tally-Leader: whom it follows; empty: it does not say, or nobody
};

struct HttpTimeouts {
    std::chrono::milliseconds connect;
    std::chrono::milliseconds whole;  ///< from the start of the request to the end of the reply
};

/// Connections to several nodes for one thread at a time: one to each, kept open between requests.
/// Requests to different nodes may be under way at once.
class HttpConnections {
public:
    using Clock = std::chrono::steady_clock;
    struct Ended {
        std::size_t node = 0;
        Result<HttpReply> reply;
    };

    explicit HttpConnections(const std::vector<Address>& nodes);
    HttpConnections(const HttpConnections&) = delete;
    HttpConnections& operator=(const HttpConnections&) = delete;
    ~HttpConnections();

    /// Begins a request to a node with which nothing is under way. It ends, in `await`, with
    /// unreachable: nothing was sent; timed_out, connection_lost: it may have arrived; bad_answer:
    /// likewise, and the answer is no HTTP, has no end, or one beyond what is
    /// taken. A kept connection that turns out to be closed is opened again once.
    void begin(std::size_t node, const HttpRequest& request, const HttpTimeouts& timeouts);
    bool under_way(std::size_t node) const;
    bool any_under_way() const;
    /// The next request to end; nothing when `until` has come, or nothing is under way.
    std::optional<Ended> await(Clock::time_point until);
    /// Gives up what is under way: those connections are closed.
    void give_up();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::client
