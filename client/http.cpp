#include "client/http.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <charconv>
#include <deque>
#include <exception>
#include <utility>

#include "base/check.h"
#include "client/errors.h"

// A call may ask a second node while the first one is silent. So the connections that one thread
// uses share an io_context, each request is a coroutine on it, and the caller runs the context
// until one of them has ended: no thread of our own, no polling.

namespace tally::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);
constexpr std::uint64_t kReplyBytesMax = 64ULL << 20;
constexpr std::size_t kUnreadBytesMax = 128 << 10;
constexpr std::uint32_t kReplyHeaderBytesMax = 16U << 10;

template <typename Number>
std::optional<Number> number_of(beast::string_view text) {
    Number value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data(), end, value);
    if (failure != std::errc() || stop != end) return std::nullopt;
    return value;
}

/// Above an hour it is taken for an hour: callers have deadlines of their own.
std::optional<std::chrono::seconds> retry_after_of(beast::string_view text) {
    const auto seconds = number_of<std::uint32_t>(text);
    if (!seconds) return std::nullopt;
    return std::chrono::seconds(std::min<std::uint32_t>(*seconds, 3600));
}

HttpReply reply_of(http::response<http::string_body>&& response) {
    HttpReply reply;
    reply.status = static_cast<int>(response.result_int());
    reply.content_type = std::string(response[http::field::content_type]);
    reply.index = number_of<std::uint64_t>(response["Tally-Index"]);
    reply.stale = beast::iequals(response["Tally-Stale"], "true");
    reply.retry_after = retry_after_of(response[http::field::retry_after]);
    reply.node = std::string(response["Tally-Node"]);
    reply.network = std::string(response["Tally-Network"]);
    reply.leader = std::string(response["Tally-Leader"]);
    reply.body = std::move(response.body());
    return reply;
}

http::request<http::string_body> message_of(const HttpRequest& request, const Address& address) {
    http::request<http::string_body> message(request.post ? http::verb::post : http::verb::get,
                                             request.target, 11);
    message.set(http::field::host, address.host + ":" + address.port);
    message.set(http::field::user_agent, "tallystick-client");
    message.keep_alive(true);
    if (request.post) {
        message.set(http::field::content_type, request.content_type);
        message.body() = request.body;
    }
    message.prepare_payload();
    return message;
}

/// Of an answer that came in part: what is wrong with it, if asking the same node once more would
/// only bring the same; nothing for a connection that was lost.
template <typename Parser>
std::optional<std::string> no_end(const beast::error_code& failure, const Parser& parser,
                                  std::size_t unread, milliseconds timeout) {
    const std::string came =
        std::to_string(parser.get().body().size() + unread) + " bytes of it were received";
    if (failure == http::error::header_limit) {
        return "the header of the answer is longer than the " +
               std::to_string(kReplyHeaderBytesMax) + " bytes that are taken; " + came;
    }
    if (failure == http::error::buffer_overflow) {
        return "the answer has a piece beside its body of more than the " +
               std::to_string(kUnreadBytesMax) + " bytes that are taken; " + came;
    }
    if (failure == http::error::body_limit) {
        const auto length = parser.content_length();
        return "the answer is longer than the " + std::to_string(kReplyBytesMax) +
               " bytes that are taken" +
               (length ? ", for it announces " + std::to_string(*length) : "") + "; " + came;
    }
    // What is no HTTP, as against an answer that was cut off.
    const bool malformed = failure.category() == http::make_error_code(http::error{}).category() &&
                           failure != http::error::end_of_stream &&
                           failure != http::error::partial_message;
    if (malformed) return "the answer is malformed: " + failure.message() + "; " + came;
    if (failure == beast::error::timeout && parser.got_some()) {
        return "the answer did not end within " + std::to_string(timeout.count()) + " ms; " + came;
    }
    return std::nullopt;
}

}  // namespace

Result<Address> Address::parse(const std::string& url) {
    const auto parsed = boost::urls::parse_uri(url);
    const auto refuse = [&url](const std::string& why) {
        return fail(errc::bad_url, "\"" + url + "\" " + why + "; expected http://host:port");
    };
    if (parsed.has_error()) return refuse("is not a URL");
    if (parsed->scheme() != "http") return refuse("is not http");
    if (parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment() ||
        !(parsed->encoded_path().empty() || parsed->encoded_path() == "/")) {
        return refuse("has more than a host and a port");
    }
    Address address;
    address.host = std::string(parsed->host_address());
    address.port = parsed->has_port() ? std::string(parsed->port()) : "80";
    const auto port = number_of<std::uint16_t>(address.port);
    if (address.host.empty() || !port || *port == 0) return refuse("has no usable host and port");
    return address;
}

struct HttpConnections::Impl {
    /// The connection to one node.
    struct Node {
        explicit Node(Address of) : address(std::move(of)) {}

        Error lost(errc code, const std::string& why) {
            stream.reset();
            return fail(code, "http://" + address.host + ":" + address.port + ": " + why);
        }

        Address address;
        std::optional<beast::tcp_stream> stream;  // empty: not connected
        bool busy = false;
    };

    /// Names are looked up at once: nodes are named by address nearly always.
    asio::awaitable<Status> connect(Node& node, milliseconds timeout) {
        if (giving_up) co_return node.lost(errc::unreachable, "given up");
        beast::error_code unknown;
        tcp::resolver resolver(context);
        const auto endpoints = resolver.resolve(node.address.host, node.address.port, unknown);
        if (unknown) co_return node.lost(errc::unreachable, unknown.message());
        node.stream.emplace(context);
        node.stream->expires_after(timeout);
        const auto [failure, endpoint] = co_await node.stream->async_connect(endpoints, kAwait);
        if (failure) co_return node.lost(errc::unreachable, failure.message());
        beast::error_code ignored;  // only latency depends on it
        node.stream->socket().set_option(tcp::no_delay(true), ignored);
        co_return Status{};
    }

    /// Sends and receives on the open stream. `silent` is set if nothing at all came back.
    static asio::awaitable<Result<HttpReply>> exchange(Node& node, const HttpRequest& request,
                                                       milliseconds timeout, bool& silent) {
        auto message = message_of(request, node.address);
        http::response_parser<http::string_body> parser;
        parser.body_limit(kReplyBytesMax);
        parser.header_limit(kReplyHeaderBytesMax);
        // What is neither header nor body, extensions of chunks and trailers, stays in it whole.
        beast::flat_buffer buffer(kUnreadBytesMax);
        node.stream->expires_after(timeout);
        auto [failure, sent] = co_await http::async_write(*node.stream, message, kAwait);
        // A node may answer (too large, say) and close before it has read everything.
        if (failure != beast::error::timeout && failure != asio::error::operation_aborted) {
            const auto [unread, received] =
                co_await http::async_read(*node.stream, buffer, parser, kAwait);
            failure = unread;
        }
        if (failure) {
            silent = !parser.got_some() && failure != beast::error::timeout;
            if (auto endless = no_end(failure, parser, buffer.size(), timeout)) {
                co_return node.lost(errc::bad_answer, *endless);
            }
            co_return node.lost(
                failure == beast::error::timeout ? errc::timed_out : errc::connection_lost,
                failure.message());
        }
        const bool keep = parser.get().keep_alive();
        HttpReply reply = reply_of(parser.release());
        if (!keep) node.stream.reset();
        co_return reply;
    }

    asio::awaitable<Result<HttpReply>> converse(Node& node, const HttpRequest& request,
                                                const HttpTimeouts& timeouts) {
        const auto deadline = Clock::now() + timeouts.whole;
        const auto left = [deadline] {
            const auto rest = std::chrono::ceil<milliseconds>(deadline - Clock::now());
            return std::max(rest, milliseconds(1));
        };
        bool silent = false;
        if (node.stream) {
            auto reply = co_await exchange(node, request, left(), silent);
            if (reply || !silent || giving_up) co_return reply;
        }
        const Status connected = co_await connect(node, std::min(timeouts.connect, left()));
        if (!connected) co_return connected.error();
        co_return co_await exchange(node, request, left(), silent);
    }

    asio::awaitable<void> run(std::size_t position, HttpRequest request, HttpTimeouts timeouts) {
        Node& node = nodes[position];
        std::optional<Result<HttpReply>> reply;
        try {
            reply = co_await converse(node, request, timeouts);
        } catch (const std::exception& exception) {
            reply = node.lost(errc::connection_lost, exception.what());
        }
        node.busy = false;
        ended.push_back({position, std::move(*reply)});
    }

    asio::io_context context{1};
    std::deque<Node> nodes;  // they do not move
    std::deque<Ended> ended;
    bool giving_up = false;
};

HttpConnections::HttpConnections(const std::vector<Address>& nodes)
    : impl_(std::make_unique<Impl>()) {
    for (const Address& address : nodes) impl_->nodes.emplace_back(address);
}

HttpConnections::~HttpConnections() { give_up(); }

void HttpConnections::begin(std::size_t node, const HttpRequest& request,
                            const HttpTimeouts& timeouts) {
    TALLY_CHECK(node < impl_->nodes.size());
    TALLY_CHECK(!impl_->nodes[node].busy);
    impl_->nodes[node].busy = true;
    asio::co_spawn(impl_->context, impl_->run(node, request, timeouts),
                   [](const std::exception_ptr& thrown) {
                       if (thrown) std::rethrow_exception(thrown);
                   });
}

bool HttpConnections::under_way(std::size_t node) const {
    TALLY_CHECK(node < impl_->nodes.size());
    return impl_->nodes[node].busy;
}

bool HttpConnections::any_under_way() const {
    return std::any_of(impl_->nodes.begin(), impl_->nodes.end(),
                       [](const Impl::Node& node) { return node.busy; });
}

std::optional<HttpConnections::Ended> HttpConnections::await(Clock::time_point until) {
    while (impl_->ended.empty() && any_under_way()) {
        impl_->context.restart();
        if (impl_->context.run_one_until(until) == 0 && Clock::now() >= until) break;
    }
    if (impl_->ended.empty()) return std::nullopt;
    Ended first = std::move(impl_->ended.front());
    impl_->ended.pop_front();
    return first;
}

void HttpConnections::give_up() {
    impl_->giving_up = true;
    for (auto& node : impl_->nodes) {
        if (node.busy && node.stream) node.stream->close();
    }
    while (any_under_way()) {
        impl_->context.restart();
        impl_->context.run_one();
    }
    impl_->ended.clear();
    impl_->giving_up = false;
}

}  // namespace tally::client
