#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "crypto/digest.h"
#include "ledger/types.h"

// How borrowers are treated, and what those who look over a book say of it. Part of
// ledger/transaction.h.
namespace tally::ledger {

enum class ContactChannel : std::uint8_t {
    call = 1,
    message = 2,
    letter = 3,
    visit = 4,
    other = 5
};
struct ContactLog {  ///< field 57; the assigned collector signs, where there is none the servicer
    ContractId contract;
    ContactChannel channel = ContactChannel::call;
    std::uint32_t minute = 0;            ///< 0..1439 of the value date, in the network's calendar
    std::optional<crypto::Digest> note;  ///< commitment of what was noted
};

enum class ComplaintCategory : std::uint8_t {
    charges = 1,
    payment = 2,
    collection = 3,
    disclosure = 4,
    privacy = 5,
    other = 6,
};
struct ComplaintOpen {      ///< field 58; a party of the contract or a regulator signs
    ComplaintId complaint;  ///< new
    ContractId contract;
    ComplaintCategory category = ComplaintCategory::charges;
    crypto::Digest commitment;  ///< of what the borrower wrote
};
enum class ComplaintResult : std::uint8_t {
    upheld = 1,
    partly_upheld = 2,
    rejected = 3,
    withdrawn = 4,
};
struct ComplaintClose {  ///< field 59; two parties of its contract sign, or a regulator
    ComplaintId complaint;
    ComplaintResult result = ComplaintResult::upheld;
    crypto::Digest commitment;  ///< of the answer
};

struct ReconResult {  ///< field 60; an auditor or a servicer signs
    ReconId recon;    ///< new
    MemberId lender;  ///< an originator or a funder: whose book was compared
    Day day = 0;      ///< open or closed, that it was compared at
    // Rows by what the comparison found.
    std::uint32_t match = 0;
    std::uint32_t amount_diff = 0;
    std::uint32_t date_diff = 0;
    std::uint32_t status_diff = 0;
    std::uint32_t only_ledger = 0;
    std::uint32_t only_file = 0;
    std::uint32_t duplicate = 0;
    crypto::Digest commitment;  ///< of the file that the ledger was compared with
};

enum class AuditConclusion : std::uint8_t {
    unqualified = 1,
    qualified = 2,
    adverse = 3,
    disclaimer = 4,
};
struct AuditOpinion {   ///< field 61; an auditor signs
    OpinionId opinion;  ///< new
    MemberId lender;    ///< an originator or a funder: who was audited
    Day from = 0;       ///< first and last day of the period
    Day to = 0;
    AuditConclusion conclusion = AuditConclusion::unqualified;
    std::int64_t ledger_size = 0;  ///< entries that it rests on, 1 to those before this one
    crypto::Digest commitment;     ///< of the report
};

enum class HedgeKind : std::uint8_t {
    interest_rate_swap = 1,
    interest_rate_cap = 2,
    currency_forward = 3,
    other = 4,
};
struct HedgeRegister {  ///< field 62; a funder signs and owns it
    HedgeId hedge;      ///< new
    HedgeKind kind = HedgeKind::interest_rate_swap;
    std::string currency;
    Amount notional = 0;
    Day from = 0;  ///< first and last day, inclusive
    Day to = 0;
    crypto::Digest commitment;  ///< of the document
};

struct ErasureCert {  ///< field 63; an originator signs, for its own records
    BorrowerId borrower;
    crypto::Digest commitment;  ///< of the certificate
};

}  // namespace tally::ledger
