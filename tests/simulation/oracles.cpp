#include "tests/simulation/oracles.h"

#include <algorithm>
#include <utility>

#include "crypto/note.h"
#include "ledger/submission.h"
#include "storage/audit.h"

namespace tally::simulation {

using consensus::Block;
using consensus::Index;
using consensus::NodeId;
using consensus::Role;

namespace {

/// Honest clocks differ from the truth by no more.
constexpr consensus::Millis kHonestClock{500};
/// As often a leader hears its followers' clocks, and a turn on top.
constexpr consensus::Millis kTold{150};

std::string name_of(NodeId id) { return "node " + std::to_string(id.value); }
std::string name_of(Index index) { return "block " + std::to_string(index.value); }

}  // namespace

void Oracles::fail(const std::string& what) {
    if (failed_) return;
    failed_ = true;
    report_(what);
}

void Oracles::after_step(const View& view, std::optional<consensus::Millis> now) {
    if (view.node == nullptr) return;
    const consensus::SoftState state = view.node->soft_state();
    on_soft_state(view.id, state);
    if (view.node->last_index() != view.log->last()) {
        fail(name_of(view.id) + " has blocks that it did not hand out for writing");
        return;
    }
    check_commit_rule(view, state);
    Index& checked = checked_[view.id];
    // After a restart a node may know less than before: its knowledge is checked again.
    if (state.commit < checked) checked = state.commit;
    for (Index index = checked.next(); index <= state.commit; index = index.next()) {
        const crypto::Digest& hash = view.log->block(index)->hash;
        if (index.value <= history_.size()) {
            if (history_[static_cast<std::size_t>(index.value - 1)] != hash) {
                fail(name_of(view.id) + " committed another " + name_of(index));
                return;
            }
        } else {
            history_.push_back(hash);
            check_committed(view, *view.log->block(index), now);
        }
    }
    checked = state.commit;
    committed_ = std::max(committed_, state.commit);
}

/// Known to be committed for the first time.
void Oracles::check_committed(const View& view, const Block& block,
                              std::optional<consensus::Millis> now) {
    const Index index = block.header.index;
    std::size_t holders = 0;
    for (const SimLog* log : logs_) {
        const Block* theirs = log->durable_block(index);
        // A disk that was replaced may have held it, and has no vote to give to a log without it.
        const bool held = theirs != nullptr && theirs->hash == block.hash;
        if (held || log->is_recovering()) ++holders;
    }
    if (!logs_.empty() && holders * 2 <= logs_.size()) {
        fail(name_of(view.id) + " committed " + name_of(index) + ", which " +
             std::to_string(holders) + " of " + std::to_string(logs_.size()) + " disks hold");
    }
    const consensus::Millis before = std::exchange(last_time_, block.header.time);
    if (block.header.time < before) fail("block time goes back at " + name_of(index));
    // One wrong clock moves nothing forward; of two nodes one is no minority.
    const bool trusted = wrong_clocks_.empty() || (wrong_clocks_.size() == 1 && logs_.size() > 2);
    const bool moves = now && block.header.time > before;
    if (trusted && moves && block.header.time > *now + kHonestClock) {
        fail(name_of(index) + " is dated " + std::to_string((block.header.time - *now).count()) +
             " ms into the future");
    }
}

void Oracles::on_clock(NodeId id, consensus::Millis offset) {
    if (offset > kHonestClock || offset < -kHonestClock) wrong_clocks_.insert(id);
}

void Oracles::on_dated(consensus::Millis sent, consensus::Millis block_time) {
    if (!wrong_clocks_.empty()) return;
    // A clock is as old as the message that told it.
    if (block_time + kHonestClock + slowest_ + kTold >= sent) return;
    fail("a block is dated " + std::to_string((sent - block_time).count()) +
         " ms before what it holds was sent");
}

void Oracles::on_read_number(const consensus::Message& message, std::uint64_t number) {
    const auto [known, fresh] =
        read_numbers_.emplace(std::pair(message.from, number), message.incarnation);
    if (known->second != message.incarnation) {
        fail(name_of(message.from) + " asks under a number of its earlier start");
    }
}

void Oracles::on_hard_state(NodeId id, const consensus::HardState& state) {
    if (state.vote == consensus::kNobody) return;
    const auto [known, fresh] = stored_votes_.emplace(std::pair(id, state.term), state.vote);
    if (known->second != state.vote) {
        fail(name_of(id) + " replaces its vote in term " + std::to_string(state.term.value));
    }
}

void Oracles::check_commit_rule(const View& view, const consensus::SoftState& state) {
    const consensus::SoftState before = std::exchange(before_[view.id], state);
    const bool leads_on =
        before.role == Role::leader && state.role == Role::leader && before.term == state.term;
    if (!leads_on || state.commit <= before.commit) return;
    if (view.log->block(state.commit)->header.term != state.term) {
        fail(name_of(view.id) + " committed " + name_of(state.commit) +
             " of an older term by counting");
    }
}

void Oracles::check_match_order(const View& leader, const View& peer, Index match) {
    const consensus::Term term = leader.node->soft_state().term;
    const auto [known, fresh] =
        matches_.try_emplace({term, leader.id, peer.id}, Match{match, peer.incarnation});
    Match& last = known->second;
    if (match < last.match) {
        if (match != Index(0) || peer.incarnation == last.incarnation) {
            fail(name_of(leader.id) + " moved the match of " + name_of(peer.id) + " back to " +
                 name_of(match));
        }
        last.incarnation = peer.incarnation;
    }
    last.match = match;
}

void Oracles::check_matches(const View& leader, const std::vector<View>& all) {
    if (leader.node == nullptr || leader.node->soft_state().role != Role::leader) return;
    const consensus::Term term = leader.node->soft_state().term;
    for (const consensus::ProgressView& progress : leader.node->progress()) {
        for (const View& peer : all) {
            if (peer.id != progress.id) continue;
            // What it acknowledged before its disk was replaced is gone.
            if (peer.log->is_recovering()) {
                matches_[{term, leader.id, peer.id}] = {progress.match, peer.incarnation};
                continue;
            }
            check_match_order(leader, peer, progress.match);
            if (progress.match == Index(0)) continue;
            // Whoever follows a later leader may have dropped what it acknowledged to this one.
            if (peer.log->hard_state().term > term) continue;
            const Block* mine = leader.log->block(progress.match);
            const Block* theirs = peer.log->durable_block(progress.match);
            if (mine == nullptr || theirs == nullptr || mine->hash != theirs->hash) {
                fail(name_of(leader.id) + " believes that " + name_of(peer.id) + " holds its " +
                     name_of(progress.match));
            }
        }
    }
}

void Oracles::on_send(const consensus::Message& message, const SimLog& log) {
    const consensus::HardState& durable = log.hard_state();
    const bool past = durable.term > message.term;
    if (const auto* vote = std::get_if<consensus::VoteReply>(&message.body)) {
        if (vote->pre_vote || !vote->granted) return;
        const auto [known, fresh] =
            votes_.emplace(std::pair(message.term, message.from), message.to);
        if (known->second != message.to) {
            fail(name_of(message.from) + " votes twice in term " +
                 std::to_string(message.term.value));
        }
        if (!past && (durable.term != message.term || durable.vote != message.to)) {
            fail(name_of(message.from) + " sends a vote that is not durable");
        }
    } else if (const auto* request = std::get_if<consensus::VoteRequest>(&message.body)) {
        if (request->pre_vote) return;
        // Who stands for election has voted: for itself.
        const auto [known, fresh] =
            votes_.emplace(std::pair(message.term, message.from), message.from);
        if (known->second != message.from) {
            fail(name_of(message.from) + " votes for itself after it voted for another in term " +
                 std::to_string(message.term.value));
        }
        if (past) return;
        if (durable.term != message.term || durable.vote != message.from) {
            fail(name_of(message.from) + " asks for votes before its own is durable");
        }
    } else if (const auto* reply = std::get_if<consensus::AppendReply>(&message.body)) {
        if (reply->refusal != consensus::Refusal::none || past) return;
        if (durable.term != message.term || log.durable_block(reply->match) == nullptr) {
            if (reply->match == Index(0) && durable.term == message.term) return;
            fail(name_of(message.from) + " acknowledges " + name_of(reply->match) +
                 " before it is durable");
        }
    }
}

void Oracles::on_applied(NodeId id, Index index, const crypto::Digest& state) {
    if (rotten_.contains(id)) return;
    const auto [known, fresh] = states_.emplace(index, state);
    if (known->second != state) {
        fail(name_of(id) + " has another state after " + name_of(index));
    }
}

void Oracles::on_read(NodeId id, Index index, Index at_least) {
    if (index < at_least) {
        fail(name_of(id) + " serves a stale read at " + name_of(index) + ", " + name_of(at_least) +
             " was committed before it was asked");
    }
}

void Oracles::on_acknowledged(Index index, const Block* block, ByteView submission) {
    if (index.value == 0 || index.value > history_.size()) {
        fail("a client was told of " + name_of(index) + " before it was committed");
        return;
    }
    const crypto::Digest& hash = history_[static_cast<std::size_t>(index.value - 1)];
    acknowledged_.emplace(index, hash);
    if (block == nullptr || block->hash != hash) {
        fail("a client was told of another " + name_of(index) + " than the committed one");
        return;
    }
    const auto held = ledger::decode_payload(*block->payload);
    const bool holds =
        held && std::any_of(held->begin(), held->end(), [&](ByteView one) {
            return std::equal(one.begin(), one.end(), submission.begin(), submission.end());
        });
    if (!holds) fail("a client was told of " + name_of(index) + ", which lacks its submission");
}

void Oracles::on_signed(NodeId id, std::uint64_t size, const crypto::Digest& root,
                        const std::optional<storage::SignedMark>& remembered) {
    if (!remembered || remembered->size < size) {
        fail(name_of(id) + " signs size " + std::to_string(size) + " before it remembers it");
    }
    const auto [own, fresh] = signed_by_.emplace(std::pair(id, size), root);
    if (own->second != root) fail(name_of(id) + " signs two roots at " + std::to_string(size));
    if (rotten_.contains(id)) return;
    Signed& known = signed_.try_emplace(size, Signed{root, {}}).first->second;
    known.nodes.insert(id);
    if (known.root != root) fail(name_of(id) + " signs another root at " + std::to_string(size));
}

void Oracles::on_certified(NodeId id, const storage::StoredCheckpoint& checkpoint,
                           const ledger::Genesis& genesis) {
    const std::string size = std::to_string(checkpoint.size);
    if (!certified_.insert(checkpoint.size).second) return;
    const auto known = signed_.find(checkpoint.size);
    const std::size_t voters = genesis.nodes.size();
    std::size_t signers = known == signed_.end() ? 0 : known->second.nodes.size();
    for (const NodeId rotten : rotten_) {
        // It may have been right about this one yet.
        const auto said = signed_by_.find({rotten, checkpoint.size});
        if (known == signed_.end() || said == signed_by_.end()) continue;
        if (known->second.nodes.contains(rotten)) continue;
        signers += said->second == known->second.root ? 1U : 0U;
    }
    if (signers * 2 <= voters) {
        fail(name_of(id) + " certifies size " + size + ", which no majority signed");
        return;
    }
    const auto note = crypto::Note::decode(checkpoint.note);
    const auto count = note ? storage::count_cosignatures(*note, genesis) : note.error();
    if (!count || *count * 2 <= voters) {
        fail(name_of(id) + " certifies size " + size + " without a majority's signatures");
    }
}

void Oracles::on_heard_lie(NodeId id, NodeId liar, std::uint64_t size) {
    std::set<Lie>& heard = heard_lies_[id];
    // As many as a node keeps of one liar.
    if (heard.size() < storage::kEvidencePerNodeMax / 2) heard.insert({liar, size});
}

void Oracles::on_evidence(NodeId id, const storage::Evidence& evidence,
                          const ledger::Genesis& genesis) {
    const auto verdict = storage::judge(evidence, genesis);
    if (!verdict) {
        fail(name_of(id) + " keeps evidence that does not hold: " + verdict.error().context);
        return;
    }
    for (const auto& proven : {verdict->contradicted, verdict->equivocated}) {
        for (const std::uint32_t node : proven) {
            if (liars_.contains(NodeId(node))) continue;
            fail(name_of(id) + " accuses the honest " + name_of(NodeId(node)));
        }
    }
}

void Oracles::on_block_conflict(NodeId id, const consensus::Divergence& found) {
    if (is_liar(found.from)) return;
    fail(name_of(id) + " accuses the honest " + name_of(found.from));
}

void Oracles::on_unnoticed_majority(NodeId id, std::uint64_t size,
                                    const std::optional<storage::SignedMark>& own) {
    const auto other = signed_.find(size);
    if (!own || own->size != size || other == signed_.end() || other->second.root == own->root) {
        return;
    }
    fail(name_of(id) + " goes on though a majority signed another root at " + std::to_string(size));
}

void Oracles::check_evidence(const View& view) {
    const auto kept = view.log->evidence();
    if (!kept || !kept->damaged.empty()) return fail("evidence cannot be read");
    std::set<Lie> proven;
    for (const storage::Evidence& evidence : kept->records) {
        const storage::EvidenceKey key = storage::key_of(evidence);
        proven.insert({NodeId(key.node), key.place});
    }
    for (const auto& [liar, size] : heard_lies_[view.id]) {
        const auto stored = view.log->checkpoint(size);
        if (!stored || !*stored || !(*stored)->certified) continue;
        if (proven.contains({liar, size})) continue;
        fail(name_of(view.id) + " has no proof of the lie of " + name_of(liar) + " about size " +
             std::to_string(size));
    }
}

void Oracles::on_soft_state(NodeId id, const consensus::SoftState& state) {
    if (state.role != Role::leader) return;
    const auto [leader, fresh] = leaders_.emplace(state.term, id);
    if (leader->second != id) {
        fail("two leaders in term " + std::to_string(state.term.value) + ": " +
             name_of(leader->second) + " and " + name_of(id));
    }
}

void Oracles::check_refused(const View& view) {
    std::set<Bytes> refused;
    for (const SharedBytes& submission : refused_) refused.insert(*submission);
    for (Index index(1); index <= committed_ && index <= view.log->last(); index = index.next()) {
        const Block& block = *view.log->block(index);
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        if (!is_committed(index, &block)) continue;
        const auto held = ledger::decode_payload(*block.payload);
        if (!held) continue;
        for (const ByteView one : *held) {
            if (!refused.contains(to_bytes(one))) continue;
            fail("what was refused for good is committed in " + name_of(index));
            return;
        }
    }
}

void Oracles::on_told_certified(std::uint64_t size) {
    if (!certified_.contains(size)) {
        fail("a client was told of a certified size " + std::to_string(size) + " that is none");
    }
}

void Oracles::check_complete(const View& view) {
    for (const auto& [index, hash] : acknowledged_) {
        const Block* block = view.log->durable_block(index);
        if (block == nullptr || block->hash != hash) {
            fail(name_of(view.id) + " lost the acknowledged " + name_of(index));
            return;
        }
    }
}

}  // namespace tally::simulation
