#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/errc.h"
#include "api/ids.h"
#include "base/result.h"
#include "ledger/record_reader.h"
#include "ledger/types.h"

namespace tally::node::http {

/// The number that a path segment is; `what` names it in invalid_argument.
Result<std::uint64_t> path_number(const std::string& text, std::string_view what);

/// The member that an id or a name stands for, whether or not there is one; invalid_argument for
/// what is neither.
Result<ledger::MemberId> path_member(const std::string& text);
/// The same; not_found if it is no member.
Result<ledger::MemberId> path_member(const std::string& text, const ledger::RecordReader& records);

/// The id that a path segment is.
template <typename Id>
Result<Id> path_id(const std::string& text, std::string_view what) {
    const auto id = api::id_from_text<Id>(text);
    if (id) return *id;
    return fail(api::errc::invalid_argument,
                std::string(what) + ": not an id (32 hexadecimal digits or a UUID): " + text);
}

}  // namespace tally::node::http
