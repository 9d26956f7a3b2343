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
//   - Whatever others say is checked against the keys that genesis pins, and bounded for each of
//     them: what one node says takes no room from another, and none from what is signed here.
//   - Statements on different roots of one size are kept as evidence, as they were signed, before
//     anybody hears of the difference. What a node said first is never replaced.
//   - Signatures are sent unasked once. Then whoever lacks some asks for them, less and less often,
//     for its newest size alone and until that is certified. Only what asks is answered. So a
//     network in which nothing happens becomes silent, whatever was lost.
//   - One node with another root stops nobody: writing stops when no root can reach a majority any
//     more, this node when another root than its own has one.
//
// What must never happen: two roots signed for one size, or a node that serves a root which a
// majority contradicted. The first is barred by the store, the second told at once (`diverged`),
// and again after each start.

#include "node/driver/keeper.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/hex.h"
#include "crypto/checkpoint.h"
#include "ledger/verifiers.h"
#include "node/driver/mutation.h"
#include "storage/audit.h"

namespace tally::node::driver {
namespace {

constexpr std::chrono::milliseconds kAskPause{1000};
constexpr std::chrono::milliseconds kAskPauseMax{60'000};
/// An honest node asks one peer at most once in kAskPause.
constexpr std::chrono::milliseconds kAnswerPause{500};

std::uint64_t seconds_of(consensus::Millis wall) {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::seconds>(wall).count());
}

const ledger::GenesisNode& node_of(const ledger::Genesis& genesis, consensus::NodeId id) {
    const ledger::GenesisNode* node = genesis.node(id.value);
    TALLY_CHECK(node != nullptr);
    return *node;
}

std::string place_of(const storage::SealPoint& seal) {
    return "the seal of block " + std::to_string(seal.block.value) + " (size " +
           std::to_string(seal.size) + ")";
}

bool contains(const std::vector<std::uint32_t>& nodes, consensus::NodeId node) {
    return std::find(nodes.begin(), nodes.end(), node.value) != nodes.end();
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
    look_for_own_guilt();
}

/// A restart makes nothing right: the folder still has the data that a majority contradicted,
/// unless that was given up.
void Keeper::look_for_own_guilt() {
    const auto all = blocks_.evidence();
    if (!all || mutated(Mutation::guilt_forgotten)) return;
    for (const storage::Evidence& evidence : all->records) {
        const storage::EvidenceKey key = storage::key_of(evidence);
        if (key.node != self_.value || blocks_.gave_up_signed(key.place)) continue;
        const auto verdict = storage::judge(evidence, genesis_);
        if (!verdict || !contains(verdict->contradicted, self_)) continue;
        return stop_contradicted("a majority certified another root than this node's at size " +
                                 std::to_string(key.place) +
                                 ", as the evidence in its folder proves");
    }
}

void Keeper::stop_contradicted(std::string reason) {
    contradicted_ = true;
    actions_.diverged.push_back({std::move(reason), true});
}

std::string Keeper::text_of(std::uint64_t size, const crypto::Digest& root) const {
    return crypto::Checkpoint{origin_, size, root}.encode();
}

void Keeper::on_seal(const storage::SealPoint& seal, Moment now) {
    if (contradicted_) return;
    newest_seal_ = std::max(newest_seal_, seal.size);
    drop_passed(seal.size);
    if (contradicts_memory(seal)) return;
    // A node that replays seals below its mark has signed them before: nothing new to say.
    const auto mark = blocks_.signed_mark();
    const bool again = mutated(Mutation::signs_below_mark);
    if (mark && seal.size < mark->size && !again) return;
    pending_[seal.size].own = seal;
    for (auto& [node, sizes] : ahead_) sizes.erase(seal.size);
    actions_.remember.push_back({seal.size, seal.root});
    if (mutated(Mutation::sign_before_remember)) sign(seal.size, seal.root, now);
}

/// What this node knows of a seal from before its data was derived again, or put back.
bool Keeper::contradicts_memory(const storage::SealPoint& seal) {
    const auto mark = blocks_.signed_mark();
    if (mark && mark->size == seal.size && mark->root != seal.root) {
        stop_contradicted("at " + place_of(seal) + " this node has signed another root before");
        return true;
    }
    const auto stored = blocks_.checkpoint(seal.size);
    if (!stored || !*stored || !(*stored)->certified) return false;
    const auto note = crypto::Note::decode((*stored)->note);
    if (!note || note->text == text_of(seal.size, seal.root)) return false;
    stop_contradicted("at " + place_of(seal) +
                      " another root than this node's is certified in its own folder");
    return true;
}

/// Sizes that a seal has passed without being one: nobody honest signs them.
void Keeper::drop_passed(std::uint64_t size) {
    for (auto at = pending_.begin(); at != pending_.end() && at->first < size;) {
        at = at->second.own ? std::next(at) : pending_.erase(at);
    }
    for (auto& [node, sizes] : ahead_) sizes.erase(sizes.begin(), sizes.lower_bound(size));
}

void Keeper::on_remembered(const storage::SignedMark& mark, Moment now) {
    if (mutated(Mutation::sign_before_remember)) return;
    sign(mark.size, mark.root, now);
}

void Keeper::sign(std::uint64_t size, const crypto::Digest& root, Moment now) {
    const auto found = pending_.find(size);
    // A newer size was certified meanwhile, or so many have come that this one was given up.
    if (found == pending_.end() || !found->second.own) return;
    TALLY_CHECK(found->second.own->root == root);
    const std::string text = text_of(size, root);
    CheckpointSignatures own{size, root, {}};
    own.lines.push_back(crypto::sign_note(text, origin_, keys_.log));
    own.lines.push_back(
        crypto::cosign(text, own_verifiers_[1].name, keys_.cosignature, seconds_of(now.wall)));
    found->second.statements.add(self_, own);
    newest_own_ = own;
    if (size > certified_size_) {
        if (!uncertified_since_) uncertified_since_ = now.steady;
        // A newer size does not put off what is due: else a busy network would never ask.
        ask_pause_ = kAskPause;
        next_ask_ = std::min(next_ask_, now.steady + kAskPause);
    }
    actions_.broadcasts.push_back(std::move(own));
    make_room(size);
    settle(size, found->second, now);
}

void Keeper::make_room(std::uint64_t newest) {
    auto own = std::count_if(pending_.begin(), pending_.end(),
                             [](const auto& each) { return each.second.own.has_value(); });
    for (auto at = pending_.begin();
         at != pending_.end() && own > static_cast<std::ptrdiff_t>(kOwnMax);) {
        if (!at->second.own || at->first == newest) {
            ++at;
            continue;
        }
        at = pending_.erase(at);
        --own;
    }
}

bool Keeper::verify(consensus::NodeId from, const CheckpointSignatures& received) const {
    const ledger::GenesisNode* peer = genesis_.node(from.value);
    if (peer == nullptr || received.lines.size() != 2) return false;
    const crypto::Note note{text_of(received.size, received.root), received.lines};
    if (mutated(Mutation::signatures_unverified)) return true;
    const auto verified = crypto::verify_note(note, ledger::verifiers_of(genesis_, *peer));
    return verified && verified->size() == 2;
}

void Keeper::on_signatures(consensus::NodeId from, CheckpointSignatures signatures, Moment now) {
    if (from == self_ || !verify(from, signatures)) return;
    const std::uint64_t size = signatures.size;
    if (signatures.answer_wanted || mutated(Mutation::reply_answered)) answer(from, size, now);
    signatures.answer_wanted = false;
    if (!is_welcome(from, size)) return compare_with_certified(from, signatures, now);
    Collected& collected = pending_[size];
    if (!collected.statements.add(from, std::move(signatures))) return;
    settle(size, collected, now);
}

/// What concerns a size of this node's own always is. Of what may become one, so much is held for
/// each peer; the rest is asked for in its time.
bool Keeper::is_welcome(consensus::NodeId from, std::uint64_t size) {
    const auto found = pending_.find(size);
    if (found != pending_.end() && found->second.own) return true;
    // Seals below the mark are applied once more at most, and not signed again.
    const auto mark = blocks_.signed_mark();
    if (size <= newest_seal_ || (mark && size < mark->size)) return false;
    if (size - newest_seal_ > kAheadLeavesMax) return false;
    std::set<std::uint64_t>& sizes = ahead_[from];
    if (!sizes.contains(size) && sizes.size() == kAheadMax) return false;
    sizes.insert(size);
    return true;
}

void Keeper::compare_with_certified(consensus::NodeId from, const CheckpointSignatures& statement,
                                    Moment now) {
    if (mutated(Mutation::late_lies_unseen)) return;
    const auto stored = blocks_.checkpoint(statement.size);
    if (!stored || !*stored || !(*stored)->certified) return;
    const auto note = crypto::Note::decode((*stored)->note);
    const std::string text = text_of(statement.size, statement.root);
    if (!note || note->text == text) return;
    const crypto::Note other{text, statement.lines};
    actions_.evidence.push_back(
        {now.wall,
         storage::RootConflict{from.value, statement.size, {(*stored)->note, other.encode()}}});
}

/// What this node signed for a size, if it still knows.
std::optional<CheckpointSignatures> Keeper::own_statement(std::uint64_t size) const {
    if (const auto found = pending_.find(size); found != pending_.end() && found->second.own) {
        const auto* own = found->second.statements.find(self_, found->second.own->root);
        if (own != nullptr) return *own;
    }
    const auto stored = blocks_.checkpoint(size);
    if (!stored || !*stored || (*stored)->note.empty()) return std::nullopt;
    const auto note = crypto::Note::decode((*stored)->note);
    const auto checkpoint = note ? crypto::Checkpoint::decode(note->text) : note.error();
    if (!checkpoint) return std::nullopt;
    CheckpointSignatures own{size, checkpoint->root, {}};
    for (const crypto::NoteSignature& line : note->signatures) {
        const bool mine =
            std::any_of(own_verifiers_.begin(), own_verifiers_.end(),
                        [&line](const crypto::NoteVerifier& verifier) {
                            return line.name == verifier.name && line.key_id == verifier.id();
                        });
        if (mine) own.lines.push_back(line);
    }
    if (own.lines.size() != 2) return std::nullopt;
    return own;
}

void Keeper::answer(consensus::NodeId from, std::uint64_t size, Moment now) {
    const bool storm = mutated(Mutation::reply_answered);
    const auto last = answered_.find(from);
    if (!storm && last != answered_.end() && now.steady - last->second < kAnswerPause) return;
    auto own = own_statement(size);
    if (!own) return;
    answered_[from] = now.steady;
    actions_.messages.emplace_back(from, std::move(*own));
}

void Keeper::settle(std::uint64_t size, Collected& collected, Moment now) {
    if (!collected.statements.agree()) keep_evidence(size, collected, now);
    if (!collected.own) return;
    const crypto::Digest& root = collected.own->root;
    if (collected.statements.find(self_, root) == nullptr) return;
    const bool seen = !mutated(Mutation::contradiction_ignored);
    if (seen && collected.statements.other_with(majority_, root)) {
        return tell_divergence(collected, true);
    }
    const bool any_root = mutated(Mutation::votes_of_any_root);
    const std::size_t votes =
        any_root ? collected.statements.heard_count() : collected.statements.votes(root);
    if (votes >= majority_ || mutated(Mutation::own_signature_enough)) {
        return certify(size, collected, now);
    }
    const std::size_t silent = genesis_.nodes.size() - collected.statements.heard_count();
    const bool doubt = mutated(Mutation::halt_at_first_doubt) && !collected.statements.agree();
    if (doubt || !collected.statements.within_reach(majority_, silent)) {
        tell_divergence(collected, false);
    }
}

void Keeper::certify(std::uint64_t size, const Collected& collected, Moment now) {
    const crypto::Digest root = collected.own->root;
    // The node that serves a checkpoint comes first with its own lines (docs/FORMAT.md).
    actions_.store.push_back(
        {size, collected.statements.note(text_of(size, root), root, self_), true});
    certified_size_ = std::max(certified_size_, size);
    actions_.certified.push_back(size);
    if (newest_own_ && newest_own_->size <= certified_size_) {
        uncertified_since_.reset();
        if (!mutated(Mutation::asks_when_certified)) next_ask_ = Clock::time_point::max();
    } else if (uncertified_since_) {
        uncertified_since_ = now.steady;
    }
    const bool complete = collected.statements.heard_count() == genesis_.nodes.size();
    // Older sizes are covered by this one; keep this one for signatures that still come.
    const auto found = pending_.find(size);
    pending_.erase(pending_.begin(), complete ? std::next(found) : found);
}

void Keeper::tell_divergence(Collected& collected, bool contradicted) {
    if (std::exchange(collected.told, true) && !contradicted) return;
    if (contradicted_) return;
    std::string reason = "log roots differ at " + place_of(*collected.own) + ": ";
    for (const crypto::Digest& root : collected.statements.roots()) {
        std::string names;
        for (const ledger::GenesisNode& node : genesis_.nodes) {
            if (collected.statements.find(consensus::NodeId(node.id), root) == nullptr) continue;
            names += (names.empty() ? "" : ", ") + node.name;
        }
        reason += names + " signed " + to_hex(root.view()).substr(0, 16) + "; ";
    }
    reason += contradicted ? "a majority certified another root than this node's"
                           : "no root can reach a majority any more";
    if (contradicted) return stop_contradicted(std::move(reason));
    actions_.diverged.push_back({std::move(reason), false});
}

/// Everything that was signed at this size, under each node that differs: from this node, or, once
/// another root has a majority, from that.
void Keeper::keep_evidence(std::uint64_t size, const Collected& collected, Moment now) {
    if (mutated(Mutation::evidence_dropped)) return;
    const Statements& statements = collected.statements;
    const crypto::Digest own = collected.own ? collected.own->root : statements.first_root();
    std::vector<std::string> notes;
    for (const crypto::Digest& root : statements.roots()) {
        notes.push_back(statements.note(text_of(size, root), root, self_));
    }
    std::vector<consensus::NodeId> nodes = statements.differing_from(own);
    if (const auto other = statements.other_with(majority_, own)) {
        for (const consensus::NodeId node : statements.differing_from(*other)) {
            if (std::find(nodes.begin(), nodes.end(), node) == nodes.end()) nodes.push_back(node);
        }
    }
    for (const consensus::NodeId node : nodes) {
        actions_.evidence.push_back({now.wall, storage::RootConflict{node.value, size, notes}});
    }
}

void Keeper::on_time(Moment now) {
    if (contradicted_ || !newest_own_ || now.steady < next_ask_) return;
    const bool asks = mutated(Mutation::asks_when_certified);
    if (newest_own_->size <= certified_size_ && !asks) return;
    const auto found = pending_.find(newest_own_->size);
    if (found == pending_.end()) return;
    next_ask_ = now.steady + ask_pause_;
    ask_pause_ = std::min(ask_pause_ * 2, kAskPauseMax);
    if (mutated(Mutation::nobody_asked)) return;
    CheckpointSignatures question = *newest_own_;
    question.answer_wanted = true;
    for (const ledger::GenesisNode& node : genesis_.nodes) {
        const consensus::NodeId id(node.id);
        if (!found->second.statements.heard(id)) actions_.messages.emplace_back(id, question);
    }
}

KeeperView Keeper::view() const {
    KeeperView view;
    view.certified_size = certified_size_;
    view.uncertified_since = uncertified_since_;
    if (!newest_own_) return view;
    view.signed_size = newest_own_->size;
    const auto found = pending_.find(newest_own_->size);
    if (!uncertified_since_ || found == pending_.end()) return view;
    for (const ledger::GenesisNode& node : genesis_.nodes) {
        const consensus::NodeId id(node.id);
        if (!found->second.statements.heard(id)) view.lacking.push_back(id);
    }
    view.differing = found->second.statements.differing_from(newest_own_->root);
    return view;
}

}  // namespace tally::node::driver
