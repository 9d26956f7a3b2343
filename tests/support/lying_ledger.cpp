#include "tests/support/lying_ledger.h"

#include <algorithm>

#include "base/check.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "ledger/entry_layout.h"

namespace tally::testing {

using consensus::Block;
using consensus::BlockKind;
using consensus::Index;

std::string signed_checkpoint(const Cast& cast, std::uint64_t size, const crypto::Digest& root,
                              std::size_t cosigners) {
    constexpr std::uint64_t kSigned = 1'700'000'000;
    const std::string origin = cast.genesis().origin();
    crypto::Note note;
    note.text = crypto::Checkpoint{origin, size, root}.encode();
    note.signatures.push_back(crypto::sign_note(note.text, origin, cast.node(0).log));
    for (std::size_t i = 0; i < cosigners; ++i) {
        const std::string name = origin + "/" + cast.genesis().nodes[i].name;
        note.signatures.push_back(
            crypto::cosign(note.text, name, cast.node(i).cosignature, kSigned));
    }
    return note.encode();
}

LyingLedger::LyingLedger(const LedgerChain& chain) : blocks(chain.blocks()), chain_(chain) {
    for (const auto& point : chain.points()) {
        if (!point.last_seal || point.last_seal->block != point.index) continue;
        const auto& seal = *point.last_seal;
        newest =
            signed_checkpoint(chain.cast(), seal.size, seal.root, chain.genesis().nodes.size());
        checkpoints[seal.size] = *newest;
    }
}

void LyingLedger::hash_anew() {
    crypto::Digest previous = chain_.cast().network();
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        blocks[i].header.index = Index(i + 1);
        blocks[i].header.previous = previous;
        blocks[i] = consensus::make_block(blocks[i].header, blocks[i].payload);
        previous = blocks[i].hash;
    }
}

void LyingLedger::drop(std::uint64_t block) {
    blocks.erase(blocks.begin() + static_cast<std::ptrdiff_t>(block - 1));
    hash_anew();
}

void LyingLedger::swap_payloads(std::uint64_t one, std::uint64_t other) {
    std::swap(blocks.at(one - 1).payload, blocks.at(other - 1).payload);
    hash_anew();
}

void LyingLedger::truncate(std::uint64_t count) { blocks.resize(count); }

void LyingLedger::repeat(std::uint64_t block) {
    Block again = blocks.at(block - 1);
    again.header.time = blocks.back().header.time;
    blocks.push_back(std::move(again));
    hash_anew();
}

void LyingLedger::shift_times(std::uint64_t from, consensus::Millis by) {
    for (std::size_t i = from - 1; i < blocks.size(); ++i) blocks[i].header.time += by;
    hash_anew();
}

void LyingLedger::remove_seals() {
    std::erase_if(blocks, [](const Block& block) { return block.header.kind == BlockKind::seal; });
    hash_anew();
}

void LyingLedger::fork(std::uint64_t from) { replace(from, BlockKind::noop, {}); }

void LyingLedger::replace(std::uint64_t block, BlockKind kind, Bytes payload) {
    blocks.at(block - 1).header.kind = kind;
    blocks.at(block - 1).payload = share(std::move(payload));
    hash_anew();
}

void LyingLedger::withhold_checkpoints() {
    checkpoints.clear();
    newest.reset();
}

void LyingLedger::sign_alone(bool as_certified) {
    withhold_checkpoints();
    const auto state = storage::make_memory_state_store(chain_.genesis());
    storage::Applier applier(chain_.genesis(), *state);
    const auto check = storage::plain_checker(chain_.genesis());
    for (const Block& block : blocks) {
        const auto applied = applier.apply(block, check);
        TALLY_CHECK(applied.has_value());
        if (!applied->result.seal) continue;
        const auto& seal = *applied->point.last_seal;
        checkpoints[seal.size] = signed_checkpoint(chain_.cast(), seal.size, seal.root, 1);
        if (as_certified) newest = checkpoints[seal.size];
    }
}

void LyingLedger::forge_outcome() {
    std::vector<Bytes> entries = chain_.entries();
    const std::uint64_t size = checkpoints.rbegin()->first;
    bool forged = false;
    for (std::size_t i = size; i-- > 0 && !forged;) {
        const auto entry = ledger::decode_entry(entries[i]);
        TALLY_CHECK(entry.has_value());
        const auto* found = std::get_if<ledger::TransactionEntry>(&*entry);
        if (found == nullptr || found->outcome == ledger::Outcome::accepted) continue;
        entries[i] = ledger::encode_transaction_entry(found->header_entry, found->position,
                                                      found->transaction, ledger::Outcome::accepted,
                                                      found->links);
        forged = true;
    }
    TALLY_CHECK(forged);
    crypto::TreeFrontier tree;
    for (std::size_t i = 0; i < size; ++i) tree.append(crypto::leaf_hash(entries[i]));
    checkpoints[size] = signed_checkpoint(chain_.cast(), size, tree.root(), 1);
    newest = checkpoints[size];
}

Result<Index> LyingLedger::last() const { return Index(blocks.size()); }

Result<std::vector<Block>> LyingLedger::read(Index first, Index last) const {
    return std::vector<Block>(blocks.begin() + static_cast<std::ptrdiff_t>(first.value - 1),
                              blocks.begin() + static_cast<std::ptrdiff_t>(last.value));
}

Result<std::optional<std::string>> LyingLedger::checkpoint(std::uint64_t size) const {
    const auto found = checkpoints.find(size);
    if (found == checkpoints.end()) return std::optional<std::string>{};
    return std::optional(found->second);
}

Result<std::vector<std::uint64_t>> LyingLedger::checkpoint_sizes() const {
    std::vector<std::uint64_t> sizes;
    if (!lists_sizes) return sizes;
    for (const auto& [size, note] : checkpoints) sizes.push_back(size);
    return sizes;
}

}  // namespace tally::testing
