#pragma once

#include <boost/json.hpp>
#include <optional>
#include <vector>

#include "ledger/genesis.h"
#include "ledger/queries.h"
#include "node/http/json_parts.h"

namespace tally::node::http {

/// What hangs on a contract beside its events: known at an entry, lists newest first.
struct ContractPapers {
    std::vector<ledger::MandateRecord> mandates;
    std::vector<ledger::ComplaintRecord> complaints;
    std::optional<ledger::PoolId> pool;  ///< that it is in
};

/// The document of GET /v1/contracts. `terms` are the ruleset and product that it is under; the
/// date is the view's.
boost::json::object to_json(const ledger::ContractView& contract,
                            const ledger::ContractTerms& terms, const ContractPapers& papers,
                            std::uint64_t known_at, const api::MemberNames& names);
/// A mandate without its debits.
boost::json::object to_json(const ledger::MandateRecord& mandate, const api::MemberNames& names);

/// `ACTIVE` and so on; `UNKNOWN` for a number that is none.
std::string_view status_name(ledger::ContractStatus status);
/// `CURRENT`, `GRACE` or `OVERDUE`; null unless active. Derived, never stored. Grace is a granted
/// one, or what is past due within the standing one.
boost::json::value state_json(const ledger::Position& position);

/// Its statement: each event known at the point by value date, then entry. What the replay did not
/// count, as it was reversed, has null where others have the balance and days past due.
boost::json::array statement_json(const ledger::ContractView& contract,
                                  const api::MemberNames& names);

/// `{"days_past_due","delinquent_days","bucket","bucket_number","class","in_grace"}`.
boost::json::object ageing_json(const ledger::Position& position,
                                const ledger::RulesetRegister& ruleset);
/// `M0` and so on; `M7+` for the last one of a ruleset.
std::string bucket_name(std::uint32_t bucket, const ledger::RulesetRegister& ruleset);
/// `normal`, `special_mention`, `substandard`, `doubtful`, `loss`.
std::string_view asset_class_name(std::uint32_t asset_class);

}  // namespace tally::node::http
