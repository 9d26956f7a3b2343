#include "cli/importer.h"

#include <sstream>

#include "tests/cli/program.h"
#include "tests/client/fake_node.h"

using namespace tally;
using namespace tally::cli::testing;
using tally::testing::Behaviour;
using tally::testing::FakeNode;

namespace {

const std::string kHeader =
    "type,id,business_date,line,limit,contract,principal,product,terms_hash,periods,shares,amount,"
    "source_ref,parts,group\n";
const std::string kOne(32, '1');
const std::string kTwo(32, '2');
const std::string kHash(64, '3');

std::string change(const std::string& id, const std::string& limit) {
    return "LIMIT_CHANGE," + id + ",2025-01-01," + kOne + "," + limit + ",,,,,,,,,,\n";
}
std::string capture(const std::string& shares) {
    return "CAPTURE,,2025-01-01," + kOne + ",," + kTwo + ",1000," + kOne + "," + kHash + ",3," +
           shares + ",,,,\n";
}
std::string payment() { return "REPAYMENT,,2025-01-01,,," + kTwo + ",,,,,,500,ref-1,,\n"; }
std::string waiver() { return "WAIVE,,2025-01-01,,," + kTwo + ",,,,,,,,0:fee:1,\n"; }

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
                   const std::vector<std::string>& keys) const {
        std::vector<std::string> arguments{
            "import", scratch.write("my book.csv", book), "--dir", dir, "--url", url, "--timeout",
            "1"};
        for (const auto& key : keys) arguments.insert(arguments.end(), {"--key", key});
        return run(arguments);
    }
    /// Files beside the book that hold a submission.
    std::vector<std::string> kept() const {
        std::vector<std::string> found;
        for (const auto& entry : std::filesystem::directory_iterator(scratch / "")) {
            if (entry.path().extension() == ".tally") found.push_back(entry.path().string());
        }
        return found;
    }

    Scratch scratch;
    std::string dir = scratch / "net";
};

/// Has nothing on record, and does this with a submission.
FakeNode::Answering without_records(const Behaviour& submitted) {
    return [submitted](const tally::testing::SeenRequest& request) {
        if (request.method == "POST") return submitted;
        Behaviour none;
        none.status = 404;
        none.headers = {{"Content-Type", "application/problem+json"}};
        none.body = R"({"status":404,"code":"not_found","detail":"none"})";
        if (request.target.starts_with("/v1/records/")) {
            none.status = 200;
            none.headers = {{"Content-Type", "application/json"}};
            const std::string key = request.target.substr(12, request.target.find('?') - 12);
            none.body = R"({"key":")" + key + R"(","value":null})";
        }
        return none;
    };
}

std::vector<std::string> posts(const FakeNode& node) {
    std::vector<std::string> bodies;
    for (const auto& request : node.seen()) {
        if (request.method == "POST") bodies.push_back(request.body);
    }
    return bodies;
}

Behaviour hang_up() {
    Behaviour nothing;
    nothing.kind = Behaviour::Kind::hang_up;
    return nothing;
}

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
    CHECK(contains(said.err, "run the same import again"));
    CHECK(contains(said.out, "acknowledged  0"));
}

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

TEST_CASE("A cut or altered retry file of an import has one way on, which is safe") {
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
    for (const std::string& text : {whole.substr(0, whole.size() / 2), altered}) {
        (void)offline.scratch.write(name, text);
        const Said said = offline.import_to(node.url(), book, {"lender"});
        INFO(said.err);
        CHECK(said.code == 1);
        CHECK(contains(said.err,
                       "Remove the file with `rm '" + kept + "'`, and run the same import again"));
        CHECK_FALSE(contains(said.err, "submit again"));
    }
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
    const FakeNode node(without_records(refused_before({kTwo})));
    const Said said = offline.import_to(node.url(), kHeader + change(kTwo, "100"), {"lender"});
    INFO(said.err);
    CHECK(said.code == 0);
    CHECK(contains(said.out, "1 of the refusals were on record before, and stand."));
    CHECK(contains(said.out, "write another `id` into it"));
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
    Behaviour reused;
    reused.status = 409;
    reused.headers = {{"Content-Type", "application/problem+json"}};
    reused.body = R"({"status":409,"code":"id_reused","detail":"transaction 1"})";
    const FakeNode node(without_records(reused));
    const Said said = offline.import_to(node.url(), kHeader + change(kTwo, "100"), {"lender"});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[id_reused]"));
    CHECK(contains(said.err, "`tallystick transaction " + kTwo + " --member "));
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
        CHECK(offline.scratch.read("receipts") == earlier + torn + (torn.empty() ? "" : "\n"));
    }
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
