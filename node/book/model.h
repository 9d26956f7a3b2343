#pragma once

#include <map>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ledger/outcome.h"
#include "ledger/records.h"
#include "ledger/transaction.h"
#include "node/book/row.h"

namespace tally::book {

/// A row made into a transaction, and whether the model counts on it being accepted.
struct Planned {
    ledger::Transaction transaction;
    bool applied = false;
    /// It is on record already and the model knows its effect from there: settling skips it.
    bool recorded = false;
};

/// The contracts of a book as the importer believes them to be, so that a purchase gets its
/// schedule and a payment its allocation without asking the node for each. The model predicts;
/// the network decides: `settle` brings the model back to what was accepted.
class ContractModel {
public:
    /// The transaction of a row. Terms that no schedule follows from, or a payment that the model
    /// cannot place, still give a transaction: its refusal is the network's to put on record.
    Planned plan(const BookRow& row, const ledger::TransactionId& id);

    /// Takes back the plan made last, for a row that is put off.
    void forget(const Planned& planned);

    /// What became of planned rows: all rows planned since the last call, in order.
    void settle(std::span<const Planned> planned, std::span<const ledger::Outcome> outcomes);

    /// Null for a contract that was not captured here nor learnt.
    const ledger::ContractBody* contract(const ledger::ContractId& id) const;
    /// Takes over a contract from elsewhere. Does nothing if it is known.
    void learn(const ledger::ContractId& id, ledger::ContractBody body);

private:
    ledger::Capture capture_of(const CaptureRow& row, ledger::Day anchor) const;
    ledger::Repayment repayment_of(const RepaymentRow& row, ledger::Day value_date) const;
    bool would_accept(const ledger::Transaction& transaction) const;
    void take(const ledger::Transaction& transaction);
    void take_back(const ledger::Transaction& transaction);

    std::map<ledger::ContractId, ledger::ContractBody> contracts_;
    std::set<std::string> source_refs_;
};

}  // namespace tally::book
