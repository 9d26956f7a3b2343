// The way back of a folder that a node refuses to start with. Its blocks are read from the first
// one on, as far as they are whole and follow from each other. If that is all of them they stay
// where they are; otherwise they are copied into a new database, and the old one is set aside under
// another name: nothing is repaired in it and nothing is deleted. What comes after them is got from
// the other nodes, so that it does not matter how much it is.
//
// The order is the promise: the new database is whole and synced before it takes the place of the
// old one, and the mark says `recovering` before there are blocks that it would not vouch for. A
// crash in between leaves a folder that either is refused as before, or recovers.
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/check.h"
#include "base/hex.h"
#include "storage/block_codec.h"
#include "storage/rocks_block_store.h"
#include "storage/salvage.h"

namespace tally::storage {

using consensus::Block;
using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;

namespace {

constexpr std::size_t kReadBytes = 4 << 20;

std::string reached(const BlockStoreOptions& options, const std::string& path) {
    return options.held ? options.held->reach(path) : path;
}

/// The first name of the kind that nothing has.
Result<std::string> free_name(const BlockStoreOptions& options) {
    for (int number = 1; number < 1000; ++number) {
        std::string name = options.folder + "/" + std::string(kSetAside) + std::to_string(number);
        std::error_code unknown;
        if (!std::filesystem::exists(reached(options, name), unknown) && !unknown) return name;
    }
    return fail(errc::io_error, options.folder + ": no name is left for blocks that are set aside");
}

Status rename_folder(const BlockStoreOptions& options, const std::string& from,
                     const std::string& to) {
    std::error_code failed;
    std::filesystem::rename(reached(options, from), reached(options, to), failed);
    if (failed) return fail(errc::io_error, from + ": cannot be renamed: " + failed.message());
    std::unique_ptr<rocksdb::Directory> folder;
    rocksdb::Env* env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    rocksdb::Status status = env->NewDirectory(options.folder, &folder);
    if (status.ok()) status = folder->Fsync();
    return status.ok() ? Status() : rocks_error(status, errc::io_error, options.folder);
}

}  // namespace

/// Everything good of `old`, read once, in a database of its own.
class Salvage {
public:
    Salvage(const BlockStoreOptions& options, Result<HighWaterMark> mark)
        : options_(options),
          env_(options.env != nullptr ? *options.env : *rocksdb::Env::Default()),
          mark_(std::move(mark)) {}

    Result<Salvaged> run();

private:
    std::string blocks() const { return options_.folder + "/blocks"; }
    Status open_old();
    void find_good();
    Status copy_good() const;
    Status copy_signing(RocksBlockStore& target) const;
    Status begin_mark() const;
    HardState state_after() const;

    const BlockStoreOptions& options_;
    rocksdb::Env& env_;
    const Result<HighWaterMark> mark_;
    std::unique_ptr<RocksBlockStore> old_;  // null: it cannot be opened
    ChainTip good_;
    Salvaged result_;
};

Status Salvage::open_old() {
    good_ = empty_tip(options_.network);
    std::vector<std::string> names;
    const rocksdb::Status listed = env_.GetChildren(blocks(), &names);
    std::erase_if(names, [](const std::string& name) { return name.starts_with("."); });
    if (listed.IsNotFound() || listed.IsPathNotFound() || (listed.ok() && names.empty())) return {};
    if (!listed.ok()) return rocks_error(listed, errc::io_error, blocks());
    // A database without its CURRENT would be begun anew in silence.
    if (std::find(names.begin(), names.end(), "CURRENT") == names.end()) {
        result_.damage = blocks() + ": CURRENT is missing";
        return {};
    }
    auto database = Database::open(blocks(), RocksBlockStore::database_options(options_.env),
                                   RocksBlockStore::families(options_.write_buffer_bytes),
                                   Database::Mode::read_only, errc::corrupt_block);
    if (!database && database.error().code == errc::in_use) return database.error();
    if (!database) {
        result_.damage = database.error().context;
        return {};
    }
    std::unique_ptr<RocksBlockStore> store(
        new RocksBlockStore(std::move(*database), blocks(), 0, true));
    const Status known = store->recover();
    if (!known && known.error().code == errc::wrong_format) return known;
    if (!known) {
        result_.damage = known.error().context;
        return {};
    }
    if (Status status = store->check_owner(options_.network, options_.node); !status) return status;
    old_ = std::move(store);
    return {};
}

void Salvage::find_good() {
    if (!old_) return;
    const ChainTip tip = old_->tip();
    while (good_.index < tip.index) {
        const auto next = old_->read(good_.index.next(), tip.index, kReadBytes);
        const Status links = next ? verify_link(next->front(), good_.hash) : Status(next.error());
        if (!links) {
            result_.damage = links.error().context;
            return;
        }
        good_ = consensus::tip_of(next->back());
    }
    if (const Status whole = old_->check_tip(); !whole) result_.damage = whole.error().context;
}

/// Of what the old database says, what is true of the good blocks alone.
HardState Salvage::state_after() const {
    HardState state;
    if (old_) state = old_->hard_state();
    const auto term = mark_ ? std::max(state.term, mark_->voted_term) : state.term;
    if (std::max(term, good_.term) > state.term) {
        state.term = std::max(term, good_.term);
        state.vote = consensus::kNobody;
    }
    state.commit = std::min(state.commit, good_.index);
    return state;
}

Status Salvage::copy_good() const {
    const std::string made = blocks() + ".new";
    std::error_code failed;
    std::filesystem::remove_all(reached(options_, made), failed);
    if (failed) return fail(errc::io_error, made + ": " + failed.message());
    auto database = Database::open(made, RocksBlockStore::database_options(options_.env),
                                   RocksBlockStore::families(options_.write_buffer_bytes),
                                   Database::Mode::create, errc::corrupt_block);
    if (!database) return database.error();
    RocksBlockStore target(std::move(*database), made, 0, false);
    if (Status status = target.create(options_); !status) return status;
    ChainTip at = empty_tip(options_.network);
    while (at.index < good_.index) {
        const auto next = old_->read(at.index.next(), good_.index, kReadBytes);
        if (!next) return next.error();
        const ChainTip after = consensus::tip_of(next->back());
        rocksdb::WriteBatch batch;
        target.fill_batch({*next, state_after()}, at, after, batch);
        if (Status status = target.commit_batch(batch, false); !status) return status;
        at = after;
    }
    TALLY_CHECK(at.hash == good_.hash);
    if (Status status = copy_signing(target); !status) return status;
    rocksdb::WriteBatch last;
    target.fill_batch({{}, state_after()}, at, at, last);
    return target.commit_batch(last, true);
}

/// What was signed, and what came of it, as far as it can be read.
Status Salvage::copy_signing(RocksBlockStore& target) const {
    if (!old_) return {};
    for (const auto family : {RocksBlockStore::kCheckpoints, RocksBlockStore::kSigning}) {
        const std::unique_ptr<rocksdb::Iterator> from(old_->database_->db().NewIterator(
            rocksdb::ReadOptions(), old_->database_->family(family)));
        for (from->SeekToFirst(); from->Valid(); from->Next()) {
            rocksdb::WriteBatch batch;
            batch.Put(target.database_->family(family), from->key(), from->value())
                .PermitUncheckedError();
            if (Status status = target.commit_batch(batch, false); !status) return status;
        }
        from->status().PermitUncheckedError();
    }
    return {};
}

Status Salvage::begin_mark() const {
    const HardState state = state_after();
    HighWaterMark mark;
    mark.sequence = mark_ ? mark_->sequence : 0;
    mark.network = options_.network;
    mark.node = options_.node;
    mark.index = good_.index;
    mark.term = good_.term;
    mark.hash = good_.hash;
    mark.voted_term = state.term;
    mark.vote = state.vote;
    mark.recovering =
        mark_ && mark_->recovering != Recovering::none ? mark_->recovering : Recovering::ordered;
    const std::string path = high_water_mark_path(options_.folder, options_.mark_folder);
    const auto keeper = MarkKeeper::begin(
        path, [this](const std::string& file) { return reached(options_, file); }, env_, mark,
        true);
    return keeper ? Status() : Status(keeper.error());
}

Result<Salvaged> Salvage::run() {
    if (Status status = open_old(); !status) return status.error();
    find_good();
    result_.kept = good_.index;
    if (result_.damage.empty() && old_) {
        if (Status status = begin_mark(); !status) return status.error();
        return result_;
    }
    // Also where no block is good: the terms that are known stay.
    if (Status status = copy_good(); !status) return status.error();
    if (!result_.damage.empty()) {
        auto aside = free_name(options_);
        if (!aside) return aside.error();
        const Status away = rename_folder(options_, blocks(), *aside);
        if (!away) return away.error();
        result_.set_aside = *aside;
    }
    if (Status status = begin_mark(); !status) return status.error();
    const Status placed = rename_folder(options_, blocks() + ".new", blocks());
    if (!placed) return placed.error();
    return result_;
}

Result<Salvaged> make_recovering(const BlockStoreOptions& options) {
    auto mark = read_high_water_mark(options.folder, options.env, options.mark_folder);
    if (!mark && mark.error().code != errc::corrupt_block) return mark.error();
    if (mark && mark->network != options.network) {
        return fail(errc::wrong_network, options.folder + ": its high-water mark belongs to " +
                                             to_hex(mark->network.view()));
    }
    if (mark && mark->node != options.node) {
        return fail(errc::wrong_node, options.folder + ": its high-water mark belongs to node " +
                                          std::to_string(mark->node));
    }
    return Salvage(options, std::move(mark)).run();
}

}  // namespace tally::storage
