// One file that several people submit at once, or under several names, is one wish; and what one
// node answered is told as that node's word.

#include <sys/wait.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>

#include "base/wall_clock.h"
#include "cli/source_lock.h"
#include "client/trust.h"
#include "tests/cli/offline.h"

using namespace tally;
using namespace tally::cli::testing;
using cli::SourceLock;
using tally::testing::SeenRequest;

namespace {

constexpr const char* kChange = R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
    "id":"22222222222222222222222222222222","line":"11111111111111111111111111111111","limit":5})";

Behaviour none() {
    Behaviour answer;
    answer.status = 404;
    answer.body = R"({"status":404,"code":"not_found","detail":"none"})";
    return answer;
}

Behaviour receipt(const std::string& outcome, bool repeated) {
    auto document = boost::json::parse(tally::testing::kReceipt);
    auto& one = document.as_object()["transactions"].as_array()[0].as_object();
    one["id"] = kTwo;
    one["outcome"] = outcome;
    one["repeated"] = repeated;
    Behaviour answer;
    answer.body = boost::json::serialize(document);
    return answer;
}

crypto::Digest network_of(const std::string& dir) {
    return client::NetworkTrust::load(dir + "/network.pub")->network;
}

}  // namespace

TEST_CASE("A file that another process submits now, or has just had its answer for, is not sent") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const auto network = network_of(offline.dir);
    const auto began = wall_now();
    const FakeNode node([](const SeenRequest& request) {
        return request.method == "POST" ? receipt("accepted", false) : none();
    });
    const auto submit = [&] {
        return run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url", node.url(),
                    "--timeout", "5"});
    };
    {
        const auto other = SourceLock::take(draft, network, began);
        REQUIRE(other);
        const Said said = submit();
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]: " + draft));
        CHECK(contains(said.err, "that process decides"));
        CHECK(node.seen().empty());
    }
    const pid_t child = ::fork();
    if (child == 0) {
        const auto other = SourceLock::take(draft, network, wall_now());
        if (other) other->settle();
        ::_exit(other ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(status == 0);
    const auto meanwhile = SourceLock::take(draft, network, began);
    REQUIRE_FALSE(meanwhile);
    CHECK(contains(meanwhile.error().context, "had its answer while this one began"));
    // A hard link is the same file, whichever name somebody uses.
    const std::string hard = offline.scratch / "hard.json";
    std::filesystem::create_hard_link(draft, hard);
    {
        const auto other = SourceLock::take(draft, network, wall_now());
        REQUIRE(other);
        CHECK_FALSE(SourceLock::take(hard, network, wall_now()));
    }
    std::filesystem::remove(hard);
    // Another network, another file, and whoever begins later, is free.
    CHECK(SourceLock::take(draft, crypto::Digest{}, began));
    CHECK(SourceLock::take(draft + "x", network, began));
    CHECK(SourceLock::take(draft, network, wall_now() + std::chrono::milliseconds(1)));
    CHECK(cli::process_began() <= wall_now());
}

TEST_CASE("A file is locked for those too that have another folder for temporary files") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const auto network = network_of(offline.dir);
    const char* const before = std::getenv("TMPDIR");
    const std::string kept = before == nullptr ? "" : before;
    const auto take_in = [&](const std::string& folder) {
        ::setenv("TMPDIR", folder.c_str(), 1);
        auto taken = SourceLock::take(draft, network, wall_now());
        if (before == nullptr) ::unsetenv("TMPDIR");
        if (before != nullptr) ::setenv("TMPDIR", kept.c_str(), 1);
        return taken;
    };
    std::filesystem::create_directory(offline.scratch / "one");
    std::filesystem::create_directory(offline.scratch / "two");
    {
        const auto first = take_in(offline.scratch / "one");
        REQUIRE(first);
        for (const char* other : {"two", "none"}) {
            const auto second = take_in(offline.scratch / other);
            REQUIRE_FALSE(second);
            CHECK(contains(second.error().context, "another process submits it now"));
        }
    }
    CHECK(take_in(offline.scratch / "two"));
}

TEST_CASE("A submit that had its answer says so to those that began before") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const auto began = wall_now();
    const FakeNode node([](const SeenRequest& request) {
        return request.method == "POST" ? receipt("accepted", false) : none();
    });
    const pid_t child = ::fork();
    if (child == 0) {
        ::_exit(run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url", node.url(),
                     "--timeout", "20"})
                    .code);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK_FALSE(SourceLock::take(draft, network_of(offline.dir), began));
    CHECK(offline.kept().empty());
}

// Goal: two names of one file are not two bookings.
TEST_CASE("A file is kept under its own name, also when it is submitted by a link") {
    const Offline offline;
    std::string text = kChange;
    text.erase(text.find("\"id\""), text.find("\"line\"") - text.find("\"id\""));
    const std::string draft = offline.scratch.write("draft.json", text);
    const std::string folder = offline.scratch / "elsewhere";
    std::filesystem::create_directory(folder);
    const std::string link = folder + "/link.json";
    std::filesystem::create_symlink(draft, link);
    const FakeNode silent(
        [](const SeenRequest& request) { return request.method == "POST" ? hang_up() : none(); });
    const auto submit = [&](const std::string& file) {
        return run({"submit", file, "--key", "lender", "--dir", offline.dir, "--url", silent.url(),
                    "--timeout", "1"});
    };
    CHECK(submit(link).code == 4);
    REQUIRE(offline.kept().size() == 1);
    CHECK(offline.kept().front().starts_with(draft + ".retry-"));
    CHECK(std::distance(std::filesystem::directory_iterator(folder), {}) == 1);
    const Said again = submit(draft);
    CHECK(contains(again.err, "goes out once more"));
    const auto sent = posts(silent);
    REQUIRE(sent.size() >= 2);
    CHECK(sent.front() == sent.back());
}

// Goal: a receipt of an attempt is no receipt, and nobody is led to book under another id.
TEST_CASE("A receipt that gives an attempt for the outcome is a bad answer") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    for (const bool repeated : {false, true}) {
        const FakeNode liar([&](const SeenRequest& request) {
            return request.method == "POST" ? receipt("repeated", repeated) : none();
        });
        const Said said = run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url",
                               liar.url(), "--timeout", "1"});
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[outcome_unknown]"));
        CHECK(contains(said.err, "which is of an attempt at it"));
        CHECK_FALSE(contains(said.out + said.err, "another id"));
        REQUIRE(offline.kept().size() == 1);
    }
}

// Goal: who is lied to is led to the others.
TEST_CASE("What nodes contradict names the liar, and asks the others again") {
    const bool repeated = GENERATE(true, false);
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const auto recorded = [](const SeenRequest& request) {
        Behaviour answer;
        answer.body = R"({"entry":4,"block":2,"outcome":"accepted","transaction":{}})";
        return contains(request.target, "/v1/transactions/") ? answer : none();
    };
    const FakeNode liar([repeated](const SeenRequest& request) {
        return request.method == "POST" ? receipt("limit_exceeded", repeated) : none();
    });
    const FakeNode two(recorded);
    const FakeNode three(recorded);
    const Said lied = run({"submit", draft, "--key", offline.dir + "/keys/lender.key", "--trust",
                           offline.dir + "/network.pub", "--dir", offline.scratch / "nowhere",
                           "--url", liar.url(), "--url", two.url(), "--url", three.url()});
    INFO(lied.err);
    CHECK(lied.code == 3);
    CHECK(contains(lied.err, "error[contradicted]: "));
    CHECK(contains(lied.err, "two nodes say accepted"));
    CHECK(contains(lied.err, liar.url() + ", which answered, lies or is damaged"));
    CHECK(contains(lied.err, " --url " + two.url() + " --url " + three.url() + " --trust "));
    CHECK_FALSE(contains(lied.err, "--url " + liar.url()));
    CHECK_FALSE(contains(lied.err, "--dir"));
    CHECK_FALSE(contains(lied.err, "network status"));
    CHECK(lied.out.empty());
    CHECK(offline.kept().size() == 1);
}

TEST_CASE("A refusal on record that one node alone answers advises no other id") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const FakeNode node([](const SeenRequest& request) {
        return request.method == "POST" ? receipt("limit_exceeded", true) : none();
    });
    const Said said =
        run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url", node.url()});
    CHECK(said.code == 1);
    CHECK(contains(said.out, "so says one node"));
    CHECK_FALSE(contains(said.out, "give it another id"));
}

// Goal: nobody books once more, under another id, what one node says that it refused.
TEST_CASE("A fresh refusal that one node alone answers is no outcome, and the file stays") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const std::string outcome = GENERATE("limit_exceeded", "replays_exhausted");
    const FakeNode node([outcome](const SeenRequest& request) {
        return request.method == "POST" ? receipt(outcome, false) : none();
    });
    const Said said = run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url",
                           node.url(), "--timeout", "2"});
    INFO(said.err);
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[outcome_unknown]: " + node.url() + " refuses it"));
    CHECK(contains(said.err, "sending it again is safe: "));
    CHECK(offline.kept().size() == 1);
}

// Goal: no liar stands in the way while others are named.
TEST_CASE("What one node refuses and nobody shows goes to the others") {
    const Offline offline;
    const std::string draft = offline.scratch.write("draft.json", kChange);
    const FakeNode liar([](const SeenRequest& request) {
        return request.method == "POST" ? receipt("limit_exceeded", false) : none();
    });
    const auto books = [](const SeenRequest& request) {
        return request.method == "POST" ? receipt("accepted", false) : none();
    };
    const FakeNode two(books);
    const FakeNode three(books);
    const Said said = run({"submit", draft, "--key", "lender", "--dir", offline.dir, "--url",
                           liar.url(), "--url", two.url(), "--url", three.url(), "--timeout", "5"});
    INFO(said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "accepted"));
    CHECK_FALSE(contains(said.out, "limit_exceeded"));
    CHECK(offline.kept().empty());
    REQUIRE(two.seen().size() + three.seen().size() > 0);
}
