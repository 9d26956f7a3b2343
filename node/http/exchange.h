#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/types.h"
#include "node/http/message.h"

namespace tally::node::http {

/// One request on its way to its answer. Whoever works on the answer holds it: when the last holder
/// lets go without having answered, the client is told so. Thread-safe but for construction and
/// `set_route`.
class Exchange {
public:
    using Deliver = std::function<void(HttpResponse)>;

    /// `deliver` is called exactly once, on the thread that answers, and must not block.
    Exchange(HttpRequest request, Deliver deliver);
    ~Exchange();
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;

    const HttpRequest& request() const { return request_; }
    /// The values of the braces in the route's pattern, in order.
    const std::vector<std::string>& parameters() const { return parameters_; }
    std::string_view route() const { return route_; }
    void set_route(std::string_view pattern, std::vector<std::string> parameters);

    /// The first answer counts; later ones are dropped.
    void answer(HttpResponse response);
    void refuse(const Error& error);

    /// From now on the ledger may hold these transactions: whoever gives up says outcome_unknown.
    void passed_on(std::vector<ledger::TransactionId> ids);
    /// Answers without knowing the outcome: outcome_unknown after `passed_on`, else `code`.
    void abandon(std::string_view code, std::string detail);

private:
    HttpRequest request_;
    Deliver deliver_;
    std::string_view route_ = "none";
    std::vector<std::string> parameters_;

    std::mutex mutex_;
    bool answered_ = false;                   // guarded by mutex_
    bool passed_on_ = false;                  // guarded by mutex_
    std::vector<ledger::TransactionId> ids_;  // guarded by mutex_
};

}  // namespace tally::node::http
