#pragma once

// Internal: how blocks/ keeps its few records (docs/FORMAT.md, Stored).
#include <cstdint>
#include <string>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block.h"
#include "consensus/log_store.h"
#include "storage/block_store.h"

namespace tally::storage {

/// `tip` and `hard_state` of the meta family. Decoders are total: corrupt_block, naming the field.
Bytes encode_tip(const consensus::ChainTip& tip);
Result<consensus::ChainTip> decode_tip(ByteView bytes);
Bytes encode_hard_state(const consensus::HardState& state);
Result<consensus::HardState> decode_hard_state(ByteView bytes);

/// The signing family's only record.
Bytes encode_mark(const SignedMark& mark);
Result<SignedMark> decode_mark(ByteView bytes);

/// A stored block: its 126 header bytes, then the payload. `expected` is the index of its key.
/// Decodes without judging the content; corrupt_block names `block N` and the field.
Result<consensus::Block> decode_stored_block(ByteView value, consensus::Index expected);

/// The empty log of a network.
consensus::ChainTip empty_tip(const crypto::Digest& network);

/// `block N: what`, the words in which every damaged block is reported.
Error damaged_block(consensus::Index index, const std::string& what);

/// The checks on each block that comes from a disk: network, index, payload size and payload hash;
/// and, where the hash of the block before it is known, the link.
Status verify_block(const consensus::Block& block, consensus::Index expected,
                    const crypto::Digest& network, const crypto::Digest* previous);
Status verify_link(const consensus::Block& block, const crypto::Digest& previous);

}  // namespace tally::storage
