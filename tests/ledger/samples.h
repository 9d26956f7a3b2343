#pragma once

#include <random>

#include "ledger/transaction.h"

namespace tally::testing {

/// Random transactions over all types and the whole range of every field, defaults and ends of
/// types included. What they say makes no sense; their bytes must.
class Samples {
public:
    explicit Samples(std::uint64_t seed) : random_(seed) {}

    ledger::Transaction transaction();
    /// Of the type at this place of the variant.
    ledger::Transaction transaction_of(std::size_t type);

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
    std::mt19937_64 random_;
};

/// One of each type, in their order, every member at a value of its own: written by hand, so that
/// a description that forgets or swaps members shows.
std::vector<ledger::Transaction> full_samples();
/// One of each type with nothing but what must be there.
std::vector<ledger::Transaction> minimal_samples();

}  // namespace tally::testing
