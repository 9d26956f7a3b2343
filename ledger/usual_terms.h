#pragma once

#include "ledger/transaction.h"

namespace tally::ledger {

// Terms as they are usual in the trade, to begin a book with: for generated books, benchmarks,
// examples and tests. A lender registers its own.

/// Buckets of 30 days, the five classes of card credit, penalties of 0.05 % a day up to the
/// principal, no standing grace, two graces of 60 days together, two re-plans, 30 days of
/// backdating, no overpayment, three rows of a re-plan under observation, contacts from 08:00 to
/// 22:00 and three a day.
RulesetRegister usual_ruleset(const RulesetId& id);
/// Equal principal plus a monthly fee in CNY, 3, 6 or 12 months, from 1.00 on, APR up to 24 %:
/// 0.5 % in band 1, 0.6 % in band 2, 0.75 % in band 3; nothing in the promotional band 9. Serviced
/// by the member `servicer`, as networks of development call him.
ProductRegister usual_product(const ProductId& id, const RulesetId& ruleset);

}  // namespace tally::ledger
