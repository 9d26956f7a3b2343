#pragma once

#include <string>
#include <vector>

#include "cli/submission_file.h"
#include "crypto/digest.h"

namespace tally::cli {

// What is sent is kept, signed, in a file beside its source until its outcome is known: before it
// is sent, so that neither a lost answer nor the end of this process makes anybody sign the same
// wish a second time under other ids, which the network would book a second time.

/// `FILE.retry-1a2b3c4d.tally`: the digits are the network's, so that each network has its own. For
/// standard input a name in the working folder that follows from `content`.
std::string kept_path(const std::string& file, const crypto::Digest& content,
                      const crypto::Digest& network);
/// True for a name that kept_path gives.
bool is_kept_path(const std::string& file);

/// Writes it; never replaces one. The error says what to do if there is no writing here.
Status keep(const std::string& path, const PreparedSubmission& prepared);
/// Its outcome is known.
Status forget(const std::string& path);

/// Who signed, and how: for people that send it again.
std::string signed_as(const PreparedSubmission& prepared);

}  // namespace tally::cli
