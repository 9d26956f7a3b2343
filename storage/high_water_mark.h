#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block.h"
#include "consensus/log_store.h"
#include "crypto/digest.h"

namespace rocksdb {
class Env;
}

namespace tally::storage {

/// In the data folder, beside blocks/ (docs/FORMAT.md, Stored).
inline constexpr std::string_view kHighWaterMarkFile = "high_water_mark";
/// Two slots at this distance, in bytes: no write ever touches the page of the other one.
inline constexpr std::size_t kHighWaterMarkSlot = 4096;
/// Of which the mark fills these: version, sequence, network, node, index, term, hash, voted term,
/// vote, checksum.
inline constexpr std::size_t kHighWaterMarkBytes = 1 + 8 + 32 + 4 + 8 + 8 + 32 + 8 + 4 + 32;

/// How far a node's log and its votes had come, kept outside the database: a log that has lost its
/// end looks like one that was never longer, and only this tells.
struct HighWaterMark {
    std::uint64_t sequence = 0;  ///< one more with each writing; even: the first slot
    crypto::Digest network;
    std::uint32_t node = 0;
    consensus::Index index;  ///< of the last block; index, term and hash as in a ChainTip
    consensus::Term term;
    crypto::Digest hash;
    consensus::Term voted_term;  ///< term and vote of the hard state
    consensus::NodeId vote = consensus::kNobody;

    bool operator==(const HighWaterMark&) const = default;
};

/// One slot: the fields and a checksum over them.
Bytes encode_high_water_mark(const HighWaterMark& mark);
/// Total: corrupt_block for another version, a wrong checksum, bytes missing or left over.
Result<HighWaterMark> decode_high_water_mark(ByteView slot);

/// Makes the empty mark of a new node, durable before it returns. The folder must exist. Refuses
/// (diverged) to begin a mark anew, or beside blocks that it would know nothing of; io_error,
/// no_space.
Status create_high_water_mark(const std::string& folder, const crypto::Digest& network,
                              std::uint32_t node);
/// In the library tally::storage_rocks. The newer of the slots that are whole: of a write that was
/// torn, the other stands. corrupt_block without a file or without any whole slot, else io_error.
Result<HighWaterMark> read_high_water_mark(const std::string& folder,
                                           rocksdb::Env* chosen = nullptr);

/// True if the mark's block comes after this tip, by (term, index): so a suffix that a later leader
/// replaced is no loss.
bool is_behind(const consensus::ChainTip& tip, const HighWaterMark& mark);
/// What is stored must have all that the mark has: corrupt_block naming the first block that is
/// missing, or what of the hard state is.
Status check_high_water_mark(const HighWaterMark& mark, const consensus::ChainTip& tip,
                             const consensus::HardState& state);

}  // namespace tally::storage
