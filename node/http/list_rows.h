#pragma once

#include <boost/json.hpp>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/types.h"
#include "node/http/api.h"

// The rows of GET /v1/lines, /v1/contracts, /v1/borrowers, /v1/members and /v1/alerts: what an
// account is, in short, as of the newest state, for those accounts that a filter lets through.
namespace tally::node::http {

/// What a list is asked for. What is absent lets everything through.
struct ListFilter {
    std::optional<ledger::MemberId> owner;
    std::optional<ledger::MemberId> servicer;
    std::optional<ledger::BorrowerId> borrower;
    std::optional<ledger::LineId> line;
    std::optional<std::string> state;
    std::optional<ledger::ContractId> contract;  ///< of alerts
    std::optional<std::string> rule;             ///< of alerts
};

/// What a page has read so far, for whoever bounds it.
struct ListWork {
    std::size_t records = 0;
    std::size_t bytes = 0;  ///< of these records
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

/// An alert as in GET /v1/alerts/{id}. A line is that of its contract, too.
ListRow alert_row(const ReadContext& context, const ListFilter& filter,
                  const storage::ScannedRecord& record, ListWork& work);

/// What `state` may be.
std::vector<std::string> line_states();
/// The words of `status` and those of `state`.
std::vector<std::string> contract_states();
/// The words of `status`, and DISPOSED for those on which nothing can be decided any more.
std::vector<std::string> alert_states();
/// What `rule` may be.
std::vector<std::string> alert_rules();

}  // namespace tally::node::http
