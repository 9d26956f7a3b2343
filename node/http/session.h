#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "node/http/api.h"
#include "node/http/gate.h"
#include "node/http/host.h"
#include "node/http/limits.h"

namespace tally::node::http {

/// What all connections of a server share. Belongs to the network thread but for `gate` and `api`.
struct SessionShared {
    explicit SessionShared(HostNames ours) : names(std::move(ours)) {}

    const HostNames names;
    ApiPtr api;
    std::shared_ptr<Gate> gate;
    HttpLimits limits;
    std::size_t request_bytes_max = 0;  ///< of one body
    std::string node;                   ///< who answers, and whom it follows; empty: not known
    std::string leader;
    std::string network;           ///< the id of the genesis, in hexadecimal
    std::size_t pending = 0;       ///< requests without their answer
    std::size_t body_bytes = 0;    ///< reserved for bodies being read or answered
    std::size_t answer_bytes = 0;  ///< of answers that are being written
};

/// One connection: reads a request, waits for its answer, writes it, and only then looks at the
/// next one, so that pipelined requests are answered in order. Belongs to the network thread.
class Session : public std::enable_shared_from_this<Session> {
public:
    Session(boost::asio::ip::tcp::socket socket, std::shared_ptr<SessionShared> shared);

    /// Serves until the client goes, the connection fails or `finish`.
    static boost::asio::awaitable<void> run(std::shared_ptr<Session> self);
    /// Answers `problem` whatever is asked, and closes.
    static boost::asio::awaitable<void> turn_away(std::shared_ptr<Session> self,
                                                  api::Problem problem);
    /// The same without waiting for anything: what the client sends later may reset the connection
    /// before it has read the answer.
    void turn_away_at_once(const api::Problem& problem);

    /// Ends after the request under way, at once if there is none.
    void finish();
    /// Gives up the request under way: it is answered shutting_down or outcome_unknown.
    void abandon();
    void close();
    /// Since when it waits for a request; nothing while one is under way.
    std::optional<std::chrono::steady_clock::time_point> idle_since() const;

private:
    struct Incoming;
    enum class State : std::uint8_t { idle, reading, waiting, writing };

    boost::asio::awaitable<bool> wait_for_request();
    boost::asio::awaitable<bool> serve_one();
    boost::asio::awaitable<boost::system::error_code> read_header(Incoming& incoming);
    boost::asio::awaitable<bool> read_body(Incoming& incoming);
    boost::asio::awaitable<HttpResponse> answer_of(HttpRequest request);
    void add_names(HttpResponse& response) const;
    boost::asio::awaitable<bool> write(HttpResponse response, bool head, bool keep_alive);
    boost::asio::awaitable<void> refuse_unread(boost::system::error_code failure);
    boost::asio::awaitable<void> refuse(std::string_view code, std::string detail);
    boost::asio::awaitable<void> linger();

    std::shared_ptr<SessionShared> shared_;
    boost::beast::tcp_stream stream_;
    boost::beast::flat_buffer buffer_;  ///< bounded, also for extensions of chunks and trailers
    boost::asio::steady_timer answered_;
    std::optional<HttpResponse> answer_;
    std::weak_ptr<Exchange> exchange_;
    State state_ = State::idle;
    std::chrono::steady_clock::time_point idle_since_;
    bool finishing_ = false;
    bool lingering_ = false;  ///< answered and to be closed: the client may still be sending
};

}  // namespace tally::node::http
