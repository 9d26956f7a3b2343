#pragma once

#include <system_error>

#include "base/named_category.h"

namespace tally::ledger {

/// Failures of decoding and of admission, before a transaction has an outcome on record.
enum class errc {
    malformed = 1,      ///< not the layout, or not canonical
    too_large,          ///< above a size or count bound
    wrong_network,      ///< a header of another network
    bad_signature,      ///< a listed signature is missing or does not verify
    wrong_root,         ///< transactions_root or count does not match the transactions
    expired,            ///< not-after has passed
    unknown_member,     ///< the submitter is not a member
    key_not_valid,      ///< the key is not that member's
    bad_genesis,        ///< a genesis that cannot start a network
    corrupt_record,     ///< a stored record that does not decode
    unsupported_rules,  ///< a rules version that this build cannot apply
    id_reused,          ///< a transaction id on record with other bytes
    out_of_range,       ///< a value that does not fit what holds it
    nodes_behind,       ///< a decision for rules that most of the nodes cannot apply
};

const NamedCategory& category();
std::error_code make_error_code(errc code);

}  // namespace tally::ledger

template <>
struct std::is_error_code_enum<tally::ledger::errc> : std::true_type {};
