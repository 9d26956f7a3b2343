#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "testing/local_cluster.h"

namespace tally::testing {

inline constexpr ledger::Day kToday = 19'753;  ///< 2024-01-31
/// Polls until it holds; false after a minute.
bool within_patience(const std::function<bool()>& holds);

/// A node's own folder, below the network's.
std::string node_folder(const LocalCluster& cluster, std::size_t node);

/// In a contract without fees: all that was paid.
inline constexpr const char* kRepaid = "totals/repaid/principal";

/// Grants of lines that are new to everybody, each a single transaction that the rules accept: they
/// are one borrower's, under one assessment with room for all. Opens the book on kToday.
class Grants {
public:
    explicit Grants(LocalCluster& cluster);
    /// Of 1,000.00 CNY.
    ledger::LimitGrant fresh() const;

    /// What the constructor put on record.
    static constexpr std::size_t kTransactions = 5;

private:
    ledger::BorrowerId borrower_;
    ledger::AssessmentId assessment_;
};

/// A contract without fees that is repaid one minor unit at a time, on a line of its own. Opens the
/// book on kToday.
class Contract {
public:
    explicit Contract(LocalCluster& cluster);

    const std::string& id() const { return id_; }
    const std::string& line() const { return line_id_; }
    /// The next repayment, signed: unique id and reference.
    ledger::Submission next_repayment();

private:
    LocalCluster& cluster_;
    ledger::ContractId contract_;
    std::string id_;
    std::string line_id_;
    std::uint64_t payments_ = 0;
};

/// A payment that the network acknowledged, and the time that it took by the steady clock.
struct Acknowledged {
    std::string id;
    std::uint64_t entry = 0;
    std::chrono::steady_clock::time_point called;
    std::chrono::steady_clock::time_point returned;
};

/// Clients, each with a contract of its own (a new one after every few hundred payments, for a
/// contract's history is bounded) and a thread, that repay without pause until they are told to
/// stop. Each repeats a payment's bytes until it is acknowledged: whatever happens to the
/// nodes meanwhile, every payment must be booked exactly once.
class Workload {
public:
    /// Each client waits `pace` after a payment, so that the book of a long run stays small enough
    /// to be audited.
    Workload(LocalCluster& cluster, std::size_t clients,
             std::chrono::milliseconds pace = std::chrono::milliseconds(0));
    ~Workload();

    std::uint64_t acknowledged() const { return acknowledged_count_; }
    /// Waits until this many more are acknowledged; throws ClusterError if that takes too long.
    void await_progress(std::uint64_t more) const;
    /// Ends the clients; each completes its last payment.
    void stop();
    /// After stop: every acknowledged payment is found where the receipt says, none is booked
    /// twice, and each contract has exactly as many payments as were acknowledged. Empty when it
    /// holds.
    std::string first_fault() const;
    std::uint64_t attempts() const { return attempts_; }

    std::size_t clients() const { return payers_.size(); }
    /// The contract that this client is repaying. Any thread, at any time.
    std::string contract_of(std::size_t client) const;
    /// After stop: the payments of every contract, in their order.
    std::map<std::string, std::vector<Acknowledged>> payments() const;

private:
    struct Repaid {
        explicit Repaid(LocalCluster& cluster) : contract(cluster) {}
        Contract contract;
        std::vector<Acknowledged> acknowledged;
    };
    /// The payer's thread only, until stop.
    struct Payer {
        std::vector<std::unique_ptr<Repaid>> contracts;  // the last one is being repaid
        std::string current;                             // its id; guarded by current_mutex_
        std::string failure;
    };
    void pay(Payer& payer);
    void pay_once(Payer& payer);
    void begin_contract(Payer& payer);
    static std::string fault_of(client::Client& client, const Repaid& repaid);

    LocalCluster& cluster_;
    const std::chrono::milliseconds pace_;
    client::Client client_;
    std::atomic<bool> stopping_{false};
    std::atomic<std::uint64_t> acknowledged_count_{0};
    std::atomic<std::uint64_t> attempts_{0};
    mutable std::mutex current_mutex_;
    std::vector<std::unique_ptr<Payer>> payers_;
    std::vector<std::thread> threads_;  // last
};

/// Waits until all nodes have applied the same block and nothing new comes, then compares what they
/// derived. Empty when tip, state and log root are the same everywhere.
std::string first_difference(const LocalCluster& cluster);

/// Stops all nodes and replays each one's data folder from its first block. Empty when all hold.
std::string first_audit_finding(LocalCluster& cluster);

}  // namespace tally::testing
