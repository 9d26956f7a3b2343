#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace tally::storage {

/// Which file one is, whatever it is called: a file that is renamed stays the same, a copy of it is
/// another one.
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    std::int64_t born_seconds = 0;  ///< when it was made, since 1970; 0: the file system keeps none
    std::uint32_t born_nanoseconds = 0;

    bool operator==(const FileIdentity&) const = default;
};

/// Of the file that this path leads to; io_error with the path.
Result<FileIdentity> identity_of(const std::string& path);
/// Of an open file; io_error.
Result<FileIdentity> identity_of(int file);

/// Whether both are one file. Where the time of making is kept, the device says nothing: its number
/// may change when the machine starts again.
bool is_same_file(const FileIdentity& one, const FileIdentity& other);

}  // namespace tally::storage
