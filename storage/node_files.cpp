#include "storage/node_files.h"

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <utility>

#include "storage/held_files.h"
#include "storage/rocks.h"

// A database that could not write is closed by writing: RocksDB flushes and syncs the file that has
// just failed, and asserts that nobody does (WritableFileWriter, in the builds of distributions
// that keep assertions). After a full disk that was an abort without a word. So the process is
// ended at the first failure, below RocksDB, where path and reason are known. Files that cannot be
// made, renamed or deleted are no such case: their status comes back as any other. RocksDB's own
// log is another: what does not go into it is dropped, for no data is in it.

namespace tally::storage {
namespace {

using WriteFailed = NodeFiles::WriteFailed;
using rocksdb::FileOptions;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

class WatchedFile final : public rocksdb::FSWritableFileOwnerWrapper {
public:
    WatchedFile(std::unique_ptr<FSWritableFile> file, std::string path,
                std::shared_ptr<const WriteFailed> failed)
        : FSWritableFileOwnerWrapper(std::move(file)),
          path_(std::move(path)),
          failed_(std::move(failed)) {}

    IOStatus Append(const Slice& data, const IOOptions& options, IODebugContext* debug) override {
        return judged(target()->Append(data, options, debug));
    }
    IOStatus Append(const Slice& data, const IOOptions& options,
                    const rocksdb::DataVerificationInfo& verification,
                    IODebugContext* debug) override {
        return judged(target()->Append(data, options, verification, debug));
    }
    IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                              IODebugContext* debug) override {
        return judged(target()->PositionedAppend(data, offset, options, debug));
    }
    IOStatus PositionedAppend(const Slice& data, std::uint64_t offset, const IOOptions& options,
                              const rocksdb::DataVerificationInfo& verification,
                              IODebugContext* debug) override {
        return judged(target()->PositionedAppend(data, offset, options, verification, debug));
    }
    IOStatus Truncate(std::uint64_t size, const IOOptions& options,
                      IODebugContext* debug) override {
        return judged(target()->Truncate(size, options, debug));
    }
    IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
        return judged(target()->Close(options, debug));
    }
    IOStatus Flush(const IOOptions& options, IODebugContext* debug) override {
        return judged(target()->Flush(options, debug));
    }
    IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
        return judged(target()->Sync(options, debug));
    }
    IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
        return judged(target()->Fsync(options, debug));
    }

private:
    IOStatus judged(IOStatus status) const {
        if (status.ok() || status.IsNotSupported()) return status;
        if (is_remarks_) return IOStatus::OK();
        (*failed_)(rocks_error(status, errc::io_error, path_));
        return status;
    }

    const std::string path_;
    const bool is_remarks_ = path_.ends_with("/LOG");
    const std::shared_ptr<const WriteFailed> failed_;
};

class WatchedFileSystem final : public rocksdb::FileSystemWrapper {
public:
    WatchedFileSystem(const std::shared_ptr<rocksdb::FileSystem>& base, WriteFailed failed)
        : FileSystemWrapper(base),
          failed_(std::make_shared<const WriteFailed>(std::move(failed))) {}

    const char* Name() const override { return "WatchedFiles"; }

    /// As any file system makes one, of a file of ours: that of the base would use its own files.
    IOStatus NewLogger(const std::string& path, const IOOptions& options,
                       std::shared_ptr<rocksdb::Logger>* logger, IODebugContext* debug) override {
        // NOLINTNEXTLINE(bugprone-parent-virtual-call): the wrapper would ask its base
        return rocksdb::FileSystem::NewLogger(path, options, logger, debug);
    }

    IOStatus NewWritableFile(const std::string& path, const FileOptions& options,
                             std::unique_ptr<FSWritableFile>* file,
                             IODebugContext* debug) override {
        return watch(target()->NewWritableFile(path, options, file, debug), path, file);
    }
    IOStatus ReopenWritableFile(const std::string& path, const FileOptions& options,
                                std::unique_ptr<FSWritableFile>* file,
                                IODebugContext* debug) override {
        return watch(target()->ReopenWritableFile(path, options, file, debug), path, file);
    }
    IOStatus ReuseWritableFile(const std::string& path, const std::string& old_path,
                               const FileOptions& options, std::unique_ptr<FSWritableFile>* file,
                               IODebugContext* debug) override {
        return watch(target()->ReuseWritableFile(path, old_path, options, file, debug), path, file);
    }

private:
    IOStatus watch(IOStatus status, const std::string& path,
                   std::unique_ptr<FSWritableFile>* file) const {
        if (status.ok()) *file = std::make_unique<WatchedFile>(std::move(*file), path, failed_);
        return status;
    }

    const std::shared_ptr<const WriteFailed> failed_;
};

}  // namespace

NodeFiles::NodeFiles(WriteFailed failed, std::shared_ptr<const HeldFolder> folder,
                     rocksdb::Env* base) {
    rocksdb::Env* env = base != nullptr ? base : rocksdb::Env::Default();
    std::shared_ptr<rocksdb::FileSystem> files = env->GetFileSystem();
    if (folder) {
        in_use_ = std::make_shared<FilesInUse>(folder);
        files = held_files(files, std::move(folder), in_use_);
    }
    env_ = rocksdb::NewCompositeEnv(std::make_shared<WatchedFileSystem>(files, std::move(failed)));
}

NodeFiles::~NodeFiles() = default;

}  // namespace tally::storage
