#include "node/http/session.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/version.hpp>
#include <cctype>
#include <iterator>
#include <optional>
#include <sstream>
#include <utility>

#include "api/errc.h"
#include "node/http/router.h"

namespace tally::node::http {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using std::chrono::steady_clock;

constexpr std::size_t kReadBytes = 4096;
/// Of what has come and is neither header nor body yet; more than the largest header.
constexpr std::size_t kUnreadBytesMax = 128 << 10;
constexpr std::size_t kLingerBytesMax = 8 << 20;
constexpr std::chrono::milliseconds kLingerTime{1000};
constexpr unsigned kHttp11 = 11;

/// Failures of sockets are expected: they come as values.
constexpr auto kAwait = asio::as_tuple(asio::use_awaitable);

HttpMethod method_of(http::verb verb) {
    switch (verb) {
        case http::verb::get:
            return HttpMethod::get;
        case http::verb::head:
            return HttpMethod::head;
        case http::verb::post:
            return HttpMethod::post;
        default:
            return HttpMethod::other;
    }
}

/// `application/json; charset=utf-8` -> `application/json`.
std::string media_type_of(beast::string_view header) {
    std::string type(header.substr(0, header.find(';')));
    while (!type.empty() && type.back() == ' ') type.pop_back();
    std::transform(type.begin(), type.end(), type.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
    return type;
}

std::string most_bytes(std::string_view what, std::size_t most) {
    return "the " + std::string(what) + " may have " + std::to_string(most) + " bytes";
}

http::response<http::string_body> message_of(HttpResponse response, bool head, bool keep_alive) {
    http::response<http::string_body> message(static_cast<http::status>(response.status), kHttp11);
    message.set(http::field::content_type, response.content_type);
    message.set(http::field::cache_control, "no-store");
    message.set("X-Content-Type-Options", "nosniff");
    for (const auto& [name, value] : response.headers) message.set(name, value);
    message.content_length(response.body.size());
    message.keep_alive(keep_alive);
    if (!head) message.body() = std::move(response.body);
    return message;
}

/// Room for a body, given back when the request has been answered.
class Reservation {
public:
    explicit Reservation(std::size_t& total) : total_(total) {}
    ~Reservation() { total_ -= held_; }
    Reservation(const Reservation&) = delete;
    Reservation& operator=(const Reservation&) = delete;

    bool take(std::size_t bytes, std::size_t most) {
        if (bytes > most - std::min(most, total_)) return false;
        total_ += bytes;
        held_ += bytes;
        return true;
    }

private:
    std::size_t& total_;
    std::size_t held_ = 0;
};

/// One more of something, for as long as it lives.
class Counted {
public:
    explicit Counted(std::size_t& count) : count_(count) { ++count_; }
    ~Counted() { --count_; }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

private:
    std::size_t& count_;
};

template <typename Header>
std::size_t lines_of(const Header& header, http::field name) {
    const auto [first, last] = header.equal_range(name);
    return static_cast<std::size_t>(std::distance(first, last));
}

template <typename Header>
std::size_t fields_of(const Header& header) {
    return static_cast<std::size_t>(std::distance(header.begin(), header.end()));
}

/// Why a header is not answered.
struct Refusal {
    std::string_view code;
    std::string detail;
};

/// What others on the way to this server could read otherwise than it does (RFC 9112, sections 3.2
/// and 6.1), or was not meant for it. Nothing if the request may be served. Beast itself refuses
/// two lengths that differ, and a length beside a coding.
template <typename Header>
std::optional<Refusal> refusal_of(const Header& header, const HostNames& names) {
    const std::size_t codings = lines_of(header, http::field::transfer_encoding);
    const bool chunked = beast::iequals(header[http::field::transfer_encoding], "chunked");
    if (codings > 1 || (codings == 1 && (!chunked || header.version() < kHttp11))) {
        return Refusal{"invalid_argument", "Transfer-Encoding: only chunked, once, in HTTP/1.1"};
    }
    const std::size_t lengths = lines_of(header, http::field::content_length);
    const std::string_view length = header[http::field::content_length];
    if (lengths > 1 || length.find_first_not_of("0123456789") != std::string_view::npos) {
        return Refusal{"invalid_argument", "Content-Length: one line with one number of digits"};
    }
    const std::size_t hosts = lines_of(header, http::field::host);
    if (hosts > 1 || (hosts == 0 && header.version() >= kHttp11)) {
        return Refusal{"invalid_argument", "Host: HTTP/1.1 asks for one such line"};
    }
    const std::string host(header[http::field::host]);
    if (hosts == 1 && !names.allow(host)) {
        return Refusal{"misdirected", "Host: " + host +
                                          " is not a name of this node; it answers to localhost, "
                                          "its address and api.host_names of its node.toml"};
    }
    return std::nullopt;
}

}  // namespace

/// A request that is being read.
struct Session::Incoming {
    explicit Incoming(SessionShared& shared) : room(shared.body_bytes) {}

    http::request_parser<http::string_body> parser;
    Reservation room;
    bool folded = false;  // a line of the header goes on in the next
};

Session::Session(asio::ip::tcp::socket socket, std::shared_ptr<SessionShared> shared)
    : shared_(std::move(shared)),
      stream_(std::move(socket)),
      buffer_(kUnreadBytesMax),
      answered_(stream_.get_executor()),
      idle_since_(steady_clock::now()) {
    beast::error_code ignored;  // only latency depends on it
    stream_.socket().set_option(asio::ip::tcp::no_delay(true), ignored);
}

asio::awaitable<void> Session::run(std::shared_ptr<Session> self) {
    bool open = true;
    while (open && !self->finishing_) {
        open = co_await self->wait_for_request();
        if (!open) break;
        open = co_await self->serve_one();
    }
    if (self->lingering_) co_await self->linger();
    self->close();
}

asio::awaitable<void> Session::turn_away(std::shared_ptr<Session> self, api::Problem problem) {
    self->stream_.expires_after(kLingerTime);
    co_await self->write(problem_response(problem), false, false);
    co_await self->linger();
    self->close();
}

void Session::turn_away_at_once(const api::Problem& problem) {
    HttpResponse response = problem_response(problem);
    add_names(response);
    std::ostringstream text;
    text << message_of(std::move(response), false, false);
    beast::error_code ignored;  // it is gone either way
    auto& socket = stream_.socket();
    socket.non_blocking(true, ignored);
    // What has come already is read first: closing with unread bytes resets the connection.
    socket.read_some(buffer_.prepare(kReadBytes), ignored);
    socket.write_some(asio::buffer(text.str()), ignored);
    close();
}

std::optional<steady_clock::time_point> Session::idle_since() const {
    if (state_ != State::idle) return std::nullopt;
    return idle_since_;
}

void Session::finish() {
    finishing_ = true;
    if (state_ == State::idle) close();
}

void Session::abandon() {
    if (state_ == State::reading) close();
    // Without an exchange the answer is on its way; while it is being written, it stays so.
    const auto exchange = state_ == State::waiting ? exchange_.lock() : nullptr;
    if (exchange) exchange->abandon("shutting_down", "the node ended before the answer was there");
}

void Session::close() {
    beast::error_code ignored;  // it is gone either way
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.close();
}

/// Waits for the first bytes of a request that has not begun to arrive.
asio::awaitable<bool> Session::wait_for_request() {
    if (buffer_.size() > 0) co_return true;
    state_ = State::idle;
    idle_since_ = steady_clock::now();
    stream_.expires_after(shared_->limits.idle_timeout);
    const auto [failure, count] =
        co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
    if (failure) co_return false;
    buffer_.commit(count);
    co_return true;
}

asio::awaitable<bool> Session::serve_one() {
    state_ = State::reading;
    Incoming incoming(*shared_);
    incoming.parser.header_limit(static_cast<std::uint32_t>(shared_->limits.header_bytes_max));
    incoming.parser.body_limit(shared_->request_bytes_max);
    stream_.expires_after(shared_->limits.header_timeout);
    if (const auto failure = co_await read_header(incoming)) {
        co_await refuse_unread(failure);
        co_return false;
    }
    if (incoming.folded) {
        co_await refuse("invalid_argument",
                        "a header line begins with a space or a tab: give each field one line "
                        "(RFC 9112, section 5.2)");
        co_return false;
    }
    if (auto refusal = refusal_of(incoming.parser.get(), shared_->names)) {
        co_await refuse(refusal->code, std::move(refusal->detail));
        co_return false;
    }
    const std::size_t fields = fields_of(incoming.parser.get());
    const bool read = co_await read_body(incoming);
    if (!read) co_return false;
    // The parser lays them beside the fields of the header, where each would count as one.
    if (fields_of(incoming.parser.get()) != fields) {
        co_await refuse("invalid_argument",
                        "a trailer behind the chunks: give all fields in the header");
        co_return false;
    }

    auto& message = incoming.parser.get();
    const bool keep_alive = message.keep_alive();
    HttpRequest request;
    request.method = method_of(message.method());
    request.accept = std::string(message[http::field::accept]);
    request.content_type = media_type_of(message[http::field::content_type]);
    const std::string target(message.target());
    request.body = std::move(message.body());
    if (!parse_target(target, request)) {
        co_await refuse("invalid_argument", "not a path and query: " + target);
        co_return false;
    }
    const bool head = request.method == HttpMethod::head;
    HttpResponse response = co_await answer_of(std::move(request));
    Reservation unread(shared_->answer_bytes);
    if (response.body.size() > shared_->limits.small_answer_bytes &&
        !unread.take(response.body.size(), shared_->limits.answer_bytes_max)) {
        response = problem_response(
            api::problem_of("overloaded", "too many large answers wait to be read; ask again"));
    }
    const bool kept = co_await write(std::move(response), head, keep_alive && !finishing_);
    co_return kept;
}

/// As http::async_read_header, but sees the octets too: the parser joins folded lines and does not
/// say so, and others on the way may take the second one for a field of its own.
asio::awaitable<boost::system::error_code> Session::read_header(Incoming& incoming) {
    auto& parser = incoming.parser;
    for (;;) {
        beast::error_code unread;
        const asio::const_buffer octets = buffer_.cdata();
        if (octets.size() > 0) {
            const std::size_t used = parser.put(octets, unread);
            incoming.folded =
                incoming.folded || has_folded_line({static_cast<const char*>(octets.data()), used});
            buffer_.consume(used);
        }
        if (parser.is_header_done()) co_return beast::error_code{};
        if (unread && unread != http::error::need_more) co_return unread;
        const auto [failure, count] =
            co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
        if (failure) co_return failure;
        buffer_.commit(count);
    }
}

/// Answers a request that could not be read; a connection that just ended needs no answer.
asio::awaitable<void> Session::refuse_unread(boost::system::error_code failure) {
    const auto& http_category = http::make_error_code(http::error::bad_method).category();
    if (failure == http::error::body_limit) {
        co_await refuse("too_large", most_bytes("body", shared_->request_bytes_max));
    } else if (failure == http::error::header_limit) {
        co_await refuse("header_too_large", most_bytes("header", shared_->limits.header_bytes_max));
    } else if (failure.category() == http_category && failure != http::error::end_of_stream &&
               failure != http::error::partial_message) {
        co_await refuse("invalid_argument", "not HTTP/1.1: " + failure.message());
    }
}

/// Reads what follows the header, once there is room for it. False when that was answered already.
asio::awaitable<bool> Session::read_body(Incoming& incoming) {
    auto& parser = incoming.parser;
    if (parser.is_done()) co_return true;
    const auto length = parser.content_length();
    const std::size_t bytes =
        length ? static_cast<std::size_t>(*length) : shared_->request_bytes_max;
    if (!incoming.room.take(bytes, shared_->limits.body_bytes_max)) {
        co_await refuse("overloaded", "too many bodies at once; nothing was done");
        co_return false;
    }
    stream_.expires_after(shared_->limits.body_timeout);
    if (beast::iequals(parser.get()[http::field::expect], "100-continue")) {
        http::response<http::empty_body> go_on(http::status::continue_, kHttp11);
        const auto [failure, sent] = co_await http::async_write(stream_, go_on, kAwait);
        if (failure) co_return false;
    }
    const auto [failure, count] = co_await http::async_read(stream_, buffer_, parser, kAwait);
    if (failure) co_await refuse_unread(failure);
    co_return !failure;
}

/// Hands the request to its handler and waits, on this thread, for an answer from any.
asio::awaitable<HttpResponse> Session::answer_of(HttpRequest request) {
    if (shared_->pending >= shared_->limits.pending_max) {
        co_return problem_response(
            api::problem_of("overloaded", "too many requests are waiting; nothing was done"));
    }
    state_ = State::waiting;
    const Counted pending(shared_->pending);
    const auto began = steady_clock::now();
    answer_.reset();
    auto deliver = [gate = shared_->gate, weak = weak_from_this()](HttpResponse response) {
        gate->post([weak, response = std::make_shared<HttpResponse>(std::move(response))] {
            const auto self = weak.lock();
            if (!self) return;
            self->answer_ = std::move(*response);
            self->answered_.cancel();
        });
    };
    auto exchange = std::make_shared<Exchange>(std::move(request), std::move(deliver));
    exchange_ = exchange;
    dispatch(shared_->api, exchange);
    const std::string route(exchange->route());
    exchange.reset();
    answered_.expires_after(shared_->limits.answer_timeout);
    while (!answer_) {
        const auto [failure] = co_await answered_.async_wait(kAwait);
        const auto late = failure ? nullptr : exchange_.lock();
        if (late) late->abandon("not_ready", "the node did not answer in time");
        if (!failure) answered_.expires_after(shared_->limits.answer_timeout);
    }
    HttpResponse response = std::move(*answer_);
    answer_.reset();
    shared_->api->metrics.observe(route, response.status, steady_clock::now() - began);
    co_return response;
}

/// Of every answer, also to what was no request: whoever looks for a fault knows where.
void Session::add_names(HttpResponse& response) const {
    response.headers.emplace_back("Tally-Network", shared_->network);
    if (!shared_->node.empty()) response.headers.emplace_back("Tally-Node", shared_->node);
    if (!shared_->leader.empty()) response.headers.emplace_back("Tally-Leader", shared_->leader);
}

asio::awaitable<bool> Session::write(HttpResponse response, bool head, bool keep_alive) {
    state_ = State::writing;
    add_names(response);
    auto message = message_of(std::move(response), head, keep_alive);
    stream_.expires_after(shared_->limits.write_timeout);
    const auto [failure, count] = co_await http::async_write(stream_, message, kAwait);
    lingering_ = !failure && !keep_alive;
    co_return !failure && keep_alive;
}

/// Answers a request that was not, or not wholly, read; the connection cannot go on after it.
asio::awaitable<void> Session::refuse(std::string_view code, std::string detail) {
    HttpResponse response = problem_response(api::problem_of(code, std::move(detail)));
    shared_->api->metrics.observe("none", response.status, {});
    co_await write(std::move(response), false, false);
}

/// Reads on for a moment: closing at once while the client still sends would reset the connection,
/// and the answer with it (RFC 9112, section 9.6).
asio::awaitable<void> Session::linger() {
    beast::error_code ignored;  // the reads below find out
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    stream_.expires_after(kLingerTime);
    std::size_t dropped = 0;
    while (dropped < kLingerBytesMax) {
        buffer_.clear();
        const auto [failure, count] =
            co_await stream_.async_read_some(buffer_.prepare(kReadBytes), kAwait);
        if (failure) break;
        dropped += count;
    }
}

}  // namespace tally::node::http
