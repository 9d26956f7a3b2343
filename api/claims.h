#pragma once

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "api/transaction_json.h"
#include "base/result.h"
#include "ledger/outcome.h"
#include "ledger/record_reader.h"

namespace tally::api {

/// Fields of a draft's body that follow from the book and may be left out, because ledger::propose
/// computes them. `draft` gets placeholders for those that are missing, so that it reads as a
/// transaction; `periods` becomes that many empty rows of the schedule. Returns their names. Fails
/// with invalid_argument naming the field if the draft does not say enough.
Result<std::vector<std::string>> fill_claims(boost::json::object& draft);

/// A draft's dates are text: the day numbers by which answers show dates that no calendar has room
/// for are refused, since 20250101 is one of them. Fails with invalid_argument naming the field.
Status check_dates(const boost::json::object& draft);

/// A draft made whole on a state, and what stands in the way of its claims if they could not be
/// computed: then they are the placeholders.
struct CompletedDraft {
    ledger::Transaction transaction;
    ledger::Outcome claims = ledger::Outcome::accepted;
};
/// Reads a draft with id and dates, and computes the claims that it leaves out on the state that
/// the reader gives; what it states is kept. Fails with invalid_argument or as ledger::propose.
Result<CompletedDraft> complete_draft(boost::json::object draft,
                                      const ledger::RecordReader& records,
                                      const MemberResolver& resolver);

}  // namespace tally::api
