#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "ledger/contract.h"
#include "ledger/records.h"
#include "ledger/transaction.h"

// What can be said of a type of transaction outside its own rules. What is said of each: the table
// in ledger/type_table.h.
namespace tally::ledger {

/// Who must sign.
struct Signing {
    enum class Also : std::uint8_t {
        nobody,
        every_funder,       ///< that has a share
        second_key,         ///< of the contract's owner
        both_servicers,     ///< the contract's and the one that follows it
        quorum,             ///< more than half of the governing members
        quorum_and_member,  ///< and the member concerned
        member_or_quorum,   ///< one of the two
        one_of,             ///< a signer with one of the roles of `any`; whose, the rules say
        owner,              ///< of the contract by now
        owner_and_buyer,    ///< and the buyer that it is offered to
        buyer,              ///< that it is offered to
    };
    /// A signer for each, in the order in which people are told; none for a reversal, which its
    /// target's signers sign.
    std::span<const Role> roles;
    /// The first signer with this one answers for the transaction: owns what it makes, posts its
    /// reference. An originator must own the line or have made the contract, a servicer be the
    /// contract's.
    std::optional<Role> answers;
    Also also = Also::nobody;
    /// In the order in which they answer.
    std::span<const Role> any = {};
};

inline constexpr std::array kOriginatorAlone{Role::originator};
inline constexpr std::array kServicerAlone{Role::servicer};
inline constexpr std::array kOriginatorThenRegulator{Role::originator, Role::regulator};
inline constexpr std::array kCollectorThenServicer{Role::collector, Role::servicer};

inline constexpr Signing kByOriginator{kOriginatorAlone, Role::originator};
inline constexpr Signing kByFundersToo{kOriginatorAlone, Role::originator,
                                       Signing::Also::every_funder};
inline constexpr Signing kByTwoKeys{kOriginatorAlone, Role::originator, Signing::Also::second_key};
inline constexpr Signing kByRegulatorToo{kOriginatorThenRegulator, Role::originator};
inline constexpr Signing kByServicer{kServicerAlone, Role::servicer};
inline constexpr Signing kByCollectorToo{kCollectorThenServicer, Role::servicer};
inline constexpr std::array kServicerThenOriginator{Role::servicer, Role::originator};
inline constexpr std::array kOriginatorThenServicer{Role::originator, Role::servicer};
inline constexpr std::array kOriginatorThenCollector{Role::originator, Role::collector};
inline constexpr std::array kProviderThenServicer{Role::payment_provider, Role::servicer};
inline constexpr Signing kByServicerAndOriginator{kServicerThenOriginator, Role::servicer};
inline constexpr Signing kByServicersToo{kOriginatorThenServicer, Role::originator,
                                         Signing::Also::both_servicers};
inline constexpr Signing kByOriginatorAndCollector{kOriginatorThenCollector, Role::originator};
inline constexpr Signing kByProviderToo{kProviderThenServicer, Role::servicer};
inline constexpr std::array kProviderAlone{Role::payment_provider};
inline constexpr Signing kByProvider{kProviderAlone, Role::payment_provider};
inline constexpr Signing kAsItsTarget{{}, std::nullopt};
inline constexpr std::array kGovernanceAlone{Role::governance};
inline constexpr Signing kByQuorum{kGovernanceAlone, Role::governance, Signing::Also::quorum};
inline constexpr Signing kByQuorumAndMember{kGovernanceAlone, Role::governance,
                                            Signing::Also::quorum_and_member};
inline constexpr std::array kOriginatorThenFunder{Role::originator, Role::funder};
inline constexpr Signing kByOriginatorAndFunder{kOriginatorThenFunder, Role::originator};
inline constexpr Signing kByOwner{{}, std::nullopt, Signing::Also::owner};
inline constexpr Signing kByOwnerAndBuyer{{}, std::nullopt, Signing::Also::owner_and_buyer};
inline constexpr Signing kByBuyer{{}, std::nullopt, Signing::Also::buyer};
inline constexpr Signing kByMemberOrQuorum{{}, std::nullopt, Signing::Also::member_or_quorum};
inline constexpr std::array kAuditorThenServicer{Role::auditor, Role::servicer};
inline constexpr Signing kByCollectorOrServicer{
    {}, std::nullopt, Signing::Also::one_of, kCollectorThenServicer};
inline constexpr Signing kByOriginatorOrFunder{
    {}, std::nullopt, Signing::Also::one_of, kOriginatorThenFunder};
inline constexpr std::array kOriginatorServicerRegulator{Role::originator, Role::servicer,
                                                         Role::regulator};
inline constexpr Signing kByOriginatorServicerOrRegulator{
    {}, std::nullopt, Signing::Also::one_of, kOriginatorServicerRegulator};
inline constexpr Signing kByAuditorOrServicer{
    {}, std::nullopt, Signing::Also::one_of, kAuditorThenServicer};
inline constexpr std::array kAuditorAlone{Role::auditor};
inline constexpr Signing kByAuditor{kAuditorAlone, Role::auditor};
inline constexpr std::array kFunderAlone{Role::funder};
inline constexpr Signing kByFunder{kFunderAlone, Role::funder};
inline constexpr std::array kOriginatorThenTrustee{Role::originator, Role::trustee};
inline constexpr Signing kByTrusteeToo{kOriginatorThenTrustee, Role::originator};
inline constexpr std::array kTrusteeAlone{Role::trustee};
inline constexpr Signing kByTrustee{kTrusteeAlone, Role::trustee};

/// The accounts that an entry is linked to, beside its submitter (accounts_of).
enum class Accounts : std::uint8_t {
    none,
    member,  ///< that is named
    borrower,
    line,           ///< and its borrower
    new_line,       ///< and the borrower that is named; once accepted the owner too
    authorisation,  ///< the line of the authorisation, and its borrower
    contract,       ///< and its line and borrower
    parties,       ///< of a contract: it, its line and borrower; once accepted its owner before and
                   ///< the other party too
    new_contract,  ///< and the line that is named, its borrower; once accepted owner and funders
    mandate,       ///< the contract of the mandate, and its line and borrower
    debit,         ///< the same of the debit's mandate
    complaint,     ///< the contract of the complaint, and its line and borrower
    alert,         ///< what the alert is on: a contract, or a line, and its borrower; or a pool
    pool,          ///< that is named
    new_pool,      ///< that is named; once accepted its originator, trustee and buyer too
    pool_contract,  ///< a contract, its line and borrower, and the pool that is named
    buyback,        ///< as parties, and the pool that the contract is in
};

/// What an accepted one leaves in the history of a contract or line.
struct EventFacts {
    std::optional<EventKind> on_contract;
    std::optional<LineChange> on_line;
    bool reversible = false;  ///< a REVERSAL may take it back
};

inline constexpr EventFacts kNoEvent{};
constexpr EventFacts reversible(EventKind kind) { return {kind, std::nullopt, true}; }
/// It stays as what was said at the time.
constexpr EventFacts standing(EventKind kind) { return {kind, std::nullopt, false}; }
constexpr EventFacts of_line(LineChange change) { return {std::nullopt, change, false}; }

/// A field that follows from the book: propose() computes it, a draft may leave it out.
struct Claim {
    enum class Form : std::uint8_t { number, text, member, list, schedule, digest, day };
    std::string_view field;
    Form form = Form::number;
    std::string_view usual = {};  ///< of a text, which needs no book
};
using Claims = std::span<const Claim>;

inline constexpr Claims kNoClaims{};
inline constexpr std::array kCaptureClaims{Claim{"schedule", Claim::Form::schedule},
                                           Claim{"rate_ppm"}, Claim{"apr_ppm"},
                                           Claim{"servicer", Claim::Form::member}};
inline constexpr std::array kProductClaims{Claim{"servicer", Claim::Form::member},
                                           Claim{"refund", Claim::Form::text, "spread"}};
inline constexpr std::array kAllocationClaim{Claim{"allocation", Claim::Form::list}};
inline constexpr std::array kAmountClaim{Claim{"amount"}};
inline constexpr std::array kMarkClaims{Claim{"days_past_due"}, Claim{"bucket"},
                                        Claim{"asset_class"}};
inline constexpr std::array kReplanClaims{Claim{"carried_penalty"}, Claim{"carried_fee"},
                                          Claim{"carried_interest"},
                                          Claim{"schedule", Claim::Form::schedule}};
inline constexpr std::array kLossClaims{Claim{"penalty"}, Claim{"fee"}, Claim{"interest"},
                                        Claim{"principal"},
                                        Claim{"reason", Claim::Form::text, "uncollectible"}};
inline constexpr std::array kLetGoClaims{Claim{"penalty"}, Claim{"fee"}, Claim{"interest"},
                                         Claim{"principal"}};
inline constexpr std::array kBalancesClaim{Claim{"balances", Claim::Form::list}};
inline constexpr std::array kSealClaims{Claim{"contracts"}, Claim{"principal"},
                                        Claim{"root", Claim::Form::digest}};
inline constexpr std::array kBelowClaim{Claim{"below_since", Claim::Form::day}};

/// What it changes that claims are computed from: those of a later transaction that names the same
/// one rest on it. Of a line that is the band alone. (The balances of a DAY_CLOSE rest on
/// everything, those of a pool on every contract in it.)
enum class Basis : std::uint8_t {
    none,
    product,
    line,
    contract,
    debit,  ///< a contract that the transaction does not name
    pool,
};

/// One row.
struct TypeFacts {
    std::size_t type;       ///< place in TransactionBody
    std::string_view name;  ///< in JSON, to people and in docs/CREDIT.md
    Signing signing;
    bool posts;  ///< a payment with a reference of its own: follows from the struct
    Accounts accounts;
    EventFacts event;
    Claims claims;
    Basis basis;
};

}  // namespace tally::ledger
