#include "tests/client/fake_node.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "base/check.h"

namespace tally::testing {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;

int listen_on_loopback(std::uint16_t& port, bool listening) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    TALLY_CHECK(::bind(socket, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    if (listening) TALLY_CHECK(::listen(socket, 64) == 0);
    socklen_t size = sizeof(address);
    TALLY_CHECK(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    port = ntohs(address.sin_port);
    return socket;
}

std::string url_of(std::uint16_t port) { return "http://127.0.0.1:" + std::to_string(port); }

/// An answer that does not come to its end: how it begins, and what is sent again and again.
struct Endless {
    Behaviour::Kind kind;
    std::string head;
    std::string again;
};

const Endless* endless_of(Behaviour::Kind kind) {
    const std::string begin = "HTTP/1.1 200 OK\r\n";
    const std::string chunked = begin + "Transfer-Encoding: chunked\r\n\r\n";
    static const std::vector<Endless> all{
        {Behaviour::Kind::endless_body, chunked,
         "100000\r\n" + std::string(0x100000, 'x') + "\r\n"},
        {Behaviour::Kind::endless_header, begin, "X-More: " + std::string(1000, 'x') + "\r\n"},
        {Behaviour::Kind::slow_body, chunked + "5\r\nhello\r\n", ""},
        {Behaviour::Kind::endless_extension, chunked + "5;x=", std::string(1000, 'x')},
        {Behaviour::Kind::endless_trailer, chunked + "0\r\nX-More: ", std::string(1000, 'x')},
        {Behaviour::Kind::huge_body, begin + "Content-Length: 99999999999\r\n\r\n", ""}};
    const auto found = std::find_if(all.begin(), all.end(),
                                    [kind](const Endless& one) { return one.kind == kind; });
    return found == all.end() ? nullptr : &*found;
}

}  // namespace

FakeNode::FakeNode(std::vector<Behaviour> script) : script_(std::move(script)) {
    TALLY_CHECK(!script_.empty());
    listen();
}

FakeNode::FakeNode(Answering answering) : answering_(std::move(answering)) { listen(); }

void FakeNode::listen() {
    listener_ = listen_on_loopback(port_, true);
    accepting_ = std::thread([this] { accept_loop(); });
}

FakeNode::~FakeNode() {
    ::shutdown(listener_, SHUT_RDWR);
    accepting_.join();
    close_connections();
    for (auto& thread : serving_) thread.join();
    ::close(listener_);
}

std::string FakeNode::url() const { return url_of(port_); }

std::string FakeNode::refusing_url() {
    std::uint16_t port = 0;
    // Bound but not listening: it refuses, and nobody else can take it.
    static std::vector<int> held;
    held.push_back(listen_on_loopback(port, false));
    return url_of(port);
}

std::vector<SeenRequest> FakeNode::seen() const {
    const std::lock_guard lock(mutex_);
    return seen_;
}

void FakeNode::close_connections() {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
}

void FakeNode::accept_loop() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0) return;
        ++connections_;
        {
            const std::lock_guard lock(mutex_);
            sockets_.push_back(socket);
        }
        serving_.emplace_back([this, socket] { serve(socket); });
    }
}

Behaviour FakeNode::next(SeenRequest request) {
    request.at = std::chrono::steady_clock::now();
    const std::lock_guard lock(mutex_);
    seen_.push_back(request);
    if (answering_) return answering_(request);
    return script_[std::min(seen_.size(), script_.size()) - 1];
}

void FakeNode::serve(int socket) {
    asio::io_context context;
    asio::ip::tcp::socket stream(context);
    stream.assign(asio::ip::tcp::v4(), socket);
    beast::flat_buffer buffer;
    for (;;) {
        http::request<http::string_body> request;
        beast::error_code failure;
        http::read(stream, buffer, request, failure);
        if (failure) break;
        const Behaviour behaviour = next({std::string(request.method_string()),
                                          std::string(request.target()),
                                          std::string(request[http::field::content_type]),
                                          request.body(),
                                          {}});
        if (behaviour.kind == Behaviour::Kind::hang_up) break;
        if (behaviour.kind == Behaviour::Kind::hang) {
            char byte = 0;
            stream.read_some(asio::buffer(&byte, 1), failure);  // until either side closes
            break;
        }
        std::this_thread::sleep_for(behaviour.delay);
        http::response<http::string_body> response;
        response.result(static_cast<unsigned>(behaviour.status));
        for (const auto& [name, value] : behaviour.headers) response.set(name, value);
        response.body() = behaviour.body;
        response.keep_alive(behaviour.keep_alive);
        response.prepare_payload();
        if (behaviour.kind == Behaviour::Kind::half_answer) {
            const std::string half = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"block\":";
            asio::write(stream, asio::buffer(half), failure);
            break;
        }
        if (const Endless* endless = endless_of(behaviour.kind)) {
            asio::write(stream, asio::buffer(endless->head), failure);
            while (!failure && !endless->again.empty()) {
                asio::write(stream, asio::buffer(endless->again), failure);
            }
            char byte = 0;
            if (!failure) stream.read_some(asio::buffer(&byte, 1), failure);
            break;
        }
        http::write(stream, response, failure);
        if (failure || !behaviour.keep_alive) break;
    }
    const std::lock_guard lock(mutex_);
    std::erase(sockets_, socket);  // before its number can be used again
    beast::error_code ignored;
    stream.close(ignored);
}

}  // namespace tally::testing
