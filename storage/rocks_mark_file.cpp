// How the high-water mark is read: through the file system that the stores use, so that tests can
// fail and damage it. Making one needs no RocksDB (high_water_mark.cpp).
#include <rocksdb/env.h>

#include <memory>
#include <optional>

#include "base/presence.h"
#include "storage/errc.h"
#include "storage/rocks_mark_file.h"
#include "storage/salvage.h"

namespace tally::storage {
namespace {

constexpr std::size_t kFileBytes = 2 * kHighWaterMarkSlot;

Error unusable(const std::string& path, const std::string& why) {
    return fail(errc::corrupt_block,
                path + ": " + why +
                    ". Without its mark nobody can tell whether this node has forgotten blocks or "
                    "votes that others count on");
}

Result<Bytes> read_file(rocksdb::Env& env, const std::string& path) {
    std::unique_ptr<rocksdb::SequentialFile> file;
    rocksdb::Status status = env.NewSequentialFile(path, &file, rocksdb::EnvOptions());
    Bytes bytes(kFileBytes);
    rocksdb::Slice read;
    if (status.ok()) {
        status = file->Read(bytes.size(), &read, reinterpret_cast<char*>(bytes.data()));
    }
    if (!status.ok()) return rocks_error(status, errc::io_error, path);
    return to_bytes(bytes_of(read));
}

/// A file that ends early has slots that are not whole.
std::optional<HighWaterMark> slot_of(ByteView file, std::size_t slot) {
    TALLY_CHECK(slot < 2);
    const std::size_t begin = slot * kHighWaterMarkSlot;
    if (file.size() < begin + kHighWaterMarkBytes) return std::nullopt;
    auto mark = decode_high_water_mark(file.subspan(begin, kHighWaterMarkBytes));
    // In the other slot it would be the next write that destroys the newest mark.
    if (!mark || mark->sequence % 2 != slot) return std::nullopt;
    return *mark;
}

}  // namespace

Result<HighWaterMark> read_high_water_mark(const std::string& folder, rocksdb::Env* chosen,
                                           const std::string& mark_folder) {
    rocksdb::Env& env = chosen != nullptr ? *chosen : *rocksdb::Env::Default();
    const std::string path = high_water_mark_path(folder, mark_folder);
    // RocksDB takes what it may not look at for what is not there.
    if (const auto there = is_there(path); !there) {
        return fail(errc::io_error, there.error().context);
    }
    if (env.FileExists(path).IsNotFound()) {
        const bool blocks = env.FileExists(folder + "/blocks").ok();
        return unusable(path, blocks ? "is missing beside blocks/: it was removed, or the blocks "
                                       "are those of a version that kept none"
                                     : "is missing");
    }
    const Result<Bytes> file = read_file(env, path);
    if (!file) return file.error();
    const auto first = slot_of(*file, 0);
    const auto second = slot_of(*file, 1);
    if (first && second) return first->sequence > second->sequence ? *first : *second;
    if (first) return *first;
    if (second) return *second;
    return unusable(path, "both copies of the mark are damaged, or of another version");
}

namespace {

std::string lost_path(const std::string& path) {
    return path.substr(0, path.rfind('/') + 1) + std::string(kLostMarkFile);
}

std::optional<HighWaterMark> read_lost_mark(rocksdb::Env& env, const std::string& path) {
    if (!env.FileExists(path).ok()) return std::nullopt;
    const Result<Bytes> file = read_file(env, path);
    auto mark = file ? decode_high_water_mark(*file) : Result<HighWaterMark>(file.error());
    return mark ? std::optional(*mark) : std::nullopt;
}

bool is_farther(const HighWaterMark& mark, const std::optional<HighWaterMark>& than) {
    return !than || std::pair(mark.term, mark.index) > std::pair(than->term, than->index);
}

}  // namespace

rocksdb::Status place_mark(rocksdb::Env& env, rocksdb::WritableFile& fresh, const Bytes& content,
                           const std::string& path) {
    rocksdb::Status status = fresh.Append(slice_of(content));
    if (status.ok()) status = fresh.Sync();
    if (status.ok()) status = fresh.Close();
    if (status.ok()) status = env.RenameFile(path + std::string(kNewMarkEnd), path);
    std::unique_ptr<rocksdb::Directory> folder;
    if (status.ok()) status = env.NewDirectory(path.substr(0, path.rfind('/')), &folder);
    if (status.ok()) status = folder->Fsync();
    return status;
}

Status keep_lost_mark(const std::string& path, rocksdb::Env& env, const HighWaterMark& mark) {
    const std::string lost = lost_path(path);
    if (!is_farther(mark, read_lost_mark(env, lost))) return {};
    std::unique_ptr<rocksdb::WritableFile> file;
    rocksdb::Status status =
        env.NewWritableFile(lost + std::string(kNewMarkEnd), &file, rocksdb::EnvOptions());
    if (status.ok()) status = place_mark(env, *file, encode_high_water_mark(mark), lost);
    return status.ok() ? Status() : Status(rocks_error(status, errc::io_error, lost));
}

std::optional<HighWaterMark> farthest_mark(const std::string& folder,
                                           const std::string& mark_folder) {
    auto lost = read_lost_mark(*rocksdb::Env::Default(),
                               lost_path(high_water_mark_path(folder, mark_folder)));
    const auto mark = read_high_water_mark(folder, nullptr, mark_folder);
    if (mark && is_farther(*mark, lost)) return *mark;
    return lost;
}

}  // namespace tally::storage
