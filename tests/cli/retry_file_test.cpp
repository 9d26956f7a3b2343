// Files that have the name of a retry, and hold something else, or what was altered.

#include <boost/json.hpp>

#include "cli/kept_submission.h"
#include "tests/cli/retry_stage.h"

using namespace tally::cli::testing;

TEST_CASE("A file that only has the name of a retry does not go out for the draft") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string other = stage.kept().front();
    const std::string planted =
        stage.scratch.read(std::filesystem::path(other).filename().string());
    std::filesystem::remove(other);
    std::string changed = kChange;
    changed.replace(changed.find("5}"), 2, "6}");
    (void)stage.scratch.write("my change.json", changed);
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    const std::string mine = stage.kept().front();
    CHECK(mine != other);
    (void)stage.scratch.write(std::filesystem::path(mine).filename().string(), planted);
    const FakeNode node({receipt_for("00000000000000000000000000000000")});
    const Said said = stage.submit(node.url(), {"--key", "lender"});
    CHECK(said.code == 4);
    CHECK(contains(said.err, "error[retry_open]"));
    CHECK(node.seen().empty());
}

// Goal: a retry file is whole before anything is sent, so whatever is wrong with it happened later,
// and what it held may be on record.
TEST_CASE(
    "A retry file that is not whole any more may have been sent, and the error says how to look") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const std::string name = std::filesystem::path(kept).filename().string();
    const std::string whole = stage.scratch.read(name);
    const auto file = boost::json::parse(whole);
    const std::string id(file.at("transactions").at(0).at("transaction").at("id").as_string());
    const std::string signature(file.at("signers").at(0).at("signature").as_string());
    const auto with = [&whole](const std::string& part, const std::string& other) {
        std::string text = whole;
        REQUIRE(text.find(part) != std::string::npos);
        return text.replace(text.find(part), part.size(), other);
    };
    const FakeNode node({problem(503, "overloaded")});
    const auto check = [&](bool ids_left) {
        const Said by_draft = stage.submit(node.url(), {"--key", "lender"});
        const Said by_name = run({"submit", kept, "--dir", stage.dir, "--url", node.url()});
        for (const Said& said : {by_draft, by_name}) {
            INFO(said.err);
            CHECK(said.code == 4);
            CHECK(contains(said.err, "error[outcome_unknown]: " + kept));
            CHECK(contains(said.err, "may be on record"));
            CHECK_FALSE(contains(said.err, "nothing was sent from it"));
            CHECK(contains(said.err, "tallystick transaction " + id + " --member lender --dir " +
                                         stage.dir) == ids_left);
            CHECK(contains(said.err, "--history") != ids_left);
        }
        CHECK(node.seen().empty());
    };
    const auto remade = [&](const std::string& text, bool ids_left) {
        (void)stage.scratch.write(name, text);
        check(ids_left);
    };
    remade("", false);
    remade(whole.substr(0, 20), false);
    remade(whole.substr(0, whole.size() - 20), true);
    remade(std::string(whole.size(), '\0'), false);
    remade(with("tallystick-submission-v1", "tallystick-submission-v9"), true);
    remade(with(signature, "AAAA" + signature.substr(4)), true);
    remade(with("\"" + signature + "\"", "null"), true);
    std::filesystem::remove(kept);
    std::filesystem::create_symlink(stage.scratch / "nowhere", kept);
    check(false);
    std::filesystem::remove(kept);
    std::filesystem::create_directory(kept);
    check(false);
}

TEST_CASE("A damaged retry file of a draft with ids of its own leads to these") {
    const Stage stage;
    const std::string id = "018f2c3e7a107c4b9d2e0123456789ab";
    std::string draft = kChange;
    draft.insert(1, "\"id\":\"" + id + "\",\"value_date\":\"2024-01-31\",");
    (void)stage.scratch.write("my change.json", draft);
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    REQUIRE(stage.kept().size() == 1);
    (void)stage.scratch.write(std::filesystem::path(stage.kept().front()).filename().string(), "");
    const Said said = stage.submit(FakeNode::refusing_url(), {"--key", "lender"});
    CHECK(said.code == 4);
    CHECK(contains(said.err, "tallystick transaction " + id));
}

// Goal: who altered a file, or had it altered, learns how to find out what became of it.
TEST_CASE("An altered retry file sends nothing, and the error says where to look") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const std::string name = std::filesystem::path(kept).filename().string();
    std::string altered = stage.scratch.read(name);
    altered.replace(altered.find("\"limit\":5"), 9, "\"limit\":6");
    (void)stage.scratch.write(name, altered);
    const FakeNode node({Behaviour{}});
    for (const Said& said : {stage.submit(node.url(), {"--key", "lender"}),
                             run({"submit", kept, "--dir", stage.dir, "--url", node.url()})}) {
        // What it held was sent, and may be booked still.
        CHECK(said.code == 4);
        CHECK(contains(said.err, "error[outcome_unknown]: " + kept));
        CHECK(contains(said.err, "--dir " + stage.dir));
        CHECK_FALSE(contains(said.err, "never"));
    }
    CHECK(node.seen().empty());
}

TEST_CASE("A retry file whose network was altered is damaged, for its name says which it is of") {
    const Stage stage;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const std::string name = std::filesystem::path(kept).filename().string();
    const std::string text = stage.scratch.read(name);
    const FakeNode node({Behaviour{}});
    // Wherever the id of the network stands in it, in its header too.
    std::size_t tried = 0;
    for (std::size_t at = text.find("\"header"); at < text.size(); ++at) {
        std::string altered = text;
        altered[at] = altered[at] == 'A' ? 'B' : 'A';
        (void)stage.scratch.write(name, altered);
        const Said said = stage.submit(node.url(), {"--key", "lender"});
        INFO(at << " " << said.err);
        CHECK(said.code == 4);
        ++tried;
    }
    CHECK(tried > 100);
    CHECK(node.seen().empty());
}

TEST_CASE("A retry file of another network is said to be so, and not to be damaged") {
    const Stage stage;
    const Stage other;
    REQUIRE(stage.submit(FakeNode::refusing_url(), {"--key", "lender"}).code == 4);
    const std::string kept = stage.kept().front();
    const Said said = run({"submit", kept, "--dir", other.dir, "--url", FakeNode::refusing_url()});
    INFO(said.err);
    CHECK(said.code == 1);
    CHECK(contains(said.err, "error[wrong_network]: " + kept));
    CHECK(contains(said.err, "--dir"));
    CHECK_FALSE(contains(said.err, "damaged"));
    CHECK_FALSE(contains(said.err, "tallystick transaction"));
}
