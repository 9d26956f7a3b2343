#pragma once

#include <vector>

#include "base/result.h"
#include "cli/target.h"
#include "ledger/transaction.h"

namespace tally::cli {

/// What a load is made on: a product of the usual terms, an open day, and an assessment with room
/// for more lines than anybody waits for.
struct BenchBook {
    ledger::RulesetId ruleset;
    ledger::ProductId product;
    ledger::ModelId model;
    ledger::BorrowerId borrower;
    ledger::AssessmentId assessment;
    ledger::Day day = 0;
    ledger::MemberId funder;  ///< of purchases
};

/// True if the first transaction on record is one by which a load of this lender opened the book,
/// or there is none: then nobody keeps a book here. Fails with the client's error.
Result<bool> is_bench_network(client::Client& client, const std::string& lender);

/// Puts on record what is not there yet, under ids that follow from the lender's name, so that a
/// second load finds the first one's book. `keys` are those of a lender, a regulator and a
/// servicer. The newest open day is used; if none is, the day after the last closed one is opened.
/// Fails with the client's error, or with the outcome of what was refused.
Result<BenchBook> open_bench_book(client::Client& client, const crypto::Digest& network,
                                  const std::vector<Signer>& keys);

/// Transactions of one submission, each encoded. Lines of the book's borrower:
std::vector<Bytes> grants_on(const BenchBook& book, std::uint32_t count);
/// New borrowers, each assessed, granted a line, sold 1,000.00 in three instalments and paying the
/// first: four transactions a purchase, which lender, funder and servicer sign.
std::vector<Bytes> purchases_on(const BenchBook& book, std::uint32_t count);
inline constexpr std::uint32_t kTransactionsAPurchase = 4;

}  // namespace tally::cli
