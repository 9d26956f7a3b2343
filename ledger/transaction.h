#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/types.h"

namespace tally::ledger {

/// Field numbers and meaning: proto/tallystick.proto. Signers: docs/CREDIT.md.
struct LimitGrant {  ///< field 16; originator signs
    LineId line;
    BorrowerId borrower;
    std::string currency;  ///< ISO 4217, three capitals
    Amount limit = 0;
    Day valid_from = 0;
    Day valid_to = 0;  ///< last day, inclusive
};
struct LimitChange {  ///< field 17; originator of the line signs
    LineId line;
    Amount limit = 0;
};
struct Instalment {
    Day due = 0;
    Amount principal = 0;
    Amount fee = 0;
};
struct FundingShare {
    MemberId funder;
    Ppm share = 0;
};
struct Capture {  ///< field 18; originator of the line and every funder sign
    ContractId contract;
    LineId line;
    Amount principal = 0;
    Ppm fee_ppm = 0;                   ///< per period
    std::vector<Instalment> schedule;  ///< 1..36 rows: equal principal plus fee, remainder last
    std::vector<FundingShare> shares;  ///< 1..16
};
enum class Component : std::uint8_t { penalty = 1, fee = 2, interest = 3, principal = 4 };
struct Allocation {
    std::uint32_t instalment = 0;  ///< 0-based row of the schedule
    Component component = Component::principal;
    Amount amount = 0;
};
struct Repayment {  ///< field 19; a servicer signs
    ContractId contract;
    Amount amount = 0;
    std::string source_ref;  ///< 1..64 bytes, the payment's own reference: each posts once
    std::vector<Allocation> allocation;  ///< what the servicer claims; must equal the node's own
};

using TransactionBody = std::variant<LimitGrant, LimitChange, Capture, Repayment>;

/// One event of the credit book.
struct Transaction {
    TransactionId id;
    Day business_date = 0;
    Day value_date = 0;
    TransactionBody body;
};

/// Canonical bytes: ascending fields, minimal varints, defaults left out.
Bytes encode_transaction(const Transaction& transaction);
/// Our own walk over the wire format under a rules version. Accepts canonical bytes only, so that
/// encode(decode(x)) == x. Fails with malformed and the field's name.
Result<Transaction> decode_transaction(ByteView bytes, std::uint32_t rules_version);
/// The id alone, for bytes whose body may be refused: present if the bytes begin with a
/// well-formed id field.
std::optional<TransactionId> transaction_id_of(ByteView bytes);
/// `LIMIT_GRANT` and so on.
std::string_view type_name(const TransactionBody& body);

}  // namespace tally::ledger
