#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "storage/evidence.h"

namespace tally::node {

/// Evidence that travels: what GET /v1/evidence answers and `tallystick evidence --out` writes, for
/// anybody to verify who has the network's trust file (docs/FORMAT.md).
struct EvidenceDocument {
    crypto::Digest network;
    std::vector<storage::Evidence> records;
    /// Said, so that nobody takes the rest for all: what its node or the reader could not read.
    std::vector<storage::DamagedEvidence> damaged;
};

std::string encode_evidence_document(const EvidenceDocument& document);
/// Total: invalid_argument names the field of what is no document. A record of it that cannot be
/// read is one of the `damaged`. Verifies nothing: that is storage::judge.
Result<EvidenceDocument> decode_evidence_document(std::string_view text);

}  // namespace tally::node
