#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace tally::node::http::test {

struct Reply {
    unsigned status = 0;
    std::string body;
    std::map<std::string, std::string> headers;  ///< names in lower case

    bool has(const std::string& name) const { return headers.count(name) != 0; }
    std::string header(const std::string& name) const {
        const auto found = headers.find(name);
        return found == headers.end() ? "" : found->second;
    }
};

using Headers = std::map<std::string, std::string>;

/// One connection to a port of 127.0.0.1, blocking. Throws where a socket fails.
class HttpClient {
public:
    explicit HttpClient(std::uint16_t port);
    ~HttpClient();
    HttpClient(const HttpClient&) = delete;
    HttpClient& operator=(const HttpClient&) = delete;

    Reply send(const std::string& method, const std::string& target, const std::string& body = {},
               const Headers& headers = {});
    Reply get(const std::string& target) { return send("GET", target); }
    Reply post(const std::string& target, const std::string& body,
               const std::string& type = "application/json") {
        return send("POST", target, body, {{"Content-Type", type}});
    }

    /// Writes bytes as they are, and reads one reply.
    void write(std::string_view bytes);
    Reply read(bool head = false);
    /// Whether the server has closed the connection, waiting for it up to five seconds.
    bool closed();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace tally::node::http::test
