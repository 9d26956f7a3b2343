#include "tests/cluster/workload.h"

#include <map>
#include <set>

#include "api/errc.h"
#include "storage/audit.h"
#include "storage/audit_source.h"

namespace tally::testing {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kPatience{60'000};
constexpr ledger::Amount kPrincipal = 1'000'000'000;
constexpr ledger::Amount kRoom = 1'000'000'000'000;
constexpr std::uint32_t kFreeBand = 9;
constexpr std::size_t kPaymentsMax = 200;  // of one contract

/// What a quorum has confirmed. A node that was away may answer first, and says that its answer may
/// be old.
Result<client::Document> confirmed(client::Client& client, const std::string& path) {
    Result<client::Answer> answer = client.get(path);
    const bool held = within_patience([&] {
        if (answer && answer->stale) answer = client.get(path);
        return !answer || !answer->stale;
    });
    if (!answer) return answer.error();
    if (!held) return fail(api::errc::no_quorum, "no node confirms what it says of " + path);
    return client::Document::parse(*answer);
}

/// One page after the other: how often each transaction id was accepted in a contract's history.
Result<std::map<std::string, int>> accepted_in_history(client::Client& client,
                                                       const std::string& contract) {
    std::map<std::string, int> accepted;
    std::string cursor;
    do {
        std::string path = "/v1/contracts/" + contract + "/history?limit=1000";
        if (!cursor.empty()) path += "&cursor=" + cursor;
        const auto page = confirmed(client, path);
        if (!page) return page.error();
        for (std::size_t i = 0;; ++i) {
            const std::string item = "items/" + std::to_string(i);
            if (!page->has(item)) break;
            if (page->text(item + "/outcome") != "accepted") continue;
            ++accepted[page->text(item + "/transaction/id").value_or("?")];
        }
        cursor = page->text("next").value_or("");
    } while (!cursor.empty());
    return accepted;
}

}  // namespace

bool within_patience(const std::function<bool()>& holds) {
    const auto deadline = Clock::now() + kPatience;
    while (!holds()) {
        if (Clock::now() >= deadline) return false;
        std::this_thread::sleep_for(milliseconds(20));
    }
    return true;
}

std::string node_folder(const LocalCluster& cluster, std::size_t node) {
    return cluster.folder() + "/n" + std::to_string(node + 1);
}

Grants::Grants(LocalCluster& cluster) : borrower_(new_id<ledger::BorrowerId>()) {
    cluster.open_book(kToday);
    const auto approval = cluster.assessment(borrower_, kRoom, kToday);
    assessment_ = approval.assessment;
    if (!cluster.submit({"lender"}, approval, kToday).all_accepted()) {
        throw ClusterError("the assessment was refused");
    }
}

ledger::LimitGrant Grants::fresh() const {
    return {new_id<ledger::LineId>(), borrower_, "CNY", 100'000, kToday, kToday + 365, assessment_};
}

Contract::Contract(LocalCluster& cluster) : cluster_(cluster) {
    cluster.open_book(kToday);
    const auto line = cluster.open_line(kPrincipal, kToday, kFreeBand);
    const auto capture = cluster.purchase(line, kPrincipal, 3, kToday, kFreeBand);
    contract_ = capture.contract;
    id_ = id_text(contract_);
    line_id_ = id_text(line);
    if (!cluster.submit({"lender", "funder"}, capture, kToday).all_accepted()) {
        throw ClusterError("the capture was refused");
    }
}

ledger::Submission Contract::next_repayment() {
    const ledger::Repayment body{contract_,
                                 1,
                                 id_ + "/" + std::to_string(++payments_),
                                 {{0, ledger::Component::principal, 1}}};
    return cluster_.sign({"servicer"}, body, kToday);
}

Workload::Workload(LocalCluster& cluster, std::size_t clients, milliseconds pace)
    : cluster_(cluster), pace_(pace), client_([&] {
          client::ClientOptions options;
          options.deadline = kPatience;
          options.attempt_timeout = milliseconds(2000);
          return cluster.make_client(options);
      }()) {
    for (std::size_t i = 0; i < clients; ++i) {
        payers_.push_back(std::make_unique<Payer>());
        begin_contract(*payers_.back());
    }
    for (auto& payer : payers_) threads_.emplace_back([this, &payer] { pay(*payer); });
}

Workload::~Workload() { stop(); }

void Workload::pay(Payer& payer) {
    try {
        while (!stopping_ && payer.failure.empty()) {
            if (payer.contracts.back()->acknowledged.size() == kPaymentsMax) {
                begin_contract(payer);
            }
            pay_once(payer);
            std::this_thread::sleep_for(pace_);
        }
    } catch (const ClusterError& error) {  // of a new contract
        payer.failure = error.what();
    }
}

void Workload::begin_contract(Payer& payer) {
    payer.contracts.push_back(std::make_unique<Repaid>(cluster_));
    const std::lock_guard lock(current_mutex_);
    payer.current = payer.contracts.back()->contract.id();
}

std::string Workload::contract_of(std::size_t client) const {
    const std::lock_guard lock(current_mutex_);
    return payers_.at(client)->current;
}

std::map<std::string, std::vector<Acknowledged>> Workload::payments() const {
    std::map<std::string, std::vector<Acknowledged>> payments;
    for (const auto& payer : payers_) {
        for (const auto& repaid : payer->contracts) {
            payments.emplace(repaid->contract.id(), repaid->acknowledged);
        }
    }
    return payments;
}

void Workload::pay_once(Payer& payer) {
    Repaid& repaid = *payer.contracts.back();
    const auto submission = repaid.contract.next_repayment();
    const auto called = Clock::now();
    const auto receipt = client_.submit(submission);
    if (!receipt) {
        payer.failure = receipt.error().code.message() + ": " + receipt.error().context;
    } else if (!receipt->all_accepted()) {
        payer.failure = receipt->json;
    } else {
        const auto& one = receipt->transactions.front();
        repaid.acknowledged.push_back({one.id, one.entry, called, Clock::now()});
        ++acknowledged_count_;
        attempts_ += receipt->attempts;
    }
}

void Workload::await_progress(std::uint64_t more) const {
    const std::uint64_t goal = acknowledged_count_ + more;
    const auto deadline = Clock::now() + kPatience;
    while (acknowledged_count_ < goal) {
        if (Clock::now() >= deadline) {
            std::string logs;
            for (std::size_t i = 0; i < cluster_.size(); ++i) {
                logs += "\nnode " + std::to_string(i) + ":\n" + cluster_.log(i, 10);
            }
            throw ClusterError("no progress: " + std::to_string(goal - acknowledged_count_) +
                               " acknowledgements are missing" + logs);
        }
        std::this_thread::sleep_for(milliseconds(2));
    }
}

void Workload::stop() {
    stopping_ = true;
    for (auto& thread : threads_) thread.join();
    threads_.clear();
}

std::string Workload::fault_of(client::Client& client, const Repaid& repaid) {
    const std::string name = "contract " + repaid.contract.id() + ": ";
    const auto state = confirmed(client, "/v1/contracts/" + repaid.contract.id());
    if (!state) return name + state.error().context;
    const auto expected = static_cast<std::int64_t>(repaid.acknowledged.size());
    const auto paid = state->integer(kRepaid).value_or(-1);
    if (paid != expected) {
        return name + std::to_string(expected) + " payments were acknowledged, " +
               std::to_string(paid) + " are booked, says " + state->url();
    }
    const auto accepted = accepted_in_history(client, repaid.contract.id());
    if (!accepted) return name + accepted.error().context;
    for (const auto& [id, count] : *accepted) {
        if (count != 1) return name + id + " was accepted " + std::to_string(count) + " times";
    }
    for (const auto& payment : repaid.acknowledged) {
        if (!accepted->contains(payment.id)) return name + payment.id + " is lost";
    }
    // Where the receipt says: the last ones, which were under way when a leader died, suffice.
    const std::size_t first =
        repaid.acknowledged.size() - std::min<std::size_t>(repaid.acknowledged.size(), 20);
    for (std::size_t i = first; i < repaid.acknowledged.size(); ++i) {
        const auto& payment = repaid.acknowledged[i];
        const auto found = confirmed(client, "/v1/transactions/servicer/" + payment.id);
        if (!found) return name + payment.id + " is not found: " + found.error().context;
        if (found->integer("entry") != static_cast<std::int64_t>(payment.entry)) {
            return name + payment.id + " is at another entry than its receipt says";
        }
    }
    return {};
}

std::string Workload::first_fault() const {
    client::Client client = cluster_.make_client();
    for (const auto& payer : payers_) {
        if (!payer->failure.empty()) return payer->failure;
        for (const auto& repaid : payer->contracts) {
            const std::string fault = fault_of(client, *repaid);
            if (!fault.empty()) return fault;
        }
    }
    return {};
}

std::string first_difference(const LocalCluster& cluster) {
    const auto deadline = Clock::now() + kPatience;
    for (;;) {
        std::vector<client::Document> statuses;
        std::set<std::int64_t> applied;
        std::set<std::int64_t> last;
        for (std::size_t i = 0; i < cluster.size(); ++i) {
            statuses.push_back(cluster.status(i));
            applied.insert(statuses.back().integer("applied_index").value_or(-1));
            last.insert(statuses.back().integer("last_index").value_or(-2));
        }
        if (applied.size() == 1 && last == applied) {
            for (const char* field : {"tip_hash", "state_hash", "log_root", "log_size"}) {
                std::set<std::string> values;
                for (const auto& status : statuses) {
                    values.insert(status.text(field).value_or(
                        std::to_string(status.integer(field).value_or(-1))));
                }
                if (values.size() != 1 || *values.begin() == "-1") {
                    return std::string(field) + " differs at block " +
                           std::to_string(*applied.begin());
                }
            }
            return {};
        }
        if (Clock::now() >= deadline) return "the nodes do not reach the same block";
        std::this_thread::sleep_for(milliseconds(20));
    }
}

std::string first_audit_finding(LocalCluster& cluster) {
    for (std::size_t i = 0; i < cluster.size(); ++i) {
        if (cluster.pid(i) != 0) cluster.stop(i);
    }
    for (std::size_t i = 0; i < cluster.size(); ++i) {
        const std::string name = "n" + std::to_string(i + 1);
        const auto source = storage::make_folder_audit_source(node_folder(cluster, i));
        if (!source) return name + ": " + source.error().context;
        const auto report = storage::audit(**source, cluster.genesis());
        if (!report) return name + ": " + report.error().context;
        if (report->findings.empty()) continue;
        const auto& finding = report->findings.front();
        return name + ": block " + std::to_string(finding.block) + " " + finding.field + ": " +
               finding.detail;
    }
    return {};
}

}  // namespace tally::testing
