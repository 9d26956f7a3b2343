#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "node/peer/limits.h"
#include "node/peer/transport.h"

namespace tally::node::peer::test {

/// Polls until the condition holds; false when it does not in a minute.
bool eventually(const std::function<bool()>& condition);

/// A genesis with nodes 1..count, and their TLS keys. Two networks differ by their names alone.
struct TestNetwork {
    explicit TestNetwork(std::uint32_t count, const std::string& name = "peer-test");
    /// The same nodes and keys under another name: another network.
    ledger::Genesis renamed(const std::string& name) const;

    ledger::Genesis genesis;
    std::vector<crypto::SecretKey> keys;  ///< of node i + 1
};

/// Retries at once, and times out only where a test asks for it: a loaded machine is no failure.
PeerLimits quick_limits();

/// A transport with a network thread of its own, and everything that it received.
class TestNode {
public:
    struct Options {
        PeerLimits limits = quick_limits();
        std::uint64_t incarnation = 1;
        std::optional<ledger::Genesis> genesis;  ///< instead of the network's
        std::uint16_t port = 0;                  ///< 0: the system chooses
        std::function<void(const consensus::Message&)> on_message;
    };

    TestNode(const TestNetwork& network, std::uint32_t id);
    TestNode(const TestNetwork& network, std::uint32_t id, Options options);
    ~TestNode();

    /// Tells this node where the other listens.
    void knows(const TestNode& other);
    void knows(std::uint32_t id, std::uint16_t port);
    void start() { transport_->start(); }
    /// Ends as a killed process does: transport, thread and sockets.
    void kill();
    /// Holds the network thread until `resume`, as SIGSTOP would.
    void pause();
    void resume();

    consensus::NodeId id() const { return id_; }
    std::uint16_t port() const { return port_; }
    PeerTransport& transport() { return *transport_; }
    PeerState peer(std::uint32_t id) const;
    bool reaches(std::uint32_t id) const { return peer(id).reachable; }

    struct Received {
        std::vector<consensus::Message> messages;
        std::vector<std::pair<consensus::NodeId, ForwardRequest>> forwards;
        std::vector<std::pair<consensus::NodeId, ForwardReply>> replies;
        std::vector<std::pair<consensus::NodeId, CheckpointSignatures>> signatures;
        std::vector<std::pair<consensus::NodeId, BlocksWanted>> wanted;
        std::vector<std::pair<consensus::NodeId, BlocksGiven>> given;
    };
    /// True once the condition holds of what was received; false after a minute.
    bool receives(const std::function<bool(const Received&)>& condition);
    Received received() const;
    std::size_t received_count() const;

private:
    PeerHandlers handlers(std::function<void(const consensus::Message&)> on_message);
    template <typename Change>
    void note(Change change);

    consensus::NodeId id_;
    std::uint16_t port_ = 0;
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    Received received_;
    bool paused_ = false;

    std::unique_ptr<boost::asio::io_context> io_;
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::unique_ptr<PeerTransport> transport_;
    std::thread thread_;
};

/// Two started nodes that reach each other both ways.
struct Pair {
    explicit Pair(PeerLimits limits = quick_limits());

    TestNetwork network{2};
    TestNode one;
    TestNode two;
};

consensus::Message heartbeat(std::uint32_t from, std::uint32_t to, std::uint64_t round);
/// An append of one block with a payload of this size.
consensus::Message append_of(std::uint32_t from, std::uint32_t to, std::size_t payload_size);

}  // namespace tally::node::peer::test
