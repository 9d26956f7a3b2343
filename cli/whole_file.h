#pragma once

#include <cstdint>
#include <fstream>
#include <string>

#include "base/descriptor.h"
#include "base/result.h"

namespace tally::cli {

/// Who may read a file.
enum class Readers : std::uint8_t { owner, everybody };

// Files that must not be lost or be there by half: synced before they have their name. Failures are
// io_failed and name the path.

/// Takes the place of what this file, or the one that the link of this name leads to, holds; who
/// may read it stays so. `readers`: of one that is new. What is no regular file takes the text.
Status write_whole(const std::string& path, const std::string& text,
                   Readers readers = Readers::owner);
/// Replaces none: bad_config if there is one.
Status write_new(const std::string& path, const std::string& text,
                 Readers readers = Readers::owner);
/// Open and locked for the one of us that changes a file from what it reads there: with
/// write_whole, while it is, no change is lost to another one that began with the same. Waits for
/// others, each of whom holds it for a moment. io_failed with the path: it is not there, or held
/// for longer than anybody should.
Result<Descriptor> lock_to_change(const std::string& path);
/// A new file that is written bit by bit: bad_config if there is one of this name.
Result<std::ofstream> open_new(const std::string& path);

}  // namespace tally::cli
