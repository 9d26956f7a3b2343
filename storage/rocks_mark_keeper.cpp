#include "storage/rocks_mark_keeper.h"

#include <algorithm>

#include "base/check.h"
#include "storage/rocks_mark_file.h"

namespace tally::storage {

using consensus::ChainTip;
using consensus::HardState;

namespace {

// With a sync after it, a tip is marked within 50 ms. Shorter means more syncs beside the log's.
constexpr std::chrono::milliseconds kDelay{40};

}  // namespace

Result<std::unique_ptr<MarkKeeper>> MarkKeeper::begin(const std::string& path, const Reach& reach,
                                                      rocksdb::Env& env, HighWaterMark mark,
                                                      bool strict) {
    const std::string made = path + std::string(kNewMarkEnd);
    std::unique_ptr<rocksdb::WritableFile> fresh;
    rocksdb::Status status = env.NewWritableFile(made, &fresh, rocksdb::EnvOptions());
    if (!status.ok()) return rocks_error(status, errc::io_error, made);
    const auto identity = identity_of(reach(made));
    if (!identity) return identity.error();
    mark.file = *identity;
    Bytes content(2 * kHighWaterMarkSlot);
    for (int slots = 0; slots < 2; ++slots) {
        ++mark.sequence;
        const Bytes slot = encode_high_water_mark(mark);
        std::copy(
            slot.begin(), slot.end(),
            content.begin() + static_cast<std::ptrdiff_t>(mark.sequence % 2 * kHighWaterMarkSlot));
    }
    status = place_mark(env, *fresh, content, path);
    std::unique_ptr<rocksdb::RandomRWFile> file;
    if (status.ok()) status = env.NewRandomRWFile(path, &file, rocksdb::EnvOptions());
    if (!status.ok()) return rocks_error(status, errc::io_error, path);
    return std::unique_ptr<MarkKeeper>(new MarkKeeper(path, std::move(file), mark, strict));
}

MarkKeeper::MarkKeeper(std::string path, std::unique_ptr<rocksdb::RandomRWFile> file,
                       const HighWaterMark& newest, bool strict)
    : path_(std::move(path)), strict_(strict), file_(std::move(file)), pending_(newest) {
    TALLY_CHECK(file_ != nullptr);
    if (!strict_) thread_ = std::thread([this] { run(); });
}

MarkKeeper::~MarkKeeper() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_one();
    if (thread_.joinable()) thread_.join();
    // Who closes the store is not told: nothing was promised about this mark yet.
    static_cast<void>(write_now());
}

Status MarkKeeper::follow(const ChainTip& tip, const HardState& state) {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        // The log went first: a mark ahead of it would accuse a node that lost nothing.
        TALLY_CHECK(!is_behind(tip, pending_) && state.term >= pending_.voted_term);
        const bool voted = state.term != pending_.voted_term || state.vote != pending_.vote;
        const bool moved = tip.index != pending_.index || tip.hash != pending_.hash;
        if (!voted && !moved) return {};
        pending_.voted_term = state.term;
        pending_.vote = state.vote;
        set_pending(tip);
        if (!voted && !strict_) return {};
    }
    return write_now();
}

Status MarkKeeper::lower(const ChainTip& base, const ChainTip& after) {
    TALLY_CHECK(base.index < after.index);
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        const bool above = !is_behind(after, pending_) &&
                           (after.term != pending_.term || after.index != pending_.index);
        if (above) return {};
        set_pending(base);
        TALLY_CHECK(!is_behind(after, pending_));
    }
    return write_now();
}

Status MarkKeeper::end_recovering() {
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        pending_.recovering = Recovering::none;
        dirty_ = true;
    }
    return write_now();
}

Status MarkKeeper::failure() const {
    const std::lock_guard lock(mutex_);
    return failure_;
}

void MarkKeeper::set_pending(const ChainTip& tip) {
    pending_.index = tip.index;
    pending_.term = tip.term;
    pending_.hash = tip.hash;
    if (dirty_) return;
    dirty_ = true;
    dirty_since_ = std::chrono::steady_clock::now();
    changed_.notify_one();
}

void MarkKeeper::run() {
    std::unique_lock lock(mutex_);
    while (!stopping_) {
        changed_.wait(lock, [this] { return stopping_ || dirty_; });
        // Other tips join this one meanwhile.
        changed_.wait_until(lock, dirty_since_ + kDelay, [this] { return stopping_; });
        if (stopping_) return;
        lock.unlock();
        // A failure is kept for the next write of the log.
        static_cast<void>(write_now());
        lock.lock();
    }
}

Status MarkKeeper::write_now() {
    const std::lock_guard file_lock(file_mutex_);
    HighWaterMark next;
    {
        const std::lock_guard lock(mutex_);
        if (!failure_) return failure_;
        if (!dirty_) return {};
        dirty_ = false;
        ++pending_.sequence;
        next = pending_;
    }
    const Status written = write_slot(next);
    if (written) return {};
    const std::lock_guard lock(mutex_);
    failure_ = written;
    return failure_;
}

Status MarkKeeper::write_slot(const HighWaterMark& mark) {
    const Bytes slot = encode_high_water_mark(mark);
    TALLY_CHECK(slot.size() <= kHighWaterMarkSlot);
    rocksdb::Status status = file_->Write(mark.sequence % 2 * kHighWaterMarkSlot, slice_of(slot));
    if (status.ok()) status = file_->Sync();
    if (status.ok()) return {};
    return rocks_error(status, errc::io_error, path_);
}

}  // namespace tally::storage
