#pragma once

#include "ledger/transaction.h"
#include "proto/tallystick.pb.h"

namespace tally::testing {

/// The same transaction as a message of Protobuf's own library. Written by hand, apart from
/// ledger/transaction_layout.h; does not compile when a struct gets a member that it leaves out.
tallystick::v1::Transaction message_of(const ledger::Transaction& transaction);

template <typename Id>
std::string bytes_text(const Id& id) {
    return std::string(reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size());
}

}  // namespace tally::testing
