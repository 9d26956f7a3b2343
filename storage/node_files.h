#pragma once

#include <functional>
#include <memory>

#include "base/result.h"
#include "storage/files_in_use.h"
#include "storage/held_folder.h"

namespace rocksdb {
class Env;
}

namespace tally::storage {

/// The files under a node's databases. A write, a sync or an end of a file that fails is told to
/// `failed` before RocksDB learns of it: no_space or io_error with the path, on the thread that
/// wrote, which is any. It is there to end the process: RocksDB writes to a file that has failed
/// once more, and aborts over that.
class NodeFiles {
public:
    using WriteFailed = std::function<void(const Error&)>;

    /// Over `base`, or the files of the system. Those in `folder`, if there is one, are reached
    /// through it, wherever it has been moved to since.
    explicit NodeFiles(WriteFailed failed, std::shared_ptr<const HeldFolder> folder = nullptr,
                       rocksdb::Env* base = nullptr);
    NodeFiles(const NodeFiles&) = delete;
    NodeFiles& operator=(const NodeFiles&) = delete;
    ~NodeFiles();

    /// For the options of both stores, which must not outlive this.
    rocksdb::Env* env() const { return env_.get(); }

    /// Of files in the folder that the stores need and that somebody took away under them: see
    /// FilesInUse::check. Any thread; about once a second.
    Status check_in_use() const { return in_use_ ? in_use_->check() : Status(); }

private:
    std::shared_ptr<FilesInUse> in_use_;  // without a folder none
    std::unique_ptr<rocksdb::Env> env_;
};

}  // namespace tally::storage
