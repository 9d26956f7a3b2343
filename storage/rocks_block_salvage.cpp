// The way back of a folder that a node refuses to start with. Its blocks are read from the first
// one on, as far as they are whole and follow from each other. If that is all of them they stay
// where they are; otherwise they are copied into a new database, and the old one is set aside under
// another name: nothing is repaired in it and nothing is deleted. What comes after them is got from
// the other nodes, if those can be read: nobody knows that here, so no block is given up that this
// disk still shows. It may also be taken from another node's folder, where no node runs any more.
//
// The order is the promise: the new database is whole and synced before it takes the place of the
// old one, and the mark says `recovering` before there are blocks that it would not vouch for. A
// crash in between leaves a folder that either is refused as before, or recovers.
#include <rocksdb/env.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/hex.h"
#include "base/last_in_common.h"
#include "storage/block_codec.h"
#include "storage/log_seals.h"
#include "storage/readable_blocks.h"
#include "storage/rocks_mark_file.h"
#include "storage/salvage.h"

namespace tally::storage {

using consensus::ChainTip;
using consensus::HardState;
using consensus::Index;

namespace {

constexpr std::size_t kReadBytes = 4 << 20;
// How keys of the family of checkpoints begin.
constexpr std::string_view kEvidenceKeys = "eg";
constexpr std::string_view kCheckpointKeys = "nc";

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

/// Everything good, read once, in a database of its own.
class Salvage {
public:
    Salvage(const BlockStoreOptions& options, Result<HighWaterMark> mark)
        : options_(options),
          env_(options.env != nullptr ? *options.env : *rocksdb::Env::Default()),
          mark_(std::move(mark)) {}

    Result<Salvaged> run(const std::optional<TakenBlocks>& taken);
    /// The first of what it signed of another history than that of the blocks that it took.
    const std::optional<LogSeals::Other>& signed_other() const { return signed_other_; }

private:
    std::string blocks() const { return options_.folder + "/blocks"; }
    Status take(const TakenBlocks& taken);
    Status hold_signed_against(const TakenBlocks& taken, const ReadableBlocks& other);
    /// The first block of its own, or that it signed at, which the other history has not.
    std::optional<Index> first_other() const;
    Status check_given_up(const TakenBlocks& taken) const;
    Status refuse_giving_up(const TakenBlocks& taken) const;
    Status copy_good() const;
    Status copy_signing(RocksBlockStore& target) const;
    Status set_aside();
    Status begin_mark() const;
    HardState state_after() const;

    const BlockStoreOptions& options_;
    rocksdb::Env& env_;
    const Result<HighWaterMark> mark_;
    std::optional<ReadableBlocks> own_;
    std::optional<ReadableBlocks> other_;          // whose blocks come after `common_`
    ChainTip common_;                              // of its own, what stays
    ChainTip good_;                                // the last block that it has afterwards
    std::optional<LogSeals::Other> signed_other_;  // the first that it signed otherwise
    Salvaged result_;
};

/// Of what is known of the old blocks, what is true of those that it has afterwards.
HardState Salvage::state_after() const {
    HardState state;
    if (own_->store() != nullptr) state = own_->store()->hard_state();
    const auto term = mark_ ? std::max(state.term, mark_->voted_term) : state.term;
    if (std::max(term, good_.term) > state.term) {
        state.term = std::max(term, good_.term);
        state.vote = consensus::kNobody;
    }
    state.commit = std::min(own_->commit(), common_.index);
    if (other_) state.commit = std::max(state.commit, other_->commit());
    return state;
}

std::optional<Index> Salvage::first_other() const {
    if (common_.index != own_->good().index) return common_.index.next();
    return signed_other_ ? std::optional(signed_other_->block) : std::nullopt;
}

/// Whoever gives up what is not there, or from another block on than where the two part, has
/// something else before his eyes.
Status Salvage::refuse_giving_up(const TakenBlocks& taken) const {
    const std::string said = "--give-up-from " + std::to_string(taken.give_up_from->value) + ": ";
    const std::string own = std::to_string(own_->good().index.value);
    const auto first = first_other();
    if (!first) {
        return fail(errc::diverged, said + options_.folder + " has blocks up to " + own +
                                        ", and none of them is another one than in " +
                                        taken.folder +
                                        ": there is nothing to give up; leave the option out");
    }
    const std::string number = std::to_string(first->value);
    if (common_.index == own_->good().index) {
        return fail(errc::diverged, said + "the first block of " + taken.folder +
                                        " at which this node has signed another history is " +
                                        number + "; to give up what it signed of that, name it");
    }
    return fail(errc::diverged, said + "the first block of " + options_.folder +
                                    " that is another one than in " + taken.folder + " is " +
                                    number + "; to give up its blocks from there to " + own +
                                    ", name that one");
}

/// What a folder takes must not cost it a block that others may have been told of, nor what it has
/// signed.
Status Salvage::check_given_up(const TakenBlocks& taken) const {
    const auto first = first_other();
    if (taken.give_up_from && taken.give_up_from == first) return {};
    if (taken.give_up_from) return refuse_giving_up(taken);
    if (!first) return {};
    const std::string number = std::to_string(first->value);
    if (common_.index == own_->good().index) {
        return fail(errc::diverged,
                    options_.folder + ": of block " + number + " in " + taken.folder +
                        " this node has signed another history, whose blocks are gone here; with "
                        "`--give-up-from " +
                        number +
                        "` what it signed of that is set aside in its folder, and it signs "
                        "the other one (docs/OPERATIONS.md, \"Two histories\")");
    }
    const bool newer = std::pair(other_->good().term, other_->good().index) >
                       std::pair(own_->good().term, own_->good().index);
    if (newer && common_.index >= own_->commit() && !signed_other_) return {};
    return fail(errc::diverged,
                options_.folder + ": its block " + number + " is another one than in " +
                    taken.folder +
                    (common_.index < own_->commit() ? ", and known to be committed"
                     : signed_other_                ? ", and it has signed that history"
                                                    : ", and not older") +
                    "; with `--give-up-from " + number + "` its " +
                    std::to_string(own_->good().index.value - common_.index.value) +
                    " blocks from there on are set aside, and the other ones take their place");
}

/// What it signed outlives its blocks, and would keep it from signing the history that it takes.
Status Salvage::hold_signed_against(const TakenBlocks& taken, const ReadableBlocks& other) {
    if (taken.genesis == nullptr || own_->store() == nullptr) return {};
    const auto roots = own_->store()->signed_roots(options_.node);
    // Checkpoints that cannot be read are not copied either.
    if (!roots || roots->empty()) return {};
    const auto report = audit(LogSource(*other.store(), other.good().index), *taken.genesis);
    if (!report) return report.error();
    signed_other_ = LogSeals(*report).first_other(*roots);
    return {};
}

Status Salvage::take(const TakenBlocks& taken) {
    std::string path = taken.folder;
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    if (env_.FileExists(path + "/blocks/CURRENT").ok()) path += "/blocks";
    auto other = ReadableBlocks::open(path, options_, nullptr);
    if (!other) return other.error();
    if (other->good().index == Index(0)) {
        return fail(errc::not_found, taken.folder + ": no good blocks here" +
                                         (other->damage().empty() ? "" : ", " + other->damage()));
    }
    const auto alike = [&](std::uint64_t index) -> Result<bool> {
        const auto here = own_->tip_at(Index(index));
        const auto there = other->tip_at(Index(index));
        if (!here || !there) return here ? there.error() : here.error();
        return here->hash == there->hash;
    };
    const auto found =
        last_in_common(std::min(own_->good().index, other->good().index).value, alike);
    if (!found) return found.error();
    const Index same(*found);
    if (Status held = hold_signed_against(taken, *other); !held) return held;
    if (same == other->good().index) return check_given_up(taken);  // it has all of them
    const auto common = own_->tip_at(same);
    if (!common) return common.error();
    common_ = *common;
    good_ = other->good();
    other_.emplace(std::move(*other));
    return check_given_up(taken);
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
        const bool own = at.index < common_.index;
        const auto next =
            (own ? *own_ : *other_)
                .store()
                ->read(at.index.next(), own ? common_.index : good_.index, kReadBytes);
        if (!next) return next.error();
        const ChainTip after = consensus::tip_of(next->back());
        rocksdb::WriteBatch batch;
        target.fill_batch({*next, {}}, at, after, batch);
        if (Status status = target.commit_batch(batch, false); !status) return status;
        at = after;
    }
    TALLY_CHECK(at.hash == good_.hash);
    if (Status status = copy_signing(target); !status) return status;
    // In a log a damaged byte costs all that follows it; in tables, what stands in one of their
    // blocks. All of this was written in few large records.
    const Database& made_database = *target.database_;
    const auto flushed =
        made_database.db().Flush(rocksdb::FlushOptions(), made_database.families());
    if (!flushed.ok()) return rocks_error(flushed, errc::corrupt_block, made);
    rocksdb::WriteBatch last;
    target.fill_batch({{}, state_after()}, at, at, last);
    return target.commit_batch(last, true);
}

/// What was signed, and what came of it, as far as it can be read. What the node signed of a
/// history that it gives up would keep it from signing the other one, so that stays behind with
/// it: evidence of it goes along, and the other one's checkpoints take their place.
Status Salvage::copy_signing(RocksBlockStore& target) const {
    const auto copy = [&](const ReadableBlocks& from_blocks, RocksBlockStore::Family family,
                          std::string_view kinds) -> Status {
        if (from_blocks.store() == nullptr) return {};
        const Database& database = *from_blocks.store()->database_;
        const std::unique_ptr<rocksdb::Iterator> from(
            database.db().NewIterator(rocksdb::ReadOptions(), database.family(family)));
        for (from->SeekToFirst(); from->Valid(); from->Next()) {
            const bool wanted =
                !from->key().empty() && kinds.find(from->key()[0]) != std::string_view::npos;
            if (!kinds.empty() && !wanted) continue;
            rocksdb::WriteBatch batch;
            batch.Put(target.database_->family(family), from->key(), from->value())
                .PermitUncheckedError();
            if (Status status = target.commit_batch(batch, false); !status) return status;
        }
        from->status().PermitUncheckedError();
        return {};
    };
    const bool gives_up = common_.index < own_->commit();
    Status status = copy(*own_, RocksBlockStore::kCheckpoints, gives_up ? kEvidenceKeys : "");
    if (status && !gives_up) status = copy(*own_, RocksBlockStore::kSigning, "");
    // What is to be set aside of its own (give_up_signed) must not be replaced by that before.
    const bool takes = other_ && (gives_up || !signed_other_);
    if (status && takes) status = copy(*other_, RocksBlockStore::kCheckpoints, kCheckpointKeys);
    return status;
}

Status Salvage::begin_mark() const {
    const auto reach = [this](const std::string& file) { return reached(options_, file); };
    const std::string path = high_water_mark_path(options_.folder, options_.mark_folder);
    if (mark_ && is_behind(good_, *mark_)) {
        if (Status kept = keep_lost_mark(path, env_, *mark_); !kept) return kept;
    }
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
    const auto keeper = MarkKeeper::begin(path, reach, env_, mark, true);
    return keeper ? Status() : Status(keeper.error());
}

Status Salvage::set_aside() {
    if (!env_.FileExists(blocks()).ok()) return {};
    auto aside = free_name(options_);
    if (!aside) return aside.error();
    if (Status away = rename_folder(options_, blocks(), *aside); !away) return away;
    result_.set_aside = *aside;
    return {};
}

Result<Salvaged> Salvage::run(const std::optional<TakenBlocks>& taken) {
    auto own = ReadableBlocks::open(blocks(), options_, &options_.node);
    if (!own) return own.error();
    own_.emplace(std::move(*own));
    good_ = common_ = own_->good();
    result_.damage = own_->damage();
    if (taken) {
        if (Status status = take(*taken); !status) return status.error();
    }
    result_.kept = good_.index;
    result_.own_kept = common_.index;
    result_.signing_set_aside = signed_other_.has_value();
    const bool stays = result_.damage.empty() && !other_;
    if (stays && own_->store() != nullptr) {
        if (Status status = begin_mark(); !status) return status.error();
        return result_;
    }
    // Also where no block is good: the terms that are known stay.
    if (Status status = copy_good(); !status) return status.error();
    if (!stays) {
        if (Status status = set_aside(); !status) return status.error();
    }
    if (Status status = begin_mark(); !status) return status.error();
    const Status placed = rename_folder(options_, blocks() + ".new", blocks());
    if (!placed) return placed.error();
    return result_;
}

Result<Salvaged> make_recovering(const BlockStoreOptions& options,
                                 const std::optional<TakenBlocks>& taken) {
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
    auto salvage = std::make_unique<Salvage>(options, std::move(mark));
    auto salvaged = salvage->run(taken);
    const auto other = salvage->signed_other();
    salvage.reset();  // closes its database
    if (!salvaged || !other) return salvaged;
    // Ended in between, the same is asked for once more.
    const Status given_up =
        give_up_signed(options, [&other](std::uint64_t size, const crypto::Digest* root) {
            return root != nullptr && size >= other->size;
        });
    if (!given_up) return given_up.error();
    return salvaged;
}

}  // namespace tally::storage
