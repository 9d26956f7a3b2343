#include <sys/stat.h>

#include "cli/importer.h"

#include <atomic>
#include <sstream>

#include "tests/cli/offline.h"

using namespace tally;
using namespace tally::cli::testing;

namespace {

const std::vector<std::string> kAll{"lender", "funder", "servicer"};

}  // namespace

TEST_CASE("A book with any bad line is not sent at all, and every bad line is named") {
    Offline offline;
    const Said said = offline.import(kHeader + change("", "100") + change("", "ten") + payment() +
                                         "nonsense\n" + capture("funder:600000;nobody:400000") +
                                         change(kTwo, "5") + change(kTwo, "6"),
                                     kAll);
    CHECK(said.code == 1);  // 4 would mean that something was sent
    CHECK(said.err.starts_with("error[bad_book]: "));
    CHECK(contains(said.err, "nothing was sent, 4 lines are wrong"));
    CHECK(contains(said.err, "line 3: limit: \"ten\" is not a whole number in range"));
    CHECK(contains(said.err, "line 5: has 1 cells"));
    CHECK(contains(said.err, "line 6: shares[1].funder: neither a member's id nor its name"));
    CHECK(contains(said.err, "line 8: id: stands in line 7 too"));
}

TEST_CASE("More bad lines than are named are not said to be all") {
    Offline offline;
    std::string book = kHeader;
    for (int i = 0; i < 25; ++i) book += change("", "x");
    const Said said = offline.import(book, kAll);
    INFO(said.err);
    CHECK(contains(said.err, "nothing was sent, at least 20 lines are wrong"));
}

TEST_CASE("A row that the keys at hand cannot sign is named before anything is sent") {
    Offline offline;
    const Said servicer = offline.import(kHeader + change("", "100"), {"servicer"});
    CHECK(servicer.code == 1);
    CHECK(contains(servicer.err, "line 2: type: a LIMIT_CHANGE is signed by an originator"));
    const Said lender = offline.import(kHeader + payment(), {"lender", "funder"});
    CHECK(contains(lender.err, "line 2: type: a REPAYMENT is signed by a servicer"));
    const Said single = offline.import(kHeader + waiver(), {"lender"});
    CHECK(contains(single.err, "line 2: type: a WAIVE is signed with two keys of an originator"));
    const Said unfunded = offline.import(kHeader + capture("funder:1000000"), {"lender"});
    CHECK(contains(unfunded.err, "line 2: shares: funder must sign"));
}

// Goal: a node refuses such a text, and until then half a book may be on record.
TEST_CASE("A character that nobody sees is named by its line before anything is sent") {
    Offline offline;
    std::string hidden = payment();
    hidden.replace(hidden.find("ref-1"), 5,
                   "ref-\xe2\x80\xae"
                   "1");
    const Said said = offline.import(kHeader + change("", "100") + hidden, kAll);
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(said.err.starts_with("error[bad_book]: "));
    CHECK(contains(said.err, "line 3: source_ref: has the character U+202E"));
}

TEST_CASE("A good book whose network is away ends with exit code 4 and the words to run again") {
    Offline offline;
    const Said said = offline.import(kHeader + change("", "100") + capture("funder:1000000"), kAll);
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[unreachable]: "));
    CHECK(contains(said.err, "; start the nodes that --url names, or name others that run"));
    CHECK(contains(said.err, "; then run the same import again"));
    CHECK(contains(said.out, "acknowledged  0"));
}

/// A receipt for these transactions, all with this outcome and on record before.
Behaviour refused_before(const std::vector<std::string>& ids) {
    boost::json::array transactions;
    for (const std::string& id : ids) {
        transactions.push_back(
            {{"id", id}, {"outcome", "line_unknown"}, {"entry", 4}, {"repeated", true}});
    }
    auto document = boost::json::parse(tally::testing::kReceipt);
    document.as_object()["transactions"] = std::move(transactions);
    Behaviour receipt;
    receipt.headers = {{"Content-Type", "application/json"}};
    receipt.body = boost::json::serialize(document);
    return receipt;
}

// Goal: whoever imports again to mend a refusal learns why it stays, and what mends it.
TEST_CASE("Refusals that are on record already say how to try their rows anew") {
    const Offline offline;
    const std::string record =
        R"({"entry":4,"block":7,"outcome":"line_unknown","transaction":{"id":")" + kTwo + "\"}}";
    std::atomic<bool> sent{false};
    const auto answering = [&](const tally::testing::SeenRequest& request) {
        if (request.method == "POST") sent = true;
        if (!sent || !request.target.starts_with("/v1/transactions/")) {
            return without_records(refused_before({kTwo}))(request);
        }
        Behaviour recorded;
        recorded.body = record;
        return recorded;
    };
    const FakeNode node(answering);
    const FakeNode second(answering);
    const Said said =
        run({"import", offline.scratch.write("my book.csv", kHeader + change(kTwo, "100")), "--dir",
             offline.dir, "--url", node.url(), "--url", second.url(), "--key", "lender"});
    INFO(said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "1 of the refusals were on record before, and stand."));
    CHECK(contains(said.out, "write another `id` into it"));
}

// Goal: a node that books nothing and says that it did ends no import in peace.
TEST_CASE("A receipt that no second node confirms is no acknowledgement") {
    const Offline offline;
    const FakeNode liar(without_records(refused_before({kTwo})));
    const FakeNode honest(without_records(problem(404, "not_found")));
    const Said said =
        run({"import", offline.scratch.write("my book.csv", kHeader + change(kTwo, "100")), "--dir",
             offline.dir, "--url", liar.url(), "--url", honest.url(), "--key", "lender",
             "--timeout", "2"});
    INFO(said.err);
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[outcome_unknown]: "));
    CHECK(contains(said.err, liar.url() + " says that " + kTwo +
                                 " is line_unknown, entry 4, and "
                                 "neither a second node nor a proof shows it"));
    CHECK(contains(said.out, "acknowledged  0"));
}

// Goal: each command that an error shows can be run as it stands.
TEST_CASE("What is not shown of the refused rows is said without a file that nobody named") {
    const Offline offline;
    std::string book = kHeader;
    std::vector<std::string> ids;
    for (int i = 10; i < 33; ++i) {
        ids.push_back(std::string(30, '0') + std::to_string(i));
        book += change(ids.back(), "100");
    }
    const FakeNode node(without_records(refused_before(ids)));
    const Said said = offline.import_to(node.url(), book, {"lender"});
    CHECK(contains(said.out,
                   "... and 3 more; to have all of them, run the same import again with "
                   "--receipts FILE"));
    const std::string path = offline.scratch / "receipts";
    const Said kept = run({"import", offline.scratch / "my book.csv", "--dir", offline.dir, "--url",
                           node.url(), "--key", "lender", "--receipts", path});
    CHECK(contains(kept.out, "... and 3 more; all of them are in " + path));
}

TEST_CASE("An id that is used already is named in the command that shows it") {
    const Offline offline;
    const FakeNode node(without_records(problem(409, "id_reused")));
    const FakeNode second(without_records(problem(409, "id_reused")));
    const std::string book = offline.scratch.write("book", kHeader + change(kTwo, "100"));
    const Said said = run({"import", book, "--dir", offline.dir, "--url", node.url(), "--url",
                           second.url(), "--timeout", "5", "--key", "lender"});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[id_reused]"));
    CHECK(contains(said.err, "`tallystick transaction " + kTwo + " --member "));
    // Nobody is told to give a row another id that may be booked under this one.
    CHECK(contains(said.err, "Run the same import again"));
    CHECK_FALSE(contains(said.err, "an id of their own"));
}

// Goal: no slip of the hand and no failed attempt costs a file.
TEST_CASE("Receipts replace no file, and are added to those of an earlier import") {
    Offline offline;
    const std::string book = kHeader + change("", "100");
    const Said itself = offline.import(book, kAll, offline.scratch / "book");
    CHECK(itself.code == 1);
    CHECK(contains(itself.err, "is there already and holds no receipts"));
    CHECK(offline.scratch.read("book") == book);

    const std::string earlier =
        R"({"line":2,"id":"x","outcome":"accepted","entry":4,"block":3,"repeated":false})"
        "\n";
    for (const std::string& torn : {std::string(), std::string(R"({"line":3,)")}) {
        const std::string path = offline.scratch.write("receipts", earlier + torn);
        CHECK(offline.import(book, kAll, path).code == 4);
        // A line that a full disk cut is no JSON; the rows that it lacked come again.
        CHECK(offline.scratch.read("receipts") == earlier);
    }
    const std::string pipe = offline.scratch / "pipe";
    REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
    const Said unread = offline.import(book, kAll, pipe);
    CHECK(unread.code == 1);
    CHECK(contains(unread.err, pipe + ": is a pipe, and nobody reads from it"));
    CHECK(offline.import(book, kAll, offline.scratch / "fresh").code == 4);
    CHECK_FALSE(std::filesystem::exists(offline.scratch / "fresh"));
}

TEST_CASE("A book in NDJSON is known by its first character, or by --format") {
    Offline offline;
    const std::string bad = R"({"type":"LIMIT_CHANGE","business_date":"2025-01-01"})";
    CHECK(contains(offline.import(bad, kAll).err, "line 1: line: missing"));
    const std::string path = offline.scratch.write("book.ndjson", "type,id\n");
    const Said said = run({"import", path, "--dir", offline.dir, "--key", "lender"});
    CHECK(contains(said.err, "line 1: not JSON"));
}

TEST_CASE("A file that is empty or missing, or has the wrong columns, is refused") {
    Offline offline;
    CHECK(offline.import("", kAll).code == 1);
    CHECK(contains(offline.import("a,b\n", kAll).err, "\"a\" is not a column of a book"));
    CHECK(run({"import", "/nonexistent.csv", "--key", "lender", "--dir", offline.dir}).code == 1);
    const Said nothing = offline.import(kHeader, kAll);
    CHECK(nothing.code == 0);  // a header and no rows: nothing to do
}

TEST_CASE("generate writes the same file for the same seed, and says what must be refused") {
    const Scratch scratch;
    const auto generate = [&](const std::string& seed, const std::string& name) {
        const Said said = run({"generate", "--seed", seed, "--transactions", "300", "--borrowers",
                               "30", "--out", scratch / name, "--json"});
        REQUIRE(said.code == 0);
        return said.out;
    };
    const std::string summary = generate("5", "a.csv");
    generate("5", "b.csv");
    generate("6", "c.csv");
    CHECK(scratch.read("a.csv") == scratch.read("b.csv"));
    CHECK(scratch.read("a.csv") != scratch.read("c.csv"));
    generate("5", "a.ndjson");
    CHECK(scratch.read("a.ndjson").starts_with("{"));
    CHECK(contains(summary, "\"rows\":300"));
    const Said piped =
        run({"generate", "--seed", "5", "--transactions", "300", "--borrowers", "30"});
    CHECK(piped.out == scratch.read("a.csv"));
}
