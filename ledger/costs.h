#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "ledger/schedule.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

// What a purchase costs over all parties, and what its cost table says of it (docs/CREDIT.md,
// "Costs over all parties"). Items that the book itself charges; their rows say the most that it
// may charge, and are not added to what stands in the schedule.
inline constexpr std::string_view kFeeItem = "fee";            ///< of equal principal
inline constexpr std::string_view kInterestItem = "interest";  ///< of an annuity
inline constexpr std::string_view kPenaltyItem = "penalty";    ///< of what is overdue

inline constexpr std::size_t kCostRowsMax = 32;

/// What the borrower gets and pays, all parties together.
struct CostFlows {
    Amount principal = 0;          ///< less what is charged once, when it is captured
    std::vector<Instalment> rows;  ///< what the table adds stands among the fees
};
/// The rows of a schedule with what the normal rows of a table add. Requires a principal below
/// 2^50, amounts of rows not below zero, and a table as the rules take one.
CostFlows flows_under(const CostTable& table, Amount principal, std::span<const Instalment> rows);

/// Whether the table has a row for what a product charges by this rate, at least as high.
bool charge_disclosed(const CostTable& table, ScheduleMethod method, Ppm rate_ppm);
/// The same for a ruleset's penalty, 365 days of it.
bool penalty_disclosed(const CostTable& table, const RulesetRegister& ruleset);

/// What a ruleset's dated caps say of a day; nothing where none has begun.
std::optional<Ppm> dated_cap(const RulesetRegister& ruleset, Day day);
/// The lower one of it and the product's cap.
Ppm apr_cap_on(const RulesetRegister& ruleset, const ProductRegister& product, Day day);

}  // namespace tally::ledger
