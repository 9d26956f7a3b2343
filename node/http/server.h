#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/http/limits.h"
#include "node/service.h"

namespace boost::asio {
class io_context;
}

namespace tally::node::http {

/// Where and how to serve.
struct HttpOptions {
    std::string listen;                     ///< host:port, loopback; port 0: the system chooses
    std::vector<std::string> host_names{};  ///< beside localhost and the address: see host.h
    HttpLimits limits{};
};

/// The HTTP/JSON API over Beast (docs/API.md): bounded bodies, connections and pending requests;
/// storage reads run on a small pool of its own, never on the network thread.
///
/// `network` is run by one thread and outlives the server; so does the service, whose callbacks may
/// come after the server has gone.
class HttpServer {
public:
    /// Binds at once. Fails with unauthenticated_bind for a non-loopback address, address_in_use,
    /// or bad_config for an address or a host name that cannot be parsed.
    static Result<std::unique_ptr<HttpServer>> create(boost::asio::io_context& network,
                                                      const HttpOptions& options, Service& service);
    virtual ~HttpServer() = default;
    virtual void start() = 0;
    /// Stops accepting, lets pending requests end within `grace`, closes. What is still pending
    /// then is answered shutting_down, or outcome_unknown if the ledger may have it. Returns when
    /// all connections are closed; on the network thread itself at once, with the work begun.
    virtual void stop(std::chrono::milliseconds grace) = 0;
    virtual std::uint16_t port() const = 0;
    /// Any thread. From now on every answer names this node, and whom it takes for the leader
    /// (empty: nobody), in Tally-Node and Tally-Leader.
    virtual void announce(const std::string& node, const std::string& leader) = 0;
};

}  // namespace tally::node::http
