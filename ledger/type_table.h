#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <type_traits>
#include <variant>

#include "ledger/type_facts.h"

// The one table of what is said of each type outside its own rules. Read by the rules (who signs,
// which event, what a reversal may take back), by accounts_of, propose, JSON, the importer, the
// words shown to people, and by the test of "The types at a glance" in docs/CREDIT.md.
//
// A type without a row does not compile, nor does a row that leaves something out. The audit reads
// none of this (storage/audit_book.cpp).
namespace tally::ledger {

namespace type_facts {

template <typename Body, typename... Bodies>
consteval std::size_t place_in(const std::variant<Bodies...>* /*all*/) {
    static_assert((std::is_same_v<Body, Bodies> || ...), "no type of TransactionBody");
    const std::array same{std::is_same_v<Body, Bodies>...};
    return static_cast<std::size_t>(std::find(same.begin(), same.end(), true) - same.begin());
}

/// Every argument is asked for: a fact has no default.
template <typename Body>
consteval TypeFacts row(std::string_view name, Signing signing, Accounts accounts, EventFacts event,
                        Claims claims, Basis basis) {
    constexpr bool kPosts = requires(const Body& body) { body.source_ref; };
    return {place_in<Body>(static_cast<const TransactionBody*>(nullptr)),
            name,
            signing,
            kPosts,
            accounts,
            event,
            claims,
            basis};
}

inline constexpr std::array kRows = {
    row<LimitGrant>("LIMIT_GRANT", kByOriginator, Accounts::new_line, of_line(LineChange::grant),
                    kNoClaims, Basis::line),
    row<LimitChange>("LIMIT_CHANGE", kByOriginator, Accounts::line, of_line(LineChange::limit),
                     kNoClaims, Basis::line),
    row<Capture>("CAPTURE", kByFundersToo, Accounts::new_contract, reversible(EventKind::capture),
                 kCaptureClaims, Basis::contract),
    row<Repayment>("REPAYMENT", kByServicer, Accounts::contract, reversible(EventKind::repayment),
                   kAllocationClaim, Basis::contract),
    row<RulesetRegister>("RULESET_REGISTER", kByRegulatorToo, Accounts::none, kNoEvent, kNoClaims,
                         Basis::none),
    row<ProductRegister>("PRODUCT_REGISTER", kByRegulatorToo, Accounts::none, kNoEvent,
                         kProductClaims, Basis::product),
    row<ModelRegister>("MODEL_REGISTER", kByOriginator, Accounts::none, kNoEvent, kNoClaims,
                       Basis::none),
    row<Assessment>("ASSESSMENT", kByOriginator, Accounts::borrower, kNoEvent, kNoClaims,
                    Basis::none),
    row<LimitFreeze>("LIMIT_FREEZE", kByOriginator, Accounts::line, of_line(LineChange::freeze),
                     kNoClaims, Basis::none),
    row<LimitUnfreeze>("LIMIT_UNFREEZE", kByOriginator, Accounts::line,
                       of_line(LineChange::unfreeze), kNoClaims, Basis::none),
    row<LimitClose>("LIMIT_CLOSE", kByOriginator, Accounts::line, of_line(LineChange::close),
                    kNoClaims, Basis::none),
    row<PurchaseAuth>("PURCHASE_AUTH", kByOriginator, Accounts::line, kNoEvent, kNoClaims,
                      Basis::none),
    row<PurchaseVoid>("PURCHASE_VOID", kByOriginator, Accounts::authorisation, kNoEvent, kNoClaims,
                      Basis::none),
    row<PurchaseExpire>("PURCHASE_EXPIRE", kByOriginator, Accounts::authorisation, kNoEvent,
                        kNoClaims, Basis::none),
    row<MerchantRefund>("MERCHANT_REFUND", kByOriginator, Accounts::contract,
                        reversible(EventKind::refund), kNoClaims, Basis::contract),
    row<PrepaySettle>("PREPAY_SETTLE", kByServicer, Accounts::contract,
                      reversible(EventKind::prepay), kAmountClaim, Basis::contract),
    row<PenaltyAssess>("PENALTY_ASSESS", kByServicer, Accounts::contract,
                       reversible(EventKind::penalty), kAmountClaim, Basis::contract),
    row<OverdueMark>("OVERDUE_MARK", kByServicer, Accounts::contract, standing(EventKind::mark),
                     kMarkClaims, Basis::contract),
    row<Waive>("WAIVE", kByTwoKeys, Accounts::contract, reversible(EventKind::waive), kNoClaims,
               Basis::contract),
    row<HardshipRequest>("HARDSHIP_REQUEST", kByServicer, Accounts::contract,
                         standing(EventKind::hardship), kNoClaims, Basis::contract),
    row<GraceGrant>("GRACE_GRANT", kByOriginator, Accounts::contract, reversible(EventKind::grace),
                    kNoClaims, Basis::contract),
    row<Reschedule>("RESCHEDULE", kByOriginator, Accounts::contract,
                    reversible(EventKind::reschedule), kReplanClaims, Basis::contract),
    row<ChargeOff>("CHARGE_OFF", kByOriginator, Accounts::contract,
                   reversible(EventKind::charge_off), kLossClaims, Basis::contract),
    row<Recovery>("RECOVERY", kByCollectorToo, Accounts::contract, reversible(EventKind::recovery),
                  kNoClaims, Basis::contract),
    row<Reversal>("REVERSAL", kAsItsTarget, Accounts::contract, kNoEvent, kNoClaims,
                  Basis::contract),
    row<DayOpen>("DAY_OPEN", kByServicer, Accounts::none, kNoEvent, kNoClaims, Basis::none),
    row<DayClose>("DAY_CLOSE", kByServicer, Accounts::none, kNoEvent, kBalancesClaim, Basis::none),
    row<DayCancel>("DAY_CANCEL", kByServicerAndOriginator, Accounts::none, kNoEvent, kNoClaims,
                   Basis::none),
    row<ServicerChange>("SERVICER_CHANGE", kByServicersToo, Accounts::contract,
                        standing(EventKind::servicer), kNoClaims, Basis::contract),
    row<OverpayRefund>("OVERPAY_REFUND", kByServicer, Accounts::contract,
                       reversible(EventKind::overpay_refund), kNoClaims, Basis::contract),
    row<CollectionAssign>("COLLECTION_ASSIGN", kByOriginatorAndCollector, Accounts::contract,
                          standing(EventKind::assign), kNoClaims, Basis::contract),
    row<CollectionRecall>("COLLECTION_RECALL", kByOriginatorAndCollector, Accounts::contract,
                          standing(EventKind::recall), kNoClaims, Basis::contract),
    row<Chargeback>("CHARGEBACK", kByProviderToo, Accounts::contract,
                    reversible(EventKind::chargeback), kNoClaims, Basis::contract),
    row<MandateRegister>("MANDATE_REGISTER", kByProviderToo, Accounts::contract, kNoEvent,
                         kNoClaims, Basis::none),
    row<MandateRevoke>("MANDATE_REVOKE", kByServicer, Accounts::mandate, kNoEvent, kNoClaims,
                       Basis::none),
    row<DebitInstruct>("DEBIT_INSTRUCT", kByServicer, Accounts::mandate, kNoEvent, kNoClaims,
                       Basis::none),
    row<DebitResult>("DEBIT_RESULT", kByProvider, Accounts::debit, reversible(EventKind::debit),
                     kNoClaims, Basis::debit),
    row<MemberAdd>("MEMBER_ADD", kByQuorum, Accounts::member, kNoEvent, kNoClaims, Basis::none),
    row<KeyRotate>("KEY_ROTATE", kByQuorumAndMember, Accounts::member, kNoEvent, kNoClaims,
                   Basis::none),
    row<KeyRevoke>("KEY_REVOKE", kByMemberOrQuorum, Accounts::member, kNoEvent, kNoClaims,
                   Basis::none),
    row<RulesActivate>("RULES_ACTIVATE", kByQuorum, Accounts::none, kNoEvent, kNoClaims,
                       Basis::none),
    row<ContactLog>("CONTACT_LOG", kByCollectorOrServicer, Accounts::contract,
                    standing(EventKind::contact), kNoClaims, Basis::contract),
    row<ComplaintOpen>("COMPLAINT_OPEN", kByOriginatorServicerOrRegulator, Accounts::contract,
                       kNoEvent, kNoClaims, Basis::none),
    row<ComplaintClose>("COMPLAINT_CLOSE", kByOriginatorServicerOrRegulator, Accounts::complaint,
                        kNoEvent, kNoClaims, Basis::none),
    row<ReconResult>("RECON_RESULT", kByAuditorOrServicer, Accounts::member, kNoEvent, kNoClaims,
                     Basis::none),
    row<AuditOpinion>("AUDIT_OPINION", kByAuditor, Accounts::member, kNoEvent, kNoClaims,
                      Basis::none),
    row<HedgeRegister>("HEDGE_REGISTER", kByFunder, Accounts::none, kNoEvent, kNoClaims,
                       Basis::none),
    row<ErasureCert>("ERASURE_CERT", kByOriginator, Accounts::borrower, kNoEvent, kNoClaims,
                     Basis::none),
    row<Pledge>("PLEDGE", kByOriginatorAndFunder, Accounts::parties, standing(EventKind::pledge),
                kNoClaims, Basis::contract),
    row<Release>("RELEASE", kByOriginatorAndFunder, Accounts::parties, standing(EventKind::release),
                 kNoClaims, Basis::contract),
    row<TransferInit>("TRANSFER_INIT", kByOwner, Accounts::parties,
                      standing(EventKind::transfer_init), kNoClaims, Basis::contract),
    row<TransferSettle>("TRANSFER_SETTLE", kByOwnerAndBuyer, Accounts::parties,
                        standing(EventKind::transfer_settle), kNoClaims, Basis::contract),
    row<TransferCancel>("TRANSFER_CANCEL", kByOwner, Accounts::parties,
                        standing(EventKind::transfer_cancel), kNoClaims, Basis::contract),
    row<TransferDecline>("TRANSFER_DECLINE", kByBuyer, Accounts::parties,
                         standing(EventKind::transfer_decline), kNoClaims, Basis::contract),
    row<MerchantSettle>("MERCHANT_SETTLE", kByOriginator, Accounts::contract,
                        reversible(EventKind::merchant_settle), kNoClaims, Basis::contract),
    row<DebtSettle>("DEBT_SETTLE", kByTwoKeys, Accounts::contract,
                    reversible(EventKind::debt_settle), kLetGoClaims, Basis::contract),
    row<CostTable>("COST_TABLE", kByRegulatorToo, Accounts::none, kNoEvent, kNoClaims,
                   Basis::product),
    row<DisclosureAck>("DISCLOSURE_ACK", kByOriginator, Accounts::borrower, kNoEvent, kNoClaims,
                       Basis::none),
    row<Alert>("ALERT", kByServicer, Accounts::contract, kNoEvent, kNoClaims, Basis::none),
    row<AlertDisposition>("ALERT_DISPOSITION", kByOriginatorOrFunder, Accounts::alert, kNoEvent,
                          kNoClaims, Basis::none),
    row<PoolCreate>("POOL_CREATE", kByTrusteeToo, Accounts::new_pool, kNoEvent, kNoClaims,
                    Basis::pool),
    row<PoolAdd>("POOL_ADD", kByTrusteeToo, Accounts::pool_contract, standing(EventKind::pool_add),
                 kNoClaims, Basis::pool),
    row<PoolSeal>("POOL_SEAL", kByTrusteeToo, Accounts::pool, kNoEvent, kSealClaims, Basis::pool),
    row<PoolIssue>("POOL_ISSUE", kByTrusteeToo, Accounts::pool, kNoEvent, kNoClaims, Basis::pool),
    row<PoolTrigger>("POOL_TRIGGER", kByTrustee, Accounts::pool, kNoEvent, kBelowClaim,
                     Basis::pool),
    row<PoolClose>("POOL_CLOSE", kByTrusteeToo, Accounts::pool, kNoEvent, kNoClaims, Basis::pool),
    row<BuybackInit>("BUYBACK_INIT", kByTrusteeToo, Accounts::buyback,
                     standing(EventKind::buyback_init), kNoClaims, Basis::contract),
    row<BuybackSettle>("BUYBACK_SETTLE", kByTrusteeToo, Accounts::buyback,
                       standing(EventKind::buyback_settle), kNoClaims, Basis::contract),
    row<PoolRemove>("POOL_REMOVE", kByTrusteeToo, Accounts::pool_contract,
                    standing(EventKind::pool_remove), kNoClaims, Basis::pool),
};

/// Rows stand in the order of TransactionBody, each with a name.
consteval bool in_order() {
    for (std::size_t type = 0; type < kRows.size(); ++type) {
        if (kRows[type].type != type || kRows[type].name.empty()) return false;
    }
    return true;
}

/// The place of the one row whose event is `wanted`; the table's size if none or several are.
template <typename Wanted>
consteval std::size_t only_row_with(Wanted wanted, std::optional<Wanted> EventFacts::*member) {
    const auto has = [&](const TypeFacts& row) { return row.event.*member == wanted; };
    if (std::ranges::count_if(kRows, has) != 1) return kRows.size();
    return static_cast<std::size_t>(std::ranges::find_if(kRows, has) - kRows.begin());
}

template <typename Member>
consteval std::size_t rows_with(Member member) {
    return static_cast<std::size_t>(std::ranges::count_if(
        kRows, [member](const TypeFacts& row) { return (row.event.*member).has_value(); }));
}

/// Rows by the numbers of an enumeration that begins with 1.
template <std::size_t count, typename Wanted>
consteval std::array<std::size_t, count> rows_by(std::optional<Wanted> EventFacts::*member) {
    std::array<std::size_t, count> rows{};
    for (std::size_t i = 0; i < count; ++i) {
        rows[i] = only_row_with(static_cast<Wanted>(i + 1), member);
    }
    return rows;
}

inline constexpr auto kByKind = rows_by<kEventKinds>(&EventFacts::on_contract);
inline constexpr auto kByChange = rows_by<kLineChanges>(&EventFacts::on_line);

static_assert(kRows.size() == std::variant_size_v<TransactionBody>,
              "a type of TransactionBody has no row of facts");
static_assert(in_order(), "rows stand in the order of TransactionBody, each with a name");
static_assert(std::ranges::count(kByKind, kRows.size()) == 0,
              "a kind of event belongs to no type, or to several");
static_assert(std::ranges::count(kByChange, kRows.size()) == 0,
              "a change of a line belongs to no type, or to several");
static_assert(rows_with(&EventFacts::on_contract) == kEventKinds, "kEventKinds is behind");
static_assert(rows_with(&EventFacts::on_line) == kLineChanges, "kLineChanges is behind");

}  // namespace type_facts

/// The table, in the order of TransactionBody.
inline constexpr const auto& kTypeFacts = type_facts::kRows;

constexpr const TypeFacts& facts_of(const TransactionBody& body) {
    return kTypeFacts.at(body.index());
}
template <typename Body>
constexpr const TypeFacts& facts_of() {
    return kTypeFacts[type_facts::place_in<Body>(static_cast<const TransactionBody*>(nullptr))];
}
/// Of the type that leaves this event, or makes this change. Requires one of the enumerators.
constexpr const TypeFacts& facts_of(EventKind kind) {
    return kTypeFacts[type_facts::kByKind.at(static_cast<std::size_t>(kind) - 1)];
}
constexpr const TypeFacts& facts_of(LineChange change) {
    return kTypeFacts[type_facts::kByChange.at(static_cast<std::size_t>(change) - 1)];
}

/// Their names, in the order of TransactionBody.
inline constexpr auto kTransactionTypes = [] {
    std::array<std::string_view, kTypeFacts.size()> names;
    std::ranges::transform(kTypeFacts, names.begin(), &TypeFacts::name);
    return names;
}();

}  // namespace tally::ledger
