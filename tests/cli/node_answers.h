#pragma once

#include <string>

#include "tests/client/fake_node.h"

namespace tally::cli::testing {

using tally::testing::Behaviour;

/// A problem document with this code.
inline Behaviour problem(int status, const std::string& code) {
    Behaviour answer;
    answer.status = status;
    answer.headers = {{"Content-Type", "application/problem+json"}};
    answer.body =
        R"({"status":)" + std::to_string(status) + R"(,"code":")" + code + R"(","detail":"no"})";
    return answer;
}

}  // namespace tally::cli::testing
