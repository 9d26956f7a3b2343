#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "api/ids.h"
#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/types.h"
#include "node/http/entry_reader.h"
#include "storage/signed_index.h"

// An account log is a chain: every entry links to the one before it in the same account. A page
// walks that chain from its newest entry, or from where the page before ended, so that a page costs
// the same however long the log is, and later entries never shift the pages behind them.
//
// A member's history has what it signed under somebody else's submission as well, which no entry
// links to. Those submissions are a chain of their own, in the index of derived data, and the walk
// takes both, the higher entry first. An entry that is on both is shown once.
namespace tally::node::http {

/// Whose history.
struct Account {
    ledger::AccountClass account_class;
    api::IdBytes id;
};

/// Where a walk goes on: the entries that are next, kNoEntry where a chain has ended.
struct HistoryCursor {
    std::uint64_t linked = ledger::kNoEntry;    ///< by the links of the account log
    std::uint64_t cosigned = ledger::kNoEntry;  ///< in submissions that the member signed

    std::string text() const;
    static std::optional<HistoryCursor> parse(const std::string& text);
};

/// The entries of one account, newest first, for one request. One thread; lives no longer than its
/// context.
class HistoryWalk {
public:
    HistoryWalk(const ReadContext& context, const Account& account)
        : context_(context), account_(account), reader_(context) {}

    /// Goes to the newest entries, or to a cursor: invalid_argument for one that is not of this
    /// account, not_found for an account that no entry names and that is no member's.
    Status begin(const std::optional<std::string>& cursor);

    bool ended() const {
        return at_.linked == ledger::kNoEntry && at_.cosigned == ledger::kNoEntry;
    }
    const HistoryCursor& at() const { return at_; }
    /// Of blocks read so far, for callers that bound their work.
    std::size_t bytes_read() const { return reader_.bytes_read(); }

    struct Item {
        boost::json::object document;  ///< as of /v1/transactions
        std::size_t bytes = 0;         ///< of the transaction
    };
    /// The entry here; the walk goes on to the one before it. Requires !ended(). corrupt_block,
    /// corrupt_state where a chain is broken.
    Result<Item> next();

private:
    bool of_member() const { return account_.account_class == ledger::AccountClass::member; }
    ledger::MemberId member() const { return ledger::MemberId{account_.id}; }

    Status begin_at(const HistoryCursor& cursor);
    void enter(const std::optional<storage::SignedSubmission>& submission);
    Status leave_linked(const ledger::TransactionEntry& entry);
    Status leave_cosigned(const ledger::TransactionEntry& entry);

    const ReadContext& context_;
    const Account account_;
    EntryReader reader_;
    HistoryCursor at_;
};

}  // namespace tally::node::http
