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
    std::vector<storage::DamagedEvidence> damaged;  ///< said, so that nobody takes it for all
};

std::string encode_evidence_document(const EvidenceDocument& document);
/// Total: invalid_argument names the field. Verifies nothing: that is storage::judge.
Result<EvidenceDocument> decode_evidence_document(std::string_view text);

}  // namespace tally::node
