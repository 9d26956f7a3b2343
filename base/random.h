#pragma once

#include <cstdint>

#include "base/check.h"

namespace tally {

/// A small seeded generator (SplitMix64, Steele, Lea and Flood 2014). Good enough to spread
/// election timeouts, never for secrets. Equal seeds give equal sequences on every machine.
class Random {
public:
    explicit constexpr Random(std::uint64_t seed) : state_(seed) {}

    constexpr std::uint64_t next() {
        state_ += 0x9e3779b97f4a7c15U;
        std::uint64_t mixed = state_;
        mixed = (mixed ^ (mixed >> 30U)) * 0xbf58476d1ce4e5b9U;
        mixed = (mixed ^ (mixed >> 27U)) * 0x94d049bb133111ebU;
        return mixed ^ (mixed >> 31U);
    }
    /// A number in [0, bound). Requires bound > 0.
    constexpr std::uint64_t below(std::uint64_t bound) {
        TALLY_CHECK(bound > 0);
        return next() % bound;
    }

private:
    std::uint64_t state_;
};

}  // namespace tally
