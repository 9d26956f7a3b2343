// Networks of real processes, measured from outside: what a client sees while a leader goes, and
// what a node needs that was away. Prints medians, and the spread.
//
// Usage: failover [NODES] [RUNS]     ($TALLYSTICK_BINARY names the program)

#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "testing/local_cluster.h"

namespace tally::bench {
namespace {

using testing::LocalCluster;
using Clock = std::chrono::steady_clock;
using std::chrono::duration;
using std::chrono::milliseconds;

constexpr ledger::Day kToday = 19'753;  // 2024-01-31
constexpr ledger::Amount kRoom = 1'000'000'000'000;
constexpr milliseconds kSettle{1500};  // of load before and after what is measured
constexpr milliseconds kIdle{10'000};
constexpr std::size_t kBulk = 50;        // submissions that a node misses
constexpr std::size_t kBulkEach = 1000;  // transactions in each

double seconds_since(Clock::time_point begin) {
    return duration<double>(Clock::now() - begin).count();
}

void await(const char* what, const std::function<bool()>& holds) {
    const auto begin = Clock::now();
    while (!holds()) {
        if (seconds_since(begin) > 120) throw testing::ClusterError(std::string("no ") + what);
        std::this_thread::sleep_for(milliseconds(5));
    }
}

struct Sample {
    std::string name;
    std::string unit;
    std::vector<double> values;
};

void print(const Sample& sample) {
    std::vector<double> sorted = sample.values;
    std::sort(sorted.begin(), sorted.end());
    std::printf("%-44s %10.1f %-6s  least %.1f, most %.1f, of %zu\n", sample.name.c_str(),
                sorted[(sorted.size() - 1) / 2], sample.unit.c_str(), sorted.front(), sorted.back(),
                sorted.size());
    std::fflush(stdout);
}

/// A client that asks for one line after the other, and when each was acknowledged.
class Writer {
public:
    Writer(LocalCluster& cluster, ledger::LimitGrant grant)
        : cluster_(cluster), client_(cluster.make_client()), grant_(std::move(grant)) {
        thread_ = std::thread([this] { run(); });
    }
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer() { end(); }

    /// The longest time between two acknowledgements after `from`, in milliseconds.
    double longest_gap(Clock::time_point from) {
        end();
        double longest = 0;
        for (std::size_t i = 1; i < times_.size(); ++i) {
            if (times_[i] < from) continue;
            longest =
                std::max(longest, duration<double, std::milli>(times_[i] - times_[i - 1]).count());
        }
        return longest;
    }
    std::size_t count() const { return count_; }

private:
    void run() {
        while (!stopping_) {
            grant_.line = testing::new_id<ledger::LineId>();
            if (!client_.submit(cluster_.sign({"lender"}, grant_, kToday))) continue;
            times_.push_back(Clock::now());
            ++count_;
        }
    }
    void end() {
        stopping_ = true;
        if (thread_.joinable()) thread_.join();
    }

    LocalCluster& cluster_;
    client::Client client_;
    ledger::LimitGrant grant_;
    std::vector<Clock::time_point> times_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::size_t> count_{0};
    std::thread thread_;
};

/// A network with a book, and an assessment with room for all lines of it.
class Network {
public:
    explicit Network(std::uint32_t nodes) : cluster(nodes) {
        cluster.open_book(kToday);
        const auto approval =
            cluster.assessment(testing::new_id<ledger::BorrowerId>(), kRoom, kToday);
        if (!cluster.submit({"lender"}, approval, kToday).all_accepted()) {
            throw testing::ClusterError("the assessment was refused");
        }
        grant_ = {testing::new_id<ledger::LineId>(),
                  approval.borrower,
                  "CNY",
                  1000,
                  kToday,
                  kToday + 365,
                  approval.assessment};
    }

    double gap(const std::function<void()>& what) {
        Writer writer(cluster, grant_);
        std::this_thread::sleep_for(kSettle);
        const auto begin = Clock::now();
        what();
        const std::size_t before = writer.count();
        await("write after it", [&] { return writer.count() > before + 10; });
        std::this_thread::sleep_for(kSettle);
        return writer.longest_gap(begin);
    }

    /// Books as many entries as a node is to miss, in large submissions; gives how many a second.
    double book_bulk() {
        std::vector<ledger::Submission> signed_ones;
        for (std::size_t i = 0; i < kBulk; ++i) {
            std::vector<ledger::TransactionBody> bodies;
            for (std::size_t k = 0; k < kBulkEach; ++k) {
                grant_.line = testing::new_id<ledger::LineId>();
                bodies.emplace_back(grant_);
            }
            signed_ones.push_back(cluster.sign_all({"lender"}, bodies, kToday));
        }
        client::Client client = cluster.make_client();
        const auto begin = Clock::now();
        for (const auto& submission : signed_ones) {
            if (!client.submit(submission)) throw testing::ClusterError("a bulk was not booked");
        }
        return static_cast<double>(kBulk * kBulkEach) / seconds_since(begin);
    }

    std::int64_t applied(std::size_t node) const {
        return cluster.status(node).integer("applied_index").value_or(0);
    }

    /// Entries a second from the start of this node until it has applied all.
    double catch_up(std::size_t node, std::size_t other, std::size_t entries) {
        const auto goal = applied(other);
        const auto begin = Clock::now();
        cluster.start(node);
        await("catching up", [&] { return applied(node) >= goal; });
        return static_cast<double>(entries) / seconds_since(begin);
    }

    std::int64_t log_size(std::size_t node) const {
        return cluster.status(node).integer("log_size").value_or(0);
    }

    LocalCluster cluster;

private:
    ledger::LimitGrant grant_;
};

void lose_blocks(const LocalCluster& cluster, std::size_t node) {
    const std::string folder = cluster.folder() + "/n" + std::to_string(node + 1);
    std::filesystem::remove_all(folder + "/blocks");
    std::filesystem::remove_all(folder + "/state");
    const char* binary = std::getenv("TALLYSTICK_BINARY");
    const std::string command = std::string(binary != nullptr ? binary : "tallystick") +
                                " node recover --dir " + folder + " > /dev/null";
    if (std::system(command.c_str()) != 0) throw testing::ClusterError("node recover failed");
}

/// Processor time of a process so far, in seconds.
double processor_seconds(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::stringstream text;
    text << file.rdbuf();
    std::string rest = text.str();
    rest = rest.substr(rest.rfind(')') + 2);
    std::istringstream fields(rest);
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    return (user + system) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double idle_percent(const LocalCluster& cluster) {
    const auto used = [&] {
        double sum = 0;
        for (std::size_t node = 0; node < cluster.size(); ++node) {
            sum += processor_seconds(cluster.pid(node));
        }
        return sum;
    };
    std::this_thread::sleep_for(kSettle);
    const double before = used();
    std::this_thread::sleep_for(kIdle);
    const double share = (used() - before) / duration<double>(kIdle).count();
    return 100 * share / static_cast<double>(cluster.size());
}

int run(std::uint32_t nodes, std::size_t runs) {
    std::vector<Sample> samples{{"longest write gap, leader killed", "ms", {}},
                                {"longest write gap, lead handed over", "ms", {}},
                                {"live rate in submissions of 1,000", "/s", {}},
                                {"catch-up of a node that was away", "/s", {}},
                                {"refill of a node that lost its blocks", "/s", {}},
                                {"processor time of an idle node", "%", {}}};
    std::printf("%u nodes, %zu runs of each, on %u cores\n", nodes, runs,
                std::thread::hardware_concurrency());
    for (std::size_t done = 0; done < runs; ++done) {
        Network network(nodes);
        LocalCluster& cluster = network.cluster;
        samples[5].values.push_back(idle_percent(cluster));
        std::size_t leader = cluster.await_leader();
        samples[0].values.push_back(network.gap([&] { cluster.kill(leader); }));
        cluster.start(leader);
        cluster.await_ready();
        leader = cluster.await_leader();
        const std::size_t next = (leader + 1) % cluster.size();
        samples[1].values.push_back(network.gap([&] { cluster.transfer_leader(next); }));

        leader = cluster.await_leader();
        const std::size_t away = (leader + 1) % cluster.size();
        cluster.stop(away);
        samples[2].values.push_back(network.book_bulk());
        samples[3].values.push_back(network.catch_up(away, leader, kBulk * kBulkEach));
        cluster.await_ready();
        leader = cluster.await_leader();
        const std::size_t lost = (leader + 1) % cluster.size();
        const auto entries = static_cast<std::size_t>(network.log_size(leader));
        cluster.stop(lost);
        lose_blocks(cluster, lost);
        samples[4].values.push_back(network.catch_up(lost, leader, entries));
    }
    for (const Sample& sample : samples) print(sample);
    return 0;
}

}  // namespace
}  // namespace tally::bench

int main(int argc, char** argv) {
    const auto number = [&](int place, long otherwise) {
        return argc > place ? std::max(1L, std::strtol(argv[place], nullptr, 10)) : otherwise;
    };
    try {
        return tally::bench::run(static_cast<std::uint32_t>(number(1, 3)),
                                 static_cast<std::size_t>(number(2, 5)));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "failover: %s\n", error.what());
        return 1;
    }
}
