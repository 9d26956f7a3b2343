#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "ledger/transaction.h"

namespace tally::ledger {

/// The words of an enumeration's values 1, 2, 3, ... in order: what JSON writes, and how many
/// values the wire knows. One that has none does not compile.
template <typename Enumeration>
struct NoWords;
template <typename Enumeration>
inline constexpr NoWords<Enumeration> kWords{};
template <>
inline constexpr std::array<std::string_view, kComponents> kWords<Component>{
    "penalty", "fee", "interest", "principal"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Overpayment>{"refuse", "credit"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Prepayment>{"running_period",
                                                                    "all_charges"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<RefundPolicy>{"spread", "last_rows_first"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<Decision>{"approved", "declined"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<HardshipStage>{"requested", "refused"};
template <>
inline constexpr std::array<std::string_view, 5> kWords<CostCollector>{
    "originator", "servicer", "funder", "guarantor", "third_party"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<CostBasis>{"principal", "balance",
                                                                   "per_row", "once"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<CostWhen>{"normal", "default"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<DebitOutcome>{"succeeded", "failed"};
template <>
inline constexpr std::array<std::string_view, 5> kWords<ContactChannel>{"call", "message", "letter",
                                                                        "visit", "other"};
template <>
inline constexpr std::array<std::string_view, 6> kWords<ComplaintCategory>{
    "charges", "payment", "collection", "disclosure", "privacy", "other"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<ComplaintResult>{"upheld", "partly_upheld",
                                                                         "rejected", "withdrawn"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<AuditConclusion>{"unqualified", "qualified",
                                                                         "adverse", "disclaimer"};
template <>
inline constexpr std::array<std::string_view, 4> kWords<HedgeKind>{
    "interest_rate_swap", "interest_rate_cap", "currency_forward", "other"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<ScheduleMethod>{"equal_principal",
                                                                        "annuity"};
template <>
inline constexpr std::array<std::string_view, 3> kWords<DayCount>{"30/360", "act/365", "act/act"};
template <>
inline constexpr std::array<std::string_view, 2> kWords<MonthEnd>{"clamp", "roll"};
template <>
inline constexpr std::array<std::string_view, 3> kWords<Remainder>{"last", "first", "spread"};

template <>
inline constexpr std::array<std::string_view, 6> kWords<AlertRule>{
    "limit_use", "first_payment_default", "missed_debits", "roll_rate", "other", "pool_balance"};
template <>
inline constexpr std::array<std::string_view, 3> kWords<Disposition>{"confirmed", "dismissed",
                                                                     "escalated"};

template <>
inline constexpr std::array<std::string_view, 3> kWords<TriggerReason>{
    "balance_below", "default_event", "servicer_event"};

template <>
inline constexpr std::array<std::string_view, 1> kWords<crypto::Suite>{"ed25519"};
template <>
inline constexpr std::array<std::string_view, 9> kWords<RoleName>{
    "originator", "funder",  "servicer",  "collector", "payment_provider",
    "trustee",    "auditor", "regulator", "governance"};

/// `unknown` for a value that has no word.
template <typename Enumeration>
constexpr std::string_view word_of(Enumeration value) {
    const auto number = static_cast<std::size_t>(value);
    if (number == 0 || number > kWords<Enumeration>.size()) return "unknown";
    return kWords<Enumeration>[number - 1];
}

template <typename Enumeration>
constexpr std::optional<Enumeration> from_word(std::string_view word) {
    const auto found = std::ranges::find(kWords<Enumeration>, word);
    if (found == kWords<Enumeration>.end()) return std::nullopt;
    return static_cast<Enumeration>(found - kWords<Enumeration>.begin() + 1);
}

}  // namespace tally::ledger
