#pragma once

#include <unistd.h>

#include <filesystem>
#include <string>

#include "base/check.h"

namespace tally::testing {

/// A folder of its own, removed with everything in it at the end.
class TempFolder {
public:
    /// `memory`: for tests that need no real disk, and are faster without one.
    enum class On { disk, memory };

    explicit TempFolder(On on = On::disk) {
        std::filesystem::path parent = std::filesystem::temp_directory_path();
        if (on == On::memory && std::filesystem::exists("/dev/shm")) parent = "/dev/shm";
        std::string name = (parent / "tallystick-storage-XXXXXX").string();
        TALLY_CHECK(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;
    ~TempFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    const std::string& path() const { return path_; }

private:
    std::string path_;
};

}  // namespace tally::testing
