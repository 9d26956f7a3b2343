#include "tests/storage/chain.h"

#include "tests/support/catch.h"

namespace tally::testing {

using consensus::Block;
using consensus::Index;

crypto::Digest test_network(std::string_view name) { return crypto::sha256(view_of(name)); }

ChainMaker::ChainMaker(const crypto::Digest& network, std::uint64_t seed)
    : network_(network), random_(seed) {
    tip_.hash = network;
    tip_.term = consensus::Term(1);
}

Block ChainMaker::next(std::size_t payload_bytes, std::uint64_t term) {
    Bytes payload(payload_bytes);
    for (std::uint8_t& byte : payload) byte = static_cast<std::uint8_t>(random_());
    consensus::BlockHeader header;
    header.network = network_;
    header.index = tip_.index.next();
    header.term = term == 0 ? tip_.term : consensus::Term(term);
    header.time = tip_.time + consensus::Millis(1);
    header.kind = payload.empty() ? consensus::BlockKind::noop : consensus::BlockKind::submissions;
    header.previous = tip_.hash;
    Block block = consensus::make_block(header, share(std::move(payload)));
    tip_ = consensus::tip_of(block);
    return block;
}

std::vector<Block> ChainMaker::next_blocks(std::size_t count, std::size_t payload_bytes,
                                           std::uint64_t term) {
    std::vector<Block> blocks;
    for (std::size_t i = 0; i < count; ++i) blocks.push_back(next(payload_bytes, term));
    return blocks;
}

consensus::HardState hard_state(std::uint64_t term, std::uint32_t vote, std::uint64_t commit) {
    return {consensus::Term(term), consensus::NodeId(vote), Index(commit)};
}

std::vector<Block> read_whole_chain(const consensus::LogStore& store,
                                    const crypto::Digest& network) {
    const consensus::ChainTip tip = store.tip();
    consensus::ChainTip at;
    at.hash = network;
    std::vector<Block> all;
    while (at.index < tip.index) {
        const auto found = store.read(at.index.next(), tip.index, 64 << 10);
        if (!found) FAIL(found.error().context);
        for (const Block& block : *found) {
            const Status status = consensus::check_block(block, at, network);
            if (!status) FAIL(status.error().context);
            at = consensus::tip_of(block);
            all.push_back(block);
        }
    }
    REQUIRE(at.hash == tip.hash);
    return all;
}

}  // namespace tally::testing
