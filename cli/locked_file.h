#pragma once

#include <unistd.h>

#include <utility>

namespace tally::cli {

/// A file that stays open, and locked where somebody locked it (flock), while this lives; -1: none.
class LockedFile {
public:
    explicit LockedFile(int descriptor) : descriptor_(descriptor) {}
    LockedFile(LockedFile&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
    LockedFile& operator=(LockedFile&&) = delete;
    ~LockedFile() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }

    int descriptor() const { return descriptor_; }

private:
    int descriptor_;
};

}  // namespace tally::cli
