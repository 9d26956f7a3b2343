#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/bytes.h"

namespace tally::node::peer {

/// One message ready for a connection: its u32 length, its envelope, and the large parts, which are
/// not copied but shared with whoever else holds them.
class Frame {
public:
    /// Begins with `head`, an encoded envelope without attachments.
    explicit Frame(ByteView head);

    /// Adds an attachment made of `prefix` and then `payload` (which may be null: empty).
    void attach(ByteView prefix, SharedBytes payload);
    /// Writes the length. Call once, last.
    void finish();

    /// All bytes, the length included.
    std::size_t size_bytes() const { return own_.size() + shared_bytes_; }
    /// Appends views of all parts in order; they live as long as this frame and may not outlive a
    /// call of `attach`.
    void gather(std::vector<ByteView>& target) const;
    /// Everything in one piece, for tests.
    Bytes flatten() const;

    static constexpr std::size_t kLengthBytes = 4;

private:
    /// A payload that belongs after the first `position` of our own bytes.
    struct Shared {
        std::size_t position;
        SharedBytes payload;
    };

    Bytes own_;
    std::vector<Shared> shared_;
    std::size_t shared_bytes_ = 0;
};

/// The u32 before every envelope. Requires four bytes.
std::uint32_t frame_length(ByteView bytes);

}  // namespace tally::node::peer
