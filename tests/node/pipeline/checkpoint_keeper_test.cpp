#include "node/pipeline/checkpoint_keeper.h"

#include <condition_variable>
#include <mutex>

#include "crypto/checkpoint.h"
#include "storage/audit.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::node::pipeline {
namespace {

using consensus::NodeId;

NodeKeys keys_of(const testing::NodeKeys& keys) {
    const auto copy = [](const crypto::SecretKey& key) {
        return crypto::SecretKey::from_seed(key.seed()).value();
    };
    return {copy(keys.tls), copy(keys.statement), copy(keys.log), copy(keys.cosignature)};
}

/// A keeper for node 1 of three; what it says is recorded under a lock.
struct Bench {
    testing::Cast cast;
    NodeKeys keys = keys_of(cast.node(0));
    std::unique_ptr<storage::BlockStore> store = storage::make_memory_block_store(cast.network());
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<peer::CheckpointSignatures> broadcasts;
    std::vector<std::pair<NodeId, peer::CheckpointSignatures>> replies;
    std::vector<std::uint64_t> certified;
    std::vector<std::string> diverged;
    std::unique_ptr<CheckpointKeeper> keeper;

    Bench() {
        CheckpointKeeper::Hooks hooks;
        hooks.broadcast = [this](const peer::CheckpointSignatures& own) { note(broadcasts, own); };
        hooks.reply = [this](NodeId to, const peer::CheckpointSignatures& own) {
            note(replies, std::pair{to, own});
        };
        hooks.certified = [this](std::uint64_t size) { note(certified, size); };
        hooks.diverged = [this](const std::string& reason, bool contradicted) {
            note(diverged, reason + (contradicted ? " (contradicted)" : ""));
        };
        hooks.failed = [](const Error&) { std::abort(); };
        keeper = std::make_unique<CheckpointKeeper>(cast.genesis(), NodeId(1), keys, *store,
                                                    std::move(hooks));
    }
    template <typename T>
    void note(std::vector<T>& list, T item) {
        const std::lock_guard lock(mutex);
        list.push_back(std::move(item));
        changed.notify_all();
    }
    template <typename T>
    bool await(const std::vector<T>& list, std::size_t count) {
        std::unique_lock lock(mutex);
        return changed.wait_for(lock, std::chrono::seconds(20),
                                [&] { return list.size() >= count; });
    }
    storage::SealPoint seal(std::uint64_t size, std::string_view root) const {
        return {size, crypto::sha256(view_of(root)), consensus::Index(size), {}};
    }
    /// What node `position` + 1 says about a size.
    peer::CheckpointSignatures said_by(std::size_t position, std::uint64_t size,
                                       std::string_view root) {
        const auto& node = cast.genesis().nodes[position];
        peer::CheckpointSignatures said{size, crypto::sha256(view_of(root)), {}};
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
    bench.keeper->on_seal(bench.seal(10, "root"));
    REQUIRE(bench.await(bench.broadcasts, 1));
    REQUIRE(bench.store->signed_mark());
    CHECK(bench.store->signed_mark()->size == 10);
    CHECK(bench.keeper->certified_size() == 0);
    bench.keeper->on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.await(bench.certified, 1));
    CHECK(bench.keeper->certified_size() == 10);
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
    bench.keeper->on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.keeper->on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    bench.keeper->on_seal(bench.seal(7, "earlier"));
    REQUIRE(bench.await(bench.broadcasts, 1));
    CHECK(bench.keeper->certified_size() == 0);
    bench.keeper->on_seal(bench.seal(10, "root"));
    REQUIRE(bench.await(bench.certified, 1));
    CHECK(bench.keeper->certified_size() == 10);
}

TEST_CASE("a forged line, another's key or a foreign root counts for nothing") {
    // Goal: only the keys that genesis pins certify.
    Bench bench;
    bench.keeper->on_seal(bench.seal(10, "root"));
    REQUIRE(bench.await(bench.broadcasts, 1));
    auto forged = bench.said_by(1, 10, "root");
    forged.lines[1].blob.back() ^= 1;
    bench.keeper->on_signatures(NodeId(2), forged);
    bench.keeper->on_signatures(NodeId(3), bench.said_by(1, 10, "root"));
    auto one_line = bench.said_by(2, 10, "root");
    one_line.lines.pop_back();
    bench.keeper->on_signatures(NodeId(3), one_line);
    // A good one proves that those before were handled and dropped.
    bench.keeper->on_seal(bench.seal(20, "next"));
    REQUIRE(bench.await(bench.broadcasts, 2));
    CHECK(bench.keeper->certified_size() == 0);
    CHECK(bench.certified.empty());
}

TEST_CASE("two roots for one seal are told at once") {
    // Goal: divergence stops the node and names the block.
    Bench bench;
    bench.keeper->on_seal(bench.seal(10, "root"));
    bench.keeper->on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    REQUIRE(bench.await(bench.diverged, 1));
    CHECK_THAT(bench.diverged[0], Catch::Matchers::Contains("block 10"));
    CHECK_THAT(bench.diverged[0], !Catch::Matchers::Contains("(contradicted)"));
    bench.keeper->on_signatures(NodeId(3), bench.said_by(2, 10, "other"));
    REQUIRE(bench.await(bench.diverged, 2));
    CHECK_THAT(bench.diverged[1], Catch::Matchers::Contains("(contradicted)"));
}

TEST_CASE("a peer that still collects for an old size is sent this node's lines") {
    // Goal: lost signatures do not leave a checkpoint uncertified for ever.
    Bench bench;
    bench.keeper->on_seal(bench.seal(10, "root"));
    bench.keeper->on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.keeper->on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.await(bench.certified, 2));
    bench.keeper->on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    REQUIRE(bench.await(bench.replies, 1));
    CHECK(bench.replies[0].first == NodeId(3));
    CHECK(bench.replies[0].second.lines.size() == 2);
}

}  // namespace
}  // namespace tally::node::pipeline
