#pragma once

#include <cstdint>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
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

}  // namespace tally::node
