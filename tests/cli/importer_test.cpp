#include "cli/importer.h"

#include <sstream>

#include "tests/cli/program.h"

using namespace tally;
using namespace tally::cli::testing;

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

    Scratch scratch;
    std::string dir = scratch / "net";
};

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
