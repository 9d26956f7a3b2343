#include "node/pipeline/admission.h"

#include <utility>

#include <boost/asio/post.hpp>

#include "base/wall_clock.h"
#include "ledger/admission.h"
#include "node/driver/admission.h"
#include "node/pipeline/replayed.h"

namespace tally::node::pipeline {

void Admission::submit(SharedBytes submission, SubmitWait wait, bool forwarded_to_us, Done done) {
    const Condition::Words words = parts_.condition.words();
    driver::AdmissionState state;
    state.stopping = stopping_;
    state.halted = words.halted;
    state.read_only = words.read_only;
    state.node = parts_.name;
    state.free_bytes_min = parts_.config.free_bytes_min;
    state.queued_bytes = queued_bytes();
    state.queue_bytes_max = parts_.config.queue_bytes_max;
    const std::size_t bytes = submission->size();
    if (const Status admitted = driver::admit(state, bytes); !admitted) {
        return done(admitted.error());
    }
    checking_bytes_ += bytes;
    boost::asio::post(parts_.verify, [this, submission = std::move(submission), wait,
                                      forwarded_to_us, bytes, done = std::move(done)]() mutable {
        check(std::move(submission), wait, forwarded_to_us, std::move(done));
        checking_bytes_ -= bytes;
    });
}

void Admission::check(SharedBytes submission, SubmitWait wait, bool forwarded_to_us, Done done) {
    const CheckedPointer checked = parts_.cache.check(submission);
    const auto view = parts_.state.view();
    const auto& point = view->applied();
    // Not the own clock: a copy may stand in some log with an earlier block time, and be committed
    // yet. Block times never go back, so what a sealed one has passed can be accepted nowhere any
    // more; until then the block that would hold it decides.
    const auto passed = point.last_seal ? point.last_seal->time : parts_.created;
    const Status admitted = ledger::admit(
        *checked, *view,
        {point.head.rules_version, point.index.value + 1, passed, parts_.rules_newest()});
    if (!admitted) {
        ++refused_;
        return done(admitted.error());
    }
    driver::SubmissionArrived arrived;
    if (auto known = replayed_answer(*checked, *view, parts_.blocks, parts_.certified_size())) {
        const bool waits = wait == SubmitWait::certified && *known && !(*known)->certified_size;
        if (!waits) return done(std::move(*known));
        arrived.on_record = std::move(**known);
    }
    for (const ByteView transaction : checked->transactions) {
        if (const auto id = ledger::transaction_id_of(transaction)) arrived.ids.push_back(*id);
    }
    arrived.bytes = std::move(submission);
    arrived.digest = checked->digest;
    arrived.wait = wait;
    arrived.forwarded_to_us = forwarded_to_us;
    parts_.core.submit(std::move(arrived), std::move(done));
}

}  // namespace tally::node::pipeline
