#include "node/pipeline/scrub_loop.h"

#include <spdlog/spdlog.h>

#include "node/pipeline/core_loop.h"

namespace tally::node::pipeline {
namespace {

/// One question is under way: more answers than this nobody asked for.
constexpr std::size_t kAnswersMax = 4;

}  // namespace

ScrubLoop::ScrubLoop(driver::ScrubConfig config, storage::BlockStore& blocks, Duties duties)
    : blocks_(blocks),
      scrubber_(std::move(config), blocks),
      duties_(std::move(duties)),
      queue_(kAnswersMax) {
    thread_ = std::thread([this] { run(); });
}

ScrubLoop::~ScrubLoop() {
    queue_.push_always(Stop{});
    thread_.join();
}

void ScrubLoop::on_given(consensus::NodeId from, BlocksGiven given) {
    (void)queue_.push(std::pair(from, std::move(given)));
}

driver::ScrubView ScrubLoop::view() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

void ScrubLoop::run() {
    for (bool sound = true;;) {
        const auto next = scrubber_.next(moment_now());
        for (const auto& event : queue_.take_until(next)) {
            if (std::holds_alternative<Stop>(event)) return;
            const auto& [from, given] = std::get<0>(event);
            if (sound) scrubber_.on_given(from, given, moment_now());
        }
        if (!sound) continue;
        scrubber_.on_time(moment_now());
        sound = perform();
    }
}

/// False after the store failed.
bool ScrubLoop::perform() {
    const driver::ScrubActions actions = scrubber_.take_actions();
    for (const auto& notice : actions.notices) {
        spdlog::log(notice.mended ? spdlog::level::info : spdlog::level::err, "{}", notice.text);
    }
    if (actions.failed) return duties_.failed(*actions.failed), false;
    duties_.unreadable(blocks_.unreadable());
    for (const auto& [to, wanted] : actions.messages) duties_.send(to, wanted);
    const std::lock_guard lock(mutex_);
    view_ = scrubber_.view();
    return true;
}

}  // namespace tally::node::pipeline
