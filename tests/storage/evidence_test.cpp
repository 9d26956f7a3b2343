#include "storage/evidence.h"

#include <algorithm>

#include "storage/block_store.h"
#include "storage/errc.h"
#include "tests/storage/node_options.h"
#include "tests/storage/raw_blocks.h"
#include "tests/storage/temp_folder.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"
#include "tests/support/root_notes.h"

namespace tally::testing {
namespace {

using storage::BlockConflict;
using storage::Evidence;
using storage::RootConflict;

/// A network of three, and what its nodes sign.
struct Bench {
    Cast cast;

    std::string note(std::uint64_t size, std::string_view root,
                     std::initializer_list<std::uint32_t> nodes) const {
        return root_note(cast, size, root, nodes);
    }
    Evidence roots(std::uint32_t node, std::uint64_t size, std::vector<std::string> notes) const {
        return {consensus::Millis(1'700'000'000'123), RootConflict{node, size, std::move(notes)}};
    }
    storage::Judgement judged(const Evidence& evidence) const {
        const auto judgement = storage::judge(evidence, cast.genesis());
        if (!judgement) FAIL(judgement.error().context);
        return *judgement;
    }
};

Evidence of_blocks(std::uint32_t node, std::uint64_t index) {
    return {consensus::Millis(5), BlockConflict{node, index, crypto::sha256(view_of("own")),
                                                crypto::sha256(view_of("other"))}};
}

using Nodes = std::vector<std::uint32_t>;

}  // namespace

TEST_CASE("what a record proves follows from its signatures alone") {
    const Bench bench;
    SECTION("two roots, one signer each: a dispute") {
        const auto judgement = bench.judged(
            bench.roots(2, 10, {bench.note(10, "one", {1}), bench.note(10, "two", {2})}));
        CHECK(judgement.disputed == Nodes{1, 2});
        CHECK(judgement.contradicted.empty());
        CHECK(judgement.equivocated.empty());
        CHECK(judgement.is_signed);
    }
    SECTION("one root has a majority: whoever signed another one is wrong, whomever it names") {
        const auto judgement = bench.judged(
            bench.roots(3, 10, {bench.note(10, "one", {1}), bench.note(10, "two", {2, 3})}));
        CHECK(judgement.disputed.empty());
        CHECK(judgement.contradicted == Nodes{1});
        CHECK(std::count_if(judgement.statements.begin(), judgement.statements.end(),
                            [](const auto& it) { return it.certified; }) == 1);
    }
    SECTION("a node that signed two roots") {
        const auto judgement = bench.judged(
            bench.roots(2, 10, {bench.note(10, "one", {1, 2}), bench.note(10, "two", {2})}));
        CHECK(judgement.equivocated == Nodes{2});
        CHECK(judgement.contradicted == Nodes{2});
    }
    SECTION("blocks are signed by nobody") {
        const auto judgement = bench.judged(of_blocks(2, 7));
        CHECK_FALSE(judgement.is_signed);
        CHECK(judgement.disputed == Nodes{2});
    }
}

TEST_CASE("evidence that does not hold is refused") {
    // Goal: nobody is accused by a file that anybody could have written.
    const Bench bench;
    const auto refusal = [&](const Evidence& evidence) {
        const auto judgement = storage::judge(evidence, bench.cast.genesis());
        return judgement ? std::string("none") : judgement.error().code.message();
    };
    const std::string one = bench.note(10, "one", {1});
    const std::string two = bench.note(10, "two", {2});
    CHECK(refusal(bench.roots(2, 10, {one})) == "unverified");
    CHECK(refusal(bench.roots(2, 10, {one, one})) == "unverified");
    CHECK(refusal(bench.roots(2, 11, {one, two})) == "bad_encoding");
    CHECK(refusal(bench.roots(2, 10, {one, "no note"})) == "bad_encoding");
    std::string forged = two;
    forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
    CHECK(refusal(bench.roots(2, 10, {one, forged})) == "bad_signature");
    CastOptions other;
    other.seed = 2;
    const Bench stranger{Cast(other)};
    CHECK(refusal(bench.roots(2, 10, {one, stranger.note(10, "two", {2})})) == "unverified");
    // Whoever is accused has to be of this network.
    CHECK(refusal(bench.roots(9, 10, {one, two})) == "unverified");
    CHECK(refusal(bench.roots(0, 10, {one, two})) == "unverified");
    CHECK(refusal(of_blocks(4, 7)) == "unverified");
    auto same = of_blocks(2, 7);
    std::get<BlockConflict>(same.what).other = std::get<BlockConflict>(same.what).own;
    CHECK(refusal(same) == "unverified");
}

TEST_CASE("evidence is kept for good, added to, and bounded for each node") {
    // Goal: a later statement never takes an earlier one away, and one liar's many lies leave room
    // for what is said of others.
    const bool memory = GENERATE(false, true);
    const Bench bench;
    const TempFolder folder;
    const auto options = node_options(folder.path(), bench.cast.network(), 1);
    const auto open = [&] {
        auto opened = storage::open_block_store(options);
        if (!opened) FAIL(opened.error().context);
        return std::move(*opened);
    };
    auto store = memory ? storage::make_memory_block_store(bench.cast.network()) : open();
    const std::string one = bench.note(10, "one", {1});
    const std::string two = bench.note(10, "two", {2});
    CHECK(store->evidence()->records.empty());
    CHECK(*store->keep_evidence(bench.roots(2, 10, {one, two})));
    CHECK_FALSE(*store->keep_evidence(bench.roots(2, 10, {two})));
    // Another root of the same node, and another signature on the first.
    CHECK(*store->keep_evidence(bench.roots(2, 10, {bench.note(10, "three", {2})})));
    CHECK(*store->keep_evidence(bench.roots(2, 10, {bench.note(10, "one", {3})})));
    CHECK(*store->keep_evidence(of_blocks(3, 7)));
    CHECK_FALSE(*store->keep_evidence(of_blocks(3, 7)));
    REQUIRE(store->put_checkpoint({10, one, true}));
    for (std::uint64_t size = 11; size < 200; ++size) {
        const bool kept = *store->keep_evidence(bench.roots(2, size, {one, two}));
        CHECK(kept == (size - 10 < storage::kEvidencePerNodeMax));
    }
    CHECK(*store->keep_evidence(bench.roots(3, 10, {one, two})));
    if (!memory) {
        store.reset();
        store = open();
    }
    const auto kept = store->evidence();
    REQUIRE(kept);
    CHECK(kept->damaged.empty());
    const std::vector<Evidence>* all = &kept->records;
    REQUIRE(all->size() == storage::kEvidencePerNodeMax + 2);
    const auto& first = std::get<RootConflict>(all->front().what);
    CHECK(all->front().found == consensus::Millis(1'700'000'000'123));
    CHECK(first.node == 2);
    REQUIRE(first.notes.size() == 3);
    const auto judgement = bench.judged(all->front());
    CHECK(judgement.equivocated == Nodes{2});
    CHECK(judgement.contradicted == Nodes{2});
    CHECK(std::get<BlockConflict>(all->back().what).index == 7);
    // Nothing of it is taken for a checkpoint.
    CHECK((*store->latest_certified())->size == 10);
    CHECK((*store->certified_covering(11))->size == 10);
}

TEST_CASE("a record about roots is shown with what was certified after it was made") {
    // Goal: nobody reads of a dispute beside a certified checkpoint of the same folder.
    const bool memory = GENERATE(false, true);
    const Bench bench;
    const TempFolder folder;
    auto store = storage::make_memory_block_store(bench.cast.network());
    if (!memory) {
        auto opened =
            storage::open_block_store(node_options(folder.path(), bench.cast.network(), 1));
        REQUIRE(opened);
        store = std::move(*opened);
    }
    REQUIRE(*store->keep_evidence(
        bench.roots(2, 10, {bench.note(10, "one", {1}), bench.note(10, "two", {2})})));
    REQUIRE(store->put_checkpoint({10, bench.note(10, "one", {1}), false}));
    CHECK(bench.judged(store->evidence()->records.at(0)).disputed == Nodes{1, 2});
    REQUIRE(store->put_checkpoint({10, bench.note(10, "one", {1, 3}), true}));
    const auto judgement = bench.judged(store->evidence()->records.at(0));
    CHECK(judgement.disputed.empty());
    CHECK(judgement.contradicted == Nodes{2});
}

TEST_CASE("a damaged record of evidence hides no other one, and is said") {
    // Goal: whoever can spoil one record of a folder cannot make the rest of it disappear.
    const Bench bench;
    const TempFolder folder;
    const auto options = node_options(folder.path(), bench.cast.network(), 1);
    const std::string one = bench.note(10, "one", {1});
    const std::string two = bench.note(10, "two", {2});
    {
        const auto store = storage::open_block_store(options);
        REQUIRE(store);
        for (const std::uint32_t node : {1U, 2U, 3U}) {
            REQUIRE((*store)->keep_evidence(bench.roots(node, 10, {one, two})));
        }
    }
    {
        RawBlocks raw(folder.path());
        raw.set_checkpoint(RawBlocks::evidence_key(1, 2, 10), "no record");
        // A whole one, under a key that is not its own.
        raw.set_checkpoint(RawBlocks::evidence_key(2, 3, 7),
                           to_string(storage::encode_evidence(of_blocks(2, 7))));
        raw.set_checkpoint("e?", "short");
    }
    const auto found = storage::read_evidence(folder.path());
    REQUIRE(found);
    CHECK(found->network == options.network);
    const storage::KeptEvidence* const kept = &found->kept;
    REQUIRE(kept->records.size() == 2);
    CHECK(storage::key_of(kept->records[0]).node == 1);
    CHECK(storage::key_of(kept->records[1]).node == 3);
    REQUIRE(kept->damaged.size() == 3);
    CHECK(kept->damaged[0].record == "roots against node 2 at size 10");
    CHECK(kept->damaged[0].why == "evidence: bad_version");
    CHECK(kept->damaged[1].record == "blocks against node 3 at block 7");
    CHECK_THAT(kept->damaged[1].why,
               Catch::Matchers::Contains("is of blocks against node 2 at block 7"));
    CHECK(kept->damaged[2].record == "the record under key 653f");

    // What comes later of the same key is kept; the node does not stop over it.
    const auto store = storage::open_block_store(options);
    REQUIRE(store);
    const auto again = (*store)->keep_evidence(bench.roots(2, 10, {one, two}));
    REQUIRE(again);
    CHECK(*again);
    CHECK((*store)->evidence()->records.size() == 3);
    CHECK((*store)->evidence()->damaged.size() == 2);
}

TEST_CASE("a record of evidence holds so many roots") {
    const Bench bench;
    Evidence kept = bench.roots(2, 10, {bench.note(10, "one", {1})});
    for (int number = 0; number < 40; ++number) {
        const auto more = bench.roots(2, 10, {bench.note(10, std::to_string(number), {2})});
        if (auto both = storage::merged(kept, more)) kept = *both;
    }
    CHECK(std::get<RootConflict>(kept.what).notes.size() == RootConflict::kNotesMax);
}

TEST_CASE("the stored form of evidence comes back, and its decoder is total") {
    const Bench bench;
    for (const Evidence& evidence :
         {bench.roots(2, 10, {bench.note(10, "one", {1}), bench.note(10, "two", {2})}),
          of_blocks(3, 7)}) {
        const Bytes bytes = storage::encode_evidence(evidence);
        const auto back = storage::decode_evidence(bytes);
        REQUIRE(back);
        CHECK(storage::encode_evidence(*back) == bytes);
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            CHECK(storage::decode_evidence(ByteView(bytes).first(size)).error().code ==
                  storage::errc::corrupt_block);
        }
    }
}

}  // namespace tally::testing
