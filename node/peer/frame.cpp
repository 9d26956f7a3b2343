#include "node/peer/frame.h"

#include <utility>

#include "base/check.h"

namespace tally::node::peer {
namespace {

/// Below this a copy is cheaper than a separate buffer in a write.
constexpr std::size_t kCopyBytesMax = 1024;

/// api::Field 15, length-delimited (Protobuf encoding guide): the attachments of peer.proto.
constexpr std::uint8_t kAttachmentTag = 15U << 3 | 2U;

void put_varint(Bytes& target, std::uint64_t value) {
    while (value >= 0x80) {
        target.push_back(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    target.push_back(static_cast<std::uint8_t>(value));
}

}  // namespace

Frame::Frame(ByteView head) : own_(kLengthBytes) { append(own_, head); }

void Frame::attach(ByteView prefix, SharedBytes payload) {
    const std::size_t payload_size = payload ? payload->size() : 0;
    own_.push_back(kAttachmentTag);
    put_varint(own_, prefix.size() + payload_size);
    append(own_, prefix);
    if (payload_size <= kCopyBytesMax) {
        if (payload_size != 0) append(own_, *payload);
        return;
    }
    shared_.push_back({own_.size(), std::move(payload)});
    shared_bytes_ += payload_size;
}

void Frame::finish() {
    const std::size_t length = size_bytes() - kLengthBytes;
    for (std::size_t i = 0; i < kLengthBytes; ++i) {
        own_[i] = static_cast<std::uint8_t>(length >> (8 * (kLengthBytes - 1 - i)));
    }
}

void Frame::gather(std::vector<ByteView>& target) const {
    const ByteView own = own_;
    std::size_t position = 0;
    for (const Shared& part : shared_) {
        target.push_back(own.subspan(position, part.position - position));
        target.emplace_back(*part.payload);
        position = part.position;
    }
    if (position < own.size()) target.push_back(own.subspan(position));
}

Bytes Frame::flatten() const {
    std::vector<ByteView> parts;
    gather(parts);
    Bytes bytes;
    bytes.reserve(size_bytes());
    for (const ByteView part : parts) append(bytes, part);
    return bytes;
}

std::uint32_t frame_length(ByteView bytes) {
    TALLY_CHECK(bytes.size() >= Frame::kLengthBytes);
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < Frame::kLengthBytes; ++i) length = length << 8 | bytes[i];
    return length;
}

}  // namespace tally::node::peer
