#include <algorithm>
#include <set>

#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "ledger/verifiers.h"
#include "storage/audit.h"
#include "storage/errc.h"

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

Result<CheckpointClaim> read_claim(std::string_view text, const ledger::Genesis& genesis) {
    const auto note = crypto::Note::decode(text);
    if (!note) return fail(errc::diverged, "not a signed note: " + note.error().context);
    const auto checkpoint = crypto::Checkpoint::decode(note->text);
    if (!checkpoint) return fail(errc::diverged, "not a checkpoint: " + checkpoint.error().context);
    if (checkpoint->origin != genesis.origin()) {
        return fail(errc::diverged, "of another log, its origin is " + checkpoint->origin);
    }
    const auto cosigners = count_cosignatures(*note, genesis);
    if (!cosigners) {
        return fail(errc::diverged,
                    cosigners.error().code.message() + ": " + cosigners.error().context);
    }
    return CheckpointClaim{checkpoint->size, checkpoint->root, *cosigners};
}

Result<Anchor> read_anchor(std::string_view text, const ledger::Genesis& genesis,
                           std::string from) {
    const auto claim = read_claim(text, genesis);
    if (!claim) return claim.error();
    const std::size_t needed = majority_of(genesis.nodes.size());
    if (claim->cosigners < needed) {
        return fail(errc::diverged, "size " + std::to_string(claim->size) + " is cosigned by " +
                                        std::to_string(claim->cosigners) + " of " +
                                        std::to_string(genesis.nodes.size()) + " nodes, " +
                                        std::to_string(needed) + " are needed");
    }
    return Anchor{claim->size, claim->root, claim->cosigners, std::move(from)};
}

Result<std::optional<Anchor>> newest_anchor(const AuditSource& source,
                                            const ledger::Genesis& genesis) {
    std::optional<Anchor> newest;
    const auto named = source.newest_certified();
    if (!named) return named.error();
    if (named->has_value()) {
        if (auto anchor = read_anchor(**named, genesis, {})) newest = *std::move(anchor);
    }
    auto sizes = source.checkpoint_sizes();
    if (!sizes) return sizes.error();
    std::reverse(sizes->begin(), sizes->end());
    for (const std::uint64_t size : *sizes) {
        const auto note = source.checkpoint(size);
        if (!note) return note.error();
        if (!note->has_value()) continue;
        auto anchor = read_anchor(**note, genesis, {});
        if (!anchor) continue;
        if (!newest || newest->size < anchor->size) newest = *std::move(anchor);
        break;
    }
    return newest;
}

}  // namespace tally::storage
