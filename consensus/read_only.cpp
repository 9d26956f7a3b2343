#include "consensus/read_only.h"

#include <utility>

#include "base/check.h"
#include "consensus/mutation.h"

namespace tally::consensus {

void ReadOnly::wait(NodeId from, std::uint64_t context) {
    waiting_.push_back({from, context, Index(0), 0});
}

void ReadOnly::add(NodeId from, std::uint64_t context, Index index, std::uint64_t round) {
    TALLY_CHECK(pending_.empty() || pending_.back().round <= round);
    TALLY_CHECK(pending_.empty() || pending_.back().index <= index);
    pending_.push_back({from, context, index, round});
}

void ReadOnly::open(Index index, std::uint64_t round) {
    for (const PendingRead& read : waiting_) add(read.from, read.context, index, round);
    waiting_.clear();
}

std::vector<PendingRead> ReadOnly::take_confirmed(std::uint64_t round) {
    std::vector<PendingRead> result;
    while (!pending_.empty() && pending_.front().round <= round) {
        result.push_back(pending_.front());
        pending_.pop_front();
    }
    return result;
}

std::vector<PendingRead> ReadOnly::take_all() {
    std::vector<PendingRead> result(pending_.begin(), pending_.end());
    result.insert(result.end(), waiting_.begin(), waiting_.end());
    pending_.clear();
    waiting_.clear();
    return result;
}

ForwardedReads::ForwardedReads(std::uint64_t incarnation)
    : next_(mutated(Mutation::forwarded_from_zero) ? 0 : incarnation) {}

std::uint64_t ForwardedReads::add(std::uint64_t context, std::uint64_t deadline_tick) {
    const std::uint64_t number = next_++;
    reads_[number] = {context, deadline_tick};
    return number;
}

bool ForwardedReads::take(std::uint64_t number, std::uint64_t& context) {
    const auto found = reads_.find(number);
    if (found == reads_.end()) return false;
    context = found->second.context;
    reads_.erase(found);
    return true;
}

std::vector<std::uint64_t> ForwardedReads::take_expired(std::uint64_t tick) {
    std::vector<std::uint64_t> result;
    for (auto read = reads_.begin(); read != reads_.end();) {
        if (read->second.deadline_tick > tick) {
            ++read;
            continue;
        }
        result.push_back(read->second.context);
        read = reads_.erase(read);
    }
    return result;
}

std::vector<std::uint64_t> ForwardedReads::take_all() {
    std::vector<std::uint64_t> result;
    result.reserve(reads_.size());
    for (const auto& [number, read] : reads_) result.push_back(read.context);
    reads_.clear();
    return result;
}

}  // namespace tally::consensus
