#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"
#include "node/peer/context.h"
#include "node/peer/task.h"

namespace tally::node::peer {

/// Listens, and receives on what peers dial. An incoming connection carries one greeting of ours
/// and answers to pings, and nothing else from us. Belongs to the network thread after `listen`.
class Acceptor : public std::enable_shared_from_this<Acceptor> {
public:
    /// Binds at once. Fails with bad_config, address_in_use or io_failed.
    static Result<std::shared_ptr<Acceptor>> listen(std::shared_ptr<Context> context,
                                                    const std::string& address);
    std::uint16_t port() const { return port_; }

    void start();
    void stop();

private:
    using Socket = boost::asio::ip::tcp::socket;

    explicit Acceptor(std::shared_ptr<Context> context);
    Status bind(const std::string& address);

    static Task<void> accept_forever(std::shared_ptr<Acceptor> self);
    static Task<void> serve(std::shared_ptr<Acceptor> self, std::shared_ptr<Connection> connection);
    Task<void> receive(std::shared_ptr<Peer> peer, Channel channel,
                       std::shared_ptr<Connection> connection);

    std::shared_ptr<Peer> peer_with(const Connection& connection) const;
    void admit(Socket socket);
    void settle(const std::shared_ptr<Connection>& connection);

    const std::shared_ptr<Context> context_;
    boost::asio::ip::tcp::acceptor socket_;
    boost::asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    /// Those that have not greeted yet, oldest first.
    std::deque<std::weak_ptr<Connection>> unknown_;
    /// The newest of each peer and channel.
    std::map<std::pair<consensus::NodeId, Channel>, std::weak_ptr<Connection>> current_;
};

}  // namespace tally::node::peer
