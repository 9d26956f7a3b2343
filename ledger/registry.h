#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

namespace tally::ledger {

// What was registered and never changes, and what is looked up beside accounts.

using CurrencyCode = std::array<char, 3>;

/// A ruleset as registered, and when.
struct RulesetRecord {
    RulesetRegister terms;
    std::uint64_t entry = 0;
};
/// A product as registered, by whom and when.
struct ProductRecord {
    ProductRegister terms;
    MemberId owner;
    std::uint64_t entry = 0;
};
struct ModelRecord {
    ModelRegister terms;
    MemberId owner;
    std::uint64_t entry = 0;
};
/// An assessment and how much of its limit lines have taken.
struct AssessmentRecord {
    Assessment terms;
    MemberId owner;
    Amount granted = 0;  ///< sum of the limits of lines that cite it
    std::uint64_t entry = 0;
    Day value_date = 0;  ///< from which on it may be cited
};

enum class AuthorisationStatus : std::uint8_t {
    reserved = 1,
    captured = 2,
    voided = 3,
    expired = 4,
};
/// A reservation on a line. Authorisations hang on a chain, newest first, on their line.
struct AuthorisationRecord {
    AuthorisationStatus status = AuthorisationStatus::reserved;
    LineId line;
    Amount amount = 0;
    Day expires = 0;
    Day opened = 0;                                  ///< value date
    std::uint64_t entry = 0;                         ///< that opened it
    Day closed = 0;                                  ///< value date of its end; 0 while reserved
    std::uint64_t closed_entry = ~std::uint64_t{0};  ///< that ended it
    std::optional<AuthorisationId> previous;

    bool operator==(const AuthorisationRecord&) const = default;
};

/// A payment reference that was posted to a lender's account. Free again once that event is
/// reversed.
struct SourceRecord {
    std::uint64_t entry = 0;
    ContractId contract;

    bool operator==(const SourceRecord&) const = default;
};

/// A lender's book in one currency.
struct BookId {
    MemberId lender;
    CurrencyCode currency{};

    auto operator<=>(const BookId&) const = default;
};

/// The book's days: one record.
struct DaysRecord {
    std::optional<Day> last_closed;
    std::vector<Day> open;      ///< ascending, after last_closed
    std::vector<BookId> books;  ///< in which anything was booked, ascending
    std::vector<Day> used;      ///< of `open`, those that something is dated on, ascending

    /// The newest day on which anything can have been booked.
    std::optional<Day> newest() const;
    bool is_open(Day day) const;
    bool is_closed(Day day) const { return last_closed && day <= *last_closed; }
    bool is_used(Day day) const;
    bool operator==(const DaysRecord&) const = default;
};
inline constexpr std::size_t kOpenDaysMax = 31;
/// Trial balances of them all fit into one DAY_CLOSE.
inline constexpr std::size_t kBooksMax = 100;
/// Of one lender, so that others find room.
inline constexpr std::size_t kCurrenciesMax = 8;
/// How far ahead of block time a day may be opened.
inline constexpr Day kLeadDaysMax = 1;

}  // namespace tally::ledger
