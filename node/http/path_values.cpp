#include "node/http/path_values.h"

#include "node/http/query.h"

namespace tally::node::http {

Result<std::uint64_t> path_number(const std::string& text, std::string_view what) {
    const auto number = parse_number(text);
    if (number) return *number;
    return fail(api::errc::invalid_argument, std::string(what) + ": not a number: " + text);
}

Result<ledger::MemberId> path_member(const std::string& text, const ledger::Genesis& genesis) {
    const ledger::GenesisMember* named = genesis.member_named(text);
    if (named != nullptr) return named->id;
    const auto id = api::id_from_text<ledger::MemberId>(text);
    if (id && genesis.member(*id) != nullptr) return *id;
    return fail(api::errc::not_found, "no member of this network has that id or name: " + text);
}

}  // namespace tally::node::http
