#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/linearizable.h"

namespace tally::simulation {

using testing::check_log;
using testing::Linearizable;
using testing::LogValue;
using testing::Operation;

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
