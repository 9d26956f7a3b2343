#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json.hpp>

#include "tests/cli/program.h"

using namespace tally::cli::testing;

TEST_CASE("A command line that is not understood ends with exit code 2 and says what to do") {
    const std::vector<std::vector<std::string>> wrong{
        {},
        {"frobnicate"},
        {"network"},
        {"network", "up", "--bogus"},
        {"network", "init", "--nodes", "99"},
        {"submit"},
        {"prepare", "x.json", "--out", "x.tally"},  // no --signer
        {"prepare", "x.json", "--signer", "lender"},
        {"sign", "x.tally"},  // no --key
        {"bench", "--mix", "everything"},
        {"submit", "x.json", "--key", "lender", "--wait", "forever"},
        {"import", "x.csv", "--key", "lender", "--batch", "0"},
        {"borrower", "not-an-id"},
        {"prove"},
        {"prove", "00", "--entry", "1"},
        {"entry", "minus-one"},
        {"bench", "--clients", "0"},
        {"generate", "--start", "yesterday"},
        {"verify"},
    };
    for (const auto& arguments : wrong) {
        const Said said = run(arguments);
        INFO((arguments.empty() ? std::string("(nothing)") : arguments.front()) << said.err);
        CHECK(said.code == 2);
        CHECK(said.err.starts_with("error[usage]: "));
        CHECK(said.out.empty());
    }
}

TEST_CASE("The version is said") { CHECK(run({"--version"}).out.starts_with("tallystick ")); }

TEST_CASE("keygen makes a key that only its owner can read, and never replaces one") {
    const Scratch scratch;
    const Said made = run({"keygen", scratch / "acme", "--json"});
    CHECK(made.code == 0);
    const auto document = boost::json::parse(made.out);
    CHECK(scratch.read("acme.pub") ==
          "tallystick-public-key-v1 " + std::string(document.at("key").as_string()) + "\n");
    struct stat state {};
    REQUIRE(::stat((scratch / "acme.key").c_str(), &state) == 0);
    CHECK((state.st_mode & 0777) == 0600);
    const std::string before = scratch.read("acme.key");
    const Said again = run({"keygen", scratch / "acme"});
    CHECK(again.code == 1);
    CHECK(again.err.starts_with("error[bad_config]: " + (scratch / "acme.key")));
    CHECK(scratch.read("acme.key") == before);
}

TEST_CASE("What is a file of a key is told from the name of a key") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const Said twice = run({"keygen", scratch / "bank-2.key"});
    CHECK(twice.code == 2);
    CHECK(contains(twice.err, "`tallystick keygen " + (scratch / "bank-2") + "` makes"));
    CHECK_FALSE(std::filesystem::exists(scratch / "bank-2.key.key"));
    const std::string draft = scratch.write("open.json", R"({"type":"DAY_OPEN"})");
    const Said ending = run({"submit", draft, "--key", "lender.key", "--dir", dir});
    CHECK(contains(ending.err, "did you mean lender?"));
}

TEST_CASE("A text that a node would refuse is refused before anybody signs") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string draft =
        scratch.write("freeze.json", R"({"type":"LIMIT_FREEZE","business_date":"2024-01-31",
        "line":"11111111111111111111111111111111","reason":"fra)"
                                     "\xe2\x80\x8b"
                                     R"(ud"})");
    for (const std::string command : {"submit", "prepare"}) {
        std::vector<std::string> words{command, draft, "--dir", dir};
        if (command == "submit") words.insert(words.end(), {"--key", "lender", "--dry-run"});
        if (command == "prepare") {
            words.insert(words.end(), {"--signer", "lender", "--out", scratch / "freeze.tally"});
        }
        const Said said = run(words);
        INFO(said.err);
        CHECK(said.code == 2);
        CHECK(contains(said.err, "transaction 1: reason: has the character U+200B"));
    }
    CHECK_FALSE(std::filesystem::exists(scratch / "freeze.tally"));
}

TEST_CASE("A schedule is in a currency that there is") {
    const std::vector<std::string> terms{"schedule", "--method",  "annuity",   "--principal",
                                         "1000",     "--periods", "3",         "--rate-ppm",
                                         "0",        "--start",   "2024-01-31"};
    auto with = [&terms](const std::string& currency) {
        auto words = terms;
        words.insert(words.end(), {"--currency", currency});
        return run(words);
    };
    CHECK(with("EUR").code == 0);
    CHECK(with("XYZ").code == 2);
    CHECK(contains(with("XYZ").err, "ISO 4217"));
}

TEST_CASE("network init makes a network, and status of one that is down has exit code 4") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    const Said made = run({"network", "init", "--dir", dir, "--nodes", "5", "--json"});
    REQUIRE(made.code == 0);
    CHECK(boost::json::parse(made.out).at("nodes").as_array().size() == 5);
    const Said status = run({"network", "status", "--dir", dir});
    CHECK(status.code == 4);
    CHECK(contains(status.out, "stopped"));
    CHECK(run({"network", "init", "--dir", dir}).code == 1);
    CHECK(run({"network", "up", "--dir", dir, "--nodes", "3"}).code == 2);
    const Said even = run({"network", "init", "--dir", scratch / "even", "--nodes", "4"});
    CHECK(even.code == 2);
    CHECK(contains(even.err, "must be odd"));
    CHECK(run({"network", "kill", "n9", "--dir", dir}).code == 1);
    CHECK(run({"network", "kill", "leader", "--dir", dir}).code == 1);
    CHECK(run({"network", "kill", "n1", "--dir", dir}).code == 1);  // does not run
    CHECK(run({"audit", dir}).code == 3);                           // never ran
    CHECK(run({"evidence", dir}).code == 1);                        // likewise
    const Said unasked = run({"network", "clean", "--dir", dir});   // no terminal, no --yes
    CHECK(unasked.code == 2);
    CHECK(contains(unasked.err, "--yes"));
    const std::string foreign = scratch.write("net/notes.txt", "mine");
    CHECK(contains(run({"network", "clean", "--dir", dir, "--yes"}).err, foreign));
    std::filesystem::remove(foreign);
    CHECK(run({"network", "status", "--dir", dir}).code == 4);  // all is there
    CHECK(run({"network", "clean", "--dir", dir, "--yes"}).code == 0);
    CHECK(run({"network", "status", "--dir", dir}).code == 1);
}

TEST_CASE("Advice about nodes that do not run carries the folder that was given") {
    // Goal: pasted from another folder it starts that network, and makes no second one.
    const Scratch scratch;
    const std::string dir = scratch / "my net";
    REQUIRE(run({"network", "init", "--dir", dir, "--free-ports"}).code == 0);
    const Said folder = run({"days", "--dir", dir, "--timeout", "1"});
    CHECK(folder.code == 4);
    CHECK(contains(folder.err, "`tallystick network status --dir '" + dir + "'` shows"));
    CHECK(contains(folder.err, "`tallystick network up --dir '" + dir + "'` starts"));
    // Of nodes that were named, this machine need not have a folder.
    const Said named = run({"days", "--dir", dir, "--url", "http://127.0.0.1:1", "--timeout", "1"});
    CHECK(named.code == 4);
    CHECK(contains(named.err, "error[unreachable]"));
    CHECK_FALSE(contains(named.err, "network up"));
    // What is there is never advised away.
    const Said again = run({"network", "init", "--dir", dir});
    CHECK(again.code == 1);
    CHECK_FALSE(contains(again.err, "network clean"));
}

TEST_CASE("network up makes nothing where somebody has the ports, and says how else") {
    const Scratch scratch;
    const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    REQUIRE(::bind(socket, reinterpret_cast<sockaddr*>(&address), size) == 0);
    REQUIRE(::listen(socket, 1) == 0);
    REQUIRE(::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    const std::string port = std::to_string(ntohs(address.sin_port));
    const std::string dir = scratch / "second";
    const Said taken = run(
        {"network", "up", "--dir", dir, "--nodes", "1", "--api-port", port, "--peer-port", "1500"});
    ::close(socket);
    INFO(taken.err);
    CHECK(taken.code == 1);
    CHECK(contains(taken.err, "error[address_in_use]: 127.0.0.1:" + port));
    CHECK(contains(taken.err, "taken by process " + std::to_string(::getpid())));
    CHECK(contains(taken.err, "nothing was made"));
    CHECK(contains(taken.err, "`tallystick network up --dir " + dir + " --nodes 1 --free-ports`"));
    CHECK_FALSE(std::filesystem::exists(dir));
}

TEST_CASE("A file of evidence is read strictly, and for the network that is trusted") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const auto evidence = [&](const std::string& text) {
        return run({"evidence", scratch.write("evidence.json", text), "--dir", dir});
    };
    const Said foreign = evidence(R"({"network":")" + std::string(64, 'a') + R"(","evidence":[]})");
    CHECK(foreign.code == 3);
    CHECK(contains(foreign.err, "error[wrong_network]"));
    CHECK(evidence("{}").code == 1);
    const Said cut = evidence("[");
    CHECK(cut.code == 1);
    CHECK(contains(cut.err, "error[bad_file]: "));
    CHECK(contains(cut.err, "evidence.json: not a document of evidence: not JSON"));
    CHECK(run({"evidence", scratch / "none.json", "--dir", dir}).code == 1);
    const std::string pub = scratch.read("net/network.pub");
    const std::string id = pub.substr(pub.find("\nnetwork ") + 9, 64);
    const Said none = evidence(R"({"network":")" + id + R"(","evidence":[]})");
    CHECK(none.code == 0);
    CHECK(contains(none.out, "no evidence against any node"));
    const Said unsigned_ = evidence(R"({"network":")" + id +
                                    R"(","evidence":[{"kind":"blocks","node":2,"index":7,"own":")" +
                                    id + R"(","other":")" + std::string(64, 'b') +
                                    R"(","found":"2024-02-29T08:30:00.125Z"}]})");
    CHECK(unsigned_.code == 0);
    CHECK(contains(unsigned_.out, "nobody signed that"));
    // A script that reads `verified` or `signed_by` accuses nobody on a mere word.
    CHECK(contains(unsigned_.out, "sent by"));
    CHECK_FALSE(contains(unsigned_.out, "signed by"));
    const Said word = run({"evidence", scratch / "evidence.json", "--dir", dir, "--json"});
    CHECK(word.code == 0);
    const auto shown = boost::json::parse(word.out);
    CHECK_FALSE(shown.at("verified").as_bool());
    const auto& record = shown.at("sources").at(0).at("records").at(0);
    CHECK_FALSE(record.at("verified").as_bool());
    CHECK_FALSE(record.at("signed").as_bool());
    CHECK(record.at("differs").as_array().empty());
    CHECK_FALSE(record.at("statements").at(1).as_object().contains("signed_by"));
    CHECK(record.at("statements").at(1).at("sent_by").at(0).as_string() == "n2");
    const Said alone =
        evidence(R"({"network":")" + id + R"(","evidence":[{"kind":"roots","node":2,"size":7,)" +
                 R"("notes":[],"found":"2024-02-29T08:30:00.125Z"}]})");
    CHECK(alone.code == 3);
    CHECK(contains(alone.out, "DOES NOT VERIFY"));
}

namespace {

/// A folder that nobody may look into while this lives, root neither: it is somebody else then.
class Closed {
public:
    explicit Closed(const std::string& folder) : folder_(folder) {
        REQUIRE(::chmod(folder.c_str(), 0) == 0);
        if (root_) REQUIRE(::seteuid(kNobody) == 0);
    }
    Closed(const Closed&) = delete;
    Closed& operator=(const Closed&) = delete;
    ~Closed() {
        if (root_) (void)!::seteuid(0);
        (void)::chmod(folder_.c_str(), 0700);
    }

private:
    static constexpr uid_t kNobody = 65'534;
    const bool root_ = ::geteuid() == 0;
    const std::string folder_;
};

}  // namespace

TEST_CASE("Permission denied is said as such, and nothing is said to be gone") {
    const Scratch scratch;
    REQUIRE(::chmod((scratch / "").c_str(), 0755) == 0);  // for who else looks into a part of it
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    REQUIRE(::chmod(dir.c_str(), 0755) == 0);
    REQUIRE(std::filesystem::create_directory(dir + "/n1/blocks"));
    const std::string draft = scratch.write("draft.json", R"({"type":"DAY_OPEN"})");
    const auto denied = [](const std::vector<std::string>& arguments) {
        const Said said = run(arguments);
        INFO(said.out << said.err);
        CHECK(said.code != 0);
        CHECK(contains(said.out + said.err, "Permission denied"));
        for (const char* gone : {"missing", "gone", "does not exist", "no such file", "neither",
                                 "holds no network", "ever run"}) {
            CHECK_FALSE(contains(said.out + said.err, gone));
        }
    };
    {
        const Closed closed(dir + "/n1");
        denied({"audit", dir + "/n1", "--trust", dir + "/network.pub"});
        denied({"evidence", dir + "/n1", "--trust", dir + "/network.pub"});
        denied({"evidence", dir});
        const Said whole = run({"audit", dir});
        CHECK(contains(whole.out, "n1/blocks: cannot be looked at: Permission denied"));
    }
    {
        const Closed closed(dir + "/keys");
        denied({"submit", draft, "--dir", dir, "--key", "lender"});
    }
    const Closed closed(dir);
    denied({"audit", dir});
    denied({"audit", dir + "/n1"});
    denied({"evidence", dir});
    denied({"evidence", dir + "/n1"});
    denied({"submit", draft, "--dir", dir, "--key", "lender"});
    for (const char* command : {"init", "up", "status", "down", "clean", "logs"}) {
        denied({"network", command, "--dir", dir});
    }
}

TEST_CASE("network up --node where there is no network makes none") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    for (const char* node : {"n1", "n4", "leader"}) {
        const Said said = run({"network", "up", "--node", node, "--dir", dir});
        INFO(said.out << said.err);
        CHECK(said.code == 1);
        CHECK(contains(said.err, "error[not_found]: " + dir + ": holds no network"));
        CHECK(contains(said.err, "network up --dir " + dir));
        CHECK_FALSE(std::filesystem::exists(dir));
    }
}

TEST_CASE("A folder without network.pub is said to be no network's, with an option that there is") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const Said said = run({"network", "clean", "--yes", "--dir", dir + "/n1"});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "has no network.pub, so it is no network's folder"));
    CHECK_FALSE(contains(said.err, "give the network's network.pub"));
    // What evidence advises can be pasted.
    const std::string id = scratch.read("net/network.pub");
    const std::string file =
        scratch.write("none.json", R"({"network":")" + id.substr(id.find("\nnetwork ") + 9, 64) +
                                       R"(","evidence":[]})");
    const Said kept = run({"evidence", file, "--dir", dir, "--out", scratch / "out.json"});
    CHECK(kept.code == 0);
    CHECK(contains(kept.out, "tallystick evidence " + (scratch / "out.json") + " --trust " + dir +
                                 "/network.pub"));
}

constexpr const char* kChange = R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
    "line":"11111111-1111-1111-1111-111111111111","limit":5})";

TEST_CASE("A draft is made whole before it is signed, what only a node knows is asked for") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const Said said = run({"submit", scratch.write("change.json", kChange), "--key", "lender",
                           "--dir", dir, "--dry-run"});
    REQUIRE(said.code == 0);
    const auto whole = boost::json::parse(said.out).at(0);
    CHECK(whole.at("id").as_string()[12] == '7');  // UUID version 7
    CHECK(whole.at("value_date").as_string() == "2024-01-31");
    CHECK(whole.at("line").as_string() == std::string(32, '1'));

    const auto refused = [&](const std::string& text, int code = 2) {
        const Said answer =
            run({"submit", scratch.write("bad.json", text), "--key", "lender", "--dir", dir,
                 "--url", "http://127.0.0.1:1", "--timeout", "1", "--dry-run"});
        CHECK(answer.code == code);
        return answer.err;
    };
    CHECK(contains(refused("{"), "not JSON"));
    CHECK(contains(refused("[]"), "an empty list: there is nothing to send"));
    CHECK(contains(refused("[1]"), "transaction 1: not an object"));
    CHECK(contains(refused(R"([{"type":"CAPTURE","business_date":"2024-01-31"}])"),
                   "transaction 1: schedule: is missing; give it, or periods (1 to 36)"));
    CHECK(contains(refused(R"({"type":"CAPTURE","business_date":"2024-01-31","periods":37})"),
                   "transaction 1: schedule: is missing"));
    // What is misspelt is not said to be missing, nor looked up.
    CHECK(contains(refused(R"({"type":"CAPTURE","business_date":"2024-01-31","perids":3})"),
                   "transaction 1: perids: unknown field; did you mean periods?"));
    CHECK(contains(refused(R"({"type":"LIMIT_CHANGE","busines_date":"2024-01-31"})"),
                   "transaction 1: busines_date: unknown field; did you mean business_date?"));
    CHECK(contains(refused(R"({"type":"CAPTURE","business_date":"2024-01-31","periods":3,
        "contract":"33333333333333333333333333333333","line":"11111111111111111111111111111111",
        "principal":5,"product":"55555555555555555555555555555555","shares":[]})"),
                   "transaction 1: terms_hash"));
    CHECK(contains(refused(R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
        "line":"11111111111111111111111111111111","limit":1.5})"),
                   "transaction 1: limit"));
    CHECK(contains(refused(R"({"type":"DAY_OPEN"})"), "transaction 1: business_date: is missing"));
    // Well written, but for what a node would have to say.
    CHECK(
        contains(refused(R"({"type":"LIMIT_CLOSE","line":"11111111111111111111111111111111"})", 4),
                 "business_date: is missing, and the open days are not to be had"));
    CHECK(contains(refused(R"({"type":"PENALTY_ASSESS","business_date":"2024-01-31",
        "contract":"33333333333333333333333333333333"})",
                           4),
                   "amount: is missing, and no node can say it"));
    // No node knows what is only in the file: the book would be read, and the file tried on it.
    CHECK(contains(refused(R"([{"type":"MERCHANT_REFUND","business_date":"2024-01-31",
        "contract":"33333333333333333333333333333333","amount":1,"source_ref":"r"},
        {"type":"OVERDUE_MARK","business_date":"2024-01-31",
        "contract":"33333333333333333333333333333333"}])",
                           4),
                   "transaction 2: days_past_due: is missing, and no node can say it: the book "
                   "cannot be read"));
}

TEST_CASE("A prepared submission collects signatures, and shows what was altered") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string draft = scratch.write("change.json", kChange);
    const std::string file = scratch / "change.tally";
    const auto prepare = [&](std::vector<std::string> signers, const std::string& out) {
        std::vector<std::string> arguments{"prepare", draft, "--dir", dir, "--out", out};
        for (auto& name : signers) arguments.insert(arguments.end(), {"--signer", std::move(name)});
        return run(arguments);
    };
    CHECK(contains(prepare({"nobody"}, file).err, "no key \"nobody\"; there are"));
    CHECK(contains(prepare({"lender", "lender"}, file).err, "is listed already"));
    REQUIRE(prepare({"lender", "lender-2"}, file).code == 0);
    CHECK(contains(prepare({"lender"}, file).err, "is there already"));
    const std::string own = scratch.write("own.key", "secret");
    CHECK(contains(run({"sign", file, "--key", "lender", "--yes", "--dir", dir, "--out", own}).err,
                   own + ": is there already"));
    CHECK(scratch.read("own.key") == "secret");

    const auto sign = [&](const std::string& path, const std::string& key,
                          const std::string& of = {}) {
        return run({"sign", path, "--key", key, "--yes", "--dir", of.empty() ? dir : of});
    };
    const std::string unsigned_text = scratch.read("change.tally");
    CHECK(contains(run({"sign", file, "--show", "--dir", dir}).out, "LIMIT_CHANGE"));
    const Said unasked = run({"sign", file, "--key", "lender-2", "--dir", dir});
    CHECK(unasked.code == 2);  // nobody sits at a terminal
    CHECK(contains(unasked.out, "limit          5 minor units (currency not known here)"));
    CHECK(run({"sign", file, "--dir", dir}).code == 2);
    CHECK(scratch.read("change.tally") == unsigned_text);
    const Said first = sign(file, "lender-2");
    CHECK(first.code == 0);
    CHECK(contains(first.out, "LIMIT_CHANGE"));
    CHECK(contains(first.out, "tallystick sign " + file + " --key lender --dir " + dir));
    const std::string once = scratch.read("change.tally");
    CHECK(sign(file, "lender-2").code == 0);
    CHECK(scratch.read("change.tally") == once);
    CHECK(contains(sign(file, "funder").err, "error[signer_not_listed]"));
    CHECK(scratch.read("change.tally") == once);
    const Said early = run({"submit", file, "--dir", dir, "--url", "http://127.0.0.1:1"});
    CHECK(early.code == 1);
    CHECK(contains(early.err, "error[signatures_missing]: " + file +
                                  ": not signed yet by lender: "
                                  "tallystick sign " +
                                  file + " --key lender --dir " + dir + "\n"));

    const auto altered = [&](const std::string& from, const std::string& to) {
        std::string text = once;
        const auto at = text.find(from);
        REQUIRE(at != std::string::npos);
        const std::string path = scratch.write("altered.tally", text.replace(at, from.size(), to));
        const Said said = sign(path, "lender");
        CHECK(said.code == 1);
        CHECK(said.out.empty());
        return said.err;
    };
    CHECK(contains(altered("\"limit\":5", "\"limit\":6"),
                   "error[text_differs]: " + (scratch / "altered.tally") +
                       ": transactions[0].transaction.limit"));
    CHECK(contains(altered("\"atomic\":false", "\"atomic\":true"), "error[text_differs]"));
    CHECK(contains(altered("\"bytes\":\"ChA", "\"bytes\":\"ChB"), "error[wrong_root]"));
    CHECK(contains(altered("\"name\":\"lender-2\"", "\"name\":\"funder\""), "error[text_differs]"));
    CHECK(contains(altered("\"signature\":null", "\"signature\":\"AAAA\""), "error[bad_file]"));
    const auto signature = once.rfind("\"signature\":\"") + 13;
    CHECK(contains(altered(once.substr(signature, 20), "AAAAAAAAAAAAAAAAAAAA"),
                   "error[bad_signature]"));
    CHECK(contains(altered("tallystick-submission-v1", "tallystick-submission-v2"),
                   "error[bad_file]"));
    CHECK(contains(altered("\"header\":", "\"footer\":"), "error[bad_file]"));
    CHECK(contains(sign(scratch.write("draft.tally", kChange), "lender").err, "error[bad_file]"));

    REQUIRE(run({"network", "init", "--dir", scratch / "other"}).code == 0);
    CHECK(contains(sign(file, "lender", scratch / "other").err, "error[wrong_network]"));

    const std::string whole = scratch / "whole.tally";
    CHECK(run({"sign", file, "--key", "lender", "--yes", "--dir", dir, "--out", whole}).code == 0);
    CHECK(scratch.read("change.tally") == once);
    const auto submit = [&](std::vector<std::string> more) {
        std::vector<std::string> arguments{
            "submit", whole, "--dir", dir, "--url", "http://127.0.0.1:1", "--timeout", "1"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run(arguments);
    };
    CHECK(submit({}).code == 4);  // all is well, but nobody is there
    CHECK(submit({"--dry-run"}).code == 0);
    CHECK(submit({"--key", "lender"}).code == 2);
    CHECK(submit({"--atomic"}).code == 2);
}

TEST_CASE("Of two with one id an atomic submission would refuse all, and is not begun") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string one =
        R"({"type":"LIMIT_CHANGE","id":"22222222222222222222222222222222","limit":5,)"
        R"("business_date":"2024-01-31","value_date":"2024-01-31",)"
        R"("line":"11111111111111111111111111111111"})";
    const std::string draft = scratch.write("twice.json", "[" + one + "," + one + "]");
    const std::vector<std::string> submit{"submit", draft,    "--dir",    dir,
                                          "--key",  "lender", "--dry-run"};
    CHECK(run(submit).code == 0);
    std::vector<std::string> atomic = submit;
    atomic.push_back("--atomic");
    const auto refused = run(atomic);
    CHECK(refused.code == 2);
    CHECK(contains(refused.err, "transactions 1 and 2 have one id, 22222222"));
}

TEST_CASE("Keys are found by member or file, once each, and must belong to the network") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    REQUIRE(run({"keygen", scratch / "stranger"}).code == 0);
    const std::string draft =
        scratch.write("change.json", R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
        "line":"11111111111111111111111111111111","limit":5})");
    const auto with_keys = [&](std::vector<std::string> keys) {
        std::vector<std::string> arguments{"submit", draft, "--dir", dir, "--dry-run"};
        for (auto& key : keys) {
            arguments.push_back("--key");
            arguments.push_back(std::move(key));
        }
        return run(arguments);
    };
    CHECK(with_keys({"lender"}).code == 0);
    CHECK(with_keys({dir + "/keys/lender.key", "funder"}).code == 0);
    CHECK(with_keys({"lender", "lender-2"}).code == 0);
    CHECK(with_keys({"lender", dir + "/keys/lender.key"}).code == 2);
    CHECK(contains(with_keys({"lender-3"}).err, "neither a key file nor a member with a key"));
    CHECK(contains(with_keys({"lendr"}).err, "does not exist; did you mean lender?"));
    CHECK(contains(with_keys({}).err, "--key is required"));
    CHECK(contains(with_keys({"nobody"}).err, "neither a key file nor a member with a key"));
    CHECK(contains(with_keys({scratch / "stranger.key"}).err, "belongs to no member"));
}

TEST_CASE("Nobody there: exit code 4, within the timeout") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::vector<std::string> nobody{"--dir",     dir, "--url", "http://127.0.0.1:1",
                                          "--timeout", "1"};
    const auto with = [&](std::vector<std::string> arguments) {
        arguments.insert(arguments.end(), nobody.begin(), nobody.end());
        return run(arguments);
    };
    const Said line = with({"line", std::string(32, '1'), "--json"});
    CHECK(line.code == 4);
    CHECK(boost::json::parse(line.out).at("error").at("code").as_string() == "unreachable");
    const std::string draft =
        scratch.write("change.json", R"({"type":"LIMIT_CHANGE","business_date":"2024-01-31",
        "line":"11111111111111111111111111111111","limit":5})");
    CHECK(with({"submit", draft, "--key", "lender"}).code == 4);
    CHECK(with({"audit"}).code == 3);  // a failed line of its table
    CHECK(with({"evidence"}).code == 4);
    CHECK(with({"bench", "--seconds", "0.1"}).code == 4);
    CHECK(with({"prove", "--entry", "1"}).code == 4);
}

TEST_CASE("What is no proof is FAILED with exit code 3, what cannot be read is an error") {
    const Scratch scratch;
    const std::string dir = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", dir}).code == 0);
    const std::string file = scratch.write("proof.json", "{}");
    const Said said = run({"verify", file, "--trust", dir + "/network.pub"});
    CHECK(said.code == 3);
    CHECK(said.out.starts_with("FAILED: format"));
    CHECK(run({"verify", file, "--dir", dir, "--json"}).code == 3);
    CHECK(run({"verify", scratch / "none.json", "--dir", dir}).code == 1);
    CHECK(run({"verify", file, "--trust", scratch / "none.pub"}).code == 1);
    CHECK(run({"verify", file, "--trust", scratch.write("bad.pub", "hello\n")}).code == 1);
}
