#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <map>

#include "base/result.h"
#include "ledger/entry.h"
#include "node/http/api.h"
#include "node/json/entry_json.h"

namespace tally::node {

/// Reads entries of the log for one request, and remembers the header entries that its transactions
/// share. One thread; lives no longer than its context.
class EntryReader {
public:
    explicit EntryReader(const ReadContext& context) : context_(context) {}

    struct Leaf {
        Bytes bytes;
        ledger::Entry entry;
    };

    /// not_found for an entry that this view does not have, corrupt_block for one that is damaged.
    Result<Leaf> leaf(std::uint64_t index) const;
    /// A leaf that must be a transaction's: corrupt_block otherwise, for a link led here.
    Result<ledger::TransactionEntry> transaction(std::uint64_t index) const;
    /// Block, time and submitter of the header entry at `index`.
    Result<EntryOrigin> origin(std::uint64_t index);

    /// The document of a transaction entry.
    Result<boost::json::object> document(std::uint64_t index,
                                         const ledger::TransactionEntry& entry);

private:
    const ReadContext& context_;
    std::map<std::uint64_t, EntryOrigin> origins_;
};

}  // namespace tally::node
