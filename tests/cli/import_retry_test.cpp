#include <signal.h>

#include <boost/json.hpp>

#include "base/wall_clock.h"
#include "cli/sender_lock.h"
#include "cli/source_lock.h"
#include "client/trust.h"
#include "tests/cli/interrupted.h"
#include "tests/cli/offline.h"

using namespace tally;
using namespace tally::cli::testing;

// Goal: what the book says now is sent, or the error says what stands in the way; never rows that
// it no longer has.
TEST_CASE("A changed book, or other keys, do not send what an earlier import kept") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    {
        const FakeNode node(without_records(hang_up()));
        const Said said = offline.import_to(node.url(), book, {"lender"});
        INFO(said.err);
        REQUIRE(said.code == 4);
        REQUIRE(posts(node).size() >= 1);
    }
    REQUIRE(offline.kept().size() == 1);
    const std::string kept = offline.kept().front();
    const FakeNode node(without_records(hang_up()));
    const auto refused = [&](const Said& said) {
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]: " + (offline.scratch / "my book.csv")));
        CHECK(contains(said.err, "tallystick submit '" + kept + "' --dir " + offline.dir));
        CHECK(posts(node).empty());
        CHECK(offline.kept() == std::vector<std::string>{kept});
    };
    refused(offline.import_to(node.url(), kHeader + change("", "200"), {"lender"}));
    refused(offline.import_to(node.url(), book, {"lender", "lender-2"}));
    // A file that only has the name of this import's retry.
    const std::string planted =
        offline.scratch.read(std::filesystem::path(kept).filename().string());
    std::filesystem::remove(kept);
    const std::string other = kHeader + change("", "200");
    REQUIRE(offline.import_to(node.url(), other, {"lender"}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const std::string mine = offline.kept().front();
    CHECK(mine != kept);
    (void)offline.scratch.write(std::filesystem::path(mine).filename().string(), planted);
    const std::size_t before = posts(node).size();
    const Said said = offline.import_to(node.url(), other, {"lender"});
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[retry_open]"));
    CHECK(posts(node).size() == before);
}

TEST_CASE("What an import kept is sent, and no row is taken out of the book for it") {
    // Goal: the advice of retry_open loses no row: of two equal ones, one that is taken out makes
    // the other count as the one that was sent.
    const Offline offline;
    const std::string twice = change("", "100") + change("", "100");
    const FakeNode node(without_records(hang_up()));
    REQUIRE(offline.import_to(node.url(), kHeader + twice, {"lender"}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const std::string kept = offline.kept().front();
    const std::size_t before = posts(node).size();
    const Said longer =
        offline.import_to(node.url(), kHeader + twice + change("", "200"), {"lender"});
    INFO(longer.err);
    CHECK(longer.code == 4);
    const std::string import =
        "`tallystick import '" + (offline.scratch / "my book.csv") + "' --key lender";
    CHECK(contains(longer.err,
                   "first send it, and see what became of it: `tallystick submit '" + kept + "'"));
    CHECK(contains(longer.err, "take no row out of the book"));
    CHECK(contains(longer.err, "run the import: " + import));
    CHECK_FALSE(contains(longer.err, "leave out"));
    CHECK_FALSE(contains(longer.err, "edited"));
    const Said edited =
        offline.import_to(node.url(), kHeader + change("", "100") + change("", "200"), {"lender"});
    CHECK(contains(edited.err, "1 of its 2 transactions are no rows of the book as it is now"));
    CHECK(posts(node).size() == before);
}

TEST_CASE("What submit kept of the same file has ids that no row has, and import says so") {
    const Offline offline;
    const FakeNode node(without_records(hang_up()));
    const std::string row = R"({"type":"LIMIT_CHANGE","business_date":"2025-01-01","line":")" +
                            kOne + R"(","limit":100})";
    const std::string file = offline.scratch.write("one.ndjson", row + "\n");
    const std::vector<std::string> rest{"--key", "lender",   "--dir",     offline.dir,
                                        "--url", node.url(), "--timeout", "1"};
    const auto with = [&rest](std::vector<std::string> words) {
        words.insert(words.end(), rest.begin(), rest.end());
        return run(words);
    };
    REQUIRE(with({"submit", file}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const Said said = with({"import", file});
    INFO(said.err);
    CHECK(contains(said.err, "error[retry_open]"));
    CHECK(contains(said.err, "leave out of the import what it booked"));
}

TEST_CASE("An import that is interrupted while it sends nothing says what goes on") {
    // Goal: also before the first submission and between two, it is never silent.
    const Offline offline;
    Behaviour silence;
    silence.kind = Behaviour::Kind::hang;
    const FakeNode node([&silence](const tally::testing::SeenRequest&) { return silence; });
    for (const int signal : {SIGINT, SIGTERM, SIGHUP}) {
        const std::size_t seen = node.seen().size();
        const std::string said = said_by_interrupted(
            signal,
            [&] {
                return offline.import_to(node.url(), kHeader + change("", "100"), {"lender"}, "60")
                    .code;
            },
            [&] { return node.seen().size() != seen; });
        INFO(said);
        CHECK(contains(said,
                       "interrupted: no row is acknowledged from here; a submission that was "
                       "not settled is kept in " +
                           (offline.scratch / "my book.csv.retry-")));
        CHECK(contains(said,
                       ", if that file is there. The same import, with the book as it is, goes on: "
                       "tallystick import '" +
                           (offline.scratch / "my book.csv") + "' --key lender"));
        CHECK(offline.kept().empty());
    }
}

TEST_CASE("A retry file of an import that is not whole was sent, and the error says how to look") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    const FakeNode node(without_records(hang_up()));
    REQUIRE(offline.import_to(node.url(), book, {"lender"}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const std::string kept = offline.kept().front();
    const std::string name = std::filesystem::path(kept).filename().string();
    const std::string whole = offline.scratch.read(name);
    std::string altered = whole;
    altered.replace(altered.find("\"limit\":100"), 11, "\"limit\":101");
    const std::size_t sent = posts(node).size();
    const auto check = [&](bool ids_left) {
        const Said said = offline.import_to(node.url(), book, {"lender"});
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[outcome_unknown]: " + kept));
        CHECK(contains(said.err, "a row that was edited since has a new id"));
        CHECK(contains(said.err, "rm '" + kept + "' && tallystick import '" +
                                     (offline.scratch / "my book.csv") + "' --key lender"));
        CHECK(contains(said.err, "tallystick transaction ") == ids_left);
    };
    for (const std::string& text : {whole.substr(0, whole.size() - 20), altered, std::string()}) {
        (void)offline.scratch.write(name, text);
        check(!text.empty());
    }
    std::filesystem::remove(kept);
    std::filesystem::create_symlink("/dev/zero", kept);
    check(false);
    CHECK(posts(node).size() == sent);
}

TEST_CASE("The same import again sends what it kept, and an answer ends it") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    const FakeNode silent(without_records(hang_up()));
    REQUIRE(offline.import_to(silent.url(), book, {"lender"}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const std::string kept = offline.kept().front();
    const auto file =
        boost::json::parse(offline.scratch.read(std::filesystem::path(kept).filename().string()));
    Behaviour receipt;
    receipt.headers = {{"Content-Type", "application/json"}};
    receipt.body = tally::testing::kReceipt;
    const auto& id = file.at("transactions").at(0).at("transaction").at("id").as_string();
    receipt.body.replace(receipt.body.find("00112233445566778899aabbccddeeff"), 32, id.c_str());
    const FakeNode node(without_records(receipt));
    const Said said = offline.import_to(node.url(), book, {"lender"});
    INFO(said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.err, "goes out once more as it is in " + kept + ", signed by lender"));
    CHECK(posts(node).front() == posts(silent).front());
    CHECK(offline.kept().empty());
}

// Goal: whatever ends an import, what it sent is in a file, and an edited row is not booked beside.
TEST_CASE("An import keeps its submission before a byte of it goes out") {
    const Offline offline;
    std::vector<std::string> at_that_time;
    const auto none = without_records(hang_up());
    const FakeNode node([&](const tally::testing::SeenRequest& request) {
        if (request.method == "POST") at_that_time = offline.kept();
        return none(request);
    });
    REQUIRE(offline.import_to(node.url(), kHeader + change("", "100"), {"lender"}).code == 4);
    CHECK(at_that_time.size() == 1);
    CHECK(at_that_time == offline.kept());
}

TEST_CASE("An import that is interrupted says which file was kept and what sends it again") {
    const Offline offline;
    Behaviour silence;
    silence.kind = Behaviour::Kind::hang;
    const FakeNode node(without_records(silence));
    const std::string said = said_by_interrupted(
        SIGINT,
        [&] {
            return offline.import_to(node.url(), kHeader + change("", "100"), {"lender"}, "60")
                .code;
        },
        [&] { return !posts(node).empty(); });
    INFO(said);
    REQUIRE(offline.kept().size() == 1);
    CHECK(contains(said, "interrupted: what became of a submission of the import is not known"));
    CHECK(contains(said, "kept in " + offline.kept().front() +
                             ". Run the same import before the book is changed: tallystick "
                             "import '" +
                             (offline.scratch / "my book.csv") + "' --key lender --dir " +
                             offline.dir));
    const std::size_t before = posts(node).size();
    const Said edited = offline.import_to(node.url(), kHeader + change("", "200"), {"lender"}, "1");
    CHECK(edited.code == 4);
    CHECK(contains(edited.err, "error[retry_open]"));
    CHECK(posts(node).size() == before);
}

TEST_CASE(
    "An import that two nodes refuse off the record keeps nothing, and one node's word does") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    for (const auto& [status, code] :
         {std::pair(403, "key_not_valid"), std::pair(421, "misdirected"),
          std::pair(422, "wrong_network"), std::pair(503, "halted")}) {
        const FakeNode node(without_records(problem(status, code)));
        const Said said = offline.import_to(node.url(), book, {"lender"});
        INFO(code << ": " << said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[outcome_unknown]"));
        CHECK(contains(said.err, code));
        CHECK(contains(said.err, node.url()));
        CHECK(posts(node).size() >= 1);
        REQUIRE(offline.kept().size() == 1);
        // What is open already stays so, whatever one says.
        const Said again = offline.import_to(node.url(), book, {"lender"});
        CHECK(again.code == 4);
        CHECK(contains(again.err, "error[outcome_unknown]"));
        REQUIRE(offline.kept().size() == 1);
        std::filesystem::remove(offline.kept().front());
    }
    const FakeNode one(without_records(problem(403, "key_not_valid")));
    const FakeNode two(without_records(problem(403, "key_not_valid")));
    const Said said = run({"import", offline.scratch / "my book.csv", "--dir", offline.dir, "--url",
                           one.url(), "--url", two.url(), "--timeout", "5", "--key", "lender"});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[key_not_valid]"));
    CHECK(posts(one).size() == 1);
    CHECK(offline.kept().empty());
}

TEST_CASE("What one process sends for an import no other one sends beside it") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    const FakeNode node(without_records(hang_up()));
    REQUIRE(offline.import_to(node.url(), book, {"lender"}).code == 4);
    REQUIRE(offline.kept().size() == 1);
    const std::size_t before = posts(node).size();
    const auto other = cli::SenderLock::take(offline.kept().front());
    REQUIRE(other);
    const Said said = offline.import_to(node.url(), book, {"lender"});
    INFO(said.err);
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[retry_open]: " + offline.kept().front()));
    CHECK(contains(said.err, "tallystick transaction "));
    CHECK(posts(node).size() == before);
}

TEST_CASE("Two imports of one book do not run beside each other") {
    const Offline offline;
    const std::string book = kHeader + change("", "100");
    const FakeNode node(without_records(hang_up()));
    const auto trust = client::NetworkTrust::load(offline.dir + "/network.pub");
    REQUIRE(trust);
    const std::string path = offline.scratch / "my book.csv";
    {
        const auto other = cli::SourceLock::take(path, trust->network, wall_now());
        REQUIRE(other);
        const Said said = offline.import_to(node.url(), book, {"lender"});
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]: " + path));
        CHECK(contains(said.err, "tallystick import '" + path + "' --key lender"));
        CHECK(posts(node).empty());
        CHECK(offline.kept().empty());
    }
    CHECK(offline.import_to(node.url(), book, {"lender"}).code == 4);
    CHECK_FALSE(posts(node).empty());
}
