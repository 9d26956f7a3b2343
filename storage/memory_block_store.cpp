#include <algorithm>
#include <iterator>
#include <map>
#include <mutex>

#include "base/check.h"
#include "storage/block_codec.h"
#include "storage/block_store.h"
#include "storage/errc.h"
#include "storage/log_rules.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;
using consensus::LogWrite;
using consensus::PersistedState;

namespace {

/// The twin of RocksBlockStore for the simulator, the audit and tests.
class MemoryBlockStore : public BlockStore {
public:
    explicit MemoryBlockStore(const crypto::Digest& network) : network_(network) {}

    Status write(const LogWrite& write) override {
        const std::lock_guard lock(mutex_);
        if (!failure_.has_value()) return failure_.error();
        const Result<ChainTip> after =
            check_log_write(write, tip_locked(), hard_state_, network_,
                            [this](Index index) { return tip_at_locked(index); });
        if (!after) {
            failure_ = after.error();
            return after.error();
        }
        if (!write.blocks.empty()) {
            blocks_.resize(write.blocks.front().header.index.value - 1);
            blocks_.insert(blocks_.end(), write.blocks.begin(), write.blocks.end());
        }
        hard_state_ = write.hard_state;
        TALLY_CHECK(tip_locked().index == after->index && tip_locked().hash == after->hash);
        return {};
    }

    Result<std::vector<Block>> read(Index first, Index last, std::size_t bytes_max) const override {
        const std::lock_guard lock(mutex_);
        if (first.value == 0 || first.value > blocks_.size() || last < first) {
            return fail(errc::not_found, "block " + std::to_string(first.value));
        }
        std::vector<Block> found;
        std::size_t bytes = 0;
        for (std::size_t at = first.value - 1; at < blocks_.size() && at < last.value; ++at) {
            bytes += blocks_[at].size_bytes();
            if (!found.empty() && bytes > bytes_max) break;
            found.push_back(blocks_[at]);
        }
        return found;
    }

    Result<PersistedState> load() const override {
        const std::lock_guard lock(mutex_);
        PersistedState state;
        state.hard_state = hard_state_;
        const Result<ChainTip> base = tip_at_locked(hard_state_.commit);
        if (!base) return base.error();
        state.base = *base;
        TALLY_CHECK(hard_state_.commit.value <= blocks_.size());
        const auto committed = static_cast<std::ptrdiff_t>(hard_state_.commit.value);
        state.tail.assign(blocks_.begin() + committed, blocks_.end());
        return state;
    }

    ChainTip tip() const override {
        const std::lock_guard lock(mutex_);
        return tip_locked();
    }

    Index committed() const override {
        const std::lock_guard lock(mutex_);
        return hard_state_.commit;
    }

    Result<Scrubbed> scrub(Index first, Index last, std::size_t bytes_max) override {
        const auto found = read(first, last, bytes_max);
        if (!found) return found.error();
        Scrubbed scrubbed{.next = found->back().header.index.next(), .damaged = {}};
        for (const Block& block : *found) scrubbed.bytes += block.size_bytes();
        return scrubbed;
    }

    Status mend(const Block& block) override {
        const Index index = block.header.index;
        const std::lock_guard lock(mutex_);
        const std::string name = "block " + std::to_string(index.value);
        if (index.value == 0 || index > hard_state_.commit) {
            return fail(errc::not_found, name + " is not known to be committed here");
        }
        const Status whole = verify_block(block, index, network_, nullptr);
        if (!whole) return fail(errc::diverged, whole.error().context);
        if (block.header.hash() == blocks_[index.value - 1].hash) return {};
        return fail(errc::diverged, name + ": not the one that the block after it names");
    }

    std::optional<SignedMark> signed_mark() const override {
        const std::lock_guard lock(mutex_);
        return mark_;
    }

    Status remember_signed(const SignedMark& mark) override {
        const std::lock_guard lock(mutex_);
        if (Status status = check_mark(mark_, mark); !status) return status;
        mark_ = mark;
        return {};
    }

    Status put_checkpoint(const StoredCheckpoint& checkpoint) override {
        const std::lock_guard lock(mutex_);
        checkpoints_[checkpoint.size] = checkpoint;
        return {};
    }

    Result<std::optional<StoredCheckpoint>> checkpoint(std::uint64_t size) const override {
        const std::lock_guard lock(mutex_);
        const auto found = checkpoints_.find(size);
        if (found == checkpoints_.end()) return std::optional<StoredCheckpoint>{};
        return std::optional(found->second);
    }

    Result<std::optional<StoredCheckpoint>> certified_covering(std::uint64_t size) const override {
        const std::lock_guard lock(mutex_);
        for (auto at = checkpoints_.lower_bound(size); at != checkpoints_.end(); ++at) {
            if (at->second.certified) return std::optional(at->second);
        }
        return latest_locked();
    }

    Result<std::optional<StoredCheckpoint>> latest_certified() const override {
        const std::lock_guard lock(mutex_);
        return latest_locked();
    }

    Result<bool> keep_evidence(const Evidence& evidence) override {
        const std::lock_guard lock(mutex_);
        const EvidenceKey key = key_of(evidence);
        if (const auto kept = evidence_.find(key); kept != evidence_.end()) {
            auto both = merged(kept->second, evidence);
            if (!both) return false;
            kept->second = std::move(*both);
            return true;
        }
        const auto first = evidence_.lower_bound({key.kind, key.node, 0});
        const auto end = evidence_.upper_bound({key.kind, key.node, ~std::uint64_t{0}});
        if (std::distance(first, end) >= static_cast<std::ptrdiff_t>(kEvidencePerNodeMax)) {
            return false;
        }
        evidence_.emplace(key, evidence);
        return true;
    }

    Result<KeptEvidence> evidence() const override {
        const std::lock_guard lock(mutex_);
        KeptEvidence all;
        for (const auto& [key, evidence] : evidence_) {
            Evidence& record = all.records.emplace_back(evidence);
            auto* roots = std::get_if<RootConflict>(&record.what);
            const auto own = roots == nullptr ? checkpoints_.end() : checkpoints_.find(roots->size);
            if (own != checkpoints_.end()) add_certified(*roots, own->second);
        }
        return all;
    }

private:
    ChainTip tip_locked() const {
        return blocks_.empty() ? empty_tip(network_) : consensus::tip_of(blocks_.back());
    }
    Result<ChainTip> tip_at_locked(Index index) const {
        if (index.value == 0) return empty_tip(network_);
        if (index.value > blocks_.size()) {
            return fail(errc::not_found, "block " + std::to_string(index.value));
        }
        return consensus::tip_of(blocks_[index.value - 1]);
    }
    std::optional<StoredCheckpoint> latest_locked() const {
        const auto latest = std::find_if(checkpoints_.rbegin(), checkpoints_.rend(),
                                         [](const auto& kept) { return kept.second.certified; });
        if (latest == checkpoints_.rend()) return std::nullopt;
        return latest->second;
    }

    const crypto::Digest network_;
    mutable std::mutex mutex_;  // guards everything below
    Status failure_;
    std::vector<Block> blocks_;
    HardState hard_state_;
    std::optional<SignedMark> mark_;
    std::map<std::uint64_t, StoredCheckpoint> checkpoints_;
    std::map<EvidenceKey, Evidence> evidence_;
};

}  // namespace

std::unique_ptr<BlockStore> make_memory_block_store(const crypto::Digest& network) {
    return std::make_unique<MemoryBlockStore>(network);
}

}  // namespace tally::storage
