#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/result.h"
#include "consensus/message.h"
#include "consensus/raw_node.h"

namespace tally::node::driver {

/// What the first decision about a submission rests on: nothing of its content is looked at yet.
struct AdmissionState {
    bool stopping = false;
    std::string halted;     ///< reason; empty when applying
    std::string read_only;  ///< reason; empty when writable
    std::string node;       ///< its name, for the words of a refusal
    std::uint64_t free_bytes_min = 0;
    std::uint64_t queued_bytes = 0;  ///< of all submissions between arrival and answer
    std::size_t queue_bytes_max = 0;
};

/// Whether a submission of that size may come in at all, before its signatures are checked: refused
/// with shutting_down, halted, storage_full or overloaded, each off the record.
Status admit(const AdmissionState& state, std::size_t submission_bytes);

/// What a node without room says to an append with blocks, whatever they hold: not now, so that the
/// leader hears of it. Requires at least one block.
consensus::PolicyVerdict refuse_when_full(const consensus::AppendRequest& append,
                                          const std::string& reason);

}  // namespace tally::node::driver
