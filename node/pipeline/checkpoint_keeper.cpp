#include "node/pipeline/checkpoint_keeper.h"

#include <algorithm>
#include <utility>

#include "base/wall_clock.h"
#include "crypto/checkpoint.h"
#include "ledger/verifiers.h"
#include "storage/audit.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kQueueMax = 4096;
constexpr std::size_t kPendingMax = 1024;
constexpr std::chrono::milliseconds kRepeat{1000};

std::uint64_t now_s() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(wall_now()).count());
}

const ledger::GenesisNode& node_of(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    TALLY_CHECK(node != nullptr);
    return *node;
}

}  // namespace

CheckpointKeeper::CheckpointKeeper(const ledger::Genesis& genesis, consensus::NodeId self,
                                   const NodeKeys& keys, storage::BlockStore& blocks, Hooks hooks)
    : genesis_(genesis),
      self_(self),
      origin_(genesis.origin()),
      own_verifiers_(ledger::verifiers_of(genesis, node_of(genesis, self))),
      keys_(keys),
      blocks_(blocks),
      hooks_(std::move(hooks)),
      majority_(storage::majority_of(genesis.nodes.size())),
      queue_(kQueueMax) {
    if (const auto latest = blocks_.latest_certified(); latest && *latest) {
        certified_size_ = (*latest)->size;
    }
    thread_ = std::thread([this] { run(); });
}

CheckpointKeeper::~CheckpointKeeper() {
    queue_.push_always(Stop{});
    thread_.join();
}

void CheckpointKeeper::on_seal(const storage::SealPoint& seal) { queue_.push_always(seal); }

void CheckpointKeeper::on_signatures(consensus::NodeId from,
                                     peer::CheckpointSignatures signatures) {
    queue_.push(PeerSignatures{from, std::move(signatures)});
}

void CheckpointKeeper::run() {
    for (;;) {
        for (auto& event : queue_.take_until(std::chrono::steady_clock::now() + kRepeat)) {
            if (std::holds_alternative<Stop>(event)) return;
            if (failed_) continue;
            if (auto* seal = std::get_if<storage::SealPoint>(&event)) {
                handle(*seal);
            } else {
                handle(std::move(std::get<PeerSignatures>(event)));
            }
        }
        if (!failed_) repeat_own();
    }
}

std::string CheckpointKeeper::text_of(std::uint64_t size, const crypto::Digest& root) const {
    return crypto::Checkpoint{origin_, size, root}.encode();
}

void CheckpointKeeper::fail_with(const Error& error) {
    failed_ = true;
    hooks_.failed(error);
}

void CheckpointKeeper::handle(storage::SealPoint seal) {
    // A node that replays seals below its mark has signed them before: nothing new to say.
    const auto mark = blocks_.signed_mark();
    if (mark && seal.size < mark->size) return;
    Collected& collected = pending_[seal.size];
    collected.own = seal;
    sign(seal, collected);
    if (failed_) return;
    settle(seal.size, collected);
    while (pending_.size() > kPendingMax) pending_.erase(pending_.begin());
}

void CheckpointKeeper::sign(const storage::SealPoint& seal, Collected& collected) {
    const Status remembered = blocks_.remember_signed({seal.size, seal.root});
    if (!remembered) return fail_with(remembered.error());
    const std::string text = text_of(seal.size, seal.root);
    peer::CheckpointSignatures own{seal.size, seal.root, {}};
    own.lines.push_back(crypto::sign_note(text, origin_, keys_.log));
    own.lines.push_back(crypto::cosign(text, own_verifiers_[1].name, keys_.cosignature, now_s()));
    collected.by_node[self_.value] = own;
    newest_own_ = own;
    repeated_ = std::chrono::steady_clock::now();
    hooks_.broadcast(own);
}

bool CheckpointKeeper::verify(const PeerSignatures& received) const {
    const ledger::GenesisNode* peer = genesis_.node(received.from.value);
    if (peer == nullptr || received.signatures.lines.size() != 2) return false;
    const crypto::Note note{text_of(received.signatures.size, received.signatures.root),
                            received.signatures.lines};
    const auto verified = crypto::verify_note(note, ledger::verifiers_of(genesis_, *peer));
    return verified && verified->size() == 2;
}

void CheckpointKeeper::handle(PeerSignatures received) {
    if (!verify(received)) return;
    const std::uint64_t size = received.signatures.size;
    if (size <= certified_size_ && pending_.count(size) == 0) return answer_late(received);
    if (pending_.count(size) == 0 && pending_.size() >= kPendingMax) return;
    Collected& collected = pending_[size];
    collected.by_node[received.from.value] = std::move(received.signatures);
    settle(size, collected);
}

/// Another node still collects for a size that is certified here: send what this node signed then.
void CheckpointKeeper::answer_late(const PeerSignatures& received) {
    const auto stored = blocks_.checkpoint(received.signatures.size);
    if (!stored || !*stored || (*stored)->note.empty()) return;
    const auto note = crypto::Note::decode((*stored)->note);
    if (!note || note->text != text_of(received.signatures.size, received.signatures.root)) return;
    peer::CheckpointSignatures own{received.signatures.size, received.signatures.root, {}};
    for (const crypto::NoteSignature& line : note->signatures) {
        const bool mine =
            std::any_of(own_verifiers_.begin(), own_verifiers_.end(),
                        [&line](const crypto::NoteVerifier& verifier) {
                            return line.name == verifier.name && line.key_id == verifier.id();
                        });
        if (mine) own.lines.push_back(line);
    }
    if (own.lines.size() == 2) hooks_.reply(received.from, own);
}

void CheckpointKeeper::settle(std::uint64_t size, Collected& collected) {
    if (!collected.own) return;
    std::map<crypto::Digest, std::size_t> votes;
    for (const auto& [node, signatures] : collected.by_node) ++votes[signatures.root];
    const bool certified = votes[collected.own->root] >= majority_;
    if (!certified) {
        if (votes.size() < 2) return;
        std::string reason = "log roots differ at the seal of block " +
                             std::to_string(collected.own->block.value) + " (size " +
                             std::to_string(size) + ")";
        bool contradicted = false;
        for (const auto& [root, count] : votes) contradicted = contradicted || count >= majority_;
        if (contradicted) reason += ": a majority certified another root than this node's";
        hooks_.diverged(reason, contradicted);
        return;
    }
    store(size, collected, true);
    if (failed_) return;
    if (size > certified_size_) certified_size_ = size;
    hooks_.certified(size);
    if (collected.by_node.size() == genesis_.nodes.size()) {
        pending_.erase(size);
        return;
    }
    // Older sizes are covered by this one; keep this one for signatures that still come.
    pending_.erase(pending_.begin(), pending_.find(size));
}

void CheckpointKeeper::store(std::uint64_t size, const Collected& collected, bool certified) {
    crypto::Note note{text_of(size, collected.own->root), {}};
    const auto add = [&](const peer::CheckpointSignatures& signatures) {
        if (signatures.root != collected.own->root) return;
        note.signatures.insert(note.signatures.end(), signatures.lines.begin(),
                               signatures.lines.end());
    };
    // The node that serves a checkpoint comes first with its own lines (DESIGN, TLOG).
    add(collected.by_node.at(self_.value));
    for (const auto& [node, signatures] : collected.by_node) {
        if (node != self_.value) add(signatures);
    }
    const Status stored = blocks_.put_checkpoint({size, note.encode(), certified});
    if (!stored) fail_with(stored.error());
}

void CheckpointKeeper::repeat_own() {
    const auto now = std::chrono::steady_clock::now();
    if (!newest_own_ || newest_own_->size <= certified_size_ || now - repeated_ < kRepeat) return;
    repeated_ = now;
    hooks_.broadcast(*newest_own_);
}

}  // namespace tally::node::pipeline
