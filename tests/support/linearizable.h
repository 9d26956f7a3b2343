#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

// The judge of histories, of the simulator's clients and of those of real clusters.
namespace tally::testing {

/// A log of numbers as its reader sees it: how long it is, and a hash that only this log has.
struct LogValue {
    std::uint64_t length = 0;
    std::uint64_t hash = 0;

    void append(std::uint64_t number);
    bool operator==(const LogValue&) const = default;
};

/// One operation on one log. `called` and `returned` are places in the order of all events.
struct Operation {
    static constexpr std::uint64_t kNever = ~std::uint64_t{0};

    bool writes = false;
    std::uint64_t number = 0;  ///< what it appends
    LogValue seen;             ///< what it read
    std::uint64_t called = 0;
    std::uint64_t returned = kNever;  ///< never: nobody knows whether it happened
    std::uint64_t hint = 0;           ///< where in the order the search tries it first
};

enum class Linearizable : std::uint8_t { yes, no, undecided };

/// Whether there is one order of all operations in which each reads what those before it wrote and
/// none moves out of the time between its call and its return (Wing and Gong 1993, with Lowe's
/// memory of states that were tried). `undecided` after so many steps.
Linearizable check_log(const std::vector<Operation>& operations, std::size_t steps_max);

}  // namespace tally::testing
