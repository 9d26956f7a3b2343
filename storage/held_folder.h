#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace tally::storage {

/// A node's data folder, kept open from its start to its end. A name is only where the folder
/// stood: it may be moved while the node runs, and another network made in its place, which must
/// not be written to, let alone cleaned up, by a node that does not belong to it. What is reached
/// through this is in the folder that was opened, wherever that is now; of one that was removed
/// nothing is found.
class HeldFolder {
public:
    /// Locked while it is held: a second process gets in_use. io_error; both with the path.
    static Result<std::shared_ptr<const HeldFolder>> open(const std::string& path);
    HeldFolder(const HeldFolder&) = delete;
    HeldFolder& operator=(const HeldFolder&) = delete;
    ~HeldFolder();

    /// As it was named when it was opened.
    const std::string& path() const { return path_; }
    /// How the system is asked for a path that lies in the folder as it was named; any other path
    /// is returned as it is. Good while this lives, in this process.
    std::string reach(std::string_view path) const;
    /// The folder itself, for the system.
    const std::string& door() const { return door_; }
    /// A text in which the system named a path through such a door, with where that is now instead.
    static std::string spelled_out(const std::string& text);
    /// For people: where it is now; as it was named, if that cannot be told.
    std::string whereabouts() const;

private:
    HeldFolder(std::string path, int descriptor);

    const std::string path_;  // without a slash at its end
    const int descriptor_;
    const std::string door_;  // what stands for it below /proc
};

}  // namespace tally::storage
