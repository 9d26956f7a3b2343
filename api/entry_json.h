#pragma once

#include <boost/json.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "ledger/entry.h"
#include "ledger/types.h"

namespace tally::api {

/// A member's name; nothing for one that is not known.
using MemberNames = std::function<std::optional<std::string>(const ledger::MemberId&)>;
/// `{"member","name"}`; the name is null for a member that is not known.
boost::json::object member_json(const ledger::MemberId& id, const MemberNames& names);

/// `line`, `contract`, `borrower`, `member` or `pool`.
std::string_view account_class_name(ledger::AccountClass account_class);

/// `{"class","id","sequence","previous"}`; previous is null for the account's first entry.
boost::json::object to_json(const ledger::AccountLink& link);

/// What the header entry of a submission says about each of its transactions.
struct EntryOrigin {
    std::uint64_t block = 0;
    ledger::Millis block_time{0};
    ledger::MemberId submitter;
};

/// `{"entry","kind":"transaction","block","block_time","header_entry","position","outcome",
/// "outcome_text","type","transaction","links","submitter"}`. Bytes that do not decode give
/// `"type":null,"transaction":null` and their `"transaction_bytes"`.
boost::json::object transaction_entry_json(std::uint64_t index,
                                           const ledger::TransactionEntry& entry,
                                           const EntryOrigin& origin, const MemberNames& names);

/// The submitter of a header entry; the zero id when its header does not decode.
EntryOrigin origin_of(const ledger::HeaderEntry& entry);

/// The other kinds, each with `"entry"` and `"kind"`: `header` with its decoded header, signers and
/// signatures, `seal`, `invalid`.
boost::json::object header_entry_json(std::uint64_t index, const ledger::HeaderEntry& entry,
                                      const MemberNames& names);
boost::json::object seal_entry_json(std::uint64_t index, const ledger::SealEntry& entry);
boost::json::object invalid_entry_json(std::uint64_t index, const ledger::InvalidEntry& entry);

}  // namespace tally::api
