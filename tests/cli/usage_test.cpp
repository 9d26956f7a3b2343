#include <sstream>
#include <string>

#include "tests/cli/program.h"
#include "tests/client/fake_node.h"

using namespace tally::cli;
using namespace tally::cli::testing;
using tally::testing::Behaviour;
using tally::testing::FakeNode;

namespace {

/// Takes everything, and has room for nothing when it is to be written: as a full disk does behind
/// the buffer of a stream.
class FullDisk : public std::stringbuf {
protected:
    int sync() override { return -1; }
};

}  // namespace

// Goal: a result that did not reach its reader is no success, whichever command printed it.
TEST_CASE("A command whose output cannot be written says so and fails") {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"--version"}, {"submit", "--help"}, {"network", "status"}}) {
        FullDisk disk;
        std::ostream full(&disk);
        std::ostringstream err;
        int code = 0;
        {
            Console console(full, err, false);
            const Scratch scratch;
            std::vector<std::string> words = arguments;
            if (words.front() == "network") words.insert(words.end(), {"--dir", scratch / "none"});
            code = run_program(words, console);
        }
        INFO(arguments.front() << ": " << err.str());
        CHECK(code == 1);
        CHECK(contains(err.str(), "error[io_failed]: standard output: cannot be written"));
    }
}

TEST_CASE("After a typo the command or option that was meant is named, with its help") {
    const auto said = [](const std::vector<std::string>& arguments, const std::string& part) {
        const Said answer = run(arguments);
        INFO(answer.err);
        CHECK(answer.code == 2);
        CHECK(contains(answer.err, part));
    };
    said({"sumbit", "x.json"}, "sumbit: no such command; did you mean submit?");
    said({"netwrok", "up"}, "did you mean network?");
    said({"network", "staus"}, "staus: no such command; did you mean status?");
    said({"network", "staus"}, "tallystick network --help");
    said({"submit", "x.json", "--kye", "lender"}, "--kye: was not expected; did you mean --key?");
    said({"submit", "--atomc"}, "did you mean --atomic?");
    said({"frobnicate"}, "frobnicate: no such command; see");
    said({"line", std::string(32, '1'), "more"}, "more: was not expected");
}

TEST_CASE("With --json every usage error is a document, wherever the parser stopped") {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"nosuch", "--json"},
                                                      {"--json"},
                                                      {"--json", "nosuch"},
                                                      {"network", "nosuch", "--json"},
                                                      {"network", "status", "--bad", "--json"},
                                                      {"--bad", "network", "status", "--json"},
                                                      {"schedule", "--periods", "x", "--json"},
                                                      {"entry", "x", "--json"}}) {
        const Said said = run(arguments);
        INFO(arguments.front() << ": " << said.out << said.err);
        CHECK(said.code == 2);
        CHECK(said.out.starts_with(R"({"error":{"code":"usage","detail":)"));
    }
    CHECK(run({"nosuch", "--", "--json"}).out.empty());
}

TEST_CASE("A file whose name begins with a dash is named with its folder, and that is said") {
    const Scratch scratch;
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(scratch / "");
    scratch.write("-dash.json", "{}");
    const Said said = run({"submit", "-dash.json", "--key", "lender"});
    const Said behind = run({"submit", "--key", "lender", "--", "-dash.json"});
    const Said other = run({"submit", "-none.json", "--key", "lender"});
    std::filesystem::current_path(before);
    CHECK(said.code == 2);
    CHECK(contains(said.err, "is written ./-dash.json"));
    CHECK(contains(behind.err, "network.pub"));  // understood, but there is no network
    CHECK_FALSE(contains(other.err, "is written"));
}

TEST_CASE("What is there already has one code, whichever command finds it") {
    const Scratch scratch;
    const std::string file = scratch.write("there.key", "x");
    const std::string name = scratch / "there";
    REQUIRE(run({"network", "init", "--dir", scratch / "net", "--free-ports"}).code == 0);
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"generate", "--transactions", "5", "--out", file},
          {"keygen", name},
          {"network", "init", "--dir", scratch / "net"}}) {
        const Said said = run(arguments);
        INFO(said.err);
        CHECK(said.code == 1);
        CHECK(contains(said.err, "error[bad_config]: "));
    }
    CHECK(scratch.read("there.key") == "x");
}

TEST_CASE("Numbers are what is written: no sign, no wrapping") {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"entry", "-1"},
                                                      {"entry", "18446744073709551616"},
                                                      {"entry", "99999999999999999999999"},
                                                      {"entry", "1e3"},
                                                      {"generate", "--seed", "-1"},
                                                      {"generate", "--seed=-1"},
                                                      {"prove", "--entry=-5"},
                                                      {"network", "init", "--api-port", "70000"}}) {
        const Said said = run(arguments);
        INFO(arguments.back() << ": " << said.err);
        CHECK(said.code == 2);
        CHECK(contains(said.err, arguments.back().substr(arguments.back().rfind('-') + 1)));
    }
}

TEST_CASE("The help names every exit code") {
    const Said said = run({"--help"});
    for (const char* part : {"0 ok", "1 failed", "2 usage", "3 verification failed", "4 no quorum",
                             "outcome unknown", "5 an audit"}) {
        INFO(said.out);
        CHECK(contains(said.out, part));
    }
}

TEST_CASE("A file that is not there is io_failed, as documented, to whoever signs it") {
    const Scratch scratch;
    REQUIRE(run({"network", "init", "--dir", scratch / "net", "--free-ports"}).code == 0);
    const Said said =
        run({"sign", scratch / "none.tally", "--key", "lender", "--dir", scratch / "net"});
    CHECK(contains(said.err, "error[io_failed]: " + (scratch / "none.tally")));
}

TEST_CASE("The option --key takes one key: what follows is the file") {
    const Scratch scratch;
    const Said said =
        run({"submit", "--key", "lender", scratch / "none.json", "--dir", scratch / "net"});
    CHECK(contains(said.err, "net/network.pub"));  // understood, but there is no network
    CHECK(run({"sign", "--key", "lender", scratch / "none.tally", "--dir", scratch / "net"}).code ==
          1);
}

// Goal: what somebody writes is looked for as it stands, and never makes another request.
TEST_CASE("A name travels in its place of the path, and an empty one is refused") {
    Behaviour none;
    none.status = 404;
    none.headers = {{"Content-Type", "application/problem+json"}};
    none.body = R"({"status":404,"code":"not_found","detail":"none"})";
    const FakeNode node({none});
    const auto target_of = [&](const std::vector<std::string>& arguments) {
        std::vector<std::string> whole = arguments;
        whole.insert(whole.end(), {"--url", node.url(), "--timeout", "5"});
        const std::size_t before = node.seen().size();
        const Said said = run(whole);
        INFO(said.err);
        CHECK(said.code != 0);
        const auto seen = node.seen();
        return seen.size() == before ? std::to_string(said.code) : seen.back().target;
    };
    const auto member = [&](const std::string& name) { return target_of({"member", name}); };
    const std::string rest = "/history?limit=20";
    CHECK(member("len der") == "/v1/members/len%20der" + rest);
    CHECK(member("\xe8\xb4\xb7\xe6\xac\xbe") == "/v1/members/%E8%B4%B7%E6%AC%BE" + rest);
    CHECK(member("a/b") == "/v1/members/a%2Fb" + rest);
    CHECK(member("%41") == "/v1/members/%2541" + rest);
    CHECK(member("a?b#c") == "/v1/members/a%3Fb%23c" + rest);
    CHECK(member("..") == "/v1/members/%2E%2E" + rest);
    CHECK(member("") == "2");
    const std::string id(32, '1');
    CHECK(target_of({"transaction", id, "--member", "a/b"}) == "/v1/transactions/a%2Fb/" + id);
    CHECK(target_of({"transaction", id, "--member", ""}) == "2");
    CHECK(target_of({"prove", id, "--member", ""}) == "2");
}

TEST_CASE("An option that would be ignored is an error") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir, "--free-ports"}).code == 0);
    const auto refused = [](const std::vector<std::string>& arguments, const std::string& part) {
        const Said said = run(arguments);
        INFO(part << " not in " << said.err);
        CHECK(said.code == 2);
        CHECK(contains(said.err, part));
    };
    refused({"network", "up", "--ephemeral", "--dir", dir}, "--dir: --ephemeral makes its own");
    refused({"network", "up", "--ephemeral", "--api-port", "7301"}, "--api-port");
    refused({"network", "up", "--dir", dir, "--from", "x.toml"}, "--from");
    refused({"network", "up", "--dir", dir, "--peer-port=7301"}, "--peer-port");
    refused({"network", "up", "--dir", dir, "--free-ports"}, "--free-ports");
    refused({"line", std::string(32, '1'), "--limit", "3"}, "--limit");
    for (const std::string action : {"init", "up"}) {
        for (const std::string port : {"--api-port", "--peer-port"}) {
            refused({"network", action, "--dir", scratch / "other", "--free-ports", port, "7301"},
                    "--free-ports excludes " + port);
        }
    }
    CHECK_FALSE(std::filesystem::exists(scratch / "other"));
    for (const std::string account : {"line", "contract", "borrower"}) {
        refused({account, std::string(32, '1'), "--history", "--lang", "zh"}, "--lang: --history");
    }
    refused({"prove", "--entry", "4", "--member", "lender"}, "--member: is for a transaction's id");
    refused({"sign", "x.tally", "--show", "--yes"}, "--yes: --show signs nothing");
    refused({"sign", "x.tally", "--show", "--out", "y.tally"}, "--out: --show signs nothing");
    refused({"network", "logs", "--follow", "--json"}, "--follow: --json is one document");
    refused({"submit", "x.json", "--key", "lender", "--dry-run", "--wait", "certified"},
            "--wait: --dry-run sends nothing");
    const auto schedule = [&](const std::string& method, const std::string& option,
                              const std::string& value) {
        refused({"schedule", "--method", method, "--principal", "1000", "--rate-ppm", "5000",
                 "--periods", "3", "--start", "2024-01-31", option, value},
                option + ": --method " + method + " has none");
    };
    schedule("annuity", "--remainder", "last");
    schedule("equal-principal", "--day-count", "30/360");
    for (const char* name : {"book.xlsx", "book.json"}) {
        refused({"generate", "--transactions", "5", "--out", scratch / name},
                "books are CSV (a name that ends in .csv) or NDJSON");
        CHECK_FALSE(std::filesystem::exists(scratch / name));
    }
    const std::string book = scratch.write("book.csv", "mine");
    CHECK(contains(run({"generate", "--transactions", "5", "--out", book}).err,
                   "error[bad_config]: " + book + ": is there already"));
    CHECK(scratch.read("book.csv") == "mine");
}

TEST_CASE("A last moment that is none is refused, whatever its sign") {
    // Goal: zero stands on record for no limit, and must not be had by asking for the earliest one.
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string draft = scratch.write("draft.json", R"({"type":"DAY_OPEN"})");
    for (const char* time :
         {"1970-01-01T00:00:00.000Z", "-5", "0", "+0", "1969-12-31T00:00:00.000Z"}) {
        for (const char* command : {"submit", "prepare"}) {
            std::vector<std::string> words{command, draft, "--dir", dir, "--not-after", time};
            if (words.front() == "submit") words.insert(words.end(), {"--key", "servicer"});
            if (words.front() == "prepare") {
                words.insert(words.end(), {"--signer", "servicer", "--out", scratch / "out.tally"});
            }
            const Said said = run(words);
            INFO(command << " " << time << said.err);
            CHECK(said.code == 2);
            CHECK(contains(said.err, "--not-after"));
        }
    }
}
