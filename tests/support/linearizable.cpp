#include "tests/support/linearizable.h"

#include <algorithm>
#include <set>
#include <utility>

namespace tally::testing {
namespace {

/// One way into the search: who may come next, and what the log was.
struct Frame {
    std::vector<std::size_t> candidates;  // in the order in which they are tried
    std::size_t next = 0;
    LogValue before;
    std::size_t took = 0;
};

class Search {
public:
    explicit Search(const std::vector<Operation>& operations)
        : operations_(operations), done_(operations.size(), false) {}

    Linearizable run(std::size_t steps_max) {
        std::vector<Frame> path{enter()};
        while (!path.empty()) {
            if (count_ == operations_.size()) return Linearizable::yes;
            if (++steps_ > steps_max) return Linearizable::undecided;
            Frame& frame = path.back();
            if (frame.next == frame.candidates.size()) {
                path.pop_back();
                if (!path.empty()) undo(path.back());
                continue;
            }
            frame.took = frame.candidates[frame.next++];
            take(frame.took);
            if (tried_.emplace(done_, log_.hash).second) {
                path.push_back(enter());
            } else {
                undo(frame);
            }
        }
        return Linearizable::no;
    }

private:
    bool reads_other(const Operation& operation) const {
        return !operation.writes && operation.seen != log_;
    }

    Frame enter() const {
        Frame frame;
        frame.before = log_;
        std::uint64_t first_return = Operation::kNever;
        for (std::size_t at = 0; at < operations_.size(); ++at) {
            if (!done_[at]) first_return = std::min(first_return, operations_[at].returned);
        }
        for (std::size_t at = 0; at < operations_.size(); ++at) {
            if (done_[at] || operations_[at].called > first_return) continue;
            if (reads_other(operations_[at])) continue;
            // A read that may come now changes nothing for the others: no other order is needed.
            if (!operations_[at].writes) {
                frame.candidates.assign(1, at);
                return frame;
            }
            frame.candidates.push_back(at);
        }
        std::sort(frame.candidates.begin(), frame.candidates.end(),
                  [this](std::size_t left, std::size_t right) {
                      return operations_[left].hint < operations_[right].hint;
                  });
        return frame;
    }

    void take(std::size_t at) {
        done_[at] = true;
        ++count_;
        if (operations_[at].writes) log_.append(operations_[at].number);
    }
    void undo(const Frame& frame) {
        done_[frame.took] = false;
        --count_;
        log_ = frame.before;
    }

    const std::vector<Operation>& operations_;
    std::vector<bool> done_;
    std::size_t count_ = 0;
    LogValue log_;
    std::size_t steps_ = 0;
    std::set<std::pair<std::vector<bool>, std::uint64_t>> tried_;
};

}  // namespace

void LogValue::append(std::uint64_t number) {
    ++length;
    hash = (hash ^ (number + 0x9e3779b97f4a7c15U)) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32U;
}

Linearizable check_log(const std::vector<Operation>& operations, std::size_t steps_max) {
    return Search(operations).run(steps_max);
}

}  // namespace tally::testing
