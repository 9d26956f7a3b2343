#include <boost/json.hpp>

#include "client/trust.h"
#include "node/evidence_json.h"
#include "storage/block_store.h"
#include "storage/high_water_mark.h"
#include "tests/cli/program.h"
#include "tests/client/fake_node.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/root_notes.h"

// Evidence as a person sees it: from folders that somebody has spoilt, and files that anybody could
// have written.

namespace tally::testing {
namespace {

using cli::testing::contains;
using cli::testing::run;
using cli::testing::Said;
using cli::testing::Scratch;
using storage::Evidence;

constexpr int kVerificationFailed = 3;

/// A record against this node that holds, if the genesis has the node.
Evidence roots_against(const Cast& cast, std::uint32_t node) {
    return {consensus::Millis(5),
            storage::RootConflict{
                node, 10, {root_note(cast, 10, "one", {1}), root_note(cast, 10, "two", {2, 3})}}};
}

/// The data folder of a node that keeps these.
void write_folder(const std::string& folder, const Cast& cast, const std::vector<Evidence>& all) {
    std::filesystem::create_directories(folder);
    storage::BlockStoreOptions options;
    options.folder = folder;
    options.network = cast.network();
    options.node = 1;
    REQUIRE(storage::create_high_water_mark(folder, options.network, options.node));
    const auto store = storage::open_block_store(options);
    REQUIRE(store);
    for (const Evidence& evidence : all) REQUIRE((*store)->keep_evidence(evidence));
}

std::string trust_file(const Scratch& scratch, const Cast& cast) {
    return scratch.write("network.pub", client::NetworkTrust::of(cast.genesis()).encode());
}

}  // namespace

TEST_CASE("Damaged evidence is said, and what holds is shown all the same") {
    const Scratch scratch;
    const Cast cast;
    const std::string folder = scratch / "data";
    write_folder(folder, cast, {roots_against(cast, 1), roots_against(cast, 2)});
    const std::string trust = trust_file(scratch, cast);
    CHECK(run({"evidence", folder, "--trust", trust}).code == 0);
    RawBlocks(folder).set_checkpoint(RawBlocks::evidence_key(1, 2, 10), "\x01 no record");

    const std::string file = scratch / "held.json";
    const Said said = run({"evidence", folder, "--trust", trust, "--out", file});
    INFO(said.out << said.err);
    CHECK(said.code == kVerificationFailed);
    CHECK(contains(said.out, "1 record, 1 damaged"));
    CHECK(contains(said.out, "DAMAGED: roots against node 2 at size 10: evidence: "));
    CHECK(contains(said.out, "signed another root than the certified one"));
    CHECK(contains(said.out, "CERTIFIED"));
    // What is handed on is what could be read.
    CHECK(run({"evidence", file, "--trust", trust}).code == 0);

    const Said json = run({"evidence", folder, "--trust", trust, "--json"});
    CHECK(json.code == kVerificationFailed);
    const auto document = boost::json::parse(json.out);
    CHECK_FALSE(document.at("verified").as_bool());
    const auto& source = document.at("sources").at(0);
    CHECK(source.at("records").as_array().size() == 1);
    REQUIRE(source.at("damaged").as_array().size() == 1);
    CHECK(source.at("damaged").at(0).at("record").as_string() == "roots against node 2 at size 10");
}

TEST_CASE("Evidence of several places is shown together, and one of them hides no other") {
    const Scratch scratch;
    const Cast cast;
    const std::string trust = trust_file(scratch, cast);
    write_folder(scratch / "one", cast, {roots_against(cast, 1)});
    write_folder(scratch / "two", cast, {roots_against(cast, 2)});
    const std::string file = scratch / "both.json";
    const Said both =
        run({"evidence", scratch / "one", scratch / "two", "--trust", trust, "--out", file});
    INFO(both.out << both.err);
    CHECK(both.code == 0);
    CHECK(contains(both.out, (scratch / "one") + ": 1 record"));
    CHECK(contains(both.out, (scratch / "two") + ": 1 record"));
    CHECK(node::decode_evidence_document(scratch.read("both.json"))->records.size() == 2);
    const Said some = run({"evidence", scratch / "gone", file, scratch / "two", "--trust", trust});
    INFO(some.out << some.err);
    CHECK(some.code == kVerificationFailed);
    CHECK(contains(some.out, (scratch / "gone") + ": CANNOT BE READ"));
    CHECK(contains(some.out, file + ": 2 records"));
}

TEST_CASE("A folder whose evidence cannot be read hides none of the others") {
    const Scratch scratch;
    const std::string net = scratch / "net";
    REQUIRE(run({"network", "init", "--dir", net}).code == 0);
    const auto trust = client::NetworkTrust::load(net + "/network.pub");
    REQUIRE(trust);
    std::filesystem::create_directories(net + "/n1/blocks");  // and nothing in it
    storage::BlockStoreOptions options;
    options.folder = net + "/n2";
    options.network = trust->network;
    options.node = 2;
    REQUIRE(storage::open_block_store(options));
    const Said said = run({"evidence", net});
    INFO(said.out << said.err);
    CHECK(said.code == kVerificationFailed);
    CHECK(contains(said.out, "n1: CANNOT BE READ: "));
    CHECK(contains(said.out, "n2: no evidence against any node"));
}

TEST_CASE("Evidence against a node that the genesis does not have proves nothing") {
    const Scratch scratch;
    const Cast cast;
    const std::string trust = trust_file(scratch, cast);
    node::EvidenceDocument document{cast.network(), {}, {}};
    document.records = {roots_against(cast, 1), roots_against(cast, 9)};
    const crypto::Digest own = crypto::sha256(view_of("own"));
    const crypto::Digest other = crypto::sha256(view_of("other"));
    document.records.push_back({consensus::Millis(5), storage::BlockConflict{77, 3, own, other}});
    const std::string file =
        scratch.write("evidence.json", node::encode_evidence_document(document));
    const Said said = run({"evidence", file, "--trust", trust});
    INFO(said.out << said.err);
    CHECK(said.code == kVerificationFailed);
    CHECK(contains(said.out, "CERTIFIED"));
    CHECK(contains(said.out,
                   "DOES NOT VERIFY: unverified: evidence of roots against node 9 at "
                   "size 10: the genesis has no such node"));
    CHECK(contains(said.out, "blocks against node 77 at block 3: the genesis has no such node"));
}

TEST_CASE("Evidence of a place and of nodes by URL is shown together") {
    const Scratch scratch;
    const Cast cast;
    const std::string trust = trust_file(scratch, cast);
    node::EvidenceDocument document{cast.network(), {roots_against(cast, 2)}, {}};
    const std::string file =
        scratch.write("evidence.json", node::encode_evidence_document(document));
    document.records = {roots_against(cast, 3)};
    const std::string served = node::encode_evidence_document(document);
    const FakeNode node([&served](const SeenRequest&) {
        Behaviour behaviour;
        behaviour.body = served;
        return behaviour;
    });
    const std::string out = scratch / "both.json";
    const Said both =
        run({"evidence", file, "--url", node.url(), "--trust", trust, "--json", "--out", out});
    INFO(both.out << both.err);
    CHECK(both.code == 0);
    const auto shown = boost::json::parse(both.out);
    REQUIRE(shown.at("sources").as_array().size() == 2);
    CHECK(shown.at("sources").at(0).at("place").as_string() == file);
    CHECK(shown.at("sources").at(1).at("place").as_string() == node.url());
    CHECK(node::decode_evidence_document(scratch.read("both.json"))->records.size() == 2);

    const Said missing =
        run({"evidence", scratch / "nosuchfile", "--url", node.url(), "--trust", trust});
    INFO(missing.out << missing.err);
    CHECK(missing.code == kVerificationFailed);
    CHECK(contains(missing.out, "nosuchfile: CANNOT BE READ: io_failed: "));
    CHECK(contains(missing.out, node.url() + ": 1 record"));
}

TEST_CASE("A record of a file that cannot be read hides none of the others") {
    const Scratch scratch;
    const Cast cast;
    const std::string trust = trust_file(scratch, cast);
    const node::EvidenceDocument document{cast.network(), {roots_against(cast, 2)}, {}};
    std::string text = node::encode_evidence_document(document);
    text.insert(text.rfind(']'), ",\"x\"");
    const std::string file = scratch.write("evidence.json", text);
    const Said said = run({"evidence", file, "--trust", trust});
    INFO(said.out << said.err);
    CHECK(said.code == kVerificationFailed);
    CHECK(contains(said.out, "1 record, 1 damaged"));
    CHECK(contains(said.out, "DAMAGED: evidence[1]: not an object"));
    CHECK(contains(said.out, "CERTIFIED"));

    // Nor does what is no evidence at all, or another network's.
    const FakeNode foreign([](const SeenRequest&) {
        Behaviour behaviour;
        behaviour.body =
            R"({"network":")" + std::string(64, 'a') + R"(","evidence":[],"damaged":[]})";
        return behaviour;
    });
    const Said both = run({"evidence", file, "--trust", trust, "--url", foreign.url()});
    INFO(both.out << both.err);
    CHECK(both.code == kVerificationFailed);
    CHECK(contains(both.out, foreign.url() + ": CANNOT BE READ: wrong_network: "));
    CHECK(contains(both.out, "CERTIFIED"));
    const Said none = run({"evidence", scratch.write("none.json", "{}"), "--trust", trust});
    CHECK(none.code == 1);
    CHECK(contains(none.err, "error[bad_file]: "));
    CHECK(contains(none.err, "network: missing"));
}

// Goal: what another network's nodes keep is not shown as if it were about this one's.
TEST_CASE("The evidence of a folder of another network cannot be read, whatever it holds") {
    const Scratch scratch;
    const Cast cast;
    const std::string folder = scratch / "data";
    const crypto::Digest own = crypto::sha256(view_of("own"));
    const crypto::Digest other = crypto::sha256(view_of("other"));
    write_folder(folder, cast, {{consensus::Millis(5), storage::BlockConflict{1, 3, own, other}}});
    REQUIRE(run({"network", "init", "--dir", scratch / "net", "--free-ports"}).code == 0);
    std::filesystem::create_directories(scratch / "net/n1");
    std::filesystem::copy(folder, scratch / "net/n1",
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::overwrite_existing);
    const std::string strange = scratch / "net/network.pub";
    for (const auto& [place, trust] :
         {std::pair(folder, strange), std::pair(scratch / "net", strange)}) {
        const Said said = run({"evidence", place, "--trust", trust, "--json"});
        INFO(said.out << said.err);
        CHECK(said.code == kVerificationFailed);
        CHECK(contains(said.err, "error[wrong_network]: "));
        CHECK(contains(said.err, "--trust"));
        CHECK_FALSE(contains(said.out, "\"verified\":true"));
    }
    CHECK(run({"evidence", folder, "--trust", trust_file(scratch, cast)}).code == 0);
}

}  // namespace tally::testing
