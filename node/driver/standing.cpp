#include "node/driver/standing.h"

#include <utility>

#include "ledger/submission.h"

namespace tally::node::driver {

crypto::Digest submission_digest(ByteView submission) {
    return crypto::domain_hash("submission", {submission});
}

void Standing::count(const Held& held) {
    for (const crypto::Digest& digest : held.digests) ++count_[digest];
}

std::vector<crypto::Digest> Standing::discount(const Held& held) {
    std::vector<crypto::Digest> gone;
    for (const crypto::Digest& digest : held.digests) {
        const auto found = count_.find(digest);
        if (--found->second > 0) continue;
        count_.erase(found);
        gone.push_back(digest);
    }
    return gone;
}

void Standing::on_proposed(const consensus::Proposed& place, std::vector<crypto::Digest> digests) {
    proposed_[place.first.value] = {place.term, std::move(digests)};
}

Standing::Change Standing::on_append(std::span<const consensus::Block> blocks) {
    Change change;
    if (blocks.empty()) return change;
    const std::uint64_t first = blocks.front().header.index.value;
    for (auto place = blocks_.lower_bound(first); place != blocks_.end();) {
        for (const auto& digest : discount(place->second)) change.gone.push_back(digest);
        place = blocks_.erase(place);
    }
    for (const consensus::Block& block : blocks) {
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        Held held{block.header.term, {}};
        const auto own = proposed_.find(block.header.index.value);
        if (own != proposed_.end() && own->second.term == block.header.term) {
            held = std::move(own->second);
        } else if (const auto submissions = ledger::decode_payload(*block.payload)) {
            for (const ByteView bytes : *submissions) {
                held.digests.push_back(submission_digest(bytes));
                change.came.push_back(held.digests.back());
            }
        }
        count(held);
        blocks_.emplace(block.header.index.value, std::move(held));
    }
    proposed_.clear();
    std::erase_if(change.gone, [this](const crypto::Digest& digest) { return contains(digest); });
    return change;
}

std::vector<crypto::Digest> Standing::take_applied(consensus::Index index, consensus::Term term) {
    std::vector<crypto::Digest> taken;
    while (!blocks_.empty() && blocks_.begin()->first <= index.value) {
        const auto place = blocks_.begin();
        discount(place->second);
        if (place->first == index.value && place->second.term == term) {
            taken = std::move(place->second.digests);
        }
        blocks_.erase(place);
    }
    return taken;
}

}  // namespace tally::node::driver
