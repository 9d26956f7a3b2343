#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/pool.h"
#include "ledger/types.h"
#include "node/http/api.h"

// The rows of the lists: what an account is, in short, or what was registered, as of the newest
// state, for those that a filter lets through.
namespace tally::node::http {

/// What a list is asked for. What is absent lets everything through.
struct ListFilter {
    std::optional<ledger::MemberId> owner;
    std::optional<ledger::MemberId> servicer;
    std::optional<ledger::BorrowerId> borrower;
    std::optional<ledger::LineId> line;
    std::optional<std::string> state;
    std::optional<ledger::ContractId> contract;
    std::optional<ledger::MemberId> lender;
    std::optional<std::string> rule;  ///< of alerts
    std::optional<ledger::PoolId> pool;
};

/// What a page has read so far, for whoever bounds it.
struct ListWork {
    std::size_t records = 0;
    std::size_t bytes = 0;              ///< of these records
    std::optional<ledger::Day> newest;  ///< day of the book, where it has any
};

/// The row of a scanned record. Nothing for one that the filter leaves out, and for an account that
/// refused transactions named and nobody opened.
using ListRow = Result<std::optional<boost::json::object>>;
ListRow line_row(const ReadContext& context, const ListFilter& filter,
                 const storage::ScannedRecord& record, ListWork& work);
ListRow contract_row(const ReadContext& context, const ListFilter& filter,
                     const storage::ScannedRecord& record, ListWork& work);
/// Its owners are those of its lines; it reads its newest ledger::kListMax lines.
ListRow borrower_row(const ReadContext& context, const ListFilter& filter,
                     const storage::ScannedRecord& record, ListWork& work);

/// Any member, with its roles and keys.
ListRow member_row(const ReadContext& context, const ListFilter& filter,
                   const storage::ScannedRecord& record, ListWork& work);

// The documents of conduct.h, with their ids.
ListRow complaint_row(const ReadContext& context, const ListFilter& filter,
                      const storage::ScannedRecord& record, ListWork& work);
ListRow recon_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& work);
ListRow opinion_row(const ReadContext& context, const ListFilter& filter,
                    const storage::ScannedRecord& record, ListWork& work);
ListRow hedge_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& work);
ListRow erasure_row(const ReadContext& context, const ListFilter& filter,
                    const storage::ScannedRecord& record, ListWork& work);

/// An alert as in GET /v1/alerts/{id}. A line is that of its contract, too.
ListRow alert_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& work);

/// A pool as in GET /v1/pools/{id}, without its log and alerts.
ListRow pool_row(const ReadContext& context, const ListFilter& filter,
                 const storage::ScannedRecord& record, ListWork& work);
/// A contract that was added to a pool: `place`, and the row of the list of contracts with what it
/// brings into the pool's balance. `value`: of its record.
Result<boost::json::object> pooled_row(const ReadContext& context, const ledger::PoolId& pool,
                                       const ledger::PoolRecord& record, std::uint64_t place,
                                       const ledger::PoolContractRecord& at, ByteView value);

/// What `state` may be.
std::vector<std::string> line_states();
/// The words of `status` and those of `state`.
std::vector<std::string> contract_states();
std::vector<std::string> complaint_states();
/// The words of `status`, and DISPOSED for those on which nothing can be decided any more.
std::vector<std::string> alert_states();
/// The words of `status`, and ISSUED for those against which notes are issued.
std::vector<std::string> pool_states();
/// What `rule` may be.
std::vector<std::string> alert_rules();

}  // namespace tally::node::http
