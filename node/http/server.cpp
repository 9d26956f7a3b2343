#include "node/http/server.h"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/url.hpp>
#include <condition_variable>
#include <exception>
#include <set>

#include "api/errc.h"
#include "base/hex.h"
#include "node/http/session.h"

namespace tally::node::http {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr int kBacklog = 256;
constexpr std::chrono::milliseconds kAcceptPause{100};
/// After the grace: time to write the last answers, and for a waiting caller of stop.
constexpr std::chrono::milliseconds kCloseTime{1000};

/// JSON has a third more bytes than what it carries, and punctuation for each transaction.
std::size_t body_bytes_max(const ledger::Genesis& genesis) {
    constexpr std::size_t kMargin = 64 << 10;
    constexpr std::size_t kPerTransaction = 8;
    return std::size_t{genesis.submission_bytes_max} / 3 * 4 +
           genesis.transactions_max * kPerTransaction + kMargin;
}

/// Everything of a server that its coroutines hold on to. Belongs to the network thread but for
/// what is marked.
class Core : public std::enable_shared_from_this<Core> {
public:
    Core(asio::io_context& network, tcp::acceptor acceptor, Service& service, HostNames names,
         const HttpLimits& limits)
        : network_(network),
          acceptor_(std::move(acceptor)),
          pause_(network),
          grace_(network),
          shared_(std::make_shared<SessionShared>(std::move(names))) {
        shared_->api = std::make_shared<Api>(service, limits.read_threads, limits.reads_queued_max);
        shared_->gate = std::make_shared<Gate>(
            [&network](std::function<void()> work) { asio::post(network, std::move(work)); });
        shared_->limits = limits;
        shared_->network = to_hex(service.genesis().network_id().bytes);
        shared_->request_bytes_max = body_bytes_max(service.genesis());
    }

    void start() { spawn(accept_all(shared_from_this())); }  // any thread

    /// Any thread.
    void announce(const std::string& node, const std::string& leader) {
        asio::post(network_, [shared = shared_, node, leader] {
            shared->node = node;
            shared->leader = leader;
        });
    }
    /// Any thread. Begins the end; later calls change nothing.
    void begin_stop(std::chrono::milliseconds grace) {
        shared_->api->stopping = true;
        asio::post(network_, [self = shared_from_this(), grace] { self->close_all(grace); });
    }
    /// Any thread but the network's.
    void wait_stopped(std::chrono::milliseconds timeout) {
        std::unique_lock lock(mutex_);
        ended_.wait_for(lock, timeout, [this] { return running_ == 0; });
    }
    /// Any thread but the network's. Afterwards no callback of the service reaches this server.
    void let_go() {
        shared_->gate->close();
        shared_->api->pool.stop();
    }
    bool on_network_thread() const { return network_.get_executor().running_in_this_thread(); }

private:
    void spawn(asio::awaitable<void> task) {
        {
            const std::lock_guard lock(mutex_);
            ++running_;
        }
        asio::co_spawn(network_, std::move(task),
                       [self = shared_from_this()](const std::exception_ptr& thrown) {
                           self->report_end(thrown);
                       });
    }
    void report_end(const std::exception_ptr& thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const std::exception& exception) {
            spdlog::error("http: a connection ended: {}", exception.what());
        }
        const std::lock_guard lock(mutex_);
        if (--running_ == 0) ended_.notify_all();
    }

    static asio::awaitable<void> accept_all(std::shared_ptr<Core> self) {
        while (!self->stopping_) {
            auto [failure, socket] = co_await self->acceptor_.async_accept(kAwait);
            if (self->stopping_) break;
            if (failure) {
                // Out of descriptors, most likely: some come back as connections end.
                self->pause_.expires_after(kAcceptPause);
                co_await self->pause_.async_wait(kAwait);
                continue;
            }
            self->admit(std::move(socket));
        }
    }

    void admit(tcp::socket socket) {
        auto session = std::make_shared<Session>(std::move(socket), shared_);
        if (sessions_.size() < shared_->limits.connections_max || make_room()) {
            sessions_.insert(session);
            shared_->api->metrics.connections(sessions_.size());
            spawn(serve(shared_from_this(), std::move(session)));
            return;
        }
        shared_->api->metrics.turned_away();
        const auto problem =
            api::problem_of("overloaded", "too many connections: retry after a while");
        if (turned_away_ < shared_->limits.turned_away_max) {
            spawn(refuse(shared_from_this(), std::move(session), problem));
        } else {
            session->turn_away_at_once(problem);
        }
    }

    /// Who says nothing does not keep out who does: closes the connection that has been idle for
    /// longest. False if none has been for long enough.
    bool make_room() {
        const auto now = std::chrono::steady_clock::now();
        auto longest = now - shared_->limits.idle_spared;
        std::shared_ptr<Session> found;
        for (const auto& session : sessions_) {
            const auto since = session->idle_since();
            if (!since || *since > longest) continue;
            longest = *since;
            found = session;
        }
        if (!found) return false;
        found->close();
        sessions_.erase(found);  // its coroutine ends by itself
        return true;
    }

    static asio::awaitable<void> serve(std::shared_ptr<Core> self,
                                       std::shared_ptr<Session> session) {
        std::exception_ptr thrown;
        try {
            co_await Session::run(session);
        } catch (...) {
            thrown = std::current_exception();
        }
        self->sessions_.erase(session);
        self->shared_->api->metrics.connections(self->sessions_.size());
        if (self->sessions_.empty()) self->grace_.cancel();
        if (thrown) std::rethrow_exception(thrown);
    }

    static asio::awaitable<void> refuse(std::shared_ptr<Core> self,
                                        std::shared_ptr<Session> session, api::Problem problem) {
        ++self->turned_away_;
        co_await Session::turn_away(session, std::move(problem));
        --self->turned_away_;
    }

    void close_all(std::chrono::milliseconds grace) {
        if (stopping_) return;
        stopping_ = true;
        boost::system::error_code ignored;  // it is closed either way
        acceptor_.close(ignored);
        pause_.cancel();
        for (const auto& session : sessions_) session->finish();
        spawn(end_grace(shared_from_this(), grace));
    }

    static asio::awaitable<void> end_grace(std::shared_ptr<Core> self,
                                           std::chrono::milliseconds grace) {
        co_await self->drained(grace);
        for (const auto& session : self->sessions_) session->abandon();
        co_await self->drained(kCloseTime);
        for (const auto& session : self->sessions_) session->close();
    }

    /// Until no connection is left, or the time is over.
    asio::awaitable<void> drained(std::chrono::milliseconds time) {
        if (sessions_.empty()) co_return;
        grace_.expires_after(time);
        co_await grace_.async_wait(kAwait);
    }

    asio::io_context& network_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    asio::steady_timer grace_;
    std::shared_ptr<SessionShared> shared_;
    std::set<std::shared_ptr<Session>> sessions_;
    std::size_t turned_away_ = 0;
    bool stopping_ = false;

    std::mutex mutex_;
    std::condition_variable ended_;
    std::size_t running_ = 0;  // coroutines, guarded by mutex_
};

class BeastServer final : public HttpServer {
public:
    BeastServer(std::shared_ptr<Core> core, std::uint16_t port)
        : core_(std::move(core)), port_(port) {}
    ~BeastServer() override {
        if (started_ && !stopped_) stop({});
        core_->let_go();
    }

    void start() override {
        started_ = true;
        core_->start();
    }
    void stop(std::chrono::milliseconds grace) override {
        stopped_ = true;
        core_->begin_stop(grace);
        if (!core_->on_network_thread()) core_->wait_stopped(grace + 2 * kCloseTime);
    }
    std::uint16_t port() const override { return port_; }
    void announce(const std::string& node, const std::string& leader) override {
        core_->announce(node, leader);
    }

private:
    std::shared_ptr<Core> core_;
    std::uint16_t port_;
    bool started_ = false;
    bool stopped_ = false;
};

/// No names are looked up: a listen address must not depend on a name service.
Result<tcp::endpoint> parse_listen(const std::string& listen) {
    const Error bad =
        fail(api::errc::bad_config,
             "api.listen: '" + listen + "' is not host:port with an IP address or localhost");
    const auto parsed = boost::urls::parse_authority(listen);
    if (parsed.has_error() || !parsed->has_port() || parsed->has_userinfo()) return bad;
    // An absent or overlong number has the port number 0, which a single zero means.
    if (parsed->port_number() == 0 && parsed->port() != "0") return bad;
    std::string host = parsed->host_address();
    if (host == "localhost") host = "127.0.0.1";
    boost::system::error_code failure;
    const auto address = asio::ip::make_address(host, failure);
    if (failure) return bad;
    return tcp::endpoint(address, parsed->port_number());
}

}  // namespace

Result<std::unique_ptr<HttpServer>> HttpServer::create(asio::io_context& network,
                                                       const HttpOptions& options,
                                                       Service& service) {
    const std::string& listen = options.listen;
    for (const std::string& name : options.host_names) {
        if (is_host_name(name)) continue;
        return fail(api::errc::bad_config,
                    "api.host_names: '" + name + "' is not a name or an address without a port");
    }
    const auto endpoint = parse_listen(listen);
    if (!endpoint) return endpoint.error();
    if (!endpoint->address().is_loopback()) {
        return fail(api::errc::unauthenticated_bind,
                    "api.listen: " + listen +
                        " is not a loopback address, and readers cannot "
                        "authenticate yet: listen on 127.0.0.1 and put a proxy that authenticates "
                        "in front");
    }
    boost::system::error_code failure;
    tcp::acceptor acceptor(network);
    acceptor.open(endpoint->protocol(), failure);
    if (!failure) acceptor.set_option(tcp::acceptor::reuse_address(true), failure);
    if (!failure) acceptor.bind(*endpoint, failure);
    if (!failure) acceptor.listen(kBacklog, failure);
    if (failure == asio::error::address_in_use) {
        return fail(api::errc::address_in_use,
                    "api.listen: " + listen +
                        " is taken by another process; end that process, or give this node another "
                        "port there");
    }
    if (failure)
        return fail(api::errc::io_failed, "api.listen: " + listen + ": " + failure.message());
    const tcp::endpoint bound = acceptor.local_endpoint(failure);
    if (failure)
        return fail(api::errc::io_failed, "api.listen: " + listen + ": " + failure.message());
    HostNames names(endpoint->address().to_string(), options.host_names);
    auto core = std::make_shared<Core>(network, std::move(acceptor), service, std::move(names),
                                       options.limits);
    return std::unique_ptr<HttpServer>(
        std::make_unique<BeastServer>(std::move(core), bound.port()));
}

}  // namespace tally::node::http
