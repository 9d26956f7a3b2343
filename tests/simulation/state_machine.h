#pragma once

#include <functional>
#include <memory>
#include <optional>

#include "base/random.h"
#include "consensus/block.h"
#include "crypto/digest.h"
#include "node/driver/applying.h"

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
};
using SimStateMachineFactory = std::function<std::unique_ptr<SimStateMachine>()>;

/// Makes a client's submission number `operation`.
using SimWorkload = std::function<SharedBytes(std::uint64_t operation, Random& random)>;

/// The simplest state: the hash of everything that was applied, a leaf for each submission and
/// seal.
class HashChain : public SimStateMachine {
public:
    Result<node::driver::Applied> apply(const consensus::Block& block) override;
    crypto::Digest digest() const override { return state_; }
    std::unique_ptr<SimStateMachine> clone() const override {
        return std::make_unique<HashChain>(*this);
    }
    std::uint64_t entry_count() const override { return entries_; }
    std::optional<storage::SealPoint> last_seal() const override { return seal_; }

private:
    crypto::Digest state_;
    std::uint64_t entries_ = 0;
    std::optional<storage::SealPoint> seal_;
};

}  // namespace tally::simulation
