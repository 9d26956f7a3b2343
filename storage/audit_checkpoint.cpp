#include <set>

#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "storage/audit.h"

namespace tally::storage {

std::vector<crypto::NoteVerifier> verifiers_of(const ledger::Genesis& genesis) {
    const std::string origin = genesis.origin();
    std::vector<crypto::NoteVerifier> verifiers;
    for (const ledger::GenesisNode& node : genesis.nodes) {
        verifiers.push_back({origin, crypto::NoteKeyType::ed25519, node.log_key});
        verifiers.push_back(
            {origin + "/" + node.name, crypto::NoteKeyType::cosignature, node.cosignature_key});
    }
    return verifiers;
}

Result<std::size_t> count_cosignatures(const crypto::Note& note, const ledger::Genesis& genesis) {
    const std::vector<crypto::NoteVerifier> known = verifiers_of(genesis);
    const auto verified = crypto::verify_note(note, known);
    if (!verified) return verified.error();
    std::set<std::size_t> cosigners;
    for (const crypto::VerifiedSignature& signature : *verified) {
        if (known[signature.verifier].type == crypto::NoteKeyType::cosignature) {
            cosigners.insert(signature.verifier);
        }
    }
    return cosigners.size();
}

}  // namespace tally::storage
