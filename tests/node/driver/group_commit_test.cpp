#include "node/driver/group_commit.h"

#include "tests/support/catch.h"
#include "tests/support/chain.h"

namespace tally::node::driver {
namespace {

using consensus::Index;
using consensus::Term;

const crypto::Digest kNetwork = testing::chain_network();

TEST_CASE("merged writes have the effect of both in order") {
    // Goal: a conflicting suffix that waits with what it replaces does not lose either.
    const auto old_blocks = testing::empty_chain(kNetwork, 1, 5, 1);
    const auto new_blocks = testing::empty_chain(old_blocks[2].hash, 4, 6, 2);
    consensus::LogWrite target{old_blocks, {Term(1), consensus::kNobody, Index(0)}};
    merge_into(target, {new_blocks, {Term(2), consensus::kNobody, Index(3)}});
    REQUIRE(target.blocks.size() == 6);
    CHECK(target.blocks[2].hash == old_blocks[2].hash);
    CHECK(target.blocks[3].hash == new_blocks[0].hash);
    CHECK(target.hard_state.term == Term(2));
    merge_into(target, {{}, {Term(3), consensus::NodeId(2), Index(3)}});
    CHECK(target.blocks.size() == 6);
    CHECK(target.hard_state.vote == consensus::NodeId(2));
    CHECK_FALSE(target.ends_recovering);
    merge_into(target, {{}, target.hard_state, true});
    merge_into(target, {{}, target.hard_state});
    CHECK(target.ends_recovering);
}

TEST_CASE("what waits shares one write, in order, within its bound") {
    // Goal: one sync for many blocks, and none that outgrows memory.
    GroupCommit groups;
    CHECK(groups.empty());
    const auto blocks = testing::empty_chain(kNetwork, 1, 3, 1);
    for (std::uint64_t at = 0; at < 3; ++at) {
        consensus::AppendTask task;
        task.sequence = at + 1;
        task.write = {{blocks[at]}, {Term(1), consensus::kNobody, Index(at)}};
        task.release.resize(1);
        groups.add(std::move(task));
    }
    const CommitGroup group = groups.take();
    CHECK(groups.empty());
    CHECK(group.sequences == std::vector<std::uint64_t>{1, 2, 3});
    CHECK(group.release.size() == 3);
    REQUIRE(group.write.blocks.size() == 3);
    CHECK(group.write.blocks[2].hash == blocks[2].hash);
    CHECK(group.write.hard_state.commit == Index(2));

    for (std::uint64_t sequence = 4; sequence < 7; ++sequence) {
        consensus::BlockHeader header;
        header.network = kNetwork;
        header.index = Index(sequence);
        consensus::AppendTask task;
        task.sequence = sequence;
        task.write.blocks = {consensus::make_block(header, share(Bytes(10 << 20, 0)))};
        groups.add(std::move(task));
    }
    CHECK(groups.take().sequences == std::vector<std::uint64_t>{4});
    CHECK(groups.waiting() == 2);
}

}  // namespace
}  // namespace tally::node::driver
