#include "tests/cluster/readers.h"

#include <map>
#include <utility>

#include "tests/support/linearizable.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPause{10};  // leaves most of the machine to who pays
constexpr milliseconds kAttempt{2000};
constexpr std::size_t kStepsMax = 200'000;

std::uint64_t moment(Clock::time_point time) {
    return static_cast<std::uint64_t>(time.time_since_epoch().count());
}

/// All payments are alike, so that their sum says all.
LogValue sum_of(std::uint64_t payments) {
    LogValue sum;
    for (std::uint64_t i = 0; i < payments; ++i) sum.append(1);
    return sum;
}

Operation payment(const Acknowledged& acknowledged, std::uint64_t place) {
    Operation operation;
    operation.writes = true;
    operation.number = 1;
    operation.called = moment(acknowledged.called);
    operation.returned = moment(acknowledged.returned);
    operation.hint = place;
    return operation;
}

}  // namespace

Readers::Readers(LocalCluster& cluster, const Workload& workload, std::string query)
    : cluster_(cluster), workload_(workload), query_(std::move(query)), readers_(cluster.size()) {
    for (std::size_t node = 0; node < cluster.size(); ++node) {
        threads_.emplace_back([this, node] { read(node); });
    }
}

Readers::~Readers() { stop(); }

void Readers::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

void Readers::read(std::size_t node) {
    client::ClientOptions options;
    options.urls = {cluster_.url(node)};
    options.attempt_timeout = kAttempt;
    client::Client client = cluster_.make_client(std::move(options));
    for (std::size_t turn = node; !stopping_ && readers_[node].fault.empty(); ++turn) {
        read_once(client, workload_.contract_of(turn % workload_.clients()), readers_[node]);
        std::this_thread::sleep_for(kPause);
    }
}

void Readers::read_once(client::Client& client, const std::string& contract, Reader& reader) {
    const auto called = Clock::now();
    const auto answer = client.get_from(0, "/v1/contracts/" + contract + query_);
    const auto returned = Clock::now();
    if (!answer || answer->stale || answer->status == 503) {
        ++others_;
        return;
    }
    const auto document = client::Document::parse(*answer);
    const auto paid = document ? document->integer(kRepaid) : std::nullopt;
    if (answer->status != 200 || !paid) {
        reader.fault = answer->url + " answers for contract " + contract +
                       ", which is there: " + std::to_string(answer->status) + " " +
                       answer->body.substr(0, 300);
        return;
    }
    reader.reads.push_back({contract, static_cast<std::uint64_t>(*paid), called, returned});
    ++confirmed_;
}

std::string Readers::first_fault() const {
    std::map<std::string, std::vector<Operation>> histories;
    for (const auto& [contract, payments] : workload_.payments()) {
        auto& history = histories[contract];
        for (const auto& paid : payments) history.push_back(payment(paid, history.size() + 1));
    }
    for (const auto& reader : readers_) {
        if (!reader.fault.empty()) return reader.fault;
        for (const auto& read : reader.reads) {
            Operation operation;
            operation.seen = sum_of(read.paid);
            operation.called = moment(read.called);
            operation.returned = moment(read.returned);
            operation.hint = read.paid;
            histories[read.contract].push_back(operation);
        }
    }
    for (const auto& [contract, history] : histories) {
        const Linearizable verdict = check_log(history, kStepsMax);
        if (verdict == Linearizable::yes) continue;
        return "what was read and paid of contract " + contract +
               (verdict == Linearizable::no ? " is not linearizable ("
                                            : " takes too long to judge (") +
               std::to_string(history.size()) + " operations)";
    }
    return {};
}

}  // namespace tally::testing
