#pragma once

#include <boost/json.hpp>

#include "cli/output.h"
#include "cli/words.h"

// What people see of the documents of GET /v1/lines, /v1/contracts, /v1/borrowers and /v1/pools.
namespace tally::cli {

/// An alert on a contract, line or pool: id, rule, what became of it, the entry that raised it.
std::string alert_line(const boost::json::object& alert, const Words& words);

void print_line(Console& console, const boost::json::object& line, const Words& words);
void print_contract(Console& console, const boost::json::object& contract, const Words& words);
void print_pool(Console& console, const boost::json::object& pool, const Words& words);
void print_borrower(Console& console, const boost::json::object& borrower, const Words& words);

}  // namespace tally::cli
