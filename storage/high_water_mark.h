#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block.h"
#include "consensus/log_store.h"
#include "crypto/digest.h"
#include "storage/file_identity.h"

namespace rocksdb {
class Env;
}

namespace tally::storage {

/// In the data folder, beside blocks/ (docs/FORMAT.md, Stored).
inline constexpr std::string_view kHighWaterMarkFile = "high_water_mark";
/// Ends the name of a mark that is not in its place yet.
inline constexpr std::string_view kNewMarkEnd = ".new";
/// Two slots at this distance, in bytes: no write ever touches the page of the other one.
inline constexpr std::size_t kHighWaterMarkSlot = 4096;
/// Of which the mark fills these: version, sequence, network, node, index, term, hash, voted term,
/// vote, recovering, device, inode, birth in seconds and nanoseconds, checksum.
inline constexpr std::size_t kHighWaterMarkBytes =
    1 + 8 + 32 + 4 + 8 + 8 + 32 + 8 + 4 + 1 + 8 + 8 + 8 + 4 + 32;

/// Why a node may have forgotten votes or acknowledgements. Values are stored.
enum class Recovering : std::uint8_t {
    none = 0,
    copied = 1,    ///< the mark is another file than the one that was written: a copy of it
    behind = 2,    ///< blocks or votes that the mark has are missing
    unmarked = 3,  ///< blocks without a mark that can be read
    ordered = 4,   ///< whoever runs the node said so, having lost or set aside its blocks
};
/// For people: `its folder is a copy`. Empty for none.
std::string recovering_words(Recovering why);

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
    Recovering recovering = Recovering::none;
    FileIdentity file;  ///< that it was written into

    bool operator==(const HighWaterMark&) const = default;
};

/// Where it is kept: in `mark_folder`, or in the node's own folder if that is empty.
std::string high_water_mark_path(const std::string& folder, const std::string& mark_folder = {});

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
                                           rocksdb::Env* chosen = nullptr,
                                           const std::string& mark_folder = {});

/// True if the mark's block comes after this tip, by (term, index): so a suffix that a later leader
/// replaced is no loss.
bool is_behind(const consensus::ChainTip& tip, const HighWaterMark& mark);
/// What is stored must have all that the mark has: corrupt_block naming the first block that is
/// missing, or what of the hard state is.
Status check_high_water_mark(const HighWaterMark& mark, const consensus::ChainTip& tip,
                             const consensus::HardState& state);
/// The part of it that no loss explains: another block at the mark's own place.
Status check_same_history(const HighWaterMark& mark, const consensus::ChainTip& tip);

}  // namespace tally::storage
