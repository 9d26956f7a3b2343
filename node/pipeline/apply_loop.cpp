#include "node/pipeline/apply_loop.h"

#include <utility>

namespace tally::node::pipeline {
namespace {

driver::BlockApplied notice_of(const storage::AppliedPoint& point, consensus::Term term,
                               consensus::Millis time) {
    driver::BlockApplied notice;
    notice.index = point.index;
    notice.term = term;
    notice.time = time;
    notice.entry_count = point.head.entry_count;
    notice.sealed_size = point.last_seal ? point.last_seal->size : 0;
    return notice;
}

}  // namespace

Result<driver::Applied> LedgerMachine::apply(const consensus::Block& block) {
    auto applied = applier_.apply(block, check_);
    if (!applied) return applied.error();
    driver::Applied news;
    news.block = notice_of(applied->point, block.header.term, block.header.time);
    news.block.submissions = std::move(applied->result.submissions);
    if (applied->result.seal) news.seal = applied->point.last_seal;
    return news;
}

ApplyLoop::ApplyLoop(const Parts& parts, std::function<void(driver::Applied)> applied,
                     std::function<void(const Error&)> stopped)
    : parts_(parts),
      check_([&cache = parts.cache](ByteView submission) { return *cache.check(submission); }),
      applied_(std::move(applied)),
      stopped_(std::move(stopped)),
      queue_(0) {
    thread_ = std::thread([this] { run(); });
}

ApplyLoop::~ApplyLoop() {
    stopping_ = true;
    queue_.push_always(Stop{});
    thread_.join();
}

void ApplyLoop::apply_to(consensus::Index target) {
    if (!ended_) queue_.push_always(target);
}

void ApplyLoop::stop_with(const Error& error) {
    ended_ = true;
    stopped_(error);
}

void ApplyLoop::count(const driver::Applied& applied) {
    ++blocks_applied_;
    if (applied.seal) ++seals_;
    for (const auto& submission : applied.block.submissions) {
        for (const auto& transaction : submission.transactions) {
            if (transaction.outcome == ledger::Outcome::accepted) {
                if (!transaction.repeated) ++accepted_;
            } else {
                ++refused_;
            }
        }
    }
}

void ApplyLoop::run() {
    const Status replayed =
        storage::replay(parts_.blocks, parts_.state, parts_.applier, parts_.committed, check_);
    if (!replayed) return stop_with(replayed.error());
    const storage::AppliedPoint point = parts_.state.view()->applied();
    applied_({notice_of(point, consensus::Term{}, point.head.time), point.last_seal});

    LedgerMachine machine(parts_.applier, check_);
    driver::Applying applying(parts_.blocks, machine, point.index);
    while (!stopping_) {
        for (const auto& event : queue_.take()) {
            if (const auto* target = std::get_if<consensus::Index>(&event)) {
                applying.apply_to(*target);
            }
        }
        while (!applying.idle() && !stopping_) {
            auto applied = applying.step();
            if (!applied) return stop_with(applied.error());
            count(*applied);
            applied_(std::move(*applied));
        }
    }
}

}  // namespace tally::node::pipeline
