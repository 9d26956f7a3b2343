#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/transaction_json.h"
#include "base/result.h"
#include "ledger/outcome.h"

namespace tally::book {

// What the columns of a book in CSV are called, and how a cell stands for a JSON value: scalars as
// they are; a list with `;` between its elements and `:` between an element's fields, in the order
// of docs/IMPORT.md: `funder:600000;bank-b:400000`. An empty cell is a field that is left out.

/// All of them, in the order in which books are written.
const std::vector<std::string>& columns();
/// The field of a type that a column holds: one of the body, one that every transaction has, or one
/// of the book's own (`periods`, `group`, `expect`). Null if that type has none of that name.
/// `type` must be one of ledger::kTransactionTypes.
const api::Field* field_of(std::string_view type, std::string_view column);

/// The value that a cell, not empty, stands for. Fails with invalid_argument; the context says what
/// is wrong with it. Dates, ids and words are left to transaction_from_json.
Result<boost::json::value> value_from_cell(const api::Field& field, std::string_view cell);
/// The inverse, for values that a transaction can have.
std::string cell_from_value(const api::Field& field, const boost::json::value& whole);

/// The outcome of that code; nothing for any other text.
std::optional<ledger::Outcome> outcome_from_code(std::string_view code);

}  // namespace tally::book
