#pragma once

#include <boost/json.hpp>

#include "ledger/records.h"

namespace tally::node::http {

/// `{"id","name","roles","keys","entries","last_entry"}`; a key is
/// `{"suite","key","first_block","end_block"}`, valid from the one block to before the other, which
/// is null for one that has no end.
boost::json::object to_json(const ledger::MemberId& id, const ledger::MemberRecord& member);

}  // namespace tally::node::http
