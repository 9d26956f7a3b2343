#include "node/peer/connection.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <boost/asio/write.hpp>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "consensus/errc.h"
#include "node/peer/tls.h"

namespace tally::node::peer {
namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What a person should read about a failed socket.
std::string describe(const error_code& code) {
    if (code == asio::error::eof || code == asio::ssl::error::stream_truncated ||
        code == asio::error::connection_reset || code == asio::error::broken_pipe) {
        return "closed by the peer";
    }
    if (code == asio::error::connection_refused) return "connection refused";
    if (code.category() == asio::error::get_ssl_category()) {
        const auto number = static_cast<unsigned long>(code.value());
        if (ERR_GET_REASON(number) == SSL_R_CERTIFICATE_VERIFY_FAILED) {
            return "TLS: not a key that genesis pins";
        }
        return "TLS: " + code.message();
    }
    return code.message();
}

}  // namespace

Connection::Connection(asio::ip::tcp::socket socket, asio::ssl::context& context,
                       const PeerLimits& limits)
    : limits_(limits),
      stream_(std::move(socket), context),
      handshake_deadline_(Clock::now() + limits.handshake_timeout) {}

Task<Status> Connection::connect(asio::ip::tcp::endpoint endpoint) {
    const auto whole = handshake_deadline_;
    handshake_deadline_ = Clock::now() + limits_.connect_timeout;
    const auto [code] = co_await stream_.next_layer().async_connect(endpoint, kAwait);
    if (code) co_return failure(code);
    handshake_deadline_ = whole;
    co_return Status();
}

Task<Status> Connection::handshake(Role role) {
    error_code ignored;  // without it the connection is slower, not wrong
    stream_.next_layer().set_option(asio::ip::tcp::no_delay(true), ignored);
    const auto type =
        role == Role::client ? asio::ssl::stream_base::client : asio::ssl::stream_base::server;
    const auto [code] = co_await stream_.async_handshake(type, kAwait);
    if (code) co_return failure(code);
    co_return Status();
}

std::optional<crypto::PublicKey> Connection::key() const {
    // Asio hands out the session from a stream that is not const, though nothing changes.
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast)
    auto& stream = const_cast<decltype(stream_)&>(stream_);
    return peer_key(stream.native_handle());
}

Task<Result<ByteView>> Connection::read_frame(std::size_t length_max) {
    begin_ += std::exchange(taken_, 0);
    const Status started = co_await fill(Frame::kLengthBytes);
    if (!started) co_return started.error();
    const std::size_t length = frame_length({buffer_.get() + begin_, end_ - begin_});
    if (length > length_max) {
        co_return fail(consensus::errc::bad_message, "a frame of " + std::to_string(length) +
                                                         " bytes, above the bound of " +
                                                         std::to_string(length_max));
    }
    const Status filled = co_await fill(Frame::kLengthBytes + length);
    if (!filled) co_return filled.error();
    taken_ = Frame::kLengthBytes + length;
    co_return ByteView(buffer_.get() + begin_ + Frame::kLengthBytes, length);
}

Task<Status> Connection::fill(std::size_t size) {
    if (end_ - begin_ < size) make_room(size);
    while (end_ - begin_ < size) {
        const auto space = asio::buffer(buffer_.get() + end_, capacity_ - end_);
        const auto [code, count] = co_await stream_.async_read_some(space, kAwait);
        if (code) co_return failure(code);
        end_ += count;
        note_received();
    }
    co_return Status();
}

void Connection::make_room(std::size_t size) {
    const std::size_t held = end_ - begin_;
    const bool oversized = capacity_ > kBufferBytesKept && size <= kBufferBytes && held == 0;
    if (capacity_ < size || oversized) {
        const std::size_t capacity = std::max(size, kBufferBytes);
        auto buffer = std::make_unique_for_overwrite<std::uint8_t[]>(capacity);
        if (held != 0) std::memcpy(buffer.get(), buffer_.get() + begin_, held);
        buffer_ = std::move(buffer);
        capacity_ = capacity;
    } else if (begin_ != 0 && held != 0) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, held);
    }
    begin_ = 0;
    end_ = held;
}

Task<Status> Connection::write(std::vector<Frame> frames) {
    std::vector<ByteView> parts;
    for (const Frame& frame : frames) frame.gather(parts);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(parts.size());
    for (const ByteView part : parts) buffers.emplace_back(part.data(), part.size());

    write_deadline_ = Clock::now() + limits_.write_stall_timeout;
    // Asked before every partial write, so that a large but moving write is not taken for dead.
    const auto progress = [this](const error_code& code, std::size_t) -> std::size_t {
        constexpr std::size_t kPartBytes = 256 << 10;
        write_deadline_ = Clock::now() + limits_.write_stall_timeout;
        return code ? 0 : kPartBytes;
    };
    const auto [code, count] = co_await asio::async_write(stream_, buffers, progress, kAwait);
    write_deadline_.reset();
    if (code) co_return failure(code);
    co_return Status();
}

void Connection::established(std::optional<std::chrono::milliseconds> idle) {
    handshake_deadline_.reset();
    receive_idle_ = idle;
    note_received();
}

void Connection::note_received() {
    if (receive_idle_) receive_deadline_ = Clock::now() + *receive_idle_;
}

void Connection::expect_answer(std::chrono::milliseconds timeout) {
    answer_deadline_ = Clock::now() + timeout;
}

void Connection::answered() { answer_deadline_.reset(); }

void Connection::close(std::string reason) {
    if (!is_open()) return;
    TALLY_CHECK(!reason.empty());
    reason_ = std::move(reason);
    error_code ignored;
    stream_.next_layer().close(ignored);
}

void Connection::expire(Clock::time_point now) {
    const auto passed = [now](const auto& deadline) { return deadline && *deadline <= now; };
    if (passed(handshake_deadline_)) close("no handshake in time");
    if (passed(receive_deadline_)) close("nothing received for too long");
    if (passed(answer_deadline_)) close("no sign of life");
    if (passed(write_deadline_)) close("nothing could be written for too long");
}

Error Connection::failure(const error_code& code) const {
    return Error{std::error_code(code), is_open() ? describe(code) : reason_};
}

}  // namespace tally::node::peer
