#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "ledger/transaction.h"
#include "ledger/transaction_fields.h"
#include "ledger/transaction_layout_alerts.h"
#include "ledger/transaction_layout_conduct.h"
#include "ledger/transaction_layout_contracts.h"
#include "ledger/transaction_layout_debits.h"
#include "ledger/transaction_layout_governance.h"
#include "ledger/transaction_layout_lines.h"
#include "ledger/transaction_layout_pools.h"
#include "ledger/transaction_layout_receivables.h"
#include "ledger/transaction_layout_terms.h"

// The one description of what a transaction consists of. `describe(visitor, value)` shows a visitor
// every field with its number, its name and the member that holds it; writing and reading of wire
// bytes and of JSON are visitors, so that the four cannot differ in a number or a name. A field is
// added here and in proto/tallystick.proto.
//
// Fields are described in ascending order of their numbers: the wire visitors count on it. Each
// call names what the field is, beyond the type of its member:
//
//   id, optional_id          16 bytes                 32 hexadecimal digits
//   member                   16 bytes                 likewise; people may write a member's name
//   digest, optional_digest  32 bytes                 64 hexadecimal digits
//   key                      a key or signature       base64
//   text                     UTF-8, up to a bound     text
//   amount                   sint64, minor units      integer
//   day                      sint32, since 1970       YYYY-MM-DD
//   days                     sint32, how many         integer
//   ppm                      sint32                   integer
//   count                    uint32                   integer
//   flag                     bool                     true or false
//   word                     an enumeration, not 0    one of kWords
//   order                    a byte each, not 0       array of kWords
//   days_list                messages {1: days}       array of integers
//   list                     messages                 array of objects
//
// Ids, digests, keys, words and orders are required on the wire; the optional ones are simply
// absent.
namespace tally::ledger {

template <typename Visitor>
void describe(Visitor& v, ReadOrWritten<Transaction> auto& transaction) {
    // The body is not described: which one it is decides on its field number.
    v.id(1, "id", transaction.id);
    v.day(2, "business_date", transaction.business_date);
    v.day(3, "value_date", transaction.value_date);
}

/// The canonical bytes of a body alone, for records that keep one.
Bytes encode_body(const TransactionBody& body);
/// Its inverse: strict and total. Requires a place in the variant.
Result<TransactionBody> decode_body(ByteView bytes, std::size_t type);
/// A body of the type at this place of the variant, all at its defaults. Requires a place in it.
TransactionBody body_of_type(std::size_t type);
/// The place in the variant of `LIMIT_GRANT` and so on; nothing for any other text.
std::optional<std::size_t> type_from_name(std::string_view name);

}  // namespace tally::ledger
