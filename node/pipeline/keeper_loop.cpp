#include "node/pipeline/keeper_loop.h"

#include <utility>

#include "base/overloaded.h"
#include "node/pipeline/core_loop.h"

namespace tally::node::pipeline {
namespace {

/// Signatures of one node that wait here.
constexpr std::size_t kOfOneNodeMax = 256;
/// Never reached: seals come as fast as they are applied, signatures are bounded by themselves.
constexpr std::size_t kQueueMax = 1 << 20;
constexpr std::chrono::milliseconds kWakeUp{1000};

}  // namespace

KeeperLoop::KeeperLoop(const ledger::Genesis& genesis, consensus::NodeId self, const NodeKeys& keys,
                       storage::BlockStore& blocks, Accusations& accusations,
                       std::function<void(const driver::KeeperActions&)> perform,
                       std::function<void(const Error&)> failed)
    : blocks_(blocks),
      accusations_(accusations),
      keeper_(genesis, self, keys, blocks),
      perform_(std::move(perform)),
      failed_(std::move(failed)),
      queue_(kQueueMax),
      certified_size_(keeper_.certified_size()),
      view_(keeper_.view()) {
    thread_ = std::thread([this] { run(); });
}

KeeperLoop::~KeeperLoop() {
    queue_.push_always(Stop{});
    thread_.join();
}

void KeeperLoop::on_seal(const storage::SealPoint& seal) { queue_.push_always(seal); }

void KeeperLoop::on_signatures(consensus::NodeId from, CheckpointSignatures signatures) {
    {
        // Each node has a share of its own: one that talks without end silences nobody else.
        const std::lock_guard lock(mutex_);
        std::size_t& waiting = waiting_[from];
        if (waiting == kOfOneNodeMax) return;
        ++waiting;
    }
    queue_.push_always(Received{from, std::move(signatures)});
}

driver::KeeperView KeeperLoop::view() const {
    const std::lock_guard lock(mutex_);
    return view_;
}

void KeeperLoop::run() {
    // A restart may have something to say at once.
    bool sound = perform();
    for (;;) {
        for (auto& event : queue_.take_until(driver::Clock::now() + kWakeUp)) {
            if (std::holds_alternative<Stop>(event)) return;
            if (!sound) continue;
            take(std::move(event));
            sound = perform();
        }
        if (!sound) continue;
        keeper_.on_time(moment_now());
        sound = perform();
    }
}

void KeeperLoop::take(Event event) {
    std::visit(
        Overloaded{[this](const storage::SealPoint& seal) { keeper_.on_seal(seal, moment_now()); },
                   [this](Received& received) {
                       {
                           const std::lock_guard lock(mutex_);
                           --waiting_[received.from];
                       }
                       keeper_.on_signatures(received.from, std::move(received.signatures),
                                             moment_now());
                   },
                   [](const Stop&) {}},
        event);
}

Status KeeperLoop::store(const driver::KeeperActions& actions) {
    for (const auto& evidence : actions.evidence) {
        if (Status kept = accusations_.keep(evidence); !kept) return kept;
    }
    for (const auto& checkpoint : actions.store) {
        if (Status stored = blocks_.put_checkpoint(checkpoint); !stored) return stored;
    }
    return {};
}

/// False after the store failed: then nothing may be signed or sent any more.
bool KeeperLoop::perform() {
    driver::KeeperActions actions = keeper_.take_actions();
    while (true) {
        if (const Status stored = store(actions); !stored) return failed_(stored.error()), false;
        certified_size_ = keeper_.certified_size();
        {
            const std::lock_guard lock(mutex_);
            view_ = keeper_.view();
        }
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
