#pragma once

#include <mutex>
#include <string>
#include <utility>

namespace tally::node::pipeline {

/// What is wrong with this node, as every thread may ask: the driver is told of each change and
/// stops proposing, admission and reading look here. Thread-safe.
class Condition {
public:
    struct Words {
        std::string read_only;      ///< reason (storage_full); empty when writable
        std::string halted;         ///< reason; empty when applying
        bool contradicted = false;  ///< a majority certified another root: nothing is served
    };
    Words words() const {
        const std::lock_guard lock(mutex_);
        return words_;
    }
    /// True if it was another before.
    bool set_read_only(std::string reason) {
        const std::lock_guard lock(mutex_);
        if (words_.read_only == reason) return false;
        words_.read_only = std::move(reason);
        return true;
    }
    void set_halted(std::string reason, bool contradicted) {
        const std::lock_guard lock(mutex_);
        words_.halted = std::move(reason);
        words_.contradicted = words_.contradicted || contradicted;
    }

private:
    mutable std::mutex mutex_;
    Words words_;  // guarded by mutex_
};

}  // namespace tally::node::pipeline
