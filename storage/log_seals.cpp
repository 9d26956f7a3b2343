#include "storage/log_seals.h"

#include <algorithm>

namespace tally::storage {

using consensus::Index;

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

}  // namespace

bool LogSeals::has(const SignedMark& root) const {
    const auto at = seals_.find(root.size);
    return at != seals_.end() && at->second.root == root.root;
}

std::optional<Index> LogSeals::first_other(const std::vector<SignedMark>& roots) const {
    std::optional<Index> first;
    for (const SignedMark& root : roots) {
        if (!contradicts(root)) continue;
        // Where this history has no seal of that size, the next one covers it.
        const auto seal = seals_.lower_bound(root.size);
        const Index block = seal != seals_.end() ? seal->second.block : Index(last_);
        first = first ? std::min(*first, block) : block;
    }
    return first;
}

Result<std::vector<consensus::Block>> LogSource::read(Index first, Index last) const {
    return blocks_.read(first, last, kReadBytes);
}

Result<std::optional<std::string>> LogSource::checkpoint(std::uint64_t size) const {
    const auto stored = blocks_.checkpoint(size);
    if (!stored) return stored.error();
    return *stored ? std::optional((*stored)->note) : std::nullopt;
}

Result<std::optional<std::string>> LogSource::newest_certified() const {
    const auto stored = blocks_.latest_certified();
    if (!stored) return stored.error();
    return *stored ? std::optional((*stored)->note) : std::nullopt;
}

}  // namespace tally::storage
