// What a record of evidence proves. The record itself is not believed: not whom it names, not that
// a root is certified. Only signatures of keys that genesis pins count.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/overloaded.h"
#include "crypto/checkpoint.h"
#include "crypto/errc.h"
#include "crypto/note.h"
#include "ledger/verifiers.h"
#include "storage/audit.h"
#include "storage/evidence.h"

namespace tally::storage {
namespace {

using Nodes = std::set<std::uint32_t>;

struct Roots {
    std::map<crypto::Digest, Nodes> signers;
    std::map<crypto::Digest, Nodes> cosigners;
};

Status add(const std::string& bytes, std::uint64_t size, const ledger::Genesis& genesis,
           Roots& target) {
    const auto note = crypto::Note::decode(bytes);
    if (!note) return note.error();
    const auto checkpoint = crypto::Checkpoint::decode(note->text);
    if (!checkpoint) return checkpoint.error();
    // Signatures cover the text: one that means the same in other bytes was not signed.
    if (checkpoint->encode() != note->text) {
        return fail(crypto::errc::bad_encoding, "a note with extension lines");
    }
    if (checkpoint->origin != genesis.origin()) {
        return fail(crypto::errc::unverified, "a note of another network");
    }
    if (checkpoint->size != size) {
        return fail(crypto::errc::bad_encoding, "a note of size " +
                                                    std::to_string(checkpoint->size) + ", not of " +
                                                    std::to_string(size));
    }
    const auto verified = crypto::verify_note(*note, ledger::verifiers_of(genesis));
    if (!verified) return verified.error();
    for (const crypto::VerifiedSignature& signature : *verified) {
        // Two keys a node: log, then cosignature (ledger/verifiers.h).
        const std::uint32_t node = genesis.nodes[signature.verifier / 2].id;
        target.signers[checkpoint->root].insert(node);
        if (signature.verifier % 2 == 1) target.cosigners[checkpoint->root].insert(node);
    }
    return {};
}

Result<Judgement> judge_roots(const RootConflict& conflict, const ledger::Genesis& genesis) {
    Roots roots;
    for (const std::string& note : conflict.notes) {
        if (Status status = add(note, conflict.size, genesis, roots); !status) {
            const Error& why = status.error();
            return Error{why.code, "evidence against node " + std::to_string(conflict.node) +
                                       " at size " + std::to_string(conflict.size) + ": " +
                                       why.context};
        }
    }
    if (roots.signers.size() < 2) {
        return fail(crypto::errc::unverified,
                    "evidence at size " + std::to_string(conflict.size) + ": no two roots differ");
    }
    Judgement judgement;
    const std::size_t majority = majority_of(genesis.nodes.size());
    Nodes once;
    Nodes equivocated;
    bool any_certified = false;
    for (const auto& [root, nodes] : roots.signers) {
        const bool certified = roots.cosigners[root].size() >= majority;
        any_certified = any_certified || certified;
        judgement.statements.push_back({root, {nodes.begin(), nodes.end()}, certified});
        for (const std::uint32_t node : nodes) {
            if (!once.insert(node).second) equivocated.insert(node);
        }
    }
    judgement.equivocated.assign(equivocated.begin(), equivocated.end());
    Nodes differing;
    for (const Judgement::Statement& statement : judgement.statements) {
        if (!statement.certified) differing.insert(statement.nodes.begin(), statement.nodes.end());
    }
    (any_certified ? judgement.contradicted : judgement.disputed)
        .assign(differing.begin(), differing.end());
    return judgement;
}

Result<Judgement> judge_blocks(const BlockConflict& conflict) {
    if (conflict.own == conflict.other) {
        return fail(
            crypto::errc::unverified,
            "evidence at block " + std::to_string(conflict.index) + ": no two blocks differ");
    }
    Judgement judgement;
    judgement.is_signed = false;
    judgement.statements = {{conflict.own, {}, false}, {conflict.other, {conflict.node}, false}};
    judgement.disputed = {conflict.node};
    return judgement;
}

}  // namespace

Result<Judgement> judge(const Evidence& evidence, const ledger::Genesis& genesis) {
    const EvidenceKey key = key_of(evidence);
    if (genesis.node(key.node) == nullptr) {
        return fail(crypto::errc::unverified,
                    "evidence of " + description_of(key) + ": the genesis has no such node");
    }
    return std::visit(
        Overloaded{[&](const RootConflict& conflict) { return judge_roots(conflict, genesis); },
                   [](const BlockConflict& conflict) { return judge_blocks(conflict); }},
        evidence.what);
}

}  // namespace tally::storage
