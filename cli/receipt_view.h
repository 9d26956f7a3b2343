#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>

#include "cli/output.h"
#include "cli/submission_file.h"
#include "client/client.h"

namespace tally::cli {

/// What is known of a checkpoint over what was submitted.
struct Certification {
    bool awaited = false;
    std::optional<std::uint64_t> proven_size;  ///< of the checkpoint that a proof was verified for
    std::set<std::string> unshown;  ///< ids of refusals on record that are one node's word
};

void print_receipt(Console& console, const client::Receipt& receipt,
                   const PreparedSubmission& prepared, const Certification& certification);

/// What stands behind a refusal that its text alone does not tell.
void explain(Console& console, const client::Receipt& receipt, const PreparedSubmission& prepared,
             client::Client& client);

}  // namespace tally::cli
