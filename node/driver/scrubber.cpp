// The scrubber: what a disk forgets without being asked is found by asking it.
//
// Thread: one of its own in the process; each call reads or writes the disk.
//
// A round reads every committed block, from the first one on, and then the next one begins. Two of
// them take no longer than the time within which each block is to be read, whenever it was written.
// A start begins a round anew. What it finds damaged, and what any other
// reader found (BlockStore::damaged), the peers are asked for, one after the other, until one gives
// a block that the store takes: one whose hash the block after it names. So a run of damaged blocks
// is mended from its end; first as single blocks, then, while all are taken, more at a time.
//
// Invariants:
//   - Only committed blocks are mended, and only by what the neighbours' hashes show.
//   - One question is under way; what answers another one, or comes from another peer, counts for
//     nothing.
//   - Nobody is asked more often than kAskPause allows, and where no peer had a block, all damaged
//     ones are tried before it is asked for again, less and less often.
//   - A block counts as mended once the disk gives it back.
#include "node/driver/scrubber.h"

#include <algorithm>

#include "storage/errc.h"

namespace tally::node::driver {
namespace {

using consensus::Block;
using consensus::Index;
using consensus::NodeId;
using std::chrono::milliseconds;

constexpr std::size_t kReadingBytes = 256 << 10;
constexpr std::size_t kWindowMax = 16;
/// What others come upon is looked for this often.
constexpr milliseconds kLook{1000};

std::string name_of(Index first, Index last) {
    const std::string end = std::to_string(last.value);
    return first == last ? "block " + end : "blocks " + std::to_string(first.value) + " to " + end;
}

std::string name_of(NodeId node) { return "node " + std::to_string(node.value); }

}  // namespace

void Scrubber::on_time(Moment now) {
    if (config_.round.count() > 0 && now.steady >= next_reading_) read_on(now);
    if (asked_ && now.steady >= asked_->until) {
        const NodeId peer = asked_->peer;
        asked_.reset();
        refused(peer, "no answer");
    }
    if (!asked_ && now.steady >= next_question_) mend_on(now);
}

Clock::time_point Scrubber::next(Moment now) const {
    Clock::time_point next = now.steady + kLook;
    if (config_.round.count() > 0) next = std::min(next, next_reading_);
    if (asked_) return std::min(next, asked_->until);
    return idle_ ? next : std::min(next, next_question_);
}

ScrubView Scrubber::view() const {
    ScrubView view;
    view.damaged = blocks_.damaged().size();
    view.mended = mended_;
    view.block = at_.previous();
    view.until = blocks_.committed();
    view.ended = ended_;
    return view;
}

// ---- reading

void Scrubber::read_on(Moment now) {
    const Index end = blocks_.committed();
    if (at_.value == 1) round_begun_ = now.steady;
    const auto found = blocks_.scrub(at_, end, kReadingBytes);
    if (!found) {  // there is no such block (yet)
        next_reading_ = now.steady + kLook;
        at_ = Index(1);
        return;
    }
    at_ = found->damaged ? std::max(found->next, found->damaged->index).next() : found->next;
    if (found->damaged) idle_ = false;
    const milliseconds by_rate(found->bytes * 1000 / kRateBytes + 1);
    next_reading_ = now.steady + std::max(by_rate, config_.pause);
    if (config_.pause.count() == 0) {
        // Half of it, for what is written just behind a reading is read in the round after; a tenth
        // is kept for a disk that is slow and a process that sleeps.
        const std::uint64_t share = static_cast<std::uint64_t>(config_.round.count()) / 20 * 9;
        const std::uint64_t done = std::min(at_.value - 1, end.value);
        const milliseconds due(share / end.value * done + share % end.value * done / end.value);
        next_reading_ = std::max(next_reading_, round_begun_ + due);
    }
    if (at_ <= end) return;
    ended_ = now.wall;
    at_ = Index(1);
}

// ---- mending

/// By the disk, not by memory: it may have been a moment's failure, or be mended already.
bool Scrubber::is_damaged(Index index) {
    const auto found = blocks_.scrub(index, index, 0);
    if (!found) return false;
    return found->damaged ? found->damaged->index == index : !blocks_.damaged(index, index).empty();
}

void Scrubber::mend_on(Moment now) {
    if (!top_) choose(now);
    if (!top_) return;
    if (!end_found_ && *top_ < blocks_.committed() && is_damaged(top_->next())) {
        top_ = top_->next();  // the next step looks on
        return;
    }
    end_found_ = true;
    ask(now);
}

/// The last damaged block below those that have been tried.
void Scrubber::choose(Moment now) {
    const auto all = blocks_.damaged();
    idle_ = true;
    if (all.empty()) {
        told_.clear();
        below_ = kNoBound;
        retry_pause_ = kRetryPause;
        return;
    }
    const std::uint64_t end = std::min(below_, blocks_.committed().value + 1);
    for (std::size_t left = all.size(); left > 0; --left) {
        const storage::DamagedBlock& one = all[left - 1];
        if (one.index.value >= end || !is_damaged(one.index)) continue;
        top_ = one.index;
        idle_ = false;
        end_found_ = false;
        window_ = 1;
        refusals_ = 0;
        if (told_.insert(one.index).second) {
            actions_.notices.push_back({false, "a stored block cannot be read: " + one.problem});
        }
        return;
    }
    below_ = kNoBound;
    next_question_ = now.steady + retry_pause_;
    retry_pause_ = std::min(2 * retry_pause_, kRetryPauseMax);
}

void Scrubber::ask(Moment now) {
    if (config_.peers.empty()) return give_up("this network has no other node");
    const std::uint64_t more = std::min<std::uint64_t>(window_ - 1, top_->value - 1);
    Asked asked;
    asked.id = ++questions_;
    asked.peer = config_.peers[peer_ % config_.peers.size()];
    asked.first = Index(top_->value - more);
    asked.last = *top_;
    asked.until = now.steady + kAnswerMax;
    actions_.messages.emplace_back(asked.peer, BlocksWanted{asked.id, asked.first, asked.last});
    asked_ = asked;
}

void Scrubber::on_given(NodeId from, const BlocksGiven& given, Moment now) {
    if (!asked_ || asked_->peer != from || asked_->id != given.id) return;
    const Asked asked = *std::exchange(asked_, std::nullopt);
    next_question_ = now.steady + kAskPause;
    if (given.blocks.empty()) return refused(from, given.problem);
    Index expected = asked.first;
    for (const Block& block : given.blocks) {
        if (block.header.index != expected || expected > asked.last) {
            return refused(from, "it gave other blocks than it was asked for");
        }
        expected = expected.next();
    }
    // Fewer fit into an answer: the last one has to be in it.
    if (expected <= asked.last) {
        window_ = std::min(given.blocks.size(), window_ / 2);
        return;
    }
    take(from, given.blocks);
}

void Scrubber::take(NodeId from, const std::vector<Block>& blocks) {
    const Index last = *top_;
    Index first = last.next();
    for (std::size_t left = blocks.size(); left > 0; --left) {
        if (first <= last && !is_damaged(first.previous())) {
            top_.reset();
            break;
        }
        top_ = first.previous();
        if (!mend(blocks[left - 1], from)) break;
        first = *top_;
    }
    if (first <= last) {
        actions_.notices.push_back({true, name_of(first, last) + " mended from " + name_of(from)});
    }
    if (!top_ || *top_ != first) return;
    top_.reset();
    if (first == Index(1) || !is_damaged(first.previous())) return;
    top_ = first.previous();
    window_ = std::min(2 * window_, kWindowMax);
    refusals_ = 0;
}

/// False: nothing more of this answer is of use.
bool Scrubber::mend(const Block& block, NodeId from) {
    const Index index = block.header.index;
    const Status mended = blocks_.mend(block);
    if (!mended && mended.error().code == storage::errc::diverged) {
        refused(from, "it gave another block, " + mended.error().context);
        return false;
    }
    const bool early = !mended && (mended.error().code == storage::errc::corrupt_block ||
                                   mended.error().code == storage::errc::not_found);
    if (early) {
        give_up(mended.error().context);
        return false;
    }
    if (!mended) {
        actions_.failed = mended.error();
        return false;
    }
    if (is_damaged(index)) {
        give_up("the disk does not give back what was put in the place of block " +
                std::to_string(index.value));
        return false;
    }
    ++mended_;
    retry_pause_ = kRetryPause;
    return true;
}

void Scrubber::refused(NodeId from, const std::string& why) {
    ++peer_;
    if (++refusals_ < config_.peers.size()) return;
    give_up("no other node gives it; the last one, " + name_of(from) + ", says: " + why);
}

/// Until the others have been tried. Those just below it need it first.
void Scrubber::give_up(const std::string& why) {
    const auto noted = blocks_.damaged(Index(1), *top_);
    Index bottom = *top_;
    for (std::size_t left = noted.size(); left > 0; --left) {
        if (noted[left - 1].index.next() == bottom) bottom = noted[left - 1].index;
    }
    actions_.notices.push_back(
        {false, name_of(bottom, *top_) + ": not mended, and tried again later: " + why});
    below_ = bottom.value;
    top_.reset();
}

}  // namespace tally::node::driver
