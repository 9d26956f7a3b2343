#include "node/driver/keeper.h"

#include "crypto/checkpoint.h"
#include "storage/audit.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"
#include "tests/support/node_keys.h"

namespace tally::node::driver {
namespace {

using consensus::NodeId;

testing::CastOptions of_nodes(std::uint32_t count) {
    testing::CastOptions options;
    options.nodes = count;
    return options;
}

/// A keeper for node 1 over a store that does what it is asked at once; what it says is recorded.
struct Bench {
    explicit Bench(std::uint32_t nodes = 3) : cast(of_nodes(nodes)) { perform(); }

    testing::Cast cast;
    NodeKeys keys = testing::node_keys_of(cast.node(0));
    std::unique_ptr<storage::BlockStore> store = storage::make_memory_block_store(cast.network());
    std::vector<CheckpointSignatures> broadcasts;
    std::vector<std::pair<NodeId, CheckpointSignatures>> messages;
    std::vector<std::uint64_t> certified;
    std::vector<std::string> diverged;
    Moment now{Clock::time_point(std::chrono::seconds(100)), consensus::Millis(1'700'000'000'000)};
    std::optional<Keeper> current{std::in_place, cast.genesis(), NodeId(1), keys, *store};
    Keeper& keeper = *current;

    /// The process ends and comes back; the store stays.
    void restart() {
        current.emplace(cast.genesis(), NodeId(1), keys, *store);
        perform();
    }
    void pass(std::chrono::milliseconds time) {
        now.steady += time;
        keeper.on_time(now);
        perform();
    }

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
        for (const auto& evidence : actions.evidence) REQUIRE(store->keep_evidence(evidence));
        for (const auto& checkpoint : actions.store) REQUIRE(store->put_checkpoint(checkpoint));
        for (const auto& own : actions.broadcasts) {
            // The promise that a signature is: remembered before it leaves.
            REQUIRE(store->signed_mark());
            CHECK(store->signed_mark()->size >= own.size);
            broadcasts.push_back(own);
        }
        for (const auto& message : actions.messages) messages.push_back(message);
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
    /// The same, with the question for this node's own.
    CheckpointSignatures asked_by(std::size_t position, std::uint64_t size, std::string_view root) {
        CheckpointSignatures asked = said_by(position, size, root);
        asked.answer_wanted = true;
        return asked;
    }
    /// What the only record kept proves.
    storage::Judgement judgement() const {
        const auto all = store->evidence();
        REQUIRE(all);
        REQUIRE(all->records.size() == 1);
        const auto judged = storage::judge(all->records.front(), cast.genesis());
        REQUIRE(judged);
        return *judged;
    }
};

using Nodes = std::vector<std::uint32_t>;

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

TEST_CASE("one node with another root stops nobody, and is on record") {
    // Goal: a single liar, or a single broken node, does not halt the healthy ones.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    CHECK(bench.diverged.empty());
    CHECK(bench.judgement().disputed == Nodes{1, 2});
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    CHECK(bench.diverged.empty());
    CHECK(bench.certified == std::vector<std::uint64_t>{10});
    // Now it is not one word against another any more.
    CHECK(bench.judgement().contradicted == Nodes{2});
    CHECK(bench.judgement().disputed.empty());
}

TEST_CASE("writing halts when no root can reach a majority any more") {
    // Goal: not before the last vote that could still decide.
    Bench bench(4);
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    CHECK(bench.diverged.empty());
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "other"));
    CHECK(bench.diverged.empty());
    bench.on_signatures(NodeId(4), bench.said_by(3, 10, "root"));
    REQUIRE(bench.diverged.size() == 1);
    CHECK_THAT(bench.diverged[0], Catch::Matchers::Contains("block 10"));
    CHECK_THAT(bench.diverged[0],
               Catch::Matchers::Contains(bench.cast.genesis().nodes[1].name + ", " +
                                         bench.cast.genesis().nodes[2].name + " signed"));
    CHECK_THAT(bench.diverged[0], !Catch::Matchers::Contains("(contradicted)"));
    CHECK(bench.store->evidence()->records.size() == 2);
}

TEST_CASE("a node that a majority contradicts stops, also after a restart") {
    // Goal: whose data is wrong serves nothing, and the proof against it lies in its own folder.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "other"));
    REQUIRE(bench.diverged.size() == 1);
    CHECK_THAT(bench.diverged[0], Catch::Matchers::Contains("(contradicted)"));
    const auto all = bench.store->evidence();
    REQUIRE(all);
    for (const storage::Evidence& evidence : all->records) {
        const auto judgement = storage::judge(evidence, bench.cast.genesis());
        REQUIRE(judgement);
        CHECK(judgement->contradicted == Nodes{1});
    }
    bench.restart();
    REQUIRE(bench.diverged.size() == 2);
    CHECK_THAT(bench.diverged[1], Catch::Matchers::Contains("(contradicted)"));
    bench.broadcasts.clear();
    bench.on_seal(bench.seal(20, "root"));
    CHECK(bench.broadcasts.empty());
}

TEST_CASE("another root than the one signed or certified before stops the node") {
    // Goal: data that was derived again, or put back, and came out otherwise, is not signed.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    SECTION("signed") {}
    SECTION("certified") {
        bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
        bench.on_seal(bench.seal(20, "root"));
    }
    bench.restart();
    CHECK(bench.diverged.empty());
    bench.broadcasts.clear();
    bench.on_seal(bench.seal(10, "other"));
    REQUIRE(bench.diverged.size() == 1);
    CHECK_THAT(bench.diverged[0], Catch::Matchers::Contains("(contradicted)"));
    CHECK(bench.broadcasts.empty());
}

TEST_CASE("a signature on another root than the certified one is evidence at any time") {
    // Goal: who comes late is not ignored, though nothing is collected for that size any more.
    Bench bench;
    const bool dropped = GENERATE(false, true);
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    if (dropped) {
        bench.on_seal(bench.seal(20, "root"));
        bench.on_signatures(NodeId(3), bench.said_by(2, 20, "root"));
    }
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    CHECK(bench.diverged.empty());
    CHECK(bench.judgement().contradicted == Nodes{2});
}

TEST_CASE("what a node signed first is not replaced by what it signs later") {
    // Goal: nobody can take a lie back; two roots of one key are proof against it.
    Bench bench;
    const bool sealed = GENERATE(false, true);
    if (sealed) bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "other"));
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    CHECK(bench.judgement().equivocated == Nodes{2});
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "third"));
    CHECK(bench.judgement().statements.size() == 2);
}

TEST_CASE("only a question is answered, and an answer is none") {
    // Goal: nothing that two nodes can have lost makes them write to each other for ever.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    bench.on_seal(bench.seal(20, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 20, "root"));
    bench.messages.clear();
    const std::uint64_t size =
        GENERATE(std::uint64_t{10}, std::uint64_t{20});  // covered and dropped; collected still
    for (int round = 0; round < 100; ++round) {
        bench.on_signatures(NodeId(2), bench.said_by(1, size, "root"));
        bench.pass(std::chrono::milliseconds(700));
    }
    CHECK(bench.messages.empty());
    bench.on_signatures(NodeId(2), bench.asked_by(1, size, "root"));
    REQUIRE(bench.messages.size() == 1);
    CHECK(bench.messages[0].first == NodeId(2));
    CHECK(bench.messages[0].second.size == size);
    CHECK(bench.messages[0].second.lines.size() == 2);
    CHECK_FALSE(bench.messages[0].second.answer_wanted);
    // A node that asks without end is answered now and then; another one is answered at once.
    for (int round = 0; round < 1000; ++round) {
        bench.on_signatures(NodeId(2), bench.asked_by(1, size, "root"));
        bench.pass(std::chrono::milliseconds(1));
    }
    CHECK(bench.messages.size() <= 4);
    bench.messages.clear();
    bench.on_signatures(NodeId(3), bench.asked_by(2, size, "root"));
    CHECK(bench.messages.size() == 1);
}

TEST_CASE("a node that has another root is told this node's") {
    // Goal: whoever is wrong learns of it, and both keep the proof.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    bench.on_signatures(NodeId(2), bench.asked_by(1, 10, "other"));
    REQUIRE(bench.messages.size() == 1);
    CHECK(bench.messages[0].second.root == crypto::sha256(view_of("root")));
}

TEST_CASE("what one node says takes no room from others, and none from what is signed here") {
    // Goal: bounded memory, whatever one peer signs; the honest ones certify all the same.
    Bench bench;
    bench.on_seal(bench.seal(10, "root"));
    const auto flood = [&](std::uint64_t first, std::uint64_t step) {
        for (std::uint64_t number = 0; number < Keeper::kAheadMax + 20; ++number) {
            bench.on_signatures(NodeId(2), bench.said_by(1, first + number * step, "made up"));
        }
    };
    flood(30, 1);
    flood(Keeper::kAheadLeavesMax + 11, 1'000'000);
    bench.on_signatures(NodeId(3), bench.said_by(2, 1000, "root"));
    bench.on_signatures(NodeId(3), bench.said_by(2, 10, "root"));
    CHECK(bench.certified == std::vector<std::uint64_t>{10});
    bench.on_seal(bench.seal(1000, "root"));
    CHECK(bench.certified == std::vector<std::uint64_t>{10, 1000});
    // Room is there again once the log has passed what was made up.
    bench.on_signatures(NodeId(2), bench.said_by(1, 2000, "root"));
    bench.on_seal(bench.seal(2000, "root"));
    CHECK(bench.certified.back() == 2000);
}

TEST_CASE("sizes that never find a majority do not pile up") {
    Bench bench;
    for (std::uint64_t size = 1; size <= Keeper::kOwnMax + 10; ++size) {
        bench.on_seal(bench.seal(size, "root"));
    }
    // The oldest were given up, the newest is there.
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    CHECK(bench.certified.empty());
    bench.on_signatures(NodeId(2), bench.said_by(1, Keeper::kOwnMax + 10, "root"));
    CHECK(bench.certified == std::vector<std::uint64_t>{Keeper::kOwnMax + 10});
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

TEST_CASE("missing signatures are asked for, less and less often, until there is a majority") {
    // Goal: a lost message delays a certificate, and once all is certified nobody says a word.
    Bench bench(5);
    bench.on_seal(bench.seal(10, "root"));
    REQUIRE(bench.broadcasts.size() == 1);
    bench.on_signatures(NodeId(2), bench.said_by(1, 10, "root"));
    bench.pass(std::chrono::milliseconds(900));
    CHECK(bench.messages.empty());
    bench.pass(std::chrono::milliseconds(100));
    // All but the node itself and the one that was heard.
    REQUIRE(bench.messages.size() == 3);
    CHECK(bench.messages[0].first == NodeId(3));
    CHECK(bench.messages[0].second.answer_wanted);
    CHECK(bench.messages[0].second.size == 10);
    bench.messages.clear();
    // 1, 2, 4, ... 32 seconds, then one a minute.
    for (int second = 0; second < 3600; ++second) bench.pass(std::chrono::seconds(1));
    CHECK(bench.messages.size() >= 3 * 55);
    CHECK(bench.messages.size() <= 3 * 70);
    CHECK(bench.broadcasts.size() == 1);
    const KeeperView view = bench.keeper.view();
    REQUIRE(view.uncertified_since);
    CHECK(bench.now.steady - *view.uncertified_since >= std::chrono::seconds(3600));
    CHECK(view.lacking == std::vector<NodeId>{NodeId(3), NodeId(4), NodeId(5)});
    bench.on_signatures(NodeId(4), bench.said_by(3, 10, "root"));
    CHECK(bench.certified == std::vector<std::uint64_t>{10});
    CHECK_FALSE(bench.keeper.view().uncertified_since);
    bench.messages.clear();
    for (int second = 0; second < 3600; ++second) bench.pass(std::chrono::seconds(1));
    CHECK(bench.messages.empty());
}

TEST_CASE("seals that follow each other fast do not put off the question") {
    // Goal: a busy network that lost signatures asks as well; only its newest size counts.
    Bench bench;
    for (std::uint64_t size = 10; size < 60; ++size) {
        bench.on_seal(bench.seal(size, "root"));
        bench.pass(std::chrono::milliseconds(100));
    }
    CHECK(bench.messages.size() >= 2 * 4);
    CHECK(bench.messages.size() <= 2 * 6);
    CHECK(bench.messages.back().second.size >= 50);
}

}  // namespace
}  // namespace tally::node::driver
