#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tally::simulation {

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

/// What all clients did, log by log.
class History {
public:
    static constexpr std::uint64_t kKeys = 4;
    static std::uint64_t key_of(std::uint64_t number) { return number % kKeys; }

    /// A client begins to append `number`, once for all times that it tries.
    void begin_write(std::uint64_t number, std::uint64_t at);
    void end_write(std::uint64_t number, std::uint64_t at);
    /// It was told that this did not happen, and never will.
    void drop_write(std::uint64_t number) { writes_.erase(number); }
    void add_read(std::uint64_t key, std::uint64_t called, std::uint64_t returned,
                  const LogValue& seen);

    /// Judges it all; `final` is what stands in the history at the end, in its order, each number
    /// once. An error in words, or nothing.
    std::optional<std::string> judge(const std::vector<std::uint64_t>& final, std::uint64_t at);
    std::size_t undecided() const { return undecided_; }

private:
    std::map<std::uint64_t, Operation> writes_;              // by number
    std::map<std::uint64_t, std::vector<Operation>> reads_;  // by key
    std::size_t undecided_ = 0;
};

}  // namespace tally::simulation
