#include "node/driver/keeper.h"

#include "crypto/checkpoint.h"
#include "storage/audit.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"
#include "tests/support/node_keys.h"

namespace tally::node::driver {
namespace {

using consensus::NodeId;

/// A keeper for node 1 of three over a store that does what it is asked at once; what it says is
/// recorded.
struct Bench {
    testing::Cast cast;
    NodeKeys keys = testing::node_keys_of(cast.node(0));
    std::unique_ptr<storage::BlockStore> store = storage::make_memory_block_store(cast.network());
    std::vector<CheckpointSignatures> broadcasts;
    std::vector<std::pair<NodeId, CheckpointSignatures>> replies;
    std::vector<std::uint64_t> certified;
    std::vector<std::string> diverged;
    Moment now{Clock::time_point(std::chrono::seconds(100)), consensus::Millis(1'700'000'000'000)};
    Keeper keeper{cast.genesis(), NodeId(1), keys, *store};

    void on_seal(const storage::SealPoint& seal) {
        keeper.on_seal(seal, now);
        perform();
    }
    void on_signatures(NodeId from, CheckpointSignatures signatures) {
        keeper.on_signatures(from, std::move(signatures), now);
        perform();
    }
    void perform() {
        KeeperActions actions = keeper.take_actions();
        for (const auto& checkpoint : actions.store) REQUIRE(store->put_checkpoint(checkpoint));
        for (const auto& own : actions.broadcasts) {
            // The promise that a signature is: remembered before it leaves.
            REQUIRE(store->signed_mark());
            CHECK(store->signed_mark()->size >= own.size);
            broadcasts.push_back(own);
        }
        for (const auto& reply : actions.replies) replies.push_back(reply);
        for (const std::uint64_t size : actions.certified) certified.push_back(size);
        for (const Divergence& found : actions.diverged) {
            diverged.push_back(found.reason + (found.contradicted ? " (contradicted)" : ""));
        }
        for (const auto& mark : actions.remember) {
            REQUIRE(store->remember_signed(mark));
            keeper.on_remembered(mark, now);
            perform();
        }
    }
    storage::SealPoint seal(std::uint64_t size, std::string_view root) const {
        return {size, crypto::sha256(view_of(root)), consensus::Index(size), {}};
    }
    /// What node `position` + 1 says about a size.
    CheckpointSignatures said_by(std::size_t position, std::uint64_t size, std::string_view root) {
        const auto& node = cast.genesis().nodes[position];
        CheckpointSignatures said{size, crypto::sha256(view_of(root)), {}};
        const std::string origin = cast.genesis().origin();
        const std::string text = crypto::Checkpoint{origin, size, said.root}.encode();
        said.lines.push_back(crypto::sign_note(text, origin, cast.node(position).log));
        said.lines.push_back(crypto::cosign(text, origin + "/" + node.name,
                                            cast.node(position).cosignature, 1'800'000'000));
        return said;
    }
};

TEST_CASE("a seal is signed after it is remembered, and certified with a majority") {
    // Goal: one signature of three certifies nothing, two do, and the note verifies for a stranger.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    REQUIRE(bench.broadcasts.size() == 1);
    REQUIRE(bench.store->signed_mark());
    CHECK(bench.store->signed_mark()->size == 10);
    CHECK(bench.keeper.certified_size() == 0);
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.certified.size() == 1);
    CHECK(bench.keeper.certified_size() == 10);
    const auto stored = bench.store->latest_certified();
    REQUIRE(stored);
    REQUIRE(*stored);
    const auto note = crypto::Note::decode((*stored)->note);
    REQUIRE(note);
    const auto cosignatures = storage::count_cosignatures(*note, bench.cast.genesis());
    REQUIRE(cosignatures);
    CHECK(*cosignatures == 2);
}

TEST_CASE("signatures that come before the own seal wait for it") {
    // Goal: a node never certifies what it has not applied itself.
    Bench bench;
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    bench.on_seal(bench.seal(7, "earlier"));
    REQUIRE(bench.broadcasts.size() == 1);
    CHECK(bench.keeper.certified_size() == 0);
    bench.on_seal(bench.seal(10, "root"));
    REQUIRE(bench.certified.size() == 1);
    CHECK(bench.keeper.certified_size() == 10);
}

TEST_CASE("a forged line, another's key or a foreign root counts for nothing") {
    // Goal: only the keys that genesis pins certify.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    REQUIRE(bench.broadcasts.size() == 1);
    auto forged = bench.said_by(1, 10, "root");
    forged.lines[1].blob.back() ^= 1;
    bench.on_signatures(NodeId(2), forged);
    bench.on_signatures(NodeId(3), bench.said_by(1, 10, "root"));
    auto one_line = bench.said_by(2, 10, "root");
    one_line.lines.pop_back();
    bench.on_signatures(NodeId(3), one_line);
    CHECK(bench.keeper.certified_size() == 0);
    CHECK(bench.certified.empty());
}

TEST_CASE("two roots for one seal are told at once") {
    // Goal: divergence stops the node and names the block.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    REQUIRE(bench.diverged.size() == 1);
    CHECK_THAT(bench.diverged[0], Catch::Matchers::Contains("block 10"));
    CHECK_THAT(bench.diverged[0], !Catch::Matchers::Contains("(contradicted)"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "other"));
    REQUIRE(bench.diverged.size() == 2);
    CHECK_THAT(bench.diverged[1], Catch::Matchers::Contains("(contradicted)"));
}

TEST_CASE("a peer that still collects for an old size is sent this node's lines") {
    // Goal: lost signatures do not leave a checkpoint uncertified for ever.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.certified.size() == 2);
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.replies.size() == 1);
    CHECK(bench.replies[0].first == NodeId(3));
    CHECK(bench.replies[0].second.lines.size() == 2);
}

TEST_CASE("two nodes that both hold a size for certified do not answer each other for ever") {
    // Goal: an idle network is quiet. Seen after a pause of a second: half a core a node, for good.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    // The other side answers every answer at once, as it would if it had none of these bounds.
    for (int round = 0; round < 1000; ++round) {
        bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
        bench.now.steady += std::chrono::milliseconds(50);
    }
    CHECK(bench.replies.size() == 5);
    // Another peer that has lost it is still helped.
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    CHECK(bench.replies.size() == 6);
}

TEST_CASE("a signature waits until the store remembers, however long that takes") {
    // Goal: a node that crashes between the two has signed nothing that it does not know of.
    Bench bench;
    bench.keeper.on_seal(bench.seal(10, "root"), bench.now);
    const KeeperActions actions = bench.keeper.take_actions();
    REQUIRE(actions.remember.size() == 1);
    CHECK(actions.broadcasts.empty());
    // What others say meanwhile certifies nothing: the own signature is not there yet.
    bench.keeper.on_signatures(NodeId(2), bench.said_by(1, 10, "root"), bench.now);
    bench.keeper.on_signatures(NodeId(3), bench.said_by(2, 10, "root"), bench.now);
    CHECK(bench.keeper.take_actions().certified.empty());
    REQUIRE(bench.store->remember_signed(actions.remember.front()));
    bench.keeper.on_remembered(actions.remember.front(), bench.now);
    bench.perform();
    CHECK(bench.broadcasts.size() == 1);
    CHECK(bench.certified == std::vector<std::uint64_t>{10});
}

TEST_CASE("what is signed and not certified is said again, once a second") {
    // Goal: a lost message delays a certificate, and an idle network is quiet once all is
    // certified.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    REQUIRE(bench.broadcasts.size() == 1);
    bench.keeper.on_time(bench.now);
    bench.perform();
    CHECK(bench.broadcasts.size() == 1);
    bench.now.steady += std::chrono::seconds(1);
    bench.keeper.on_time(bench.now);
    bench.perform();
    CHECK(bench.broadcasts.size() == 2);
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.now.steady += std::chrono::seconds(1);
    bench.keeper.on_time(bench.now);
    bench.perform();
    CHECK(bench.broadcasts.size() == 2);
}

}  // namespace
}  // namespace tally::node::driver
