#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/transaction.h"

namespace tally::node {

/// Finds a member by its name, so that people can write names where the ledger has ids.
using MemberResolver = std::function<std::optional<ledger::MemberId>(std::string_view name)>;

/// One flat object: `id`, `business_date`, `value_date`, `type` (`LIMIT_GRANT` and so on), and the
/// fields of the body under the names of its struct. Ids are 32 hexadecimal digits, dates ISO 8601
/// (a day outside 1970..9999, which only a refused transaction can have, is its day number),
/// amounts and rates integers, components `penalty`, `fee`, `interest`, `principal`.
boost::json::object to_json(const ledger::Transaction& transaction);

/// The inverse; strict. Every field must be there, none may be unknown, numbers must be integers in
/// range: 1.0 is refused. Ids are also accepted as UUIDs with dashes; funders also as names when
/// there is a resolver. Fails with invalid_argument whose context names the field
/// (`schedule[2].fee: not an integer`). Rules of the ledger are not checked here.
Result<ledger::Transaction> transaction_from_json(const boost::json::value& value,
                                                  const MemberResolver& resolver = {});
/// The same for a transaction inside a document: names of fields begin with `path`.
Result<ledger::Transaction> transaction_from_json(const boost::json::value& value,
                                                  const MemberResolver& resolver,
                                                  const std::string& path);

/// `penalty`, `fee`, `interest`, `principal`.
std::string_view component_name(ledger::Component component);
std::optional<ledger::Component> component_from_name(std::string_view name);

}  // namespace tally::node
