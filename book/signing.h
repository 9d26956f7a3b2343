#pragma once

#include <functional>
#include <string>
#include <vector>

#include "ledger/genesis.h"
#include "ledger/transaction.h"
#include "ledger/type_facts.h"

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

/// `a DAY_OPEN is signed by a servicer`: whom the type asks for.
std::string who_signs(const ledger::TransactionBody& body);

/// The keys that a transaction needs, of those at hand, by their places: first one of the member
/// who answers for it and so submits it. `target` is the type of what a reversal takes back;
/// without it a reversal is signed with all keys, those of the submitter that it names first.
/// Total: what is missing is left out (signing_fault says so), and never all.
std::vector<std::size_t> needed_keys(const ledger::Transaction& transaction,
                                     const std::vector<KeyHolder>& keys,
                                     const ledger::TypeFacts* target = nullptr);

}  // namespace tally::book
