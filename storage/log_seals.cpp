#include "storage/log_seals.h"

namespace tally::storage {

using consensus::Index;

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

}  // namespace

bool LogSeals::has(const SignedMark& root) const {
    const auto at = seals_.find(root.size);
    return at != seals_.end() && at->second.root == root.root;
}

std::optional<LogSeals::Other> LogSeals::first_other(const std::vector<SignedMark>& roots) const {
    std::optional<Other> first;
    for (const SignedMark& root : roots) {
        if (!contradicts(root) || (first && first->size <= root.size)) continue;
        // Where this history has no seal of that size, the next one covers it.
        const auto seal = seals_.lower_bound(root.size);
        first = Other{root.size, seal != seals_.end() ? seal->second.block : Index(last_)};
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
