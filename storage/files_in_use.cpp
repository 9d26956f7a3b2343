#include "storage/files_in_use.h"

#include <sys/stat.h>

#include <cerrno>
#include <set>
#include <string_view>

#include "storage/errc.h"
#include "storage/high_water_mark.h"

namespace tally::storage {
namespace {

std::string without_slash(std::string path) {
    while (path.size() > 1 && path.back() == '/') path.pop_back();
    return path;
}

std::string folder_of(const std::string& path) {
    return without_slash(path.substr(0, path.rfind('/')));
}

std::string_view name_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

bool is_needed(std::string_view name) {
    if (name == "CURRENT" || name == kHighWaterMarkFile || name.starts_with("MANIFEST-")) {
        return true;
    }
    return name.ends_with(".log") || name.ends_with(".sst") || name.ends_with(".blob");
}

}  // namespace

void FilesInUse::begin(const std::string& folder) {
    const std::string path = without_slash(folder);
    const std::lock_guard lock(mutex_);
    folders_[path] = identity_of(path);
    // A database opens its folder more than once. One that was discarded has left its names here.
    std::erase_if(files_, [&](const auto& file) {
        return folder_of(file.first) == path && is_gone(file.first, file.second);
    });
}

void FilesInUse::forget(const std::string& path) {
    const std::lock_guard lock(mutex_);
    files_.erase(path);
}

void FilesInUse::use(const std::string& path) {
    if (!is_needed(name_of(path))) return;
    const std::lock_guard lock(mutex_);
    files_[path] = identity_of(path);
}

bool FilesInUse::is_same_folder(const std::string& folder) const {
    const std::string path = without_slash(folder);
    const std::lock_guard lock(mutex_);
    const auto found = folders_.find(path);
    return found == folders_.end() || identity_of(path) == found->second;
}

FilesInUse::Identity FilesInUse::identity_of(const std::string& path) const {
    struct stat found {};
    return ::stat(folder_->reach(path).c_str(), &found) == 0 ? Identity(found.st_dev, found.st_ino)
                                                             : Identity();
}

bool FilesInUse::is_gone(const std::string& path, const Identity& opened) const {
    struct stat found {};
    if (::stat(folder_->reach(path).c_str(), &found) == 0) {
        return opened != Identity() && opened != Identity(found.st_dev, found.st_ino);
    }
    return errno == ENOENT || errno == ENOTDIR;
}

Status FilesInUse::check() const {
    const std::lock_guard lock(mutex_);
    std::set<std::string> replaced;
    for (const auto& [folder, began] : folders_) {
        if (identity_of(folder) != began) replaced.insert(folder);
    }
    for (const auto& [path, opened] : files_) {
        if (!is_gone(path, opened) && !replaced.contains(folder_of(path))) continue;
        const std::string what =
            path + ": was removed, moved away or replaced while the node works";
        if (name_of(path) == kHighWaterMarkFile) {
            return fail(errc::io_error, what +
                                            "; put it back if you have it, else the node "
                                            "recovers when it is started again");
        }
        if (name_of(folder_of(path)) == "blocks") {
            return fail(errc::corrupt_block,
                        what +
                            ", and what is written there would be lost when it ends; put back "
                            "what stood there, if you have it, before you start the node again");
        }
        return fail(errc::io_error,
                    what + "; started again, it builds what is missing from its blocks");
    }
    return {};
}

}  // namespace tally::storage
