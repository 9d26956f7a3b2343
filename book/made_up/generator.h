#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "book/row.h"
#include "ledger/outcome.h"
#include "ledger/types.h"

namespace tally::book::made_up {

struct GeneratorOptions {
    std::uint64_t seed = 1;
    std::uint64_t transactions = 10'000;  ///< rows
    std::uint32_t borrowers = 1'000;      ///< at a time: who leaves or defaults is replaced
    std::uint32_t refused_ppm = 30'000;   ///< share of rows that the rules must refuse
    ledger::Day start = 20'089;           ///< 2025-01-01
    std::string currency = "CNY";
    std::vector<std::string> funders{"funder"};  ///< names; they share each purchase evenly
};
inline constexpr std::uint32_t kRefusedPpmMax = 500'000;
/// With the other signers, as many as a submission can have.
inline constexpr std::size_t kFundersMax = 10;
/// So that the book ends before the calendar does.
inline constexpr std::uint64_t kRowsABorrowerMax = 5'000;
inline constexpr ledger::Day kStartMin = 365;      ///< 1971-01-01: what is backdated has room
inline constexpr ledger::Day kStartMax = 365'000;  ///< 2969-05-03

/// Why no book can be made with these options, a sentence that begins with the option; else empty.
std::string options_fault(const GeneratorOptions& options);

/// What a made-up book holds.
struct GeneratedBook {
    std::uint64_t rows = 0;
    std::map<std::string, std::uint64_t> types;     ///< rows by type
    std::map<std::string, std::uint64_t> refusals;  ///< refused rows by outcome code
    std::uint64_t attempts = 0;                     ///< rows made to be refused
    ledger::Day first = 0;                          ///< business dates of the story
    ledger::Day last = 0;
};

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
