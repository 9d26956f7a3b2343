#include "node/pipeline/policy.h"

#include "ledger/errc.h"

namespace tally::node::pipeline {

consensus::PolicyVerdict judge(const consensus::AppendRequest& append, consensus::Term term,
                               CheckedCache& cache) {
    for (const auto& block : append.blocks) {
        // What an earlier term left, or what is committed, is nobody's to refuse any more.
        if (block.header.term != term || block.header.index <= append.commit) continue;
        if (block.header.kind != consensus::BlockKind::submissions) continue;
        const auto submissions = ledger::decode_payload(*block.payload);
        if (!submissions) {
            return {block.header.index, consensus::Refusal::submission,
                    "the payload is not a list of submissions"};
        }
        for (const ByteView bytes : *submissions) {
            const CheckedPointer checked = cache.check(bytes);
            if (checked->status) continue;
            const Error& error = checked->status.error();
            const bool signature = error.code == ledger::errc::bad_signature;
            return {block.header.index,
                    signature ? consensus::Refusal::signature : consensus::Refusal::submission,
                    error.code.message() + ": " + error.context};
        }
    }
    return {};
}

}  // namespace tally::node::pipeline
