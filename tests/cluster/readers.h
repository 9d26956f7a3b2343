#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "tests/cluster/workload.h"

namespace tally::testing {

/// Readers of what a Workload's clients repay, one thread for each node, which asks that node
/// alone. What a node answers as confirmed must fit one order of all payments and reads.
class Readers {
public:
    /// With `query` behind each path: `?consistency=local` asks for what nobody promises.
    Readers(LocalCluster& cluster, const Workload& workload, std::string query = {});
    ~Readers();

    std::uint64_t confirmed() const { return confirmed_; }  ///< answers that count
    std::uint64_t others() const { return others_; }        ///< that may be old, or none
    void stop();
    /// After stop, and after the workload's. Empty when all of it is linearizable, contract by
    /// contract; each is a register that grows by one unit with each payment.
    std::string first_fault() const;

private:
    struct Read {
        std::string contract;
        std::uint64_t paid = 0;
        std::chrono::steady_clock::time_point called;
        std::chrono::steady_clock::time_point returned;
    };
    /// The reader's thread only, until stop.
    struct Reader {
        std::vector<Read> reads;
        std::string fault;
    };
    void read(std::size_t node);
    void read_once(client::Client& client, const std::string& contract, Reader& reader);

    LocalCluster& cluster_;
    const Workload& workload_;
    const std::string query_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> confirmed_{0};
    std::atomic<std::uint64_t> others_{0};
    std::vector<Reader> readers_;
    std::vector<std::thread> threads_;  // last
};

}  // namespace tally::testing
