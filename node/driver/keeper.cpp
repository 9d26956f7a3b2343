// A checkpoint's signature is a promise for ever: this node has seen exactly these leaves, and will
// never vouch for others at this size. So the keeper has a memory that outlives the process.
//
// Thread: one of its own in the process, so that the sync of a mark does not hold up applying.
//
// Invariants:
//   - A signature leaves only after the store durably remembers its size and root (`remember`, then
//     on_remembered). A node that crashes between signing and remembering could sign another root.
//   - It signs only seals that it applied itself: never because others did.
//   - A checkpoint is certified with the cosignatures of a majority of the voters over the root
//     that this node computed, its own among them.
//   - Whatever others say is checked against the keys that genesis pins, and bounded: so many
//     sizes, one statement for each node and size.
//
// What must never happen: two roots signed for one size, or a node that serves a root which a
// majority contradicted. The first is barred by the store, the second told at once (`diverged`).

#include "node/driver/keeper.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "crypto/checkpoint.h"
#include "ledger/verifiers.h"
#include "node/driver/mutation.h"
#include "storage/audit.h"

namespace tally::node::driver {
namespace {

constexpr std::size_t kPendingMax = 1024;
constexpr std::chrono::milliseconds kRepeat{1000};
/// To a peer about one size; the network may lose some.
constexpr int kAnswersMax = 5;

std::uint64_t seconds_of(consensus::Millis wall) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(wall).count());
}

const ledger::GenesisNode& node_of(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    TALLY_CHECK(node != nullptr);
    return *node;
}

}  // namespace

Keeper::Keeper(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
               const storage::BlockStore& blocks)
    : genesis_(genesis),
      self_(self),
      origin_(genesis.origin()),
      own_verifiers_(ledger::verifiers_of(genesis, node_of(genesis, self))),
      keys_(keys),
      blocks_(blocks),
      majority_(storage::majority_of(genesis.nodes.size())) {
    if (const auto latest = blocks_.latest_certified(); latest && *latest) {
        certified_size_ = (*latest)->size;
    }
}

std::string Keeper::text_of(std::uint64_t size, const crypto::Digest& root) const {
    return crypto::Checkpoint{origin_, size, root}.encode();
}

void Keeper::on_seal(const storage::SealPoint& seal, Moment now) {
    // A node that replays seals below its mark has signed them before: nothing new to say.
    const auto mark = blocks_.signed_mark();
    if (mark && seal.size < mark->size) return;
    pending_[seal.size].own = seal;
    actions_.remember.push_back({seal.size, seal.root});
    if (mutated(Mutation::sign_before_remember)) sign(seal.size, seal.root, now);
}

void Keeper::on_remembered(const storage::SignedMark& mark, Moment now) {
    if (mutated(Mutation::sign_before_remember)) return;
    sign(mark.size, mark.root, now);
}

void Keeper::sign(std::uint64_t size, const crypto::Digest& root, Moment now) {
    const auto found = pending_.find(size);
    // So many newer sizes have come meanwhile that this one was given up.
    if (found == pending_.end() || !found->second.own) return;
    Collected& collected = found->second;
    TALLY_CHECK(collected.own->root == root);
    const std::string text = text_of(size, root);
    CheckpointSignatures own{size, root, {}};
    own.lines.push_back(crypto::sign_note(text, origin_, keys_.log));
    own.lines.push_back(
        crypto::cosign(text, own_verifiers_[1].name, keys_.cosignature, seconds_of(now.wall)));
    collected.by_node[self_.value] = own;
    newest_own_ = own;
    repeated_ = now.steady;
    actions_.broadcasts.push_back(std::move(own));
    settle(size, collected);
    while (pending_.size() > kPendingMax) pending_.erase(pending_.begin());
}

bool Keeper::verify(consensus::NodeId from, const CheckpointSignatures& received) const {
    const ledger::GenesisNode* peer = genesis_.node(from.value);
    if (peer == nullptr || received.lines.size() != 2) return false;
    const crypto::Note note{text_of(received.size, received.root), received.lines};
    const auto verified = crypto::verify_note(note, ledger::verifiers_of(genesis_, *peer));
    return verified && verified->size() == 2;
}

void Keeper::on_signatures(consensus::NodeId from, CheckpointSignatures signatures, Moment now) {
    if (!verify(from, signatures)) return;
    const std::uint64_t size = signatures.size;
    if (size <= certified_size_ && pending_.count(size) == 0)
        return answer_late(from, signatures, now);
    if (pending_.count(size) == 0 && pending_.size() >= kPendingMax) return;
    Collected& collected = pending_[size];
    collected.by_node[from.value] = std::move(signatures);
    settle(size, collected);
}

/// Another node still collects for a size that is certified here: send what this node signed then.
void Keeper::answer_late(consensus::NodeId from, const CheckpointSignatures& received, Moment now) {
    const auto stored = blocks_.checkpoint(received.size);
    if (!stored || !*stored || (*stored)->note.empty()) return;
    const auto note = crypto::Note::decode((*stored)->note);
    if (!note || note->text != text_of(received.size, received.root)) return;
    CheckpointSignatures own{received.size, received.root, {}};
    for (const crypto::NoteSignature& line : note->signatures) {
        const bool mine =
            std::any_of(own_verifiers_.begin(), own_verifiers_.end(),
                        [&line](const crypto::NoteVerifier& verifier) {
                            return line.name == verifier.name && line.key_id == verifier.id();
                        });
        if (mine) own.lines.push_back(line);
    }
    if (own.lines.size() == 2 && may_answer(from, own.size, now))
        actions_.replies.emplace_back(from, std::move(own));
}

/// A few times about one size, a second apart, and never about an older one: it is covered.
bool Keeper::may_answer(consensus::NodeId from, std::uint64_t size, Moment now) {
    Answered& last = answered_[from.value];
    if (size < last.size) return false;
    if (size > last.size) last = {size, 0, {}};
    if (last.count == kAnswersMax) return false;
    if (last.count > 0 && now.steady - last.when < kRepeat) return false;
    ++last.count;
    last.when = now.steady;
    return true;
}

void Keeper::settle(std::uint64_t size, Collected& collected) {
    if (!collected.own || collected.by_node.count(self_.value) == 0) return;
    std::map<crypto::Digest, std::size_t> votes;
    for (const auto& [node, signatures] : collected.by_node) ++votes[signatures.root];
    const bool certified =
        votes[collected.own->root] >= majority_ || mutated(Mutation::own_signature_enough);
    if (!certified) {
        if (votes.size() > 1) note_divergence(size, collected, votes);
        return;
    }
    actions_.store.push_back(checkpoint_of(size, collected));
    certified_size_ = std::max(certified_size_, size);
    actions_.certified.push_back(size);
    if (collected.by_node.size() == genesis_.nodes.size()) {
        pending_.erase(size);
        return;
    }
    // Older sizes are covered by this one; keep this one for signatures that still come.
    pending_.erase(pending_.begin(), pending_.find(size));
}

void Keeper::note_divergence(std::uint64_t size, const Collected& collected,
                             const std::map<crypto::Digest, std::size_t>& votes) {
    Divergence found;
    found.reason = "log roots differ at the seal of block " +
                   std::to_string(collected.own->block.value) + " (size " + std::to_string(size) +
                   ")";
    for (const auto& [root, count] : votes) {
        found.contradicted = found.contradicted || count >= majority_;
    }
    if (found.contradicted) {
        found.reason += ": a majority certified another root than this node's";
    }
    actions_.diverged.push_back(std::move(found));
}

storage::StoredCheckpoint Keeper::checkpoint_of(std::uint64_t size,
                                                const Collected& collected) const {
    crypto::Note note{text_of(size, collected.own->root), {}};
    const auto add = [&](const CheckpointSignatures& signatures) {
        if (signatures.root != collected.own->root) return;
        note.signatures.insert(note.signatures.end(), signatures.lines.begin(),
                               signatures.lines.end());
    };
    // The node that serves a checkpoint comes first with its own lines (docs/FORMAT.md).
    add(collected.by_node.at(self_.value));
    for (const auto& [node, signatures] : collected.by_node) {
        if (node != self_.value) add(signatures);
    }
    return {size, note.encode(), true};
}

void Keeper::on_time(Moment now) {
    if (!newest_own_ || newest_own_->size <= certified_size_ || now.steady - repeated_ < kRepeat) {
        return;
    }
    repeated_ = now.steady;
    actions_.broadcasts.push_back(*newest_own_);
}

}  // namespace tally::node::driver
