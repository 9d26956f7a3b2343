#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "base/result.h"
#include "consensus/message.h"
#include "crypto/digest.h"
#include "ledger/types.h"
#include "node/peer/frame.h"
#include "node/peer_messages.h"

namespace tally::node::peer {

/// What a connection is for, said in its Hello. Values are part of the format.
enum class Channel : std::uint8_t { urgent = 1, bulk = 2 };

/// The first frame of either direction.
struct Hello {
    std::uint32_t format = kFormat;
    crypto::Digest network;
    consensus::NodeId node;
    std::uint64_t incarnation = 0;
    Channel channel = Channel::urgent;
    std::string refusal;  ///< of an answer: why the connection is refused, at most 200 bytes
    std::uint32_t rules_newest = ledger::kRulesVersion;  ///< that it applies; 0: it does not say

    /// Raised when older builds cannot understand the envelopes.
    static constexpr std::uint32_t kFormat = 4;
};
struct Ping {};
struct Pong {};

using Envelope = std::variant<Hello, Ping, Pong, consensus::Message, ForwardRequest, ForwardReply,
                              CheckpointSignatures, BlocksWanted, BlocksGiven>;

/// Bounds of one envelope, checked before anything is allocated for it.
inline constexpr std::size_t kUrgentBytesMax = 64 << 10;
inline constexpr std::size_t kBulkBytesMax = 48 << 20;
inline constexpr std::size_t kHelloBytesMax = 512;
/// Bounds inside an envelope.
inline constexpr std::size_t kAppendBlocksMax = 65536;
inline constexpr std::size_t kReplyTransactionsMax = 65535;
inline constexpr std::size_t kTextBytesMax = 200;
inline constexpr std::size_t kNoteNameBytesMax = 1024;

/// Frames to send. Texts are cut to their bounds. Payloads stay shared with the argument.
Frame encode(const Hello& hello);
Frame encode(Ping ping);
Frame encode(Pong pong);
Frame encode(const consensus::Message& message);
Frame encode(const ForwardRequest& request);
Frame encode(const ForwardReply& reply);
Frame encode(const CheckpointSignatures& signatures);
Frame encode(const BlocksWanted& wanted);
Frame encode(const BlocksGiven& given);

/// The envelope in `bytes` (without the length). Total: whatever the bytes, the answer is an
/// envelope that a correct node could have sent, or bad_message with what was wrong. Block payloads
/// are not hashed here: that is the chain check of consensus.
Result<Envelope> decode(ByteView bytes);

/// The connection that a message belongs on.
Channel channel_of(const consensus::Message& message);

}  // namespace tally::node::peer
