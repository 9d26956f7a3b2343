#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/genesis.h"
#include "ledger/transaction.h"

namespace tally::book {

/// A key at hand, as far as it matters who may sign with it.
struct KeyHolder {
    ledger::MemberId member;
    std::uint16_t roles = 0;
};

/// Why these keys cannot sign a transaction: a sentence that begins with the field that asks for
/// the signer; empty when they can. A reversal needs the keys of its target, which nobody knows
/// before the network is asked: some originator or servicer is all that is asked for.
std::string signing_fault(const ledger::Transaction& transaction,
                          const std::vector<KeyHolder>& keys, const ledger::Genesis& genesis);

}  // namespace tally::book
