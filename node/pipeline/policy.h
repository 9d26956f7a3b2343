#pragma once

#include "consensus/message.h"
#include "consensus/raw_node.h"
#include "node/pipeline/checked_cache.h"

namespace tally::node::pipeline {

/// What this node thinks of the submissions in an append of that term: the first block that it
/// would refuse. Blocks of earlier terms and committed ones are not judged: their validity is
/// decided when they are applied, alike everywhere.
consensus::PolicyVerdict judge(const consensus::AppendRequest& append, consensus::Term term,
                               CheckedCache& cache);

}  // namespace tally::node::pipeline
