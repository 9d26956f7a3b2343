#include "tests/node/http/http_client.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cctype>

namespace tally::node::http::test {

namespace asio = boost::asio;
namespace http = boost::beast::http;

struct HttpClient::Impl {
    asio::io_context context;
    asio::ip::tcp::socket socket{context};
    boost::beast::flat_buffer buffer;
};

HttpClient::HttpClient(std::uint16_t port) : impl_(std::make_unique<Impl>()) {
    impl_->socket.connect({asio::ip::make_address("127.0.0.1"), port});
}

HttpClient::~HttpClient() = default;

void HttpClient::write(std::string_view bytes) {
    asio::write(impl_->socket, asio::buffer(bytes.data(), bytes.size()));
}

Reply HttpClient::read(bool head) {
    http::response_parser<http::string_body> parser;
    parser.skip(head);
    parser.body_limit(64 << 20);
    http::read(impl_->socket, impl_->buffer, parser);
    Reply reply;
    reply.status = parser.get().result_int();
    reply.body = parser.get().body();
    for (const auto& field : parser.get()) {
        std::string name(field.name_string());
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char letter) {
            return static_cast<char>(std::tolower(letter));
        });
        reply.headers[name] = std::string(field.value());
    }
    return reply;
}

Reply HttpClient::send(const std::string& method, const std::string& target,
                       const std::string& body, const Headers& headers) {
    std::string text = method + " " + target + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    for (const auto& [name, value] : headers) text += name + ": " + value + "\r\n";
    if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    text += "\r\n";
    write(text + body);
    return read(method == "HEAD");
}

bool HttpClient::closed() {
    constexpr int kWaitMs = 5000;
    while (true) {
        pollfd ready{impl_->socket.native_handle(), POLLIN, 0};
        if (::poll(&ready, 1, kWaitMs) != 1) return false;
        char dropped[256];
        boost::system::error_code failure;
        impl_->socket.read_some(asio::buffer(dropped), failure);
        if (failure) return true;
    }
}

}  // namespace tally::node::http::test
