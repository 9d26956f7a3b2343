#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/result.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"
#include "ledger/record_reader.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

namespace tally::book {

/// Who is taken to sign, the submitter first; a member may stand there with several keys.
using Signers = std::vector<ledger::Signer>;

/// An in-process copy of the ledger in which a book is tried before it is sent: the rules of the
/// nodes on records in memory, over those of a network if there is one. So whatever rows of a book
/// claim (schedules, allocations, penalties, trial balances) follows from the rows before them by
/// the very code that will judge them. Signatures are taken for granted, everything else is not.
class LocalLedger {
public:
    /// Begins with the genesis and nothing else.
    explicit LocalLedger(const ledger::Genesis& genesis);
    /// Over the records that `below` gives, which must outlive it. Its entries are counted from
    /// 2^40, so that they come after those of the network.
    LocalLedger(const ledger::Genesis& genesis, const ledger::RecordReader& below);
    LocalLedger(LocalLedger&& other) noexcept;
    LocalLedger& operator=(LocalLedger&& other) noexcept;
    ~LocalLedger();

    /// What the rules make of the transactions as one submission, in order. Fails with the error of
    /// the reader below, or corrupt_record.
    Result<std::vector<ledger::Outcome>> apply(std::span<const ledger::Transaction> transactions,
                                               const Signers& signers, bool atomic = false);
    /// The state after everything applied: for ledger::propose and the queries.
    const ledger::RecordReader& records() const;
    /// Entry of the last transaction applied.
    std::uint64_t last_entry() const { return last_entry_; }
    /// Forgets everything applied, so that only what is below counts.
    void forget();

    /// A ledger over the present state of this one, which must outlive it and stand still
    /// meanwhile: for trying things out.
    LocalLedger branch() const;
    /// Has these days open and no others, whatever the book says: what is tried on a branch may be
    /// about days that are closed. Of more than a book can have open, the first ones. Fails with
    /// corrupt_record or the error of the reader below.
    Status force_open(const std::vector<ledger::Day>& days);

private:
    class Overlay;
    LocalLedger(const crypto::Digest& network, const ledger::RecordReader& below,
                ledger::LedgerHead head, std::uint64_t next_block);

    crypto::Digest network_;
    std::unique_ptr<Overlay> overlay_;
    ledger::LedgerHead first_head_;
    ledger::LedgerHead head_;
    std::uint64_t next_block_ = 1;
    std::uint64_t last_entry_ = 0;
};

}  // namespace tally::book
