#pragma once

#include <chrono>
#include <cstdint>

#include "base/strong_id.h"

namespace tally::ledger {

/// The rules version that this build applies; any other fails with unsupported_rules.
inline constexpr std::uint32_t kRulesVersion = 3;

using TransactionId = Id16<struct TransactionIdTag>;
using MemberId = Id16<struct MemberIdTag>;
using LineId = Id16<struct LineIdTag>;
using ContractId = Id16<struct ContractIdTag>;
using BorrowerId = Id16<struct BorrowerIdTag>;
using RulesetId = Id16<struct RulesetIdTag>;
using ProductId = Id16<struct ProductIdTag>;
using ModelId = Id16<struct ModelIdTag>;
using AssessmentId = Id16<struct AssessmentIdTag>;
using AuthorisationId = Id16<struct AuthorisationIdTag>;
using HardshipId = Id16<struct HardshipIdTag>;
using MandateId = Id16<struct MandateIdTag>;
using DebitId = Id16<struct DebitIdTag>;
using ComplaintId = Id16<struct ComplaintIdTag>;
using ReconId = Id16<struct ReconIdTag>;
using OpinionId = Id16<struct OpinionIdTag>;
using HedgeId = Id16<struct HedgeIdTag>;
/// A borrower as one lender has it: customer_id_of (ledger/registry.h).
using CustomerId = Id16<struct CustomerIdTag>;
using MerchantId = Id16<struct MerchantIdTag>;
using CostTableId = Id16<struct CostTableIdTag>;
using DisclosureId = Id16<struct DisclosureIdTag>;
using AlertId = Id16<struct AlertIdTag>;
using PoolId = Id16<struct PoolIdTag>;

/// Minor units of the currency (fen for CNY).
using Amount = std::int64_t;
/// Parts per million: 0.5 % is 5000.
using Ppm = std::int32_t;
/// Days since 1970-01-01 in the network's calendar.
using Day = std::int32_t;
/// Wall time in milliseconds since 1970-01-01 UTC.
using Millis = std::chrono::milliseconds;

/// What an account log follows. Values are part of the entry format.
enum class AccountClass : std::uint8_t {
    line = 1,
    contract = 2,
    borrower = 3,
    member = 4,
    pool = 5
};

/// Bits of what a member may sign. Values are part of the genesis format.
enum class Role : std::uint16_t {
    originator = 1 << 0,
    funder = 1 << 1,
    servicer = 1 << 2,
    collector = 1 << 3,
    payment_provider = 1 << 4,
    trustee = 1 << 5,
    auditor = 1 << 6,
    regulator = 1 << 7,
    governance = 1 << 8,
};

}  // namespace tally::ledger
