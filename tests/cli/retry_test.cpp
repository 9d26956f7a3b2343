#include <signal.h>

#include <boost/json.hpp>

#include "cli/kept_submission.h"
#include "cli/sender_lock.h"
#include "cli/shell.h"
#include "tests/cli/interrupted.h"
#include "tests/cli/retry_stage.h"

using namespace tally::cli::testing;

TEST_CASE("A word is quoted for a shell when a shell would read more into it") {
    using tally::cli::shell_command;
    using tally::cli::shell_word;
    CHECK(shell_word("a/b-c_1.tally") == "a/b-c_1.tally");
    CHECK(shell_word("") == "''");
    CHECK(shell_word("my change.json") == "'my change.json'");
    CHECK(shell_word("it's") == R"('it'\''s')");
    CHECK(shell_word("$(rm)") == "'$(rm)'");
    CHECK(shell_word("\xe5\xb9\xb4.json") == "'\xe5\xb9\xb4.json'");
    CHECK(shell_word("a'\\\n\x1b\xff.json") == R"($'a\'\\\012\033\377.json')");
    CHECK(shell_word("a\xe2\x80\xae") == R"($'a\342\200\256')");
    CHECK(shell_command({"submit", "a b"}) == "tallystick submit 'a b'");
}

TEST_CASE("An outcome that is not known keeps what was signed, and the advice is the command") {
    const Stage stage;
    const std::string nobody = FakeNode::refusing_url();
    const Said said =
        stage.submit(nobody, {"--key", "lender", "--atomic", "--not-after",
                              "2099-01-31T08:30:00.000Z", "--wait", "certified", "--json"});
    CHECK(said.code == 4);
    CHECK(std::ranges::count(said.out, '\n') == 1);  // one document
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    CHECK(tally::cli::is_kept_path(kept));
    CHECK(contains(said.err, "tallystick submit '" + kept + "' --dir " + stage.dir + " --url " +
                                 nobody + " --timeout 1 --wait certified --json"));
    const auto file =
        boost::json::parse(stage.scratch.read(std::filesystem::path(kept).filename().string()));
    CHECK(file.at("atomic").as_bool());
    CHECK(file.at("not_after").as_string() == "2099-01-31T08:30:00.000Z");
    CHECK(file.at("signers").at(0).at("signature").is_string());
}

// Goal: the command that is shown does what it says, wherever it is pasted.
TEST_CASE("The command of a retry works from another folder and for any file name") {
    const Stage stage;
    const auto before = std::filesystem::current_path();
    for (const std::string name : {"-odd.json", "a\n\x1b[31m'b.json", "\xff.json"}) {
        (void)stage.scratch.write(name, kChange);
        std::filesystem::current_path(stage.scratch / "");
        const Said said = run({"submit", "./" + name, "--dir", "net", "--url",
                               FakeNode::refusing_url(), "--timeout", "1", "--key", "lender"});
        std::filesystem::current_path(before);
        INFO(said.err);
        CHECK(said.code == 4);
        const std::string lead = "is safe: tallystick ";
        const auto begin = said.err.find(lead);
        REQUIRE(begin != std::string::npos);
        const auto end = said.err.find('\n', begin);
        // The shell itself says which words it reads.
        const std::string words = said.err.substr(begin + lead.size(), end - begin - lead.size());
        const std::string script = stage.scratch.write(
            "words.sh", "cd /\nset -- " + words + "\nprintf '%s\\0' \"$2\" \"$4\"\n");
        FILE* shell = ::popen(("bash '" + script + "'").c_str(), "r");
        REQUIRE(shell != nullptr);
        std::string read;
        char part[4096];
        for (std::size_t size = 0; (size = ::fread(part, 1, sizeof part, shell)) > 0;) {
            read.append(part, size);
        }
        CHECK(::pclose(shell) == 0);
        REQUIRE(stage.kept().size() == 1);
        const std::string kept = stage.kept().front();
        CHECK(read == kept + '\0' + stage.dir + '\0');
        std::filesystem::remove(kept);
    }
}

TEST_CASE("Submitting the draft again sends the same bytes, and an answer ends it") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    const std::string name = std::filesystem::path(kept).filename().string();
    const std::string before = stage.scratch.read(name);
    const auto id = boost::json::parse(before).at("transactions").at(0).at("transaction").at("id");

    const Said looked = stage.submit(FakeNode::refusing_url(), {"--key", "lender", "--dry-run"});
    CHECK(looked.code == 0);
    CHECK(contains(looked.err, "would go out once more"));
    Behaviour nothing;
    nothing.kind = Behaviour::Kind::hang_up;
    const FakeNode silent({nothing});
    const Said again = stage.submit(silent.url(), {"--key", "lender"});
    CHECK(again.code == 4);
    CHECK(contains(again.err, "goes out once more"));
    CHECK(stage.scratch.read(name) == before);
    // The kept file itself: no second one beside it.
    CHECK(run({"submit", kept, "--dir", stage.dir, "--url", silent.url(), "--timeout", "1"}).code ==
          4);
    CHECK(stage.kept() == std::vector<std::string>{kept});

    const FakeNode node({receipt_for(std::string(id.as_string()))});
    const Said answered = stage.submit(node.url(), {"--key", "lender"});
    CHECK(answered.code == 0);
    CHECK(contains(answered.out, std::string(id.as_string())));
    CHECK(sent_to(node) == sent_to(silent));
    CHECK(stage.kept().empty());
}

// Goal: who gives another kind of file is told which one it is, and what takes it.
TEST_CASE("A file that is no draft is named as what it seems to be") {
    const Stage stage;
    const FakeNode node({Behaviour{}});
    const auto said = [&](const std::string& text, const std::string& part) {
        (void)stage.scratch.write("my change.json", text);
        const Said told = stage.submit(node.url(), {"--key", "lender"});
        INFO(told.err);
        CHECK(told.code == 2);
        CHECK(contains(told.err, part));
        CHECK(sent_to(node).empty());
    };
    using namespace std::string_literals;
    said("type,business_date\nDAY_OPEN,2025-01-01\n", "a book in CSV: `tallystick import` takes");
    said("{\"type\":\"DAY_OPEN\"}\n{\"type\":\"DAY_OPEN\"}\n", "`tallystick import` takes it");
    said("{\"type\":\"LIMIT_FREEZE\",\"reason\":\"\xd6\xd0\"}", "is not UTF-8");
    said("\xff\xfe{\0}\0"s, "is UTF-16");
    said("[]", "an empty list");
    std::string huge = kChange;
    huge.replace(huge.find("5}"), 1, "1" + std::string(30, '0'));
    said(huge, "limit: out of range");
}

TEST_CASE("A draft may begin with a byte order mark") {
    const Stage stage;
    (void)stage.scratch.write("my change.json", std::string("\xef\xbb\xbf") + kChange);
    CHECK(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const Said again = stage.submit(FakeNode::refusing_url(), {"--key", "lender", "--dry-run"});
    CHECK(again.code == 0);
    CHECK(contains(again.err, "would go out once more"));
}

// Goal: 20261231 is the number of a day that no calendar has; as a draft it is a slip.
TEST_CASE("A draft with a number for a date is not sent") {
    const Stage stage;
    const FakeNode node({Behaviour{}});
    std::string draft = kChange;
    draft.replace(draft.find("\"2024-01-31\""), 12, "20261231");
    (void)stage.scratch.write("my change.json", draft);
    const Said said = stage.submit(node.url(), {"--key", "lender"});
    CHECK(said.code == 2);
    CHECK(
        contains(said.err, "transaction 1: business_date: a number is no date: write YYYY-MM-DD"));
    CHECK(sent_to(node).empty());
}

TEST_CASE("What was prepared is kept too until it is known what became of it") {
    const Stage stage;
    const std::string prepared = stage.scratch / "change.prepared";
    const auto submit = [&](const std::string& url) {
        return run({"submit", prepared, "--dir", stage.dir, "--url", url, "--timeout", "1"});
    };
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    std::filesystem::rename(stage.kept().front(), prepared);
    const FakeNode refusing({problem(403, "key_not_valid")});
    const FakeNode second({problem(403, "key_not_valid")});
    CHECK(run({"submit", prepared, "--dir", stage.dir, "--url", refusing.url(), "--url",
               second.url(), "--timeout", "1"})
              .code == 1);
    CHECK(stage.kept().empty());
    CHECK(submit(FakeNode::refusing_url()).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    CHECK(tally::cli::is_kept_path(kept));
    const Said again = submit(refusing.url());
    CHECK(again.code == 4);
    CHECK(contains(again.err, "error[outcome_unknown]"));
    const auto file = boost::json::parse(stage.scratch.read("change.prepared"));
    const auto id = file.at("transactions").at(0).at("transaction").at("id").as_string();
    const FakeNode node({receipt_for(std::string(id))});
    CHECK(submit(node.url()).code == 0);
    CHECK(stage.kept().empty());
}

// Goal: an outcome that can never change ends the retry, also when it came at last.
TEST_CASE("A submission that is interrupted says which file was kept and what sends it again") {
    const Stage stage;
    Behaviour silence;
    silence.kind = Behaviour::Kind::hang;
    const FakeNode node({silence});
    const std::string said = said_by_interrupted(
        SIGINT,
        [&] {
            return stage.submit(node.url(), {"--key", "lender"}, "60").code;
        },
        [&] { return !sent_to(node).empty(); });
    INFO(said);
    REQUIRE(stage.kept().size() == 1);
    CHECK(contains(said,
                   "interrupted: what became of the submission is not known; what was "
                   "signed is kept in " +
                       stage.kept().front()));
    CHECK(contains(said, "tallystick submit '" + stage.kept().front() + "' --dir " + stage.dir));
}

// Goal: what is asked for is sent, or the error says what stands in the way; never something else
// in its place.
TEST_CASE("A changed file is another submission, and the earlier one goes out first") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    Behaviour nothing;
    nothing.kind = Behaviour::Kind::hang_up;
    const FakeNode node({nothing});
    const auto refused = [&](const Said& said) {
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]: " + stage.draft));
        CHECK(contains(said.err, "tallystick submit '" + kept + "' --dir " + stage.dir));
        CHECK(node.seen().empty());
        CHECK(stage.kept() == std::vector<std::string>{kept});
    };
    refused(stage.submit(node.url(), {"--key", "regulator"}));
    refused(stage.submit(node.url(), {"--key", "lender", "--atomic"}));
    std::string changed = kChange;
    changed.replace(changed.find("5}"), 2, "6}");
    (void)stage.scratch.write("my change.json", changed);
    refused(stage.submit(node.url(), {"--key", "lender"}));
}

TEST_CASE("What was sent of a file and may be booked is not prepared a second time") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const FakeNode node({Behaviour{}});
    const std::string out = stage.scratch / "out.tally";
    const Said said = run({"prepare", stage.draft, "--signer", "lender", "--out", out, "--dir",
                           stage.dir, "--url", node.url()});
    INFO(said.err);
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[retry_open]: " + stage.draft));
    CHECK(contains(said.err, "tallystick submit '" + kept + "'"));
    CHECK_FALSE(std::filesystem::exists(out));
    CHECK(node.seen().empty());
}

// Goal: a wish is not forgotten because its file was moved, or has a second name.
TEST_CASE("What was kept beside a file that was moved goes out first") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const FakeNode node({Behaviour{}});
    const std::string moved = stage.scratch / "moved.json";
    std::filesystem::create_hard_link(stage.draft, moved);
    const auto submit = [&] {
        return run({"submit", moved, "--key", "lender", "--dir", stage.dir, "--url", node.url()});
    };
    const Said linked = submit();
    std::filesystem::remove(stage.draft);
    for (const Said& said : {linked, submit()}) {
        INFO(said.err);
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]: " + moved));
        CHECK(contains(said.err, "tallystick submit '" + kept + "'"));
    }
    CHECK(node.seen().empty());
    // Another wish is another one.
    (void)stage.scratch.write("moved.json", R"({"type":"LIMIT_CHANGE"})");
    CHECK_FALSE(contains(submit().err, "retry_open"));
}

// Goal: the refusal says whose signature was missing, and how to try anew.
TEST_CASE("The retry file stays until the outcome has been told") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const std::string id = stage.id_in(kept);
    const FakeNode node({receipt_for(id)});
    std::ofstream full("/dev/full");
    std::ostringstream remarks;
    tally::cli::Console console(full, remarks, false);
    CHECK(tally::cli::run_program({"submit", kept, "--dir", stage.dir, "--url", node.url()},
                                  console) == 1);
    CHECK(contains(remarks.str(), "standard output"));
    CHECK(stage.kept() == std::vector<std::string>{kept});
}

TEST_CASE("What one process sends no other one sends beside it") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string kept = stage.kept().front();
    const FakeNode node({problem(503, "overloaded")});
    const auto busy = [&](const std::string& file) {
        std::vector<std::string> words{"submit", file, "--dir", stage.dir, "--url", node.url()};
        if (file == stage.draft) words.insert(words.end(), {"--key", "lender"});
        return run(words);
    };
    {
        const auto other = tally::cli::SenderLock::take(kept);
        REQUIRE(other);
        for (const std::string& file : {stage.draft, kept}) {
            const Said said = busy(file);
            INFO(said.err);
            CHECK(said.code == 4);
            CHECK(contains(said.err, "error[retry_open]: " + kept));
            CHECK(contains(said.err, "that process decides"));
            CHECK(contains(said.err, "tallystick transaction " + stage.id_in(kept) +
                                         " --member lender --dir " + stage.dir));
            CHECK_FALSE(contains(said.err, "is safe"));
        }
        CHECK(node.seen().empty());
        // It had its answer while this one was about to send.
        std::filesystem::remove(kept);
        CHECK_FALSE(tally::cli::SenderLock::take(kept));
    }
    CHECK(stage.kept().empty());
}

TEST_CASE("A time that the kept submission does not have is not dropped in silence") {
    const Stage stage;
    const std::string late = "2099-01-31T08:30:00.000Z";
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const FakeNode node({problem(503, "overloaded")});
    for (const std::string& time : {std::string("+30"), late}) {
        const Said said = stage.submit(node.url(), {"--key", "lender", "--not-after", time});
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[retry_open]"));
        CHECK(node.seen().empty());
    }
    std::filesystem::remove(stage.kept().front());
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender", "--not-after", late}).code ==
            4);
    CHECK(contains(
        stage.submit(node.url(), {"--key", "lender", "--not-after", "2098-01-31T08:30:00.000Z"})
            .err,
        "error[retry_open]"));
    CHECK(node.seen().empty());
    // The same again is a retry.
    for (const std::string& time : {late, std::string("+30")}) {
        const Said said = stage.submit(node.url(), {"--key", "lender", "--not-after", time});
        CHECK(contains(said.err, "goes out once more"));
    }
}

// Goal: a file of another network is whole, and the nodes of this one are not asked about it.
