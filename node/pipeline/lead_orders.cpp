#include "node/pipeline/lead_orders.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <utility>

#include <boost/asio/error.hpp>

namespace tally::node::pipeline {
namespace {

sigset_t order_signal() {
    sigset_t signals;
    ::sigemptyset(&signals);
    ::sigaddset(&signals, SIGUSR1);
    return signals;
}

}  // namespace

void LeadOrders::hold_back() {
    const sigset_t signals = order_signal();
    ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
}

LeadOrders::LeadOrders(boost::asio::io_context& network, std::function<void(std::uint32_t)> act)
    : orders_(network), act_(std::move(act)) {
    const sigset_t signals = order_signal();
    const int descriptor = ::signalfd(-1, &signals, SFD_NONBLOCK | SFD_CLOEXEC);
    // Without one, orders wait for ever; whoever gave one sees that nothing came of it.
    if (descriptor < 0) return;
    orders_.assign(descriptor);
    read();
}

void LeadOrders::read() {
    orders_.async_wait(
        boost::asio::posix::stream_descriptor::wait_read,
        [this](const boost::system::error_code& failed) {
            if (failed) return;
            signalfd_siginfo order{};
            const ssize_t size = ::read(orders_.native_handle(), &order, sizeof order);
            if (size == sizeof order) {
                act_(order.ssi_int > 0 ? static_cast<std::uint32_t>(order.ssi_int) : 0);
            }
            read();
        });
}

}  // namespace tally::node::pipeline
