#pragma once

#include <cstdint>
#include <functional>
#include <istream>
#include <map>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "node/book/model.h"
#include "node/book/row.h"
#include "node/cli/target.h"

namespace tally::cli {

/// What became of a book. `failure` says why the rest was not sent; everything acknowledged before
/// it stands, and the same import may be started again.
struct ImportSummary {
    std::uint64_t rows = 0;          ///< in the book
    std::uint64_t acknowledged = 0;  ///< rows whose outcome is known to be on record
    std::uint64_t accepted = 0;
    std::map<std::string, std::uint64_t> refused;  ///< by outcome code
    std::uint64_t replayed = 0;    ///< of the acknowledged: on record before this import
    std::uint64_t unexpected = 0;  ///< outcome differs from the row's `expect`
    std::uint64_t submissions = 0;
    std::uint64_t retries = 0;  ///< attempts beyond the first
    double seconds = 0;
    std::uint64_t applied_index = 0;  ///< a min_index that sees all of it
    Status failure;
};

/// A row that the network answered for.
struct Acknowledged {
    ledger::TransactionId id;
    std::string outcome;
};

struct ImportOptions {
    std::size_t batch = 500;
    std::size_t faults_max = 20;  ///< bad lines that are named
    std::ostream* receipts = nullptr;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;
};

/// Sends a book row by row, in order, in submissions signed by all of `signers`.
class Importer {
public:
    /// All must outlive the importer.
    Importer(client::Client& client, const ledger::Genesis& genesis,
             const std::vector<Signer>& signers, ImportOptions options)
        : client_(client), genesis_(genesis), signers_(signers), options_(std::move(options)) {}

    /// First pass: every fault of the book, by line; empty when it can be sent. Counts the rows.
    /// Nothing is sent by it.
    std::vector<std::string> check(std::istream& book);
    /// Second pass, from the beginning of the same book.
    ImportSummary send(std::istream& book);

    const std::vector<Acknowledged>& acknowledged() const { return acknowledged_; }

private:
    struct Batch {
        std::vector<book::BookRow> rows;
        std::vector<book::Planned> planned;
        std::vector<Bytes> transactions;
        std::size_t bytes = 0;
    };

    std::string signing_fault(const book::BookRow& row) const;
    const Signer* with_role(ledger::Role role) const;
    /// The transaction on record under the id of a row; nothing if there is none.
    Result<std::optional<ledger::Transaction>> recorded(const ledger::TransactionId& id);
    Result<book::Planned> plan(const book::BookRow& row, const ledger::TransactionId& id);
    Status add(book::BookRow row, Batch& batch, ImportSummary& summary);
    Status flush(Batch& batch, ImportSummary& summary);
    Status settle(const Batch& batch, const client::Receipt& receipt, ImportSummary& summary);
    std::size_t bytes_max() const;
    ledger::TransactionId id_of(const book::BookRow& row);

    client::Client& client_;
    const ledger::Genesis& genesis_;
    const std::vector<Signer>& signers_;
    const ImportOptions options_;
    book::ContractModel model_;
    std::set<ledger::ContractId> fetched_;  // contracts whose state came from a node
    std::map<crypto::Digest, std::uint64_t> equal_rows_;
    std::vector<Acknowledged> acknowledged_;
    std::uint64_t rows_ = 0;
};

/// What a walk over the submitter's account log says about acknowledged rows.
struct CheckSummary {
    std::uint64_t acknowledged = 0;
    std::uint64_t found = 0;    ///< on record with the outcome that was acknowledged
    std::uint64_t doubled = 0;  ///< accepted more than once
    std::uint64_t entries = 0;  ///< walked

    bool holds() const { return found == acknowledged && doubled == 0; }
};
Result<CheckSummary> check_history(client::Client& client, const Signer& submitter,
                                   const std::vector<Acknowledged>& acknowledged,
                                   std::uint64_t min_index,
                                   const std::function<void(std::uint64_t)>& progress);

}  // namespace tally::cli
