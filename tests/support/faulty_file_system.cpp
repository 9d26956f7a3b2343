#include "tests/support/faulty_file_system.h"

#include <rocksdb/file_system.h>
#include <rocksdb/system_clock.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace tally::testing {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

std::string folder_of(const std::string& path) {
    return std::filesystem::path(path).parent_path().string();
}

std::string plain(const std::string& path) {
    return std::filesystem::path(path).lexically_normal().string();
}

std::string content_of(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What is written and what of it is durable.
struct FileLength {
    std::uint64_t written = 0;
    std::uint64_t synced = 0;
};

/// A change inside a file that was there before, not synced since.
struct Overwriting {
    std::string path;
    std::uint64_t offset = 0;
    std::string old;
    std::size_t size = 0;  ///< written; more than `old` has if the file grew
};

/// A file that came to be under this name, by creation or by renaming, in a folder not synced
/// since.
struct Appearance {
    std::string path;
    std::optional<std::string> replaced;  ///< content that was there before
    std::string kept{};                   ///< the file itself, where it matters which one it is
};

}  // namespace

class FaultyDisk::FileSystem : public rocksdb::FileSystemWrapper {
public:
    explicit FileSystem(std::uint64_t seed)
        : FileSystemWrapper(rocksdb::FileSystem::Default()), random_(seed) {}

    const char* Name() const override { return "FaultyDisk"; }

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             IODebugContext* debug) override;
    IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                                std::unique_ptr<rocksdb::FSWritableFile>*,
                                IODebugContext*) override {
        return IOStatus::NotSupported("reopening " + path);
    }
    IOStatus ReuseWritableFile(const std::string& path, const std::string&, const FileOptions&,
                               std::unique_ptr<rocksdb::FSWritableFile>*,
                               IODebugContext*) override {
        return IOStatus::NotSupported("reusing " + path);
    }
    IOStatus NewRandomRWFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                             IODebugContext* debug) override;
    IOStatus NewDirectory(const std::string& path, const IOOptions& options,
                          std::unique_ptr<rocksdb::FSDirectory>* directory,
                          IODebugContext* debug) override;
    IOStatus RenameFile(const std::string& source, const std::string& target,
                        const IOOptions& options, IODebugContext* debug) override;
    IOStatus DeleteFile(const std::string& path, const IOOptions& options,
                        IODebugContext* debug) override;

    IOStatus append(const std::string& path, const Slice& data,
                    const std::function<IOStatus(const Slice&)>& write);
    IOStatus overwrite(const std::string& path, std::uint64_t offset, const Slice& data,
                       const std::function<IOStatus(const Slice&)>& write);
    IOStatus truncate(const std::string& path, std::uint64_t size,
                      const std::function<IOStatus()>& apply);
    IOStatus sync(const std::string& path);
    IOStatus sync_folder(const std::string& path);

    std::uint64_t operations() const {
        const std::lock_guard lock(mutex_);
        return operations_;
    }
    void plan(std::uint64_t operation, DiskFault fault, bool lasting) {
        const std::lock_guard lock(mutex_);
        fault_at_ = operations_ + operation;
        fault_ = fault;
        lasting_ = lasting;
        tripped_ = false;
    }
    void heal() {
        const std::lock_guard lock(mutex_);
        fault_at_ = 0;
        lasting_ = false;
    }
    bool tripped() const {
        const std::lock_guard lock(mutex_);
        return tripped_;
    }
    void lose_power();

private:
    /// Counts; an error if this operation or an earlier lasting one fails.
    IOStatus next_operation(const std::string& path);
    std::uint64_t below(std::uint64_t bound) { return bound == 0 ? 0 : random_() % bound; }
    void forget(const Overwriting& change);

    mutable std::mutex mutex_;  // guards everything below
    std::mt19937_64 random_;
    std::uint64_t operations_ = 0;
    std::uint64_t fault_at_ = 0;
    DiskFault fault_ = DiskFault::io_error;
    bool lasting_ = false;
    bool tripped_ = false;
    std::map<std::string, FileLength> files_;
    std::vector<Overwriting> overwritten_;  // in order
    std::vector<Appearance> appeared_;      // in order
};

namespace {

template <typename System>
class WritableFile : public rocksdb::FSWritableFileOwnerWrapper {
public:
    WritableFile(System& system, std::string path, std::unique_ptr<rocksdb::FSWritableFile> file)
        : FSWritableFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        return system_.append(path_, data, [&](const Slice& part) {
            return FSWritableFileOwnerWrapper::Append(part, options, debug);
        });
    }
    IOStatus Append(const Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo&, IODebugContext* debug) override {
        return Append(data, options, debug);
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options,
                      IODebugContext* debug) override {
        return system_.truncate(path_, size, [&] {
            return FSWritableFileOwnerWrapper::Truncate(size, options, debug);
        });
    }
    IOStatus Sync(const IOOptions&, IODebugContext*) override { return system_.sync(path_); }
    IOStatus Fsync(const IOOptions&, IODebugContext*) override { return system_.sync(path_); }
    void PrepareWrite(std::size_t, std::size_t, const IOOptions&, IODebugContext*) override {}
    IOStatus Allocate(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
        return IOStatus::OK();
    }
    IOStatus RangeSync(std::uint64_t, std::uint64_t, const IOOptions&, IODebugContext*) override {
        return IOStatus::OK();
    }

private:
    System& system_;
    const std::string path_;
};

template <typename System>
class RandomRWFile : public rocksdb::FSRandomRWFileOwnerWrapper {
public:
    RandomRWFile(System& system, std::string path, std::unique_ptr<rocksdb::FSRandomRWFile> file)
        : FSRandomRWFileOwnerWrapper(std::move(file)), system_(system), path_(std::move(path)) {}

    IOStatus Write(std::uint64_t offset, const Slice& data, const IOOptions& options,
                   IODebugContext* debug) override {
        return system_.overwrite(path_, offset, data, [&](const Slice& part) {
            return FSRandomRWFileOwnerWrapper::Write(offset, part, options, debug);
        });
    }
    IOStatus Sync(const IOOptions&, IODebugContext*) override { return system_.sync(path_); }
    IOStatus Fsync(const IOOptions&, IODebugContext*) override { return system_.sync(path_); }

private:
    System& system_;
    const std::string path_;
};

template <typename System>
class Directory : public rocksdb::FSDirectoryWrapper {
public:
    Directory(System& system, std::string path, std::unique_ptr<rocksdb::FSDirectory> directory)
        : FSDirectoryWrapper(std::move(directory)), system_(system), path_(std::move(path)) {}

    IOStatus Fsync(const IOOptions&, IODebugContext*) override {
        return system_.sync_folder(path_);
    }
    IOStatus FsyncWithDirOptions(const IOOptions&, IODebugContext*,
                                 const rocksdb::DirFsyncOptions&) override {
        return system_.sync_folder(path_);
    }

private:
    System& system_;
    const std::string path_;
};

}  // namespace

IOStatus FaultyDisk::FileSystem::next_operation(const std::string& path) {
    ++operations_;
    const bool now = fault_at_ != 0 && operations_ == fault_at_;
    const bool later = fault_at_ != 0 && operations_ > fault_at_ && lasting_;
    if (!now && !later) return IOStatus::OK();
    tripped_ = true;
    if (fault_ == DiskFault::no_space) return IOStatus::NoSpace(path, "planned by the test");
    return IOStatus::IOError(path, "planned by the test");
}

IOStatus FaultyDisk::FileSystem::NewWritableFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSWritableFile>* file,
                                                 IODebugContext* debug) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(path); !status.ok()) return status;
    const bool existed = std::filesystem::exists(path);
    std::unique_ptr<rocksdb::FSWritableFile> opened;
    IOStatus status = FileSystemWrapper::NewWritableFile(path, options, &opened, debug);
    if (!status.ok()) return status;
    files_[plain(path)] = {};
    if (!existed) appeared_.push_back({plain(path), std::nullopt});
    *file = std::make_unique<WritableFile<FileSystem>>(*this, plain(path), std::move(opened));
    return status;
}

IOStatus FaultyDisk::FileSystem::NewRandomRWFile(const std::string& path,
                                                 const FileOptions& options,
                                                 std::unique_ptr<rocksdb::FSRandomRWFile>* file,
                                                 IODebugContext* debug) {
    std::unique_ptr<rocksdb::FSRandomRWFile> opened;
    IOStatus status = FileSystemWrapper::NewRandomRWFile(path, options, &opened, debug);
    if (!status.ok()) return status;
    *file = std::make_unique<RandomRWFile<FileSystem>>(*this, plain(path), std::move(opened));
    return status;
}

IOStatus FaultyDisk::FileSystem::NewDirectory(const std::string& path, const IOOptions& options,
                                              std::unique_ptr<rocksdb::FSDirectory>* directory,
                                              IODebugContext* debug) {
    std::unique_ptr<rocksdb::FSDirectory> opened;
    IOStatus status = FileSystemWrapper::NewDirectory(path, options, &opened, debug);
    if (!status.ok()) return status;
    *directory = std::make_unique<Directory<FileSystem>>(*this, plain(path), std::move(opened));
    return status;
}

IOStatus FaultyDisk::FileSystem::RenameFile(const std::string& source, const std::string& target,
                                            const IOOptions& options, IODebugContext* debug) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(target); !status.ok()) return status;
    Appearance appearance{plain(target), std::nullopt, {}};
    if (std::filesystem::exists(target)) appearance.replaced = content_of(target);
    if (appearance.replaced && target.ends_with("high_water_mark")) {
        appearance.kept = target + ".kept-" + std::to_string(operations_);
        std::filesystem::remove(appearance.kept);  // of an earlier disk over this folder
        std::filesystem::create_hard_link(target, appearance.kept);
    }
    IOStatus status = FileSystemWrapper::RenameFile(source, target, options, debug);
    if (!status.ok()) return status;
    if (const auto found = files_.find(plain(source)); found != files_.end()) {
        files_[plain(target)] = found->second;
        files_.erase(found);
    }
    appeared_.push_back(std::move(appearance));
    return status;
}

IOStatus FaultyDisk::FileSystem::DeleteFile(const std::string& path, const IOOptions& options,
                                            IODebugContext* debug) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(path); !status.ok()) return status;
    files_.erase(plain(path));
    return FileSystemWrapper::DeleteFile(path, options, debug);
}

IOStatus FaultyDisk::FileSystem::append(const std::string& path, const Slice& data,
                                        const std::function<IOStatus(const Slice&)>& write) {
    const std::lock_guard lock(mutex_);
    const IOStatus fault = next_operation(path);
    Slice part = data;
    if (!fault.ok()) {
        // Some of it may have got through when the power went, or before the disk was full.
        if (operations_ != fault_at_) return fault;
        part = Slice(data.data(), below(data.size() + 1));
    }
    const IOStatus status = write(part);
    if (status.ok()) files_[path].written += part.size();
    return fault.ok() ? status : fault;
}

IOStatus FaultyDisk::FileSystem::overwrite(const std::string& path, std::uint64_t offset,
                                           const Slice& data,
                                           const std::function<IOStatus(const Slice&)>& write) {
    const std::lock_guard lock(mutex_);
    const IOStatus fault = next_operation(path);
    Slice part = data;
    if (!fault.ok()) {
        if (operations_ != fault_at_) return fault;
        part = Slice(data.data(), below(data.size() + 1));
    }
    const std::string content = content_of(path);
    Overwriting change{path, offset, {}, part.size()};
    if (offset < content.size()) change.old = content.substr(offset, part.size());
    const IOStatus status = write(part);
    if (status.ok()) overwritten_.push_back(std::move(change));
    return fault.ok() ? status : fault;
}

IOStatus FaultyDisk::FileSystem::truncate(const std::string& path, std::uint64_t size,
                                          const std::function<IOStatus()>& apply) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(path); !status.ok()) return status;
    FileLength& length = files_[path];
    length.written = std::min(length.written, size);
    length.synced = std::min(length.synced, size);
    return apply();
}

IOStatus FaultyDisk::FileSystem::sync(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(path); !status.ok()) return status;
    std::erase_if(overwritten_, [&](const Overwriting& each) { return each.path == path; });
    const auto length = files_.find(path);
    if (length != files_.end()) length->second.synced = length->second.written;
    return IOStatus::OK();
}

IOStatus FaultyDisk::FileSystem::sync_folder(const std::string& path) {
    const std::lock_guard lock(mutex_);
    if (IOStatus status = next_operation(path); !status.ok()) return status;
    std::erase_if(appeared_, [&](const Appearance& each) { return folder_of(each.path) == path; });
    return IOStatus::OK();
}

/// Of what was written all is kept, or nothing, or one end of it.
void FaultyDisk::FileSystem::forget(const Overwriting& change) {
    const std::uint64_t choice = below(4);
    if (choice == 0 || change.old.size() < change.size) return;
    const std::uint64_t cut = choice == 1 ? 0 : below(change.size);
    const bool front = choice == 3;
    std::fstream file(change.path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekp(static_cast<std::streamoff>(change.offset + (front ? 0 : cut)));
    file << (front ? change.old.substr(0, cut) : change.old.substr(cut));
}

void FaultyDisk::FileSystem::lose_power() {
    const std::lock_guard lock(mutex_);
    // The newest first, so that the oldest has the last word where they overlap.
    for (auto change = overwritten_.rbegin(); change != overwritten_.rend(); ++change) {
        if (std::filesystem::exists(change->path)) forget(*change);
    }
    overwritten_.clear();
    for (const auto& [path, length] : files_) {
        if (length.written == length.synced || !std::filesystem::exists(path)) continue;
        const std::uint64_t unsynced = length.written - length.synced;
        // All, nothing or a torn part of it.
        const std::uint64_t choice = below(3);
        const std::uint64_t kept = choice == 0 ? 0 : choice == 1 ? unsynced : below(unsynced);
        std::filesystem::resize_file(path, length.synced + kept);
    }
    const std::size_t survive = below(appeared_.size() + 1);
    while (appeared_.size() > survive) {
        const Appearance& lost = appeared_.back();
        std::filesystem::remove(lost.path);
        if (!lost.kept.empty()) {
            std::filesystem::rename(lost.kept, lost.path);
        } else if (lost.replaced) {
            std::ofstream(lost.path, std::ios::binary) << *lost.replaced;
        }
        appeared_.pop_back();
    }
    for (const Appearance& stays : appeared_) {
        if (!stays.kept.empty()) std::filesystem::remove(stays.kept);
    }
    files_.clear();
    appeared_.clear();
    fault_at_ = 0;
    lasting_ = false;
}

/// RocksDB sleeps for a second after a background write has failed; a test need not.
class FaultyDisk::ImpatientEnv : public rocksdb::EnvWrapper {
public:
    explicit ImpatientEnv(std::unique_ptr<rocksdb::Env> env)
        : EnvWrapper(std::shared_ptr<rocksdb::Env>(std::move(env))) {
        system_clock_ = std::make_shared<Clock>();
    }

    void SleepForMicroseconds(int) override { system_clock_->SleepForMicroseconds(0); }

private:
    class Clock : public rocksdb::SystemClockWrapper {
    public:
        Clock() : SystemClockWrapper(rocksdb::SystemClock::Default()) {}
        const char* Name() const override { return "ImpatientClock"; }
        void SleepForMicroseconds(int) override { SystemClockWrapper::SleepForMicroseconds(100); }
    };
};

FaultyDisk::FaultyDisk(std::uint64_t seed)
    : file_system_(std::make_shared<FileSystem>(seed)),
      env_(std::make_unique<ImpatientEnv>(rocksdb::NewCompositeEnv(file_system_))) {}

FaultyDisk::~FaultyDisk() = default;

rocksdb::Env* FaultyDisk::env() { return env_.get(); }
std::uint64_t FaultyDisk::operations() const { return file_system_->operations(); }
void FaultyDisk::cut_power_at(std::uint64_t operation) {
    file_system_->plan(operation, DiskFault::io_error, true);
}
void FaultyDisk::fail_at(std::uint64_t operation, DiskFault fault, bool lasting) {
    file_system_->plan(operation, fault, lasting);
}
void FaultyDisk::heal() { file_system_->heal(); }
bool FaultyDisk::tripped() const { return file_system_->tripped(); }
void FaultyDisk::lose_power() { file_system_->lose_power(); }

}  // namespace tally::testing
