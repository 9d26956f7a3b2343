#include "book/planner.h"

#include "api/claims.h"
#include "api/ids.h"
#include "base/check.h"

namespace tally::book {
namespace {

Result<ledger::Transaction> complete(const BookRow& row, const ledger::TransactionId& id,
                                     const ledger::RecordReader& records,
                                     const api::MemberResolver& resolver) {
    boost::json::object draft = row.draft;
    draft["id"] = api::id_text(id);
    auto whole = api::complete_draft(std::move(draft), records, resolver);
    if (!whole) return whole.error();
    return std::move(whole->transaction);
}

/// Tries the rows one by one on a branch whose days are open, so that each sees those before it.
Result<std::vector<ledger::Transaction>> complete_group(const LocalLedger& ledger,
                                                        std::span<const BookRow> rows,
                                                        std::span<const ledger::TransactionId> ids,
                                                        const Signers& signers,
                                                        const api::MemberResolver& resolver) {
    LocalLedger trial = ledger.branch();
    std::vector<ledger::Day> days;
    for (const BookRow& row : rows) {
        const ledger::Day day = skeleton_of(row, resolver).business_date;
        if (day > 0) days.push_back(day);
    }
    const Status opened = trial.force_open(days);
    if (!opened) return opened.error();
    std::vector<ledger::Transaction> transactions;
    for (std::size_t i = 0; i < rows.size(); ++i) {
        auto transaction = complete(rows[i], ids[i], trial.records(), resolver);
        if (!transaction) return transaction.error();
        const auto tried = trial.apply(std::span(&*transaction, 1), signers);
        if (!tried) return tried.error();
        transactions.push_back(*std::move(transaction));
    }
    return transactions;
}

}  // namespace

Result<std::vector<Planned>> plan_rows(LocalLedger& ledger, std::span<const BookRow> rows,
                                       std::span<const ledger::TransactionId> ids,
                                       const Signers& signers,
                                       const api::MemberResolver& resolver) {
    TALLY_CHECK(!rows.empty() && rows.size() == ids.size());
    std::vector<ledger::Transaction> transactions;
    const bool atomic = rows.size() > 1;
    if (atomic) {
        auto group = complete_group(ledger, rows, ids, signers, resolver);
        if (!group) return group.error();
        transactions = *std::move(group);
    } else {
        auto transaction = complete(rows.front(), ids.front(), ledger.records(), resolver);
        if (!transaction) return transaction.error();
        transactions.push_back(*std::move(transaction));
    }
    const auto outcomes = ledger.apply(transactions, signers, atomic);
    if (!outcomes) return outcomes.error();
    std::vector<Planned> planned;
    for (std::size_t i = 0; i < transactions.size(); ++i) {
        planned.push_back({std::move(transactions[i]), (*outcomes)[i]});
    }
    return planned;
}

}  // namespace tally::book
