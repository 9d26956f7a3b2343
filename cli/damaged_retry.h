#pragma once

#include <string>

#include "base/result.h"
#include "cli/target.h"

namespace tally::cli {

/// A file that should hold what was sent, and does not. It is whole and on the disk before a byte
/// of it goes out (cli/whole_file.h), so that what is missing of it was lost later: nothing in it
/// says that it was not sent.
struct DamagedRetry {
    std::string path;
    std::string text;    ///< what is left of it
    std::string drafts;  ///< of the file that was submitted, where that is known
};

/// outcome_unknown: what is wrong with the file, that nothing was sent now, and which commands show
/// whether what it held is on record.
Error damaged_retry(const Error& fault, const DamagedRetry& file, const Target& target);

}  // namespace tally::cli
