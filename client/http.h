#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

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
};

struct HttpTimeouts {
    std::chrono::milliseconds connect;
    std::chrono::milliseconds whole;  ///< from the start of the request to the end of the reply
};

/// One connection, kept open between requests. One thread at a time.
class HttpConnection {
public:
    explicit HttpConnection(Address address);
    ~HttpConnection();

    /// unreachable: nothing was sent. timed_out, connection_lost: it may have arrived. A kept
    /// connection that turns out to be closed is opened again once.
    Result<HttpReply> exchange(const HttpRequest& request, const HttpTimeouts& timeouts);

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::client
