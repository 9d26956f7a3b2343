#pragma once

#include <functional>
#include <string>

#include "book/made_up/options.h"
#include "book/row.h"

namespace tally::book::made_up {

/// Why no book can be made with these options, a sentence that begins with the option; else empty.
std::string options_fault(const GeneratorOptions& options);

/// Makes up the book of a lender under the usual terms (ledger/usual_terms.h) and gives it row by
/// row, in order: registrations, days, assessments, lines, purchases, payments, and what goes wrong
/// with them, among it attempts that the rules must refuse. Every row was put through the rules
/// on a LocalLedger, and `expect` is what they said; claims are left to compute. Rows are one
/// submission each, but for those with a `group`. Taken to sign: `lender` and `servicer` with two
/// keys each, `regulator`, `collector` and the funders; the lender submits.
///
/// The same options give the same rows on every machine: own random numbers, integers alone.
/// Memory grows with the book, by what the ledger keeps of it. Requires that options_fault finds
/// none.
GeneratedBook generate_book(const GeneratorOptions& options,
                            const std::function<void(const BookRow&)>& sink);

}  // namespace tally::book::made_up
