#pragma once

#include <vector>

#include "consensus/block.h"
#include "ledger/ledger.h"
#include "tests/support/book.h"
#include "tests/support/format_document.h"

namespace tally::testing {

/// The small network of docs/FORMAT.md: block 1 with one submission and one that is no submission,
/// block 2 with a seal.
class FormatWorld {
public:
    FormatWorld();
    /// All that is hashed or signed; what is stored is the storage test's.
    const FormatExamples& examples() const { return examples_; }

    const ledger::Genesis& genesis() const { return genesis_; }
    const consensus::Block& first_block() const { return block_; }
    const consensus::Block& seal_block() const { return seal_block_; }
    /// What applying each of the two gives.
    const ledger::BlockResult& first_result() const { return first_; }
    const ledger::BlockResult& seal_result() const { return seal_; }

private:
    void put(const std::string& name, ByteView bytes);
    void submit();
    void apply();
    void put_records(const std::vector<ledger::RecordChange>& changes);
    void seal();
    consensus::Block make(std::uint64_t index, consensus::BlockKind kind, Bytes payload,
                          const crypto::Digest& previous) const;

    ledger::Genesis genesis_;
    ledger::GenesisState initial_;
    MemoryRecords records_;
    std::vector<SharedBytes> submissions_;
    consensus::Block block_;
    consensus::Block seal_block_;
    ledger::BlockResult first_;
    ledger::BlockResult seal_;
    FormatExamples examples_;
};

}  // namespace tally::testing
