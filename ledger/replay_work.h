#pragma once

#include <cstdint>

#include "ledger/contract.h"

namespace tally::ledger {

/// What a replay of the contract costs, weighed: a step for each event and row and some more, about
/// ten nanoseconds each (docs/CREDIT.md, "What one submission may cost").
std::uint64_t replay_work(const ContractBody& contract);

/// For the transactions of one submission: about two seconds of a core. The one that goes beyond is
/// the last.
inline constexpr std::uint64_t kReplayWorkMax = 200'000'000;
/// So many of a submission are judged whatever they cost: a correction of a closed day is two that
/// cannot be sent apart.
inline constexpr std::uint32_t kAlwaysJudged = 2;

}  // namespace tally::ledger
