#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "api/entry_json.h"
#include "base/result.h"
#include "consensus/block.h"
#include "ledger/entry.h"
#include "node/http/api.h"

namespace tally::node::http {

/// Reads entries of the log for one request. It keeps the block it read last and the header entries
/// that transactions share, as neighbours in an account log tend to lie close together. One thread;
/// lives no longer than its context.
class EntryReader {
public:
    explicit EntryReader(const ReadContext& context) : context_(context) {}

    struct Leaf {
        Bytes bytes;
        ledger::Entry entry;
    };

    /// not_found for an entry that this view does not have, corrupt_block for one that is damaged.
    Result<Leaf> leaf(std::uint64_t index);
    /// A leaf that must be a transaction's: corrupt_block otherwise, for a link led here.
    Result<ledger::TransactionEntry> transaction(std::uint64_t index);
    /// Block, time and submitter of the header entry at `index`.
    Result<api::EntryOrigin> origin(std::uint64_t index);

    /// The document of a transaction entry.
    Result<boost::json::object> document(std::uint64_t index,
                                         const ledger::TransactionEntry& entry);

    /// Of blocks read so far, for callers that bound their work.
    std::size_t bytes_read() const { return bytes_read_; }

private:
    Result<Bytes> bytes_of(std::uint64_t index);

    const ReadContext& context_;
    std::optional<consensus::Block> block_;
    std::size_t asked_ = 0;       // for entries of that block
    std::vector<Bytes> entries_;  // all of it, once several were asked for
    std::size_t bytes_read_ = 0;
    std::map<std::uint64_t, api::EntryOrigin> origins_;
};

}  // namespace tally::node::http
