#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"
#include "storage/held_folder.h"

namespace tally::storage {

/// The files that a node's databases need, by where they stand in their folders. A file that was
/// deleted takes what is written into it, and is gone when it is closed: nothing but its name
/// tells. Thread-safe.
class FilesInUse {
public:
    explicit FilesInUse(std::shared_ptr<const HeldFolder> folder) : folder_(std::move(folder)) {}

    /// A database begins with this folder: what is not there now is no file of it.
    void begin(const std::string& folder);
    /// Before it is deleted or renamed by who made it.
    void forget(const std::string& path);
    /// It was opened, made or put there. What nobody needs (remarks, temporary files) is left out.
    void use(const std::string& path);
    /// Whether the folder is still the one with which a database began there.
    bool is_same_folder(const std::string& folder) const;

    /// The first file that was deleted, moved away or replaced, or whose folder was. What
    /// cannot be looked at is not gone. corrupt_block: what was acknowledged may be lost with it;
    /// io_error: it is not. Names the file and what to do.
    Status check() const;

private:
    using Identity = std::pair<dev_t, ino_t>;  // zeros: there is none

    Identity identity_of(const std::string& path) const;
    /// Whether another file stands there than the one that was opened, or none.
    bool is_gone(const std::string& path, const Identity& opened) const;

    const std::shared_ptr<const HeldFolder> folder_;
    mutable std::mutex mutex_;  // guards everything below
    std::map<std::string, Identity> folders_;
    std::map<std::string, Identity> files_;
};

}  // namespace tally::storage
