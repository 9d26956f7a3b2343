#pragma once

#include <vector>

#include "tests/ledger/stage.h"

namespace tally::testing {

inline constexpr std::size_t kDearPayments = 700;
inline constexpr std::size_t kDearTakenBack = 8;
/// Its payments stood on the day before.
inline constexpr ledger::Day kDearDay = Drafts::kToday + 2;

/// Makes the stage's contract dear to replay: many payments, and some that stood before they went.
void make_dear(Stage& stage);
/// Settlements of another amount than is owed: each replays the contract with itself behind it, and
/// is refused.
std::vector<ledger::Transaction> dear_refusals(Stage& stage, std::size_t count);

}  // namespace tally::testing
