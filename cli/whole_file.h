#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "base/result.h"

namespace tally::cli {

/// Who may read a file.
enum class Readers : std::uint8_t { owner, everybody };

// Files that must not be lost or be there by half: synced before they have their name. Failures are
// io_failed and name the path.

/// Takes the place of what this file, or the one that the link of this name leads to, holds; who
/// may read it stays so.
Status write_whole(const std::string& path, const std::string& text);
/// Replaces none: bad_config if there is one.
Status write_new(const std::string& path, const std::string& text,
                 Readers readers = Readers::owner);
/// Held by the one of us that changes a file from what it reads there: with write_whole, under
/// this, no change is lost to another one that began with the same.
class FileLock {
public:
    /// Waits for others, each of whom holds it for a moment. io_failed with the path: it is not
    /// there, or held for longer than anybody should.
    static Result<FileLock> take(const std::string& path);
    FileLock(FileLock&& other) noexcept;
    FileLock& operator=(FileLock&&) = delete;
    ~FileLock();

private:
    explicit FileLock(int file) : file_(file) {}
    int file_ = -1;
};
/// A new file that is written bit by bit: bad_config if there is one of this name.
Result<std::ofstream> open_new(const std::string& path);

}  // namespace tally::cli
