#pragma once

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "tests/cli/node_answers.h"
#include "tests/cli/program.h"

namespace tally::cli::testing {

using tally::testing::FakeNode;

inline constexpr const char* kChange = R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
    "line":"11111111111111111111111111111111","limit":5})";

/// A network that does not run, a draft with a space in its name, and what is said of it.
struct Stage {
    Stage() : dir(scratch / "net"), draft(scratch.write("my change.json", kChange)) {
        REQUIRE(run({"network", "init", "--dir", dir, "--free-ports"}).code == 0);
    }
    Said submit(const std::string& url, std::vector<std::string> more = {},
                const std::string& timeout = "1") const {
        std::vector<std::string> arguments{"submit", draft, "--dir",     dir,
                                           "--url",  url,   "--timeout", timeout};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    }
    /// Files beside the draft that hold a submission.
    std::vector<std::string> kept() const { return scratch.submissions(); }

    /// The id of the first transaction that a kept file holds.
    std::string id_in(const std::string& kept) const {
        const auto file =
            boost::json::parse(scratch.read(std::filesystem::path(kept).filename().string()));
        return std::string(file.at("transactions").at(0).at("transaction").at("id").as_string());
    }

    Scratch scratch;
    std::string dir;
    std::string draft;
};

/// The answer to a submission of one transaction, accepted.
inline Behaviour receipt_for(const std::string& id) {
    Behaviour answer;
    answer.headers = {{"Content-Type", "application/json"}};
    answer.body = R"({"block":7,"block_time":"2024-01-31T00:00:00.000Z","header_entry":3,)"
                  R"("replayed":false,"applied_index":7,"certified_size":null,"transactions":)"
                  R"([{"id":")" +
                  id + R"(","outcome":"accepted","entry":4,"repeated":false}]})";
    return answer;
}

/// A node on which nothing is on record that is asked for, and which answers a submission so.
inline FakeNode::Answering empty_but(const Behaviour& answer) {
    return [answer](const auto& request) {
        return request.method == "POST" ? answer : problem(404, "not_found");
    };
}

/// Bytes of the submission that a node was sent.
inline std::string sent_to(const FakeNode& node) {
    const auto seen = node.seen();
    const auto post =
        std::ranges::find_if(seen, [](const auto& request) { return request.method == "POST"; });
    return post == seen.end() ? std::string() : post->body;
}

}  // namespace tally::cli::testing
