#pragma once

#include <string>
#include <vector>

#include "book/local_ledger.h"
#include "ledger/genesis.h"

namespace tally::book::made_up {

inline constexpr std::string_view kLender = "lender";
/// Who submits payments, and so what is taken back.
inline constexpr std::string_view kServicer = "servicer";
/// Who draws debits, and submits what came of them.
inline constexpr std::string_view kBank = "bank";
inline constexpr std::string_view kTrustee = "trustee";

/// The members that a made-up book is for: a lender, a servicer, a collector, an auditor, a
/// regulator, and who funds. Keys and nodes are no real ones: nothing is ever signed.
ledger::Genesis made_up_genesis(const std::vector<std::string>& funders);
/// All of them, lender and servicer with two keys, the lender first.
Signers made_up_signers(const std::vector<std::string>& funders);

}  // namespace tally::book::made_up
