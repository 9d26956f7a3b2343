#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/errc.h"
#include "api/ids.h"
#include "base/result.h"
#include "ledger/genesis.h"

namespace tally::node::http {

/// The number that a path segment is; `what` names it in invalid_argument.
Result<std::uint64_t> path_number(const std::string& text, std::string_view what);

/// A member by id or by name, as genesis knows it; not_found otherwise.
Result<ledger::MemberId> path_member(const std::string& text, const ledger::Genesis& genesis);

/// The id that a path segment is.
template <typename Id>
Result<Id> path_id(const std::string& text, std::string_view what) {
    const auto id = api::id_from_text<Id>(text);
    if (id) return *id;
    return fail(api::errc::invalid_argument,
                std::string(what) + ": not an id (32 hexadecimal digits or a UUID): " + text);
}

}  // namespace tally::node::http
