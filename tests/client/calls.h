#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "client/client.h"
#include "ledger/transaction.h"
#include "tests/client/fake_node.h"

namespace tally::testing {

using std::chrono::milliseconds;

inline Behaviour answer(int status, std::string body,
                        std::vector<std::pair<std::string, std::string>> headers = {}) {
    return {Behaviour::Kind::answer, status, std::move(body), std::move(headers), true, {}};
}
inline Behaviour problem(int status, const std::string& code, const std::string& retry_after = {}) {
    auto behaviour = answer(status, R"({"type":"urn:tallystick:error:)" + code +
                                        R"(","title":"t","status":)" + std::to_string(status) +
                                        R"(,"code":")" + code + R"(","detail":"why it was"})");
    if (!retry_after.empty()) behaviour.headers.emplace_back("Retry-After", retry_after);
    return behaviour;
}
inline Behaviour does(Behaviour::Kind kind) { return {kind, 200, {}, {}, true, {}}; }

inline client::Client client_for(std::vector<std::string> urls,
                                 milliseconds deadline = milliseconds(10'000),
                                 milliseconds attempt = milliseconds(10'000)) {
    client::ClientOptions options;
    options.urls = std::move(urls);
    options.deadline = deadline;
    options.attempt_timeout = attempt;
    options.retry_delay_min = milliseconds(1);
    options.retry_delay_max = milliseconds(20);
    return std::move(*client::Client::create(options));
}

inline ledger::Submission submission() {
    ledger::Submission made;
    made.header = {1, 2, 3};
    made.signatures.resize(1);
    made.transactions = {Bytes{4, 5}};
    return made;
}

}  // namespace tally::testing
