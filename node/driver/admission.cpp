#include "node/driver/admission.h"

#include "api/errc.h"
#include "base/check.h"
#include "node/driver/errors.h"

namespace tally::node::driver {

Status admit(const AdmissionState& state, std::size_t submission_bytes) {
    if (state.stopping) return shutting_down_error();
    if (!state.halted.empty()) return halted_error(state.halted);
    if (!state.read_only.empty()) return storage_full_error(state.node, state.free_bytes_min);
    if (state.queued_bytes + submission_bytes > state.queue_bytes_max) {
        return fail(api::errc::overloaded, "the queue of submissions is full: retry later");
    }
    return {};
}

consensus::PolicyVerdict refuse_when_full(const consensus::AppendRequest& append,
                                          const std::string& reason) {
    TALLY_CHECK(!append.blocks.empty());
    return {append.blocks.front().header.index, consensus::Refusal::not_ready, reason};
}

}  // namespace tally::node::driver
