#include "tests/support/format_world.h"

#include "base/hex.h"
#include "crypto/merkle.h"
#include "storage/block_codec.h"
#include "storage/high_water_mark.h"
#include "storage/state_codec.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

using consensus::NodeId;
using consensus::Term;

/// The worked examples of docs/FORMAT.md that are bytes on disk, of the document's own network.
class StoredExamples {
public:
    StoredExamples();
    const FormatExamples& all() const { return examples_; }

private:
    void put(const std::string& name, ByteView bytes) {
        examples_["stored " + name] = to_hex(bytes);
    }
    void put_blocks();
    void put_mark();
    void put_state();

    const FormatWorld world_;
    FormatExamples examples_;
};

StoredExamples::StoredExamples() {
    put_blocks();
    put_mark();
    put_state();
}

void StoredExamples::put_blocks() {
    const consensus::Block& block = world_.first_block();
    Bytes value = block.header.encode();
    append(value, *block.payload);
    const auto read = storage::decode_stored_block(value, block.header.index);
    REQUIRE(read);
    REQUIRE(read->hash == block.hash);
    put("block", value);
    put("tip", storage::encode_tip(consensus::tip_of(world_.seal_block())));
    put("hard state", storage::encode_hard_state({Term(1), NodeId(1), consensus::Index(2)}));
}

void StoredExamples::put_mark() {
    const consensus::Block& last = world_.seal_block();
    storage::HighWaterMark mark;
    mark.sequence = 7;
    mark.network = world_.genesis().network_id();
    mark.node = 1;
    mark.index = last.header.index;
    mark.term = last.header.term;
    mark.hash = last.hash;
    mark.voted_term = Term(1);
    mark.vote = NodeId(1);
    mark.file = {65024, 9977959, 1'700'000'000, 777'113'384};
    put("high-water mark", storage::encode_high_water_mark(mark));
}

void StoredExamples::put_state() {
    storage::AppliedPoint point;
    std::vector<crypto::Digest> hashes;
    for (const auto* result : {&world_.first_result(), &world_.seal_result()}) {
        for (const Bytes& entry : result->entries) {
            hashes.push_back(crypto::leaf_hash(entry));
            point.frontier.append(hashes.back());
        }
    }
    const consensus::Block& last = world_.seal_block();
    point.index = last.header.index;
    point.block_hash = last.hash;
    point.head = world_.seal_result().head;
    const storage::SealPoint seal{4, point.frontier.root(), last.header.index, last.header.time};
    point.last_seal = seal;
    put("applied point", storage::encode_applied(point));
    put("signing mark", storage::encode_mark({seal.size, seal.root}));
    put("seal", storage::encode_seal(seal));
    put("tile key", storage::TileKey{1, 258}.encode());
    put("tile", storage::encode_tile(hashes));
    storage::EntryRange range;
    range.block = 2;
    range.first = 3;
    range.count = 1;
    range.recipe = world_.seal_result().recipe;
    put("entry range", storage::encode_entry_range(range));
}

}  // namespace

TEST_CASE("The stored examples of docs/FORMAT.md are what the code writes") {
    // Goal: the document cannot drift from the bytes on disk, and no example is left untested.
    check_examples(StoredExamples().all(), ExampleKind::stored);
}

}  // namespace tally::testing
