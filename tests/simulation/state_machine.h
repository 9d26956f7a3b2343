#pragma once

#include <functional>
#include <memory>

#include "base/random.h"
#include "consensus/block.h"
#include "crypto/digest.h"

namespace tally::simulation {

/// What a simulated network agrees on: a deterministic function of its blocks.
class SimStateMachine {
public:
    virtual ~SimStateMachine() = default;
    /// Applies the next block. Payloads may be anything that `SimWorkload` made.
    virtual void apply(const consensus::Block& block) = 0;
    /// Everything that must be equal where equal blocks are applied.
    virtual crypto::Digest digest() const = 0;
    virtual std::unique_ptr<SimStateMachine> clone() const = 0;
};
using SimStateMachineFactory = std::function<std::unique_ptr<SimStateMachine>()>;

/// Makes the payload of a client's operation number `operation`.
using SimWorkload = std::function<SharedBytes(std::uint64_t operation, Random& random)>;

/// The simplest state: the hash of everything that was applied.
class HashChain : public SimStateMachine {
public:
    void apply(const consensus::Block& block) override {
        state_ = crypto::sha256({state_.view(), block.hash.view()});
    }
    crypto::Digest digest() const override { return state_; }
    std::unique_ptr<SimStateMachine> clone() const override {
        return std::make_unique<HashChain>(*this);
    }

private:
    crypto::Digest state_;
};

}  // namespace tally::simulation
