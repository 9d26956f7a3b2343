#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "consensus/block.h"
#include "crypto/digest.h"
#include "crypto/note.h"
#include "node/service.h"

// What nodes say to each other beside consensus. The transport carries these, the driver and the
// keeper make and read them.
namespace tally::node {

/// A submission on its way to the leader, and the answer. `id` is the sender's own.
struct ForwardRequest {
    std::uint64_t id = 0;
    SharedBytes submission;
};
struct ForwardReply {
    std::uint64_t id = 0;
    Result<SubmitReceipt> result = SubmitReceipt{};  ///< errors travel by category and number
};

/// A node's signatures on the checkpoint of a seal, sent once it has applied the seal itself. Only
/// what asks for an answer is answered, and an answer never asks: two nodes cannot keep each other
/// busy.
struct CheckpointSignatures {
    std::uint64_t size = 0;
    crypto::Digest root;
    std::vector<crypto::NoteSignature> lines;  ///< at most 2
    bool answer_wanted = false;  ///< the sender lacks the receiver's own for this size
};

/// Blocks that the sender's disk does not give back any more, and the answer: as many of them as
/// fit, from the first on, or why there are none. What is given proves itself by its hashes. `id`
/// is the asker's own.
struct BlocksWanted {
    std::uint64_t id = 0;
    consensus::Index first;
    consensus::Index last;  ///< not before `first`; less than kGivenBlocksMax in all
};
struct BlocksGiven {
    std::uint64_t id = 0;
    std::vector<consensus::Block> blocks;  ///< several: at most kGivenBytesMax together
    std::string problem;                   ///< empty where there are blocks, and nowhere else
};
inline constexpr std::size_t kGivenBlocksMax = 64;
inline constexpr std::size_t kGivenBytesMax = 4 << 20;

}  // namespace tally::node
