#include "consensus/log.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "consensus/mutation.h"

namespace tally::consensus {

Log::Log(ChainTip base, std::vector<Block> tail, Index commit, Index applied)
    : base_(base), commit_(base.index), applied_(applied) {
    for (Block& block : tail) append(std::move(block));
    durable_ = written_ = last();
    commit_to(commit);
    // What was committed before this start may be read from the store at leisure: it was already
    // accounted for in an earlier life.
    unapplied_.clear();
    unapplied_bytes_ = 0;
    TALLY_CHECK(applied_ <= commit_);
}

std::size_t Log::offset_of(Index index) const {
    TALLY_CHECK(index > base_.index && index <= last());
    return static_cast<std::size_t>(index.value - base_.index.value - 1);
}

std::optional<ChainTip> Log::tip_at(Index index) const {
    if (index == base_.index) return base_;
    if (index < base_.index || index > last()) return std::nullopt;
    return tip_of(at(index));
}

std::optional<Term> Log::term_at(Index index) const {
    if (index == base_.index) return base_.term;
    if (index < base_.index || index > last()) return std::nullopt;
    return at(index).header.term;
}

Index Log::last_with_term_at_most(Index from, Term term) const {
    TALLY_CHECK(from >= base_.index && from <= last());
    const auto begin = blocks_.begin();
    const auto end = begin + static_cast<std::ptrdiff_t>(from.value - base_.index.value);
    const auto above = std::partition_point(
        begin, end, [term](const Block& block) { return block.header.term <= term; });
    return Index(base_.index.value + static_cast<std::uint64_t>(above - begin));
}

const Block& Log::at(Index index) const { return blocks_[offset_of(index)]; }

std::vector<Block> Log::slice(Index first, std::size_t bytes_max) const {
    std::vector<Block> result;
    if (first > last()) return result;
    std::size_t bytes = 0;
    for (std::size_t at = offset_of(first); at < blocks_.size(); ++at) {
        bytes += blocks_[at].size_bytes();
        if (!result.empty() && bytes > bytes_max) break;
        result.push_back(blocks_[at]);
    }
    return result;
}

void Log::append(Block block) {
    const ChainTip tip = last_tip();
    TALLY_CHECK(block.header.index == tip.index.next());
    TALLY_CHECK(block.header.previous == tip.hash);
    TALLY_CHECK(block.header.term >= tip.term);
    bytes_ += block.size_bytes();
    uncommitted_bytes_ += block.size_bytes();
    blocks_.push_back(std::move(block));
}

void Log::truncate_after(Index keep) {
    TALLY_CHECK(keep >= commit_);
    while (last() > keep) {
        bytes_ -= blocks_.back().size_bytes();
        uncommitted_bytes_ -= blocks_.back().size_bytes();
        blocks_.pop_back();
    }
    durable_ = std::min(durable_, keep);
    written_ = std::min(written_, keep);
    if (mutated(Mutation::append_aba)) return;
    // A write on its way may still carry what was just dropped. Clipping what it stands for keeps
    // its completion from vouching for other blocks that take the same places (the ABA problem).
    for (Write& write : writes_) {
        if (write.last <= keep) continue;
        write.last = keep;
        write.last_term = *term_at(keep);
    }
}

void Log::commit_to(Index index) {
    TALLY_CHECK(index >= commit_ && index <= last());
    for (Index at_index = commit_.next(); at_index <= index; at_index = at_index.next()) {
        const std::size_t bytes = at(at_index).size_bytes();
        TALLY_CHECK(uncommitted_bytes_ >= bytes);
        uncommitted_bytes_ -= bytes;
        unapplied_.push_back({at_index, bytes});
        unapplied_bytes_ += bytes;
    }
    commit_ = index;
}

void Log::apply_to(Index index) {
    TALLY_CHECK(index <= commit_);
    applied_ = std::max(applied_, index);
    while (!unapplied_.empty() && unapplied_.front().index <= applied_) {
        unapplied_bytes_ -= unapplied_.front().bytes;
        unapplied_.pop_front();
    }
}

std::vector<Block> Log::start_write(std::uint64_t sequence) {
    TALLY_CHECK(writes_.empty() || writes_.back().sequence < sequence);
    std::vector<Block> result;
    for (Index index = written_.next(); index <= last(); index = index.next()) {
        result.push_back(at(index));
    }
    written_ = last();
    if (!result.empty()) writes_.push_back({sequence, written_, *term_at(written_)});
    return result;
}

void Log::finish_write(std::uint64_t sequence) {
    while (!writes_.empty() && writes_.front().sequence <= sequence) {
        const Write write = writes_.front();
        writes_.pop_front();
        if (mutated(Mutation::append_aba)) {
            durable_ = std::max(durable_, std::min(write.last, written_));
            continue;
        }
        // Below base everything is durable and committed already.
        TALLY_CHECK(write.last <= base_.index || term_at(write.last) == write.last_term);
        durable_ = std::max(durable_, write.last);
    }
}

std::uint64_t Log::sequence_covering(Index index) const {
    TALLY_CHECK(index <= written_);
    if (index <= durable_) return 0;
    for (const Write& write : writes_) {
        if (write.last >= index) return write.sequence;
    }
    TALLY_CHECK(mutated(Mutation::append_aba));
    return 0;
}

void Log::trim(std::size_t cache_bytes_max) {
    const std::size_t cached_bytes = bytes_ - uncommitted_bytes_;
    if (cached_bytes <= cache_bytes_max) return;
    std::size_t excess = cached_bytes - cache_bytes_max;
    const Index limit = std::min(commit_, durable_);
    while (excess > 0 && base_.index < limit) {
        const Block& front = blocks_.front();
        const std::size_t bytes = front.size_bytes();
        base_ = tip_of(front);
        blocks_.pop_front();
        bytes_ -= bytes;
        excess -= std::min(excess, bytes);
    }
}

void Log::check_invariants() const {
    TALLY_CHECK(base_.index <= commit_ && commit_ <= last());
    TALLY_CHECK(base_.index <= durable_ && durable_ <= written_ && written_ <= last());
    TALLY_CHECK(applied_ <= commit_);
    TALLY_CHECK(bytes_ >= uncommitted_bytes_);
    if (mutated(Mutation::append_aba)) return;
    TALLY_CHECK(writes_.empty() || writes_.back().last <= written_);
    TALLY_CHECK(durable_ == written_ || !writes_.empty());
}

}  // namespace tally::consensus
