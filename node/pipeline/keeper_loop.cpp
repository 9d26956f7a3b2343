#include "node/pipeline/keeper_loop.h"

#include <utility>

#include "node/pipeline/core_loop.h"

namespace tally::node::pipeline {
namespace {

constexpr std::size_t kQueueMax = 4096;
constexpr std::chrono::milliseconds kWakeUp{1000};

}  // namespace

KeeperLoop::KeeperLoop(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
                       storage::BlockStore& blocks,
                       std::function<void(const driver::KeeperActions&)> perform,
                       std::function<void(const Error&)> failed)
    : blocks_(blocks),
      keeper_(genesis, self, keys, blocks),
      perform_(std::move(perform)),
      failed_(std::move(failed)),
      queue_(kQueueMax),
      certified_size_(keeper_.certified_size()) {
    thread_ = std::thread([this] { run(); });
}

KeeperLoop::~KeeperLoop() {
    queue_.push_always(Stop{});
    thread_.join();
}

void KeeperLoop::on_seal(const storage::SealPoint& seal) { queue_.push_always(seal); }

void KeeperLoop::on_signatures(consensus::NodeId from, CheckpointSignatures signatures) {
    queue_.push(Received{from, std::move(signatures)});
}

void KeeperLoop::run() {
    bool sound = true;
    for (;;) {
        for (auto& event : queue_.take_until(driver::Clock::now() + kWakeUp)) {
            if (std::holds_alternative<Stop>(event)) return;
            if (!sound) continue;
            if (const auto* seal = std::get_if<storage::SealPoint>(&event)) {
                keeper_.on_seal(*seal, moment_now());
            } else {
                auto& received = std::get<Received>(event);
                keeper_.on_signatures(received.from, std::move(received.signatures), moment_now());
            }
            sound = perform();
        }
        if (!sound) continue;
        keeper_.on_time(moment_now());
        sound = perform();
    }
}

/// False after the store failed: then nothing may be signed or sent any more.
bool KeeperLoop::perform() {
    driver::KeeperActions actions = keeper_.take_actions();
    while (true) {
        for (const auto& checkpoint : actions.store) {
            const Status stored = blocks_.put_checkpoint(checkpoint);
            if (!stored) return failed_(stored.error()), false;
        }
        certified_size_ = keeper_.certified_size();
        perform_(actions);
        if (actions.remember.empty()) return true;
        for (const storage::SignedMark& mark : actions.remember) {
            const Status remembered = blocks_.remember_signed(mark);
            if (!remembered) return failed_(remembered.error()), false;
            keeper_.on_remembered(mark, moment_now());
        }
        actions = keeper_.take_actions();
    }
}

}  // namespace tally::node::pipeline
