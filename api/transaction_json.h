#pragma once

#include <boost/json.hpp>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ledger/transaction.h"

namespace tally::api {

/// Finds a member by its name, so that people can write names where the ledger has ids.
using MemberResolver = std::function<std::optional<ledger::MemberId>(std::string_view name)>;

/// One flat object: `id`, `business_date`, `value_date`, `type` (`LIMIT_GRANT` and so on), and the
/// fields of the body under the names of its struct. Ids are 32 and digests 64 hexadecimal digits,
/// keys and signatures base64, dates ISO 8601 (a day outside 1970..9999, which only a refused
/// transaction can have, is its day number), numbers of days, amounts and rates integers,
/// flags `true`, enumerations lower-case words (`penalty`, `act/365`). A field that may be left out
/// is written only if it is set.
boost::json::object to_json(const ledger::Transaction& transaction);

/// The inverse; strict. Every field that is not optional must be there, none may be unknown,
/// numbers must be integers in range: 1.0 is refused, and so is null for a field left out. Ids are
/// also accepted as UUIDs with dashes; members also as names when there is a resolver. Fails with
/// invalid_argument whose context names the field (`schedule[2].fee: not an integer`). Rules of the
/// ledger are not checked here.
Result<ledger::Transaction> transaction_from_json(const boost::json::value& source,
                                                  const MemberResolver& resolver = {});
/// The same for a transaction inside a document: names of fields begin with `path`.
Result<ledger::Transaction> transaction_from_json(const boost::json::value& source,
                                                  const MemberResolver& resolver,
                                                  const std::string& path);

/// What a field's JSON value is.
enum class FieldKind : std::uint8_t {
    id,
    member,  ///< an id; a name where there is a resolver
    digest,
    key,  ///< a key or signature in base64
    text,
    amount,  ///< 64-bit integer
    day,     ///< ISO 8601
    days,    ///< a number of days, as the rest 32-bit
    ppm,
    count,      ///< not negative
    flag,       ///< true or false
    word,       ///< one of `words`
    word_list,  ///< an array of a fixed number of `words`
    days_list,
    list,  ///< an array of objects with the fields of `elements`
};
struct Field {
    std::string_view name;
    FieldKind kind = FieldKind::id;
    bool optional = false;  ///< may be left out
    std::span<const std::string_view> words{};
    std::vector<Field> elements{};
};
/// The fields of the body of `LIMIT_GRANT` and so on, in the order of their numbers; nothing for a
/// type that there is not. Those that every transaction has are not among them.
std::optional<std::vector<Field>> fields_of(std::string_view type);

/// `penalty`, `fee`, `interest`, `principal`.
std::string_view component_name(ledger::Component component);

}  // namespace tally::api
