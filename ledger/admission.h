#pragma once

#include <cstdint>

#include "base/result.h"
#include "ledger/record_reader.h"
#include "ledger/submission.h"
#include "ledger/types.h"

namespace tally::ledger {

/// What a node knows at the moment of admission.
struct AdmissionContext {
    std::uint32_t rules_version = kRulesVersion;
    std::uint64_t next_block = 1;  ///< the earliest block that the submission can be in
    Millis now{0};                 ///< a block time that has passed, for what is `expired` for good
    std::uint32_t rules_newest = kRulesVersion;  ///< that most of the nodes apply
};

/// Refuses early, and off the record, what apply would refuse for certain or for no use: errors of
/// the check, unknown_member, key_not_valid, malformed (a transaction that is not canonical, or a
/// new one with a text that holds control or format characters), id_reused (an id on record with
/// other bytes, or twice in the submission), expired, nodes_behind (a decision for rules that
/// most of the nodes cannot apply: they would all stop). Errors name the transaction by its
/// position and say what to do. A retry of what is wholly on record passes even after not-after:
/// its answer is on record. Passing promises nothing: apply decides.
Status admit(const CheckedSubmission& submission, const RecordReader& reader,
             const AdmissionContext& context);

}  // namespace tally::ledger
