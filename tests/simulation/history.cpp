#include "tests/simulation/history.h"

#include <algorithm>

namespace tally::simulation {

namespace {

constexpr std::size_t kStepsMax = 200'000;

}  // namespace

void History::begin_write(std::uint64_t number, std::uint64_t at) {
    Operation operation;
    operation.writes = true;
    operation.number = number;
    operation.called = at;
    writes_.emplace(number, operation);
}

void History::end_write(std::uint64_t number, std::uint64_t at) {
    const auto found = writes_.find(number);
    if (found == writes_.end()) return;
    found->second.returned = std::min(found->second.returned, at);
}

void History::add_read(std::uint64_t key, std::uint64_t called, std::uint64_t returned,
                       const LogValue& seen) {
    Operation operation;
    operation.seen = seen;
    operation.called = called;
    operation.returned = returned;
    operation.hint = seen.length;
    reads_[key].push_back(operation);
}

std::optional<std::string> History::judge(const std::vector<std::uint64_t>& final,
                                          std::uint64_t at) {
    std::map<std::uint64_t, std::uint64_t> place;  // from 1, of each number in its log
    std::map<std::uint64_t, LogValue> last;
    for (const std::uint64_t number : final) {
        LogValue& log = last[key_of(number)];
        log.append(number);
        place[number] = log.length;
    }
    for (std::uint64_t key = 0; key < kKeys; ++key) {
        add_read(key, at, at + 1, last[key]);
        std::vector<Operation> operations = reads_[key];
        for (const auto& [number, write] : writes_) {
            if (key_of(number) != key) continue;
            const auto found = place.find(number);
            // What nobody was told of and nobody finds at the end may come after the end.
            if (found == place.end() && write.returned == Operation::kNever) continue;
            operations.push_back(write);
            operations.back().hint = found == place.end() ? 0 : found->second;
        }
        const Linearizable verdict = check_log(operations, kStepsMax);
        if (verdict == Linearizable::undecided) ++undecided_;
        if (verdict == Linearizable::no) {
            return "what the clients of log " + std::to_string(key) + " saw is not linearizable (" +
                   std::to_string(operations.size()) + " operations)";
        }
    }
    return std::nullopt;
}

}  // namespace tally::simulation
