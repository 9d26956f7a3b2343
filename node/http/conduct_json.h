#pragma once

#include <boost/json.hpp>
#include <string_view>

#include "api/entry_json.h"
#include "ledger/registry.h"

// Documents of conduct and oversight (docs/API.md).
namespace tally::node::http {

/// `OPEN` or `CLOSED`.
std::string_view status_name(const ledger::ComplaintRecord& complaint);

boost::json::object to_json(const ledger::ComplaintRecord& complaint,
                            const api::MemberNames& names);
boost::json::object to_json(const ledger::ReconRecord& recon, const api::MemberNames& names);
boost::json::object to_json(const ledger::OpinionRecord& opinion, const api::MemberNames& names);
boost::json::object to_json(const ledger::HedgeRecord& hedge, const api::MemberNames& names);
boost::json::object to_json(const ledger::ErasureRecord& erasure, const api::MemberNames& names);
/// `[{"day","count"}]`, the newest day first.
boost::json::array to_json(const ledger::ContactsRecord& contacts);

}  // namespace tally::node::http
