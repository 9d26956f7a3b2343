#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "ledger/types.h"

namespace tally::book::made_up {

/// What is asked for. generate_book (book/made_up/generator.h) says what it takes.
struct GeneratorOptions {
    std::uint64_t seed = 1;
    std::uint64_t transactions = 10'000;  ///< rows
    std::uint32_t borrowers = 1'000;      ///< at a time: who leaves or defaults is replaced
    std::uint32_t refused_ppm = 30'000;   ///< share of rows that the rules must refuse
    ledger::Day start = 16'436;           ///< 2015-01-01
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

/// What a made-up book holds.
struct GeneratedBook {
    std::uint64_t rows = 0;
    std::map<std::string, std::uint64_t> types;     ///< rows by type
    std::map<std::string, std::uint64_t> refusals;  ///< refused rows by outcome code
    std::uint64_t attempts = 0;                     ///< rows made to be refused
    ledger::Day first = 0;                          ///< business dates of the story
    ledger::Day last = 0;
};

}  // namespace tally::book::made_up
