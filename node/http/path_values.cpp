#include "node/http/path_values.h"

#include "ledger/genesis.h"
#include "ledger/queries.h"
#include "node/http/query.h"

namespace tally::node::http {

Result<std::uint64_t> path_number(const std::string& text, std::string_view what) {
    const auto number = parse_number(text);
    if (number) return *number;
    return fail(api::errc::invalid_argument, std::string(what) + ": not a number: " + text);
}

Result<ledger::MemberId> path_member(const std::string& text) {
    // 32 digits are an id before they are a name.
    if (const auto id = api::id_from_text<ledger::MemberId>(text)) return *id;
    if (ledger::is_member_name(text)) return ledger::member_id_of(text);
    return fail(api::errc::not_found, "no member of this network has that id or name: " + text);
}

Result<ledger::MemberId> path_member(const std::string& text, const ledger::RecordReader& records) {
    const auto id = path_member(text);
    if (!id) return id;
    const auto member = ledger::read_member(records, *id);
    if (!member) return member.error();
    if (*member) return id;
    return fail(api::errc::not_found, "no member of this network has that id or name: " + text);
}

}  // namespace tally::node::http
