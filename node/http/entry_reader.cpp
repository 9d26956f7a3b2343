#include "node/http/entry_reader.h"

#include "api/errc.h"
#include "ledger/ledger.h"
#include "storage/errc.h"

namespace tally::node::http {
namespace {

Error damaged(std::uint64_t index, const std::string& what) {
    return fail(api::errc::corrupt_block, "entry " + std::to_string(index) + ": " + what);
}

}  // namespace

/// As storage::read_entry, but for the block that is kept.
Result<Bytes> EntryReader::bytes_of(std::uint64_t index) {
    const auto place = context_.view.locate_entry(index);
    if (!place) return place.error();
    if (!block_ || block_->header.index != place->block) {
        auto blocks = context_.service.blocks().read(place->block, place->block, 0);
        if (!blocks) return blocks.error();
        block_ = std::move(blocks->front());
        bytes_read_ += block_->size_bytes();
        asked_ = 0;
        entries_.clear();
    }
    // One entry is found by a walk over those before it: a page of a block of thousands would walk
    // over all of them for each of its rows.
    constexpr std::size_t kOneByOne = 2;
    if (++asked_ > kOneByOne && entries_.empty()) {
        auto all = ledger::entries_of(*block_->payload, place->recipe);
        if (!all) return all.error();
        entries_ = *std::move(all);
    }
    if (place->position < entries_.size()) return entries_[place->position];
    return ledger::entry_of(*block_->payload, place->recipe, place->position);
}

Result<EntryReader::Leaf> EntryReader::leaf(std::uint64_t index) {
    const std::uint64_t count = context_.view.applied().head.entry_count;
    if (index >= count) {
        return fail(api::errc::not_found, "entry " + std::to_string(index) + ": the log has " +
                                              std::to_string(count) + " entries here");
    }
    auto bytes = bytes_of(index);
    if (!bytes) {
        // An entry that the state has and the blocks have not is no mistake of the client.
        const bool missing = bytes.error().code == storage::errc::not_found;
        return missing ? damaged(index, bytes.error().context) : bytes.error();
    }
    auto entry = ledger::decode_entry(*bytes);
    if (!entry) return damaged(index, "does not decode: " + entry.error().context);
    return Leaf{std::move(*bytes), std::move(*entry)};
}

Result<ledger::TransactionEntry> EntryReader::transaction(std::uint64_t index) {
    auto found = leaf(index);
    if (!found) return found.error();
    auto* transaction = std::get_if<ledger::TransactionEntry>(&found->entry);
    if (transaction == nullptr) return damaged(index, "is not a transaction");
    return std::move(*transaction);
}

Result<api::EntryOrigin> EntryReader::origin(std::uint64_t index) {
    if (const auto known = origins_.find(index); known != origins_.end()) return known->second;
    const auto found = leaf(index);
    if (!found) return found.error();
    const auto* header = std::get_if<ledger::HeaderEntry>(&found->entry);
    if (header == nullptr) return damaged(index, "is not a header");
    return origins_.emplace(index, api::origin_of(*header)).first->second;
}

Result<boost::json::object> EntryReader::document(std::uint64_t index,
                                                  const ledger::TransactionEntry& entry) {
    const auto from = origin(entry.header_entry);
    if (!from) return from.error();
    return api::transaction_entry_json(index, entry, *from, context_.names());
}

}  // namespace tally::node::http
