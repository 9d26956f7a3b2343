#pragma once

#include <cstdint>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/types.h"
#include "crypto/digest.h"

namespace tally::consensus {

enum class BlockKind : std::uint8_t {
    noop = 0,           ///< opens a leader's term (Raft, section 8); empty payload
    submissions = 1,    ///< a payload of the ledger
    seal = 2,           ///< closes an epoch of the transparency log
    configuration = 3,  ///< reserved for changes of the voters
};

/// The header that chains the replicated log. Layout in docs/FORMAT.md, 126 bytes.
struct BlockHeader {
    crypto::Digest network;
    Index index;
    Term term;
    Millis time{0};  ///< never before the previous block's
    BlockKind kind = BlockKind::noop;
    crypto::Digest previous;  ///< hash of block index - 1; the network id for index 1
    crypto::Digest payload_hash;
    std::uint32_t payload_size = 0;

    Bytes encode() const;
    static Result<BlockHeader> decode(ByteView bytes);
    /// domain_hash("block", encoded header).
    crypto::Digest hash() const;
};

/// domain_hash("payload", payload).
crypto::Digest payload_hash(ByteView payload);

/// A header with its payload. `hash` is header.hash(): set by make_block and by whoever decodes a
/// header, and compared by check_block.
struct Block {
    BlockHeader header;
    crypto::Digest hash;
    SharedBytes payload;

    std::size_t size_bytes() const { return header.payload_size + kHeaderBytes; }
    static constexpr std::size_t kHeaderBytes = 126;
};

/// Fills payload hash, size and block hash.
Block make_block(BlockHeader header, SharedBytes payload);

/// The chain checks that hold for every block from every source: network, index, previous hash,
/// term and time order, payload hash and size. `previous` is the header before it with its hash.
struct ChainTip {
    Index index;
    Term term;
    Millis time{0};
    crypto::Digest hash;
};
Status check_block(const Block& block, const ChainTip& previous, const crypto::Digest& network);
ChainTip tip_of(const Block& block);

}  // namespace tally::consensus
