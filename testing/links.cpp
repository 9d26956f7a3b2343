#include "testing/links.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <deque>
#include <future>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "api/errc.h"
#include "base/check.h"

// Everything but Links' own functions runs on the one thread of the io_context.

namespace tally::testing {
namespace {

namespace asio = boost::asio;
using Tcp = asio::ip::tcp;
using Code = boost::system::error_code;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr std::size_t kReadBytes = 64 << 10;
constexpr std::size_t kQueueBytesMax = 4 << 20;
constexpr std::size_t kRelaysMax = 16;
constexpr milliseconds kAcceptPause{100};

Tcp::endpoint loopback(std::uint16_t port) { return {asio::ip::address_v4::loopback(), port}; }

/// What is done to a link, as its connections see it.
struct State {
    bool cut = false;
    milliseconds delay{0};
    std::optional<std::uint16_t> target;
};

/// One direction of one connection.
struct Way {
    Way(asio::io_context& network, Tcp::socket& in, Tcp::socket& out)
        : from(in), to(out), timer(network), buffer(kReadBytes) {}

    struct Chunk {
        Clock::time_point due;
        std::vector<char> bytes;
    };

    Tcp::socket& from;
    Tcp::socket& to;
    asio::steady_timer timer;
    std::vector<char> buffer;
    std::deque<Chunk> queue;
    std::vector<char> writing;  // has left the queue
    std::size_t queued = 0;
    bool reads = false;
    bool writes = false;  // or waits for the time to write
    bool ended = false;   // nothing more comes
};

/// One connection: what was dialled, and what we dial for it.
class Relay : public std::enable_shared_from_this<Relay> {
public:
    Relay(asio::io_context& network, std::shared_ptr<const State> state, Tcp::socket dialled)
        : state_(std::move(state)),
          dialled_(std::move(dialled)),
          target_(network),
          forth_(network, dialled_, target_),
          back_(network, target_, dialled_) {}

    void start() {
        Code ignored;
        dialled_.set_option(Tcp::no_delay(true), ignored);
        if (state_->cut) {  // whoever dials hears nothing, and is not refused either
            broken_ = true;
            read(forth_);
            return;
        }
        if (!state_->target) return close();
        target_.async_connect(loopback(*state_->target),
                              [self = shared_from_this()](Code code) { self->connected(code); });
    }

    void close() {
        open_ = false;
        Code ignored;
        dialled_.close(ignored);
        target_.close(ignored);
        forth_.timer.cancel();
        back_.timer.cancel();
    }
    bool is_open() const { return open_; }

    /// Everything that is under way is lost.
    void cut() {
        broken_ = true;
        for (Way* way : {&forth_, &back_}) {
            way->queue.clear();
            way->queued = 0;
            way->timer.cancel();
        }
    }
    void heal() {
        if (broken_) close();
    }

private:
    void connected(Code code) {
        if (!open_) return;
        if (code) return state_->cut ? read(forth_) : close();
        Code ignored;
        target_.set_option(Tcp::no_delay(true), ignored);
        read(forth_);
        read(back_);
    }

    void read(Way& way) {
        if (!open_ || way.reads || way.ended || way.queued >= kQueueBytesMax) return;
        way.reads = true;
        way.from.async_read_some(asio::buffer(way.buffer),
                                 [self = shared_from_this(), &way](Code code, std::size_t count) {
                                     way.reads = false;
                                     if (!self->open_) return;
                                     if (code) return self->end(way);
                                     self->take(way, count);
                                     self->read(way);
                                 });
    }

    void take(Way& way, std::size_t count) {
        if (state_->cut) return;
        Clock::time_point due = Clock::now() + state_->delay;
        if (!way.queue.empty()) due = std::max(due, way.queue.back().due);
        const auto begin = way.buffer.begin();
        way.queue.push_back({due, {begin, begin + static_cast<std::ptrdiff_t>(count)}});
        way.queued += count;
        write(way);
    }

    /// This direction's sender has ended.
    void end(Way& way) {
        way.ended = true;
        if (!state_->cut) return write(way);
        // The other end does not hear of it.
        if (!target_.is_open() || (forth_.ended && back_.ended)) close();
    }

    void write(Way& way) {
        if (!open_ || way.writes) return;
        if (way.queue.empty()) {
            if (way.ended && !state_->cut) close();
            return;
        }
        way.writes = true;
        if (way.queue.front().due > Clock::now()) {
            way.timer.expires_at(way.queue.front().due);
            way.timer.async_wait([self = shared_from_this(), &way](Code) {
                way.writes = false;
                self->write(way);
            });
            return;
        }
        way.writing = std::move(way.queue.front().bytes);
        way.queue.pop_front();
        way.queued -= way.writing.size();
        asio::async_write(way.to, asio::buffer(way.writing),
                          [self = shared_from_this(), &way](Code code, std::size_t) {
                              way.writes = false;
                              if (!self->open_) return;
                              if (code && !self->state_->cut) return self->close();
                              self->read(way);
                              self->write(way);
                          });
    }

    const std::shared_ptr<const State> state_;
    Tcp::socket dialled_;
    Tcp::socket target_;
    Way forth_;
    Way back_;
    bool open_ = true;
    bool broken_ = false;  // was cut: of no use once the link is whole again
};

class Link {
public:
    explicit Link(asio::io_context& network)
        : network_(network), acceptor_(network), pause_(network) {}

    Status listen() {
        Code code;
        acceptor_.open(Tcp::v4(), code);
        if (!code) acceptor_.bind(loopback(0), code);
        if (!code) acceptor_.listen(asio::socket_base::max_listen_connections, code);
        if (!code) port_ = acceptor_.local_endpoint(code).port();
        if (code) return fail(api::errc::io_failed, "a relay's port: " + code.message());
        accept();
        return {};
    }
    std::uint16_t port() const { return port_; }

    void set_target(std::uint16_t port) { state_->target = port; }
    void cut() {
        state_->cut = true;
        for (const auto& relay : relays_) relay->cut();
    }
    void slow(milliseconds delay) { state_->delay = delay; }
    void heal() {
        state_->cut = false;
        state_->delay = milliseconds(0);
        for (const auto& relay : relays_) relay->heal();
    }
    void close() {
        Code ignored;
        acceptor_.close(ignored);
        pause_.cancel();
        for (const auto& relay : relays_) relay->close();
    }

private:
    void accept() {
        acceptor_.async_accept([this](Code code, Tcp::socket socket) {
            if (!acceptor_.is_open()) return;
            if (!code) {
                admit(std::move(socket));
                return accept();
            }
            // Out of descriptors, most likely, which passes.
            pause_.expires_after(kAcceptPause);
            pause_.async_wait([this](Code stopped) {
                if (!stopped) accept();
            });
        });
    }

    void admit(Tcp::socket socket) {
        relays_.remove_if([](const auto& relay) { return !relay->is_open(); });
        while (relays_.size() >= kRelaysMax) {
            relays_.front()->close();
            relays_.pop_front();
        }
        relays_.push_back(std::make_shared<Relay>(network_, state_, std::move(socket)));
        relays_.back()->start();
    }

    asio::io_context& network_;
    Tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::uint16_t port_ = 0;
    const std::shared_ptr<State> state_ = std::make_shared<State>();
    std::list<std::shared_ptr<Relay>> relays_;  // oldest first
};

}  // namespace

struct Links::Impl {
    asio::io_context network;
    std::map<std::pair<std::size_t, std::size_t>, Link> links;
    std::thread thread;

    Link& link(std::size_t from, std::size_t to) {
        const auto found = links.find({from, to});
        TALLY_CHECK(found != links.end());
        return found->second;
    }
    /// On the thread of the links; returns when it is done.
    template <typename Work>
    void run(const Work& work) {
        std::promise<void> done;
        asio::post(network, [&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }
};

Links::Links(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::unique_ptr<Links>> Links::open(std::size_t nodes) {
    auto impl = std::make_unique<Impl>();
    for (std::size_t from = 0; from < nodes; ++from) {
        for (std::size_t to = 0; to < nodes; ++to) {
            if (from == to) continue;
            const auto made = impl->links.try_emplace({from, to}, impl->network);
            const Status listens = made.first->second.listen();
            if (!listens) return listens.error();
        }
    }
    impl->thread = std::thread([&network = impl->network] {
        // A cluster of one has no link, and nothing to wait for until it ends.
        const auto work = asio::make_work_guard(network);
        network.run();
    });
    return std::unique_ptr<Links>(new Links(std::move(impl)));
}

Links::~Links() {
    impl_->run([this] {
        for (auto& link : impl_->links) link.second.close();
    });
    impl_->network.stop();
    impl_->thread.join();
}

std::uint16_t Links::port(std::size_t from, std::size_t to) const {
    return impl_->link(from, to).port();
}

void Links::set_target(std::size_t to, std::uint16_t port) {
    impl_->run([&] {
        for (auto& [ends, link] : impl_->links) {
            if (ends.second == to) link.set_target(port);
        }
    });
}

void Links::cut(std::size_t from, std::size_t to) {
    impl_->run([&] { impl_->link(from, to).cut(); });
}
void Links::slow(std::size_t from, std::size_t to, milliseconds delay) {
    impl_->run([&] { impl_->link(from, to).slow(delay); });
}
void Links::heal(std::size_t from, std::size_t to) {
    impl_->run([&] { impl_->link(from, to).heal(); });
}

}  // namespace tally::testing
