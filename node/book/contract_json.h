#pragma once

#include <boost/json.hpp>

#include "base/result.h"
#include "ledger/records.h"

namespace tally::book {

/// A contract as `GET /v1/contracts/{id}` gives it, as far as allocations follow from it: terms,
/// what was paid, whether it is open. Fails with invalid_argument naming the field, also when the
/// parts do not fit each other: a node's word is judged like any other outside input.
Result<ledger::ContractBody> contract_from_json(const boost::json::value& value);

}  // namespace tally::book
