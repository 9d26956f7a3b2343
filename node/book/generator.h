#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "ledger/outcome.h"
#include "ledger/types.h"
#include "node/book/row.h"

namespace tally::book {

struct GeneratorOptions {
    std::uint64_t seed = 1;
    std::uint64_t transactions = 10'000;
    std::uint32_t borrowers = 1'000;
    std::uint32_t refused_ppm = 30'000;  ///< share of attempts that the rules must refuse
    ledger::Day start = 20'089;          ///< 2025-01-01
    std::string currency = "CNY";
    std::vector<std::string> funders{"funder"};  ///< 1..16 names; they share each purchase evenly
};

/// A made-up book and what must become of it.
struct GeneratedBook {
    std::vector<BookRow> rows;  ///< by business date; `expect` is set in each
    std::vector<std::pair<ledger::MemberId, std::string>> names;  ///< for row_line
    std::map<std::string, std::uint64_t> types;                   ///< rows by type
    std::map<std::string, std::uint64_t> refusals;                ///< attempts by outcome code
    ledger::Day last = 0;                                         ///< latest business date
};

/// Lines, purchases over 3, 6 and 12 months, payments on time, late, in part and ahead, changes of
/// limits, and among them attempts that break one rule each. The same options give the same rows
/// on every machine: own random numbers, integers alone.
/// Requires 1 or more borrowers, 1..16 funders and refused_ppm <= 500,000.
GeneratedBook generate_book(const GeneratorOptions& options);

}  // namespace tally::book
