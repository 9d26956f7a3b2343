#include <set>

#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "ledger/verifiers.h"
#include "storage/audit.h"

namespace tally::storage {

Result<std::size_t> count_cosignatures(const crypto::Note& note, const ledger::Genesis& genesis) {
    const std::vector<crypto::NoteVerifier> known = ledger::verifiers_of(genesis);
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
