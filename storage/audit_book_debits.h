#pragma once

// Internal.
#include <map>
#include <optional>
#include <set>
#include <string>

#include "ledger/contract.h"
#include "ledger/record_reader.h"
#include "ledger/transaction.h"

namespace tally::storage {

/// What an audit keeps of mandates and debits, from entries alone: each debit within its mandate
/// and with one result at most, and a contract's payments that come from debits its debits that
/// succeeded. Who signed is asked elsewhere (audit_book_take.cpp).
class AuditDebits {
public:
    /// What is wrong with a transaction, in words; nothing: it was taken down.
    using Wrong = std::optional<std::string>;

    struct Mandate {
        ledger::MandateRegister said;
        ledger::MemberId provider;
        ledger::Day since = 0;
        std::optional<ledger::Day> revoked_on;
        std::set<ledger::DebitId> open;  ///< but for those that were not waited for any more
    };
    struct Debit {
        ledger::DebitInstruct said;
        std::optional<ledger::DebitOutcome> result;
        bool taken_back = false;
    };

    Wrong take(const ledger::MandateRegister& registration, const ledger::MemberId& provider,
               ledger::Day value_date);
    Wrong take(const ledger::MandateRevoke& revocation, ledger::Day value_date);
    /// `newest`: the book's newest day at it.
    Wrong take(const ledger::DebitInstruct& instruction, ledger::Day newest);
    Wrong take(const ledger::DebitResult& result, ledger::Day value_date);
    /// Of a debit that succeeded: its payment was reversed.
    void reverse(const ledger::DebitId& id);

    /// Null if it was never registered or instructed.
    const Mandate* mandate(const ledger::MandateId& id) const;
    const Debit* debit(const ledger::DebitId& id) const;
    const Mandate* mandate_of(const ledger::DebitId& id) const;

    /// The first record of what the block touched that no transaction leads to.
    Result<Wrong> compare(const ledger::RecordReader& after) const;
    /// What a contract's events say of debits that is not so.
    Wrong compare(const ledger::ContractId& id, const ledger::ContractBody& contract) const;
    void begin_block();

private:
    Result<Wrong> compare_debit(const ledger::RecordReader& after, const ledger::DebitId& id) const;

    std::map<ledger::MandateId, Mandate> mandates_;
    std::map<ledger::ContractId, std::size_t> given_;  ///< mandates of a contract
    std::map<ledger::DebitId, Debit> debits_;
    /// Those with a result, by contract.
    std::map<ledger::ContractId, std::set<ledger::DebitId>> results_;
    // Of the block in hand.
    std::set<ledger::MandateId> touched_mandates_;
    std::set<ledger::DebitId> touched_debits_;
};

}  // namespace tally::storage
