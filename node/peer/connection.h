#pragma once

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/ed25519.h"
#include "node/peer/frame.h"
#include "node/peer/limits.h"
#include "node/peer/task.h"

namespace tally::node::peer {

/// One TLS connection that carries frames. Belongs to the network thread. One read and one write
/// may be under way at a time; each coroutine that uses it holds it by shared_ptr.
///
/// Times out by being looked at: somebody calls `expire` now and then, and a connection whose
/// deadline has passed closes itself, which ends whatever waits on it.
class Connection {
public:
    using Clock = std::chrono::steady_clock;
    enum class Role { client, server };

    /// `context` outlives the handshake, whose deadline runs from here.
    Connection(boost::asio::ip::tcp::socket socket, boost::asio::ssl::context& context,
               const PeerLimits& limits);

    Task<Status> connect(boost::asio::ip::tcp::endpoint endpoint);
    Task<Status> handshake(Role role);
    /// Who is at the other end, after the handshake.
    std::optional<crypto::PublicKey> key() const;

    /// The next envelope, at most `length_max` bytes: a longer one fails with bad_message before
    /// anything is allocated for it. The view lives until the next call.
    Task<Result<ByteView>> read_frame(std::size_t length_max);
    /// Writes all frames in one go.
    Task<Status> write(std::vector<Frame> frames);

    /// The Hellos are exchanged: the handshake's deadline no longer holds. With `idle`, something
    /// must be received at least that often.
    void established(std::optional<std::chrono::milliseconds> idle);
    /// A sign of life is due within `timeout`, until `answered`.
    void expect_answer(std::chrono::milliseconds timeout);
    void answered();
    bool expects_answer() const { return answer_deadline_.has_value(); }

    /// Closes at once and ends all that waits on it. The first reason is kept.
    void close(std::string reason);
    bool is_open() const { return reason_.empty(); }
    /// Why it was closed, for people; empty while open.
    const std::string& reason() const { return reason_; }
    /// Closes if a deadline has passed.
    void expire(Clock::time_point now);

private:
    Task<Status> fill(std::size_t size);
    void make_room(std::size_t size);
    void note_received();
    Error failure(const boost::system::error_code& code) const;

    static constexpr std::size_t kBufferBytes = 32 << 10;     ///< two TLS records
    static constexpr std::size_t kBufferBytesKept = 2 << 20;  ///< a larger one is given back

    const PeerLimits limits_;
    boost::asio::ssl::stream<boost::asio::ip::tcp::socket> stream_;
    std::string reason_;

    // Received bytes are [begin_, end_) of buffer_; the first taken_ of them are a frame that the
    // caller of read_frame still looks at.
    std::unique_ptr<std::uint8_t[]> buffer_;
    std::size_t capacity_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t taken_ = 0;

    std::optional<Clock::time_point> handshake_deadline_;
    std::optional<Clock::time_point> receive_deadline_;
    std::optional<Clock::time_point> answer_deadline_;
    std::optional<Clock::time_point> write_deadline_;
    std::optional<std::chrono::milliseconds> receive_idle_;
};

}  // namespace tally::node::peer
