#pragma once

#include <cstdint>

#include "ledger/contract.h"

namespace tally::ledger {

/// What a replay of the contract costs, weighed: a step for each event and row and some more, about
/// ten nanoseconds each (docs/CREDIT.md, "What one submission may cost").
std::uint64_t replay_work(const ContractBody& contract);

/// For the transactions of one submission: about a second of a core. The one that goes beyond is
/// the last.
inline constexpr std::uint64_t kReplayWorkMax = 100'000'000;

}  // namespace tally::ledger
