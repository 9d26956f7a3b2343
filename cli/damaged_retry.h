#pragma once

#include <string>

#include "base/result.h"
#include "cli/submission_file.h"
#include "cli/target.h"

namespace tally::cli {

/// A file that should hold what was sent, and does not. It is whole and on the disk before a byte
/// of it goes out (cli/whole_file.h), so that what is missing of it was lost later: nothing in it
/// says that it was not sent.
struct DamagedRetry {
    std::string path;
    std::string text;    ///< what is left of it
    std::string drafts;  ///< of the file that was submitted, where that is known
    std::string import;  ///< the command of the import that sent it; empty: it was `submit`
};

/// outcome_unknown: what is wrong with the file, that nothing was sent now, and which commands show
/// whether what it held is on record.
Error damaged_retry(const Error& fault, const DamagedRetry& file, const Target& target);

/// What was sent from here before, all of it, of `file` whose path, drafts and import are given.
/// wrong_network for a submission of another network; else damaged_retry for anything less.
Result<PreparedSubmission> open_kept(DamagedRetry file, const ledger::Genesis& genesis,
                                     const Target& target);

/// The same fault where another process sends what is kept at `path`: that nothing was sent from
/// here, and which commands show what becomes of it.
Error being_sent(const Error& fault, const std::string& path, const Target& target);

}  // namespace tally::cli
