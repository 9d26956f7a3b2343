#include <boost/json.hpp>
#include <filesystem>
#include <functional>

#include "base/hex.h"
#include "client/trust.h"
#include "storage/block_store.h"
#include "storage/high_water_mark.h"
#include "tests/cli/program.h"
#include "tests/storage/raw_blocks.h"
#include "tests/support/lying_node.h"

// The audit as a person runs it, against nodes that lie over HTTP. Each lie holds together.

namespace tally::testing {
namespace {

using cli::testing::contains;
using cli::testing::run;
using cli::testing::Said;
using cli::testing::Scratch;
using consensus::BlockKind;

constexpr int kPassed = 0;
constexpr int kFailed = 3;
constexpr int kUncertified = 5;

const LedgerChain& honest_chain() {
    static const auto chain = [] {
        auto made = std::make_unique<LedgerChain>(33);
        for (int i = 0; i < 18; ++i) i % 6 == 5 ? made->seal() : made->random_block();
        made->random_block();
        return made;
    }();
    return *chain;
}

/// Audits these nodes, with `more` on the command line.
Said audit(const Scratch& scratch, const std::vector<const LyingLedger*>& ledgers,
           const std::vector<std::string>& more = {}) {
    const auto trust = client::NetworkTrust::of(honest_chain().genesis());
    std::vector<std::string> arguments{"audit", "--trust",
                                       scratch.write("network.pub", trust.encode())};
    std::vector<std::unique_ptr<LyingNode>> nodes;
    for (const LyingLedger* ledger : ledgers) {
        nodes.push_back(std::make_unique<LyingNode>(*ledger));
        arguments.insert(arguments.end(), {"--url", nodes.back()->url()});
    }
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
}

std::string verdict_of(const boost::json::value& document, std::size_t node) {
    return std::string(document.at("nodes").at(node).at("verdict").as_string());
}

struct Lie {
    const char* name;
    int code;
    const char* words;
    std::function<void(LyingLedger&)> tell;
};

}  // namespace

TEST_CASE("An honest node passes: up to the checkpoint certified, above it its own word") {
    const Scratch scratch;
    const LyingLedger honest(honest_chain());
    const Said said = audit(scratch, {&honest});
    INFO(said.out << said.err);
    CHECK(said.code == kPassed);
    CHECK(contains(said.out, "PASSED"));
    const auto size = honest.checkpoints.rbegin()->first;
    CHECK(contains(said.out, "certified up to entry " + std::to_string(size - 1) +
                                 ", block 18 (cosigned by 3 of 3 nodes); the rest is this node's "
                                 "word: entries " +
                                 std::to_string(size) + " to "));
    CHECK(contains(said.out, to_hex(honest_chain().cast().network().view())));

    const auto document = boost::json::parse(audit(scratch, {&honest}, {"--json"}).out);
    CHECK(document.at("verdict").as_string() == "PASSED");
    CHECK(document.at("passed").as_bool());
    CHECK(document.at("network").at("id").as_string() ==
          to_hex(honest_chain().cast().network().view()));
    const auto& node = document.at("nodes").at(0);
    CHECK(node.at("anchor").at("block").to_number<std::uint64_t>() == 18);
    CHECK(node.at("anchor").at("size").to_number<std::uint64_t>() == size);
    CHECK(node.at("accepted").to_number<std::uint64_t>() +
              node.at("refused").to_number<std::uint64_t>() +
              node.at("repeated").to_number<std::uint64_t>() ==
          node.at("transactions").to_number<std::uint64_t>());
}

TEST_CASE("No lie of a single node passes") {
    const auto unsigned_lie = [](auto lie) {
        return [lie](LyingLedger& ledger) {
            lie(ledger);
            ledger.withhold_checkpoints();
        };
    };
    const auto drop = [](LyingLedger& ledger) { ledger.drop(9); };
    const std::vector<Lie> lies{
        {"all checkpoints answered 404", kUncertified, "nobody vouches for it",
         [](LyingLedger& ledger) { ledger.withhold_checkpoints(); }},
        {"a block dropped", kFailed, "cosigned by 3 of 3 nodes: ", drop},
        {"a block dropped, nothing certified", kUncertified, "nobody vouches", unsigned_lie(drop)},
        {"one liar's signature on the new root", kFailed, "cosigned by 1 of 3 nodes, 2 are needed",
         [](LyingLedger& ledger) {
             ledger.drop(9);
             ledger.sign_alone(true);
         }},
        {"the same, not given out as certified", kUncertified, "nobody vouches",
         [](LyingLedger& ledger) {
             ledger.drop(9);
             ledger.sign_alone(false);
         }},
        {"payloads swapped", kFailed, "root is",
         [](LyingLedger& ledger) { ledger.swap_payloads(8, 9); }},
        {"seals removed", kFailed, "checkpoint",
         [](LyingLedger& ledger) { ledger.remove_seals(); }},
        {"times shifted", kFailed, "root is",
         [](LyingLedger& ledger) { ledger.shift_times(2, consensus::Millis(5000)); }},
        {"the first eight blocks only", kFailed, "are missing",
         [](LyingLedger& ledger) { ledger.truncate(8); }},
        {"the first eight blocks, nothing certified", kUncertified, "nobody vouches",
         unsigned_lie([](LyingLedger& ledger) { ledger.truncate(8); })},
        {"no block", kFailed, "are missing", [](LyingLedger& ledger) { ledger.truncate(0); }},
        {"no block, nothing certified", kUncertified, "has no entry",
         unsigned_lie([](LyingLedger& ledger) { ledger.truncate(0); })},
        {"a submission played back", kFailed, "",
         [](LyingLedger& ledger) {
             ledger.replace(9, BlockKind::submissions, *ledger.blocks[2].payload);
         }},
        {"another history", kFailed, "", [](LyingLedger& ledger) { ledger.fork(4); }},
        {"an outcome forged", kFailed, "checkpoint",
         [](LyingLedger& ledger) { ledger.forge_outcome(); }},
        {"bytes in a no-op", kFailed, "block 19: payload: 3 bytes",
         [](LyingLedger& ledger) { ledger.replace(19, BlockKind::noop, Bytes(3, 1)); }},
        {"an unfounded configuration", kFailed, "block 19: configuration",
         [](LyingLedger& ledger) { ledger.replace(19, BlockKind::configuration, {}); }},
        {"a kind that nobody knows", kFailed, "block 19: stored: ",
         [](LyingLedger& ledger) { ledger.replace(19, static_cast<BlockKind>(9), {}); }},
    };
    const Scratch scratch;
    for (const Lie& lie : lies) {
        LyingLedger ledger(honest_chain());
        lie.tell(ledger);
        const Said said = audit(scratch, {&ledger});
        INFO(lie.name << "\n" << said.out << said.err);
        CHECK(said.code == lie.code);
        CHECK(contains(said.out, lie.code == kFailed ? "FAILED" : "UNCERTIFIED"));
        CHECK_FALSE(contains(said.out, "PASSED"));
        CHECK(contains(said.out, lie.words));
    }
}

TEST_CASE("A forged node beside honest ones is named, and only it") {
    const Scratch scratch;
    const LyingLedger honest(honest_chain());
    LyingLedger liar(honest_chain());
    SECTION("a fork that it signed alone") {
        liar.fork(9);
        liar.sign_alone(true);
    }
    SECTION("a fork, its checkpoints withheld") {
        liar.fork(9);
        liar.withhold_checkpoints();
    }
    SECTION("a fork above the last checkpoint, as high as the others") {
        liar.fork(19);  // nothing decides: all three fail
    }
    SECTION("the first blocks only") {
        liar.truncate(8);
        liar.withhold_checkpoints();
    }
    const Said said = audit(scratch, {&honest, &liar, &honest}, {"--json"});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    const auto document = boost::json::parse(said.out);
    CHECK(document.at("verdict").as_string() == "FAILED");
    CHECK_FALSE(document.at("passed").as_bool());
    CHECK(verdict_of(document, 1) == "FAILED");
}

TEST_CASE("Of two nodes the forked and shorter one is found at the lowest common height") {
    const Scratch scratch;
    const LyingLedger honest(honest_chain());
    LyingLedger liar(honest_chain());
    liar.fork(5);
    liar.truncate(9);
    liar.withhold_checkpoints();
    const Said said = audit(scratch, {&liar, &honest});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    CHECK(contains(said.out, "block 5: divergence: another block than"));
    CHECK(contains(said.out, "PASSED"));  // the honest one
}

TEST_CASE("A node that cannot be reached is a line of the table and a failure") {
    const Scratch scratch;
    const LyingLedger honest(honest_chain());
    const Said said =
        audit(scratch, {&honest}, {"--url", FakeNode::refusing_url(), "--timeout", "1", "--json"});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    const auto document = boost::json::parse(said.out);
    REQUIRE(document.at("nodes").as_array().size() == 2);
    CHECK(verdict_of(document, 0) == "PASSED");
    CHECK(verdict_of(document, 1) == "FAILED");
    CHECK(document.at("nodes").at(1).at("findings").at(0).at("field").as_string() == "source");
}

// Goal: one node that dawdles keeps nobody from the verdicts on the others.
TEST_CASE("A node that gives a block now and then is a finding, and the others are audited") {
    const Scratch scratch;
    const LyingLedger ledger(honest_chain());
    const LyingNode slow(ledger, std::chrono::milliseconds(400));
    const LyingNode good(ledger);
    const auto trust = client::NetworkTrust::of(honest_chain().genesis());
    const Said said = run({"audit", "--trust", scratch.write("network.pub", trust.encode()),
                           "--url", slow.url(), "--url", good.url(), "--timeout", "1", "--json"});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    CHECK(contains(said.out, slow.url() + ": too slow, it gave "));
    const auto document = boost::json::parse(said.out);
    CHECK(verdict_of(document, 0) == "FAILED");
    CHECK(verdict_of(document, 1) == "PASSED");
}

TEST_CASE("A checkpoint from elsewhere is required of the log") {
    const Scratch scratch;
    const LyingLedger honest(honest_chain());
    LyingLedger silent(honest_chain());
    silent.withhold_checkpoints();
    const auto note = [&](const std::string& text) {
        return std::vector<std::string>{"--checkpoint", scratch.write("old.note", text)};
    };
    const Said passed = audit(scratch, {&silent}, note(*honest.newest));
    INFO(passed.out << passed.err);
    CHECK(passed.code == kPassed);
    CHECK(contains(passed.out, "checkpoint from "));
    silent.truncate(14);
    CHECK(audit(scratch, {&silent}, note(*honest.newest)).code == kFailed);
    // The older one is arrived at, and nothing above it is certified.
    const Said older = audit(scratch, {&silent}, note(honest.checkpoints.begin()->second));
    CHECK(older.code == kPassed);
    CHECK(contains(older.out, "block 6 "));

    const auto& seal = *honest_chain().points()[18].last_seal;
    const Said lone =
        audit(scratch, {&honest},
              note(signed_checkpoint(honest_chain().cast(), seal.size, seal.root, 1)));
    CHECK(lone.code == kFailed);
    CHECK(contains(lone.err, "cosigned by 1 of 3 nodes, 2 are needed"));
    CHECK(audit(scratch, {&honest}, {"--checkpoint", scratch / "none"}).code == 1);
}

namespace {

/// The data folder of the cast's first node, as the ledger has it.
void write_folder(const std::string& folder, const LyingLedger& ledger, std::uint32_t node = 1) {
    std::filesystem::create_directories(folder);
    storage::BlockStoreOptions options;
    options.folder = folder;
    options.network = honest_chain().cast().network();
    options.node = node;
    REQUIRE(storage::create_high_water_mark(folder, options.network, options.node));
    const auto store = storage::open_block_store(options);
    REQUIRE(store);
    for (const auto& [size, note] : ledger.checkpoints) {
        REQUIRE((*store)->put_checkpoint({size, note, true}));
    }
    REQUIRE((*store)->write({ledger.blocks, {consensus::Term(1), {}, ledger.last().value()}}));
}

/// A network's folder with the trust file, and what its nodes have.
struct HonestNetwork {
    Scratch scratch;
    std::string net = scratch / "net";
    std::string trust;

    HonestNetwork() {
        const LyingLedger honest(honest_chain());
        for (const auto& node : honest_chain().genesis().nodes) {
            write_folder(net + "/" + node.name, honest, node.id);
        }
        trust = scratch.write("net/network.pub",
                              client::NetworkTrust::of(honest_chain().genesis()).encode());
    }
};

}  // namespace

TEST_CASE("A folder that holds another node's blocks is neither's") {
    const Scratch scratch;
    const std::string net = scratch / "net";
    const auto& nodes = honest_chain().genesis().nodes;
    const LyingLedger honest(honest_chain());
    write_folder(net + "/" + nodes[0].name, honest, 1);
    write_folder(net + "/" + nodes[1].name, honest, 2);
    scratch.write("net/network.pub", client::NetworkTrust::of(honest_chain().genesis()).encode());
    const std::string mixed = net + "/" + nodes[0].name;
    CHECK(run({"audit", mixed}).code == kPassed);
    std::filesystem::remove_all(mixed + "/blocks");
    std::filesystem::rename(net + "/" + nodes[1].name + "/blocks", mixed + "/blocks");
    const Said said = run({"audit", mixed});
    INFO(said.out);
    CHECK(said.code == kFailed);
    CHECK(contains(said.out, "belongs to node 2, not to 1"));
}

TEST_CASE("Every node of a network's folder has its line, also one whose folder is gone") {
    const Scratch scratch;
    const std::string net = scratch / "net";
    const LyingLedger honest(honest_chain());
    write_folder(net + "/" + honest_chain().genesis().nodes[0].name, honest, 1);
    write_folder(net + "/" + honest_chain().genesis().nodes[1].name, honest, 2);
    scratch.write("net/network.pub", client::NetworkTrust::of(honest_chain().genesis()).encode());
    const Said said = run({"audit", net});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    CHECK(contains(said.out, "PASSED"));
    CHECK(contains(said.out, "blocks is missing"));
    // One folder is believed with the network.pub around it.
    const Said one = run({"audit", net + "/" + honest_chain().genesis().nodes[0].name});
    CHECK(one.code == kPassed);
    CHECK(contains(one.out, "net/network.pub"));

    LyingLedger dropped(honest_chain());
    dropped.drop(9);
    write_folder(net + "/" + honest_chain().genesis().nodes[2].name, dropped, 3);
    const Said forged = run({"audit", net, "--json"});
    INFO(forged.out);
    CHECK(forged.code == kFailed);
    const auto document = boost::json::parse(forged.out);
    CHECK(verdict_of(document, 0) == "PASSED");
    CHECK(verdict_of(document, 1) == "PASSED");
    CHECK(verdict_of(document, 2) == "FAILED");
}

// Goal: what is said to have passed was looked at.
TEST_CASE("One node's data under the names of others pass for one node") {
    const Scratch scratch;
    const std::string net = scratch / "net";
    const auto& nodes = honest_chain().genesis().nodes;
    REQUIRE(nodes.size() == 3);
    const auto place = [&](std::size_t node) { return net + "/" + nodes[node].name; };
    const LyingLedger honest(honest_chain());
    write_folder(place(1), honest, nodes[1].id);
    std::filesystem::copy(place(1), place(0), std::filesystem::copy_options::recursive);
    std::filesystem::create_directory_symlink(place(1), place(2));
    scratch.write("net/network.pub", client::NetworkTrust::of(honest_chain().genesis()).encode());
    const Said all = run({"audit", net, "--json"});
    INFO(all.out << all.err);
    CHECK(all.code == kFailed);
    const auto document = boost::json::parse(all.out);
    CHECK(verdict_of(document, 1) == "PASSED");
    for (const std::size_t node : {0U, 2U}) {
        CHECK(verdict_of(document, node) == "FAILED");
        const auto& finding = document.at("nodes").at(node).at("findings").at(0);
        CHECK(finding.at("field").as_string() == "node");
        CHECK(contains(std::string(finding.at("detail").as_string()),
                       "holds the data of node " + std::to_string(nodes[1].id) + " (" +
                           nodes[1].name + "), not of node " + std::to_string(nodes[node].id)));
        // Named alone it is no other folder.
        CHECK(run({"audit", place(node)}).code == kFailed);
    }
    CHECK(run({"audit", place(1)}).code == kPassed);
    // Elsewhere a copy has no node's name, and says nothing of which it is.
    std::filesystem::copy(place(1), scratch / "backup", std::filesystem::copy_options::recursive);
    CHECK(run({"audit", scratch / "backup", "--trust", net + "/network.pub"}).code == kPassed);
}

TEST_CASE("A folder that cannot be audited is a line of the table, whatever is wrong with it") {
    const HonestNetwork honest;
    const Scratch& scratch = honest.scratch;
    const std::string& net = honest.net;
    const std::string& trust = honest.trust;
    const auto& nodes = honest_chain().genesis().nodes;
    // As a later version of this program would write it.
    const std::string later = net + "/" + nodes[1].name;
    RawBlocks(later).set_meta("format", std::string("\0\0\0\x7f", 4));
    std::filesystem::create_directories(scratch / "notes");
    scratch.write("notes/readme.txt", "no node");
    const auto failed_alone = [&](const std::string& folder, const std::string& why) {
        const Said said = run({"audit", folder, "--trust", trust});
        INFO(folder << "\n" << said.out << said.err);
        CHECK(said.code == kFailed);
        CHECK(contains(said.out, "FAILED"));
        CHECK(contains(said.out, why));
    };
    failed_alone(later, "format");
    failed_alone(scratch / "notes", "neither a network's folder nor a node's data folder");
    failed_alone(scratch / "gone", "neither a network's folder nor a node's data folder");

    // The trust is that of the first folder that has one; none hides another.
    const std::string sound = net + "/" + nodes[0].name;
    std::filesystem::create_directories(scratch / "spoilt");
    scratch.write("spoilt/network.pub", "no trust file");
    const Said said = run({"audit", scratch / "notes", scratch / "spoilt", later, sound, "--json"});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    const auto document = boost::json::parse(said.out);
    REQUIRE(document.at("nodes").as_array().size() == 4);
    for (const std::size_t node : {0U, 1U, 2U}) CHECK(verdict_of(document, node) == "FAILED");
    CHECK(verdict_of(document, 3) == "PASSED");
    // Where nothing is trusted, nothing can be audited.
    CHECK(run({"audit", scratch / "notes"}).code == 1);
}

TEST_CASE("Blocks that were set aside are audited where they lie, and copies of blocks") {
    const HonestNetwork honest;
    const Scratch& scratch = honest.scratch;
    const std::string& net = honest.net;
    const std::string& trust = honest.trust;
    const auto& nodes = honest_chain().genesis().nodes;
    namespace fs = std::filesystem;
    const std::string first = net + "/" + nodes[0].name;
    const std::string aside = first + "/blocks.damaged-1";
    fs::copy(first + "/blocks", aside, fs::copy_options::recursive);
    fs::copy(first + "/blocks", scratch / "copy", fs::copy_options::recursive);
    for (const auto& arguments : {std::vector<std::string>{"audit", aside},
                                  {"audit", aside + "/", first},
                                  {"audit", scratch / "copy", "--trust", trust},
                                  {"evidence", aside, first, "--trust", trust},
                                  {"evidence", aside, "--trust", trust}}) {
        const Said said = run(arguments);
        INFO(said.out << said.err);
        CHECK(said.code == 0);
    }
    // Those of another node in its folder are still another node's.
    fs::copy(net + "/" + nodes[1].name + "/blocks", first + "/blocks.damaged-2",
             fs::copy_options::recursive);
    const Said other = run({"audit", first + "/blocks.damaged-2"});
    INFO(other.out << other.err);
    CHECK(other.code == kFailed);
    CHECK(contains(other.out, "holds the data of"));
    const Said untrusted = run({"audit", scratch / "copy"});
    CHECK(untrusted.code == 1);
    CHECK(contains(untrusted.err, "name it with --trust NETWORK.PUB"));
}

TEST_CASE("A node that does not answer fails the audit, alone as among others") {
    const Scratch scratch;
    const Said said = audit(scratch, {}, {"--url", FakeNode::refusing_url(), "--timeout", "1"});
    INFO(said.out << said.err);
    CHECK(said.code == kFailed);
    CHECK(contains(said.out, "FAILED"));
    CHECK(contains(said.out, "source: unreachable: "));
    CHECK(audit(scratch, {}, {"--url", "ftp://nobody"}).code == 2);
}

TEST_CASE("A network.pub that was named is trusted before what a lone folder says of itself") {
    const Scratch scratch;
    for (const char* name : {"a", "b"}) {
        REQUIRE(run({"network", "init", "--free-ports", "--dir", scratch / name}).code == 0);
    }
    const std::string lone = scratch / "foreign/node";
    std::filesystem::create_directories(scratch / "foreign");
    std::filesystem::copy(scratch / "a/n1", lone, std::filesystem::copy_options::recursive);
    std::filesystem::create_directory(lone + "/blocks");
    const std::string trusted = scratch / "b/network.pub";
    for (const auto& places : {std::vector<std::string>{lone, scratch / "b"},
                               std::vector<std::string>{scratch / "b", lone}}) {
        const Said said = run({"audit", places[0], places[1]});
        INFO(said.out << said.err);
        CHECK(said.code == kFailed);
        CHECK(contains(said.out, trusted));
        CHECK_FALSE(contains(said.out, "own genesis was believed"));
    }
}

}  // namespace tally::testing
