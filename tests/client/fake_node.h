#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tally::testing {

/// What a fake node does with one request.
struct Behaviour {
    enum class Kind : std::uint8_t {
        answer,
        hang,               ///< never answers, keeps the connection
        hang_up,            ///< closes the connection after it has read the request
        half_answer,        ///< announces a body and closes in the middle of it
        endless_body,       ///< a chunk, and another one, and so on until the client goes
        endless_header,     ///< the same with header lines
        slow_body,          ///< a piece of the body, and then nothing more
        huge_body,          ///< announces a body that nobody takes
        endless_extension,  ///< a chunk whose extension goes on and on
        endless_trailer     ///< the same with a line of the trailer
    } kind = Kind::answer;
    int status = 200;
    std::string body;
    std::vector<std::pair<std::string, std::string>> headers;
    bool keep_alive = true;
    std::chrono::milliseconds delay{0};  ///< before it answers
};

struct SeenRequest {
    std::string method;
    std::string target;
    std::string content_type;
    std::string body;
    std::chrono::steady_clock::time_point at;
};

/// A node's answer to a submission of one transaction.
inline constexpr const char* kReceipt =
    R"({"block":7,"block_time":"2024-02-29T08:30:00.125Z","header_entry":20,"replayed":false,)"
    R"("applied_index":7,"transactions":[{"id":"00112233445566778899aabbccddeeff",)"
    R"("outcome":"accepted","entry":21,"repeated":false}]})";

/// An HTTP server on loopback that follows a script: request n gets behaviour n, all further ones
/// the last. Or a function says what each request gets, one request at a time. A thread for
/// each connection. Its end closes everything.
class FakeNode {
public:
    using Answering = std::function<Behaviour(const SeenRequest& request)>;

    explicit FakeNode(std::vector<Behaviour> script);
    explicit FakeNode(Answering answering);
    ~FakeNode();

    std::string url() const;
    std::vector<SeenRequest> seen() const;
    std::size_t connections() const { return connections_; }
    /// Closes all connections that are open now, as a node does with idle ones.
    void close_connections();

    /// A port on which nobody listens.
    static std::string refusing_url();

private:
    void listen();
    void accept_loop();
    void serve(int socket);
    Behaviour next(SeenRequest request);

    std::vector<Behaviour> script_;
    Answering answering_;  // instead of a script
    int listener_ = -1;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> connections_{0};
    mutable std::mutex mutex_;
    std::vector<SeenRequest> seen_;     // guarded by mutex_
    std::vector<int> sockets_;          // guarded by mutex_
    std::vector<std::thread> serving_;  // accept loop only, joined after it
    std::thread accepting_;             // last
};

}  // namespace tally::testing
