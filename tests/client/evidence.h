#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/proof_json.h"
#include "tests/support/book.h"

namespace tally::testing {

/// A small log with a life of one contract in it, sealed, from which proofs are made as a node
/// would make them, but by other code: small trees held in memory.
class Evidence {
public:
    Evidence();

    Book& book() { return book_; }
    /// The log as the nodes show it: all leaves, and those that dishonest nodes replaced.
    const std::vector<Bytes>& leaves() const { return forged_.empty() ? book_.entries() : forged_; }
    void forge(std::uint64_t entry, Bytes leaf);
    const ledger::Genesis& genesis() const { return book_.cast().genesis(); }
    /// The entry of the last transaction so far.
    std::uint64_t last_transaction() const;
    /// Evidence for an entry, against a checkpoint over all entries, cosigned by the first
    /// `cosigners` nodes.
    api::ProofDocument proof_of(std::uint64_t entry, std::size_t cosigners = 2) const;
    /// Parts of proof_of, for tests that put them together wrongly.
    std::string checkpoint(std::size_t cosigners, const std::string& origin) const;
    std::string inclusion(std::uint64_t entry, const std::string& note) const;

private:
    /// At a time of these years: a cosignature's is held against it.
    Book book_{{.created = ledger::Millis(1'706'700'000'000)}};
    std::vector<Bytes> forged_;  // empty: nothing is
};

std::string text_of(const api::ProofDocument& proof);

}  // namespace tally::testing
