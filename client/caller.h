#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/client.h"
#include "client/http.h"
#include "client/verdict.h"

namespace tally::client {

/// What came of a call over all nodes.
struct CallOutcome {
    std::optional<Answer> answer;  ///< for good: also a refusal, where nobody else can be asked
    Error last;                    ///< why there is none, or what a status of 400 and above says
    std::uint32_t attempts = 0;
    bool may_have_arrived = false;  ///< some node may act on it that did not answer for good
    bool alone = false;             ///< a refusal that nobody confirmed in time
    bool repeated = false;          ///< `answer` is what a second node said too
    std::vector<Answer> said;       ///< of a question with a meaning: what each node said
};

/// The nodes of one network, and what is known of them: who leads, who answers, who is silent.
/// Thread-safe: each call uses connections of its own, which are kept for later ones.
class Caller {
public:
    using Clock = std::chrono::steady_clock;

    /// bad_url for anything but `http://host:port`, or without urls.
    static Result<std::unique_ptr<Caller>> create(ClientOptions options);

    /// Goes from node to node until one answers for good or the deadline passes. A node that fails
    /// or refuses is followed by the next one at once; one that is silent for longer than a read,
    /// or a share of a submission's time, deserves stays under way while the next one is asked too.
    CallOutcome call(const Question& question, Clock::time_point deadline);
    /// One attempt on one node.
    Result<HttpReply> exchange(std::size_t position, const HttpRequest& request);

    /// wrong_network: the node says that it serves another network than options().network.
    std::optional<Error> of_another_network(std::size_t position, const HttpReply& reply) const;

    /// The next read begins with another node: for one that is asked again and again, which a node
    /// that stays behind would hold up for ever.
    void begin_elsewhere() { answered_ = (answered_ + 1) % nodes_.size(); }

    const ClientOptions& options() const { return options_; }

private:
    class Call;
    struct Node {
        Address address;
        std::string name;  ///< as it calls itself; empty: not known yet. Guarded by mutex_
        std::atomic<bool> silent{false};
    };

    explicit Caller(ClientOptions options) : options_(std::move(options)) {}
    std::unique_ptr<HttpConnections> take_connections();
    void give_back(std::unique_ptr<HttpConnections> connections);
    /// In which order nodes are asked: the leader first by a submission, else the one that
    /// answered last; those that were silent come last.
    std::vector<std::size_t> order(bool submission) const;
    void note_reply(std::size_t position, const HttpReply& reply);
    void note_silence(std::size_t position);

    static constexpr std::size_t kIdleMax = 64;  // connections kept for each node
    static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);
    ClientOptions options_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::atomic<std::size_t> answered_{0};      // the node that answered last
    std::atomic<std::size_t> leader_{kNobody};  // as the last answers say
    std::mutex mutex_;
    std::vector<std::unique_ptr<HttpConnections>> idle_;  // guarded by mutex_
};

}  // namespace tally::client
