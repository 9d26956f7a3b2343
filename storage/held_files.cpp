#include "storage/held_files.h"

#include <rocksdb/file_system.h>

#include <utility>

namespace tally::storage {
namespace {

/// Every path that anything is asked for is taken through the folder. A database's own folder is
/// another thing that can be exchanged under it: a database removes by name what it needs no more,
/// so that it would delete from the log of whoever stands there now. What changes a folder is
/// refused unless that is still the one in which the database was opened.
class HeldFiles final : public rocksdb::FileSystemWrapper {
public:
    using Options = rocksdb::IOOptions;
    using FileOptions = rocksdb::FileOptions;
    using Debug = rocksdb::IODebugContext;
    using Status = rocksdb::IOStatus;
    using Path = const std::string&;

    HeldFiles(const std::shared_ptr<rocksdb::FileSystem>& base,
              std::shared_ptr<const HeldFolder> folder, std::shared_ptr<FilesInUse> in_use)
        : FileSystemWrapper(base), folder_(std::move(folder)), in_use_(std::move(in_use)) {}

    const char* Name() const override { return "HeldFiles"; }

    Status NewSequentialFile(Path path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             Debug* debug) override {
        return noted(target()->NewSequentialFile(at(path), options, file, debug), path);
    }
    Status NewRandomAccessFile(Path path, const FileOptions& options,
                               std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
                               Debug* debug) override {
        return noted(target()->NewRandomAccessFile(at(path), options, file, debug), path);
    }
    Status NewWritableFile(Path path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* file, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        return noted(target()->NewWritableFile(at(path), options, file, debug), path);
    }
    Status ReopenWritableFile(Path path, const FileOptions& options,
                              std::unique_ptr<rocksdb::FSWritableFile>* file,
                              Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        return noted(target()->ReopenWritableFile(at(path), options, file, debug), path);
    }
    Status ReuseWritableFile(Path path, Path old_path, const FileOptions& options,
                             std::unique_ptr<rocksdb::FSWritableFile>* file,
                             Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        in_use_->forget(old_path);
        return noted(target()->ReuseWritableFile(at(path), at(old_path), options, file, debug),
                     path);
    }
    Status NewRandomRWFile(Path path, const FileOptions& options,
                           std::unique_ptr<rocksdb::FSRandomRWFile>* file, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        return noted(target()->NewRandomRWFile(at(path), options, file, debug), path);
    }
    Status NewMemoryMappedFileBuffer(
        Path path, std::unique_ptr<rocksdb::MemoryMappedFileBuffer>* buffer) override {
        return target()->NewMemoryMappedFileBuffer(at(path), buffer);
    }
    Status NewDirectory(Path path, const Options& options,
                        std::unique_ptr<rocksdb::FSDirectory>* directory, Debug* debug) override {
        // A database opens its folder so when it is opened itself.
        in_use_->begin(path);
        return target()->NewDirectory(at(path), options, directory, debug);
    }
    Status FileExists(Path path, const Options& options, Debug* debug) override {
        return target()->FileExists(at(path), options, debug);
    }
    Status GetChildren(Path path, const Options& options, std::vector<std::string>* names,
                       Debug* debug) override {
        return target()->GetChildren(at(path), options, names, debug);
    }
    Status GetChildrenFileAttributes(Path path, const Options& options,
                                     std::vector<rocksdb::FileAttributes>* files,
                                     Debug* debug) override {
        return target()->GetChildrenFileAttributes(at(path), options, files, debug);
    }
    Status DeleteFile(Path path, const Options& options, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        in_use_->forget(path);
        return target()->DeleteFile(at(path), options, debug);
    }
    Status Truncate(Path path, std::size_t size, const Options& options, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        return target()->Truncate(at(path), size, options, debug);
    }
    Status CreateDir(Path path, const Options& options, Debug* debug) override {
        return target()->CreateDir(at(path), options, debug);
    }
    Status CreateDirIfMissing(Path path, const Options& options, Debug* debug) override {
        return target()->CreateDirIfMissing(at(path), options, debug);
    }
    Status DeleteDir(Path path, const Options& options, Debug* debug) override {
        return target()->DeleteDir(at(path), options, debug);
    }
    Status GetFileSize(Path path, const Options& options, std::uint64_t* size,
                       Debug* debug) override {
        return target()->GetFileSize(at(path), options, size, debug);
    }
    Status GetFileModificationTime(Path path, const Options& options, std::uint64_t* time,
                                   Debug* debug) override {
        return target()->GetFileModificationTime(at(path), options, time, debug);
    }
    Status RenameFile(Path path, Path to, const Options& options, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        in_use_->forget(path);
        return noted(target()->RenameFile(at(path), at(to), options, debug), to);
    }
    Status LinkFile(Path path, Path to, const Options& options, Debug* debug) override {
        if (const Status moved = same(path); !moved.ok()) return moved;
        return target()->LinkFile(at(path), at(to), options, debug);
    }
    Status NumFileLinks(Path path, const Options& options, std::uint64_t* count,
                        Debug* debug) override {
        return target()->NumFileLinks(at(path), options, count, debug);
    }
    Status AreFilesSame(Path first, Path second, const Options& options, bool* same,
                        Debug* debug) override {
        return target()->AreFilesSame(at(first), at(second), options, same, debug);
    }
    Status LockFile(Path path, const Options& options, rocksdb::FileLock** lock,
                    Debug* debug) override {
        return target()->LockFile(at(path), options, lock, debug);
    }
    Status NewLogger(Path path, const Options& options, std::shared_ptr<rocksdb::Logger>* logger,
                     Debug* debug) override {
        return target()->NewLogger(at(path), options, logger, debug);
    }
    Status GetFreeSpace(Path path, const Options& options, std::uint64_t* free,
                        Debug* debug) override {
        return target()->GetFreeSpace(at(path), options, free, debug);
    }
    Status IsDirectory(Path path, const Options& options, bool* is, Debug* debug) override {
        return target()->IsDirectory(at(path), options, is, debug);
    }

private:
    std::string at(Path path) const { return folder_->reach(path); }

    Status noted(Status status, Path path) const {
        if (status.ok()) in_use_->use(path);
        return status;
    }
    /// Whether the file's folder is the one that a database opened there, if one did.
    Status same(Path path) const {
        const std::string parent = path.substr(0, path.rfind('/'));
        if (in_use_->is_same_folder(parent)) return Status::OK();
        return Status::IOError(parent,
                               "another folder stands in its place while the node works; put back "
                               "the one that stood there, and start the node again");
    }

    const std::shared_ptr<const HeldFolder> folder_;
    const std::shared_ptr<FilesInUse> in_use_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> held_files(const std::shared_ptr<rocksdb::FileSystem>& base,
                                                std::shared_ptr<const HeldFolder> folder,
                                                std::shared_ptr<FilesInUse> in_use) {
    return std::make_shared<HeldFiles>(base, std::move(folder), std::move(in_use));
}

}  // namespace tally::storage
