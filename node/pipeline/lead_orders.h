#pragma once

#include <cstdint>
#include <functional>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

namespace tally::node::pipeline {

/// Orders from this machine's operator to hand the lead over: SIGUSR1, whose value (sigqueue) is
/// the id of the node that shall lead, 0 for whoever keeps up best. A signal, since the system says
/// who may send one: the API answers anybody.
class LeadOrders {
public:
    /// In the thread that starts all others, before it does: afterwards the signal ends nothing.
    static void hold_back();
    /// `act` is called on the thread that runs `network`, as long as this lives.
    LeadOrders(boost::asio::io_context& network, std::function<void(std::uint32_t)> act);

private:
    void read();

    boost::asio::posix::stream_descriptor orders_;
    std::function<void(std::uint32_t)> act_;
};

}  // namespace tally::node::pipeline
