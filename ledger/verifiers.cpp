#include "ledger/verifiers.h"

#include <string>

namespace tally::ledger {
namespace {

void add(std::vector<crypto::NoteVerifier>& target, const std::string& origin,
         const GenesisNode& node) {
    target.push_back({origin, crypto::NoteKeyType::ed25519, node.log_key});
    target.push_back(
        {origin + "/" + node.name, crypto::NoteKeyType::cosignature, node.cosignature_key});
}

}  // namespace

std::vector<crypto::NoteVerifier> verifiers_of(const Genesis& genesis, const GenesisNode& node) {
    std::vector<crypto::NoteVerifier> verifiers;
    add(verifiers, genesis.origin(), node);
    return verifiers;
}

std::vector<crypto::NoteVerifier> verifiers_of(const Genesis& genesis) {
    const std::string origin = genesis.origin();
    std::vector<crypto::NoteVerifier> verifiers;
    for (const GenesisNode& node : genesis.nodes) add(verifiers, origin, node);
    return verifiers;
}

}  // namespace tally::ledger
