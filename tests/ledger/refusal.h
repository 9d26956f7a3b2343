#pragma once

#include <initializer_list>

#include "ledger/outcome.h"
#include "ledger/transaction.h"
#include "tests/support/book.h"

namespace tally::testing {

/// Submits one transaction and requires this refusal and no effect: no posting, no body of any
/// record changed, nothing new but account heads and, if the outcome consumes one, the id.
void require_refused(Book& book, const ledger::Transaction& transaction,
                     std::initializer_list<const Party*> signers, ledger::Outcome expected);

/// The same for bytes that may be no transaction.
void require_refused_bytes(Book& book, const Bytes& transaction,
                           std::initializer_list<const Party*> signers, ledger::Outcome expected);

/// No record differs but in account heads; ids are counted in the result.
std::size_t require_no_effect(const std::map<Bytes, Bytes>& before,
                              const std::map<Bytes, Bytes>& after);

}  // namespace tally::testing
