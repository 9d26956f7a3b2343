#include "node/pipeline/apply_loop.h"

#include <utility>

#include "storage/errc.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kReadBytesMax = 8 << 20;

}  // namespace

ApplyLoop::ApplyLoop(storage::BlockStore& blocks, storage::StateStore& state,
                     storage::Applier& applier, CheckedCache& cache, consensus::Index committed,
                     Hooks hooks)
    : blocks_(blocks),
      state_(state),
      applier_(applier),
      check_([&cache](ByteView submission) { return *cache.check(submission); }),
      committed_(committed),
      hooks_(std::move(hooks)),
      queue_(0) {
    thread_ = std::thread([this] { run(); });
}

ApplyLoop::~ApplyLoop() {
    stopping_ = true;
    queue_.push_always(Stop{});
    thread_.join();
}

void ApplyLoop::apply_to(consensus::Index target) { queue_.push_always(target); }

void ApplyLoop::stop_with(const Error& error) {
    const bool disk =
        error.code == storage::errc::io_error || error.code == storage::errc::no_space;
    if (disk) {
        hooks_.failed(error);
    } else {
        hooks_.halted(error.code.message() + ": " + error.context);
    }
}

void ApplyLoop::count(const storage::Applied& applied) {
    ++blocks_applied_;
    if (applied.result.seal) ++seals_;
    for (const auto& submission : applied.result.submissions) {
        for (const auto& transaction : submission.transactions) {
            if (transaction.outcome == ledger::Outcome::accepted) {
                if (!transaction.repeated) ++accepted_;
            } else {
                ++refused_;
            }
        }
    }
}

bool ApplyLoop::apply(const consensus::Block& block) {
    auto applied = applier_.apply(block, check_);
    if (!applied) {
        stop_with(applied.error());
        return false;
    }
    count(*applied);
    applied_ = block.header.index;
    if (applied->result.seal) hooks_.seal(*applied->point.last_seal);
    hooks_.applied({block.header.index, block.header.term, block.header.time,
                    applied->point.head.entry_count, std::move(applied->result.submissions)});
    return true;
}

bool ApplyLoop::advance(consensus::Index target) {
    while (applied_ < target && !stopping_) {
        const auto blocks = blocks_.read(applied_.next(), target, kReadBytesMax);
        if (!blocks) {
            stop_with(blocks.error());
            return false;
        }
        for (const auto& block : *blocks) {
            if (stopping_) return true;
            if (!apply(block)) return false;
        }
    }
    return true;
}

void ApplyLoop::run() {
    const Status replayed = storage::replay(blocks_, state_, applier_, committed_, check_);
    if (!replayed) {
        stop_with(replayed.error());
        return;
    }
    const storage::AppliedPoint point = state_.view()->applied();
    applied_ = point.index;
    if (point.last_seal) hooks_.seal(*point.last_seal);
    hooks_.applied({applied_, consensus::Term{}, point.head.time, point.head.entry_count, {}});
    for (;;) {
        for (const auto& event : queue_.take()) {
            if (std::holds_alternative<Stop>(event)) return;
            if (!advance(std::get<consensus::Index>(event))) return;
        }
    }
}

}  // namespace tally::node::pipeline
