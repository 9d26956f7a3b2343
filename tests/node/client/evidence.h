#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "node/json/proof_json.h"
#include "tests/support/book.h"

namespace tally::testing {

/// A small log with a life of one contract in it, sealed, from which proofs are made as a node
/// would make them, but by other code: small trees held in memory.
class Evidence {
public:
    Evidence();

    Book& book() { return book_; }
    const ledger::Genesis& genesis() const { return book_.cast().genesis(); }
    /// The entry of the last transaction so far.
    std::uint64_t last_transaction() const;
    /// Evidence for an entry, against a checkpoint over all entries, cosigned by the first
    /// `cosigners` nodes.
    node::ProofDocument proof_of(std::uint64_t entry, std::size_t cosigners = 2) const;
    /// Parts of proof_of, for tests that put them together wrongly.
    std::string checkpoint(std::size_t cosigners, const std::string& origin) const;
    std::string inclusion(std::uint64_t entry, const std::string& note) const;

private:
    Book book_;
};

std::string text_of(const node::ProofDocument& proof);

}  // namespace tally::testing
