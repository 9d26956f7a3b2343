#pragma once

#include "tests/cli/node_answers.h"
#include "tests/cli/program.h"

namespace tally::cli::testing {

using tally::testing::FakeNode;

inline const std::string kHeader =
    "type,id,business_date,line,limit,contract,principal,product,terms_hash,periods,shares,amount,"
    "source_ref,parts,group\n";
inline const std::string kOne(32, '1');
inline const std::string kTwo(32, '2');
inline const std::string kHash(64, '3');

inline std::string change(const std::string& id, const std::string& limit) {
    return "LIMIT_CHANGE," + id + ",2025-01-01," + kOne + "," + limit + ",,,,,,,,,,\n";
}
inline std::string capture(const std::string& shares) {
    return "CAPTURE,,2025-01-01," + kOne + ",," + kTwo + ",1000," + kOne + "," + kHash + ",3," +
           shares + ",,,,\n";
}
inline std::string payment() { return "REPAYMENT,,2025-01-01,,," + kTwo + ",,,,,,500,ref-1,,\n"; }
inline std::string waiver() { return "WAIVE,,2025-01-01,,," + kTwo + ",,,,,,,,0:fee:1,\n"; }

/// Imports into a network that nobody runs: whatever is sent ends as exit code 4.
struct Offline {
    Offline() { REQUIRE(run({"network", "init", "--dir", dir}).code == 0); }

    Said import(const std::string& book, const std::vector<std::string>& keys,
                const std::string& receipts = {}) {
        std::vector<std::string> arguments{"import", scratch.write("book", book), "--dir",     dir,
                                           "--url",  "http://127.0.0.1:1",        "--timeout", "1"};
        for (const auto& key : keys) {
            arguments.push_back("--key");
            arguments.push_back(key);
        }
        if (!receipts.empty()) arguments.insert(arguments.end(), {"--receipts", receipts});
        return run(arguments);
    }

    Said import_to(const std::string& url, const std::string& book,
                   const std::vector<std::string>& keys, const std::string& timeout = "1") const {
        std::vector<std::string> arguments{
            "import", scratch.write("my book.csv", book), "--dir", dir, "--url", url, "--timeout",
            timeout};
        for (const auto& key : keys) arguments.insert(arguments.end(), {"--key", key});
        return run(arguments);
    }
    /// Files beside the book that hold a submission.
    std::vector<std::string> kept() const { return scratch.submissions(); }

    Scratch scratch;
    std::string dir = scratch / "net";
};

/// Has nothing on record, and does this with a submission.
inline FakeNode::Answering without_records(const Behaviour& submitted) {
    return [submitted](const tally::testing::SeenRequest& request) {
        if (request.method == "POST") return submitted;
        if (!request.target.starts_with("/v1/records/")) return problem(404, "not_found");
        const std::string key = request.target.substr(12, request.target.find('?') - 12);
        Behaviour none;
        none.headers = {{"Content-Type", "application/json"}};
        none.body = R"({"key":")" + key + R"(","value":null})";
        return none;
    };
}

inline std::vector<std::string> posts(const FakeNode& node) {
    std::vector<std::string> bodies;
    for (const auto& request : node.seen()) {
        if (request.method == "POST") bodies.push_back(request.body);
    }
    return bodies;
}

inline Behaviour hang_up() {
    Behaviour nothing;
    nothing.kind = Behaviour::Kind::hang_up;
    return nothing;
}

}  // namespace tally::cli::testing
