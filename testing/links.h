#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"

namespace tally::testing {

/// The ways on which the nodes of one cluster reach each other, each through a relay in this
/// process, so that they can be cut and made slow without any right over the machine's network.
///
/// A link belongs to whoever dials: `from` finds `to` behind a port of ours. A node sends what it
/// has to say on connections that it dialled itself and hears nothing but answers to pings there,
/// so that a link carries the messages of one node to one other, and can be cut alone.
///
/// Thread-safe. One thread serves all links; it and all sockets end with the object. A link keeps
/// 16 connections, the newest ones, and 4 MiB of each direction of each; who sends more waits.
class Links {
public:
    /// Listens for each pair of different nodes, on loopback ports that the system chooses. Fails
    /// with io_failed.
    static Result<std::unique_ptr<Links>> open(std::size_t nodes);
    Links(const Links&) = delete;
    Links& operator=(const Links&) = delete;
    ~Links();

    /// Where `from` finds `to`. Requires two different nodes below the number of nodes, as all do.
    std::uint16_t port(std::size_t from, std::size_t to) const;
    /// Where a node listens in truth. Until that is known its links end what is dialled.
    void set_target(std::size_t to, std::uint16_t port);

    /// From its return on nothing passes, also nothing that was under way: bytes vanish without an
    /// error, new connections get no answer, and an end that closes is not noticed by the other.
    void cut(std::size_t from, std::size_t to);
    /// What comes from now on arrives so much later, in each direction of the link's connections.
    void slow(std::size_t from, std::size_t to, std::chrono::milliseconds delay);
    /// Neither cut nor slow any more. Connections of a link that was cut are closed, to be
    /// dialled anew: what they lost would be missing.
    void heal(std::size_t from, std::size_t to);

private:
    struct Impl;
    explicit Links(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::testing
