#include "client/http.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>
#include <charconv>
#include <utility>

#include "client/errors.h"

// Beast's timeouts exist for asynchronous operations only. So each connection has an io_context of
// its own, and every step is: start the operation, run the context until it has ended.

namespace tally::client {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kReplyBytesMax = 64ull << 20;

template <typename Number>
std::optional<Number> number_of(beast::string_view text) {
    Number value = 0;
    const auto end = text.data() + text.size();
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
    reply.body = std::move(response.body());
    return reply;
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

struct HttpConnection::Impl {
    explicit Impl(Address target) : address(std::move(target)) {}

    /// Runs what was started; its handler has set `failure` when this returns.
    void run() {
        context.restart();
        context.run();
    }

    Status connect(std::chrono::milliseconds timeout) {
        beast::error_code failure;
        tcp::resolver resolver(context);
        const auto endpoints = resolver.resolve(address.host, address.port, failure);
        if (failure) return lost(errc::unreachable, failure);
        stream.emplace(context);
        stream->expires_after(timeout);
        stream->async_connect(
            endpoints, [&failure](beast::error_code ended, const auto&) { failure = ended; });
        run();
        if (failure) return lost(errc::unreachable, failure);
        beast::error_code ignored;  // only latency depends on it
        stream->socket().set_option(tcp::no_delay(true), ignored);
        return {};
    }

    /// Sends and receives on the open stream. `silent` is set if nothing at all came back.
    Result<HttpReply> exchange(const HttpRequest& request, std::chrono::milliseconds timeout,
                               bool& silent) {
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
        http::response_parser<http::string_body> parser;
        parser.body_limit(kReplyBytesMax);
        beast::flat_buffer buffer;
        beast::error_code failure;
        stream->expires_after(timeout);
        http::async_write(*stream, message, [&](beast::error_code ended, std::size_t) {
            failure = ended;
            // A node may answer (too large, say) and close before it has read everything.
            if (failure == beast::error::timeout) return;
            http::async_read(*stream, buffer, parser,
                             [&](beast::error_code read, std::size_t) { failure = read; });
        });
        run();
        if (failure) {
            silent = !parser.got_some() && failure != beast::error::timeout;
            return lost(failure == beast::error::timeout ? errc::timed_out : errc::connection_lost,
                        failure);
        }
        const bool keep = parser.get().keep_alive();
        HttpReply reply = reply_of(parser.release());
        if (!keep) stream.reset();
        return reply;
    }

    Error lost(errc code, const beast::error_code& failure) {
        stream.reset();
        return fail(code, "http://" + address.host + ":" + address.port + ": " + failure.message());
    }

    Address address;
    asio::io_context context{1};
    std::optional<beast::tcp_stream> stream;  // empty: not connected
};

HttpConnection::HttpConnection(Address address)
    : impl_(std::make_unique<Impl>(std::move(address))) {}
HttpConnection::~HttpConnection() = default;

Result<HttpReply> HttpConnection::exchange(const HttpRequest& request,
                                           const HttpTimeouts& timeouts) {
    const auto deadline = Clock::now() + timeouts.whole;
    const auto left = [deadline] {
        const auto rest = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        return std::max(rest, std::chrono::milliseconds(1));
    };
    if (impl_->stream) {
        bool silent = false;
        auto reply = impl_->exchange(request, left(), silent);
        if (reply || !silent) return reply;
    }
    const Status connected = impl_->connect(std::min(timeouts.connect, left()));
    if (!connected) return connected.error();
    bool silent = false;
    return impl_->exchange(request, left(), silent);
}

}  // namespace tally::client
