#pragma once

#include <boost/json.hpp>
#include <functional>
#include <string>

#include "cli/words.h"
#include "ledger/genesis.h"

namespace tally::cli {

/// How the values of an object of the API are put for people: amounts with decimals, rates in
/// percent, members by name.
struct Reading {
    /// Of its amounts; empty: not known here, and they are said to be minor units.
    std::string currency;
    /// The name of the member with this id, empty for any other text.
    std::function<std::string(const std::string&)> member;
};

/// Names of this network's members. The genesis must outlive it.
std::function<std::string(const std::string&)> member_names(const ledger::Genesis& genesis);

/// `338.33 CNY`; `33833 minor units (currency not known here)` where it is not.
std::string readable_amount(std::int64_t amount, const std::string& currency);
/// A scalar, by the name of its field.
std::string readable(std::string_view name, const boost::json::value& scalar,
                     const Reading& reading);
/// Fields and their values, each on a line; a list has a line for each element.
Fields readable_fields(const boost::json::object& source, const Reading& reading,
                       const std::string& indent = {});
/// One line of what a transaction says: amounts, references, ids.
std::string summary_of(const boost::json::object& transaction, const Reading& reading);

}  // namespace tally::cli
