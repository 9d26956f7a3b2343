#pragma once

#include <random>

#include "ledger/transaction.h"

namespace tally::testing {

/// Random transactions over all four types and the whole range of every field, defaults and ends
/// of types included. What they say makes no sense; their bytes must.
class Samples {
public:
    explicit Samples(std::uint64_t seed) : random_(seed) {}

    ledger::Transaction transaction();

    std::uint64_t number() { return random_(); }
    ledger::Amount amount();
    std::int32_t small();
    std::string text(std::size_t size_max);
    template <typename Id>
    Id id() {
        Id result;
        for (std::uint8_t& byte : result.bytes) byte = static_cast<std::uint8_t>(random_());
        return result;
    }

private:
    ledger::TransactionBody body();

    std::mt19937_64 random_;
};

}  // namespace tally::testing
