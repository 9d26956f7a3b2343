#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "consensus/errc.h"
#include "node/peer/codec.h"
#include "node/peer/peer.pb.h"

// What the codec's own files share. The only header that shows Protobuf types: not for others.
namespace tally::node::peer {

/// Attachments of a received envelope: views into its bytes.
using Attachments = std::vector<ByteView>;

Frame frame_of(const wire::Envelope& envelope);

Result<Envelope> decode_consensus(const wire::Consensus& source, const Attachments& attachments);
Result<Envelope> decode_forward_reply(const wire::ForwardReply& source);
Result<Envelope> decode_signatures(const wire::CheckpointSignatures& source);
Result<Envelope> decode_blocks_wanted(const wire::BlocksWanted& source);
Result<Envelope> decode_blocks_given(const wire::BlocksGiven& source,
                                     const Attachments& attachments);
/// A block as it is attached: the header's bytes, then the payload.
void attach_block(Frame& frame, const consensus::Block& block);
Result<consensus::Block> attached_block(ByteView bytes);

inline Error bad(std::string context) {
    return fail(consensus::errc::bad_message, std::move(context));
}

inline std::string bounded(std::string_view text, std::size_t size_max = kTextBytesMax) {
    return std::string(text.substr(0, size_max));
}

/// Terms and indexes stay far from where adding to them could overflow.
inline bool in_range(std::uint64_t value) { return value < (std::uint64_t{1} << 62); }
/// Wall times between 1970 and the year 9999, in milliseconds.
inline bool is_wall_time(std::int64_t value) { return value >= 0 && value < 253'402'300'800'000; }

}  // namespace tally::node::peer
