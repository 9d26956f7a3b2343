#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/random.h"
#include "consensus/block.h"
#include "crypto/digest.h"
#include "node/driver/applying.h"
#include "tests/simulation/history.h"

namespace tally::simulation {

/// What a simulated network agrees on: a deterministic function of its blocks.
class SimStateMachine : public node::driver::BlockMachine {
public:
    /// Everything that must be equal where equal blocks are applied.
    virtual crypto::Digest digest() const = 0;
    virtual std::unique_ptr<SimStateMachine> clone() const = 0;
    /// Leaves so far, and the newest seal.
    virtual std::uint64_t entry_count() const = 0;
    virtual std::optional<storage::SealPoint> last_seal() const = 0;
    /// What a reader of one of the logs of history.h sees; nothing: there are none here.
    virtual std::optional<LogValue> log_value(std::uint64_t) const { return std::nullopt; }
    /// From now on it differs from all others.
    virtual void rot() {}
};
using SimStateMachineFactory = std::function<std::unique_ptr<SimStateMachine>()>;

/// Makes a client's submission number `operation`.
using SimWorkload = std::function<SharedBytes(std::uint64_t operation, Random& random)>;

/// The number that a submission of the default workload begins with; 0 for another one.
std::uint64_t operation_of(ByteView submission);

/// The simplest state: the hash of everything that was applied, a leaf for each submission and
/// seal, and a few logs of operations, each of which counts once.
class HashChain : public SimStateMachine {
public:
    Result<node::driver::Applied> apply(const consensus::Block& block) override;
    crypto::Digest digest() const override { return state_; }
    std::unique_ptr<SimStateMachine> clone() const override {
        return std::make_unique<HashChain>(*this);
    }
    std::uint64_t entry_count() const override { return entries_; }
    std::optional<storage::SealPoint> last_seal() const override { return seal_; }
    std::optional<LogValue> log_value(std::uint64_t key) const override { return logs_[key]; }
    void rot() override { state_ = crypto::sha256(state_.view()); }

private:
    void note_operation(ByteView submission);

    std::array<LogValue, History::kKeys> logs_;
    std::vector<bool> seen_;  // by operation
    crypto::Digest state_;
    std::uint64_t entries_ = 0;
    std::optional<storage::SealPoint> seal_;
};

}  // namespace tally::simulation
