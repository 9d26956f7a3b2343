#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "ledger/double_entry.h"
#include "ledger/outcome.h"
#include "ledger/transaction.h"
#include "ledger/workspace.h"

namespace tally::ledger {

inline constexpr std::size_t kSharesMax = 16;
inline constexpr std::size_t kReasonMax = 64;
inline constexpr Ppm kWholePpm = 1'000'000;

/// A signer whose key was found valid, with its member's roles.
struct Signatory {
    MemberId member;
    std::uint16_t roles = 0;
};

/// Who signed the submission, submitter first; a member once for each of its keys.
class Signatories {
public:
    explicit Signatories(std::vector<Signatory> list) : list_(std::move(list)) {}
    /// As if all members had signed with all their keys: what a rule says beside who signed.
    static Signatories everybody();

    /// The first signer with the role, or null.
    const Signatory* first_with(Role role) const;
    /// The first one with the role of whose member this holds, or null.
    const Signatory* first_with(Role role, const std::function<bool(const MemberId&)>& holds) const;
    bool contains(const MemberId& member) const;
    /// One with the role of whose member this holds.
    bool any_with(Role role, const std::function<bool(const MemberId&)>& holds) const {
        return everybody_ || first_with(role, holds) != nullptr;
    }
    /// One with the role that is another member.
    bool other_with(Role role, const MemberId& member) const {
        return any_with(role, [&member](const MemberId& one) { return one != member; });
    }
    /// There is a different signature for each of the roles, of a member that has it and of whom
    /// `stands` holds.
    bool cover(std::span<const Role> roles,
               const std::function<bool(Role, const MemberId&)>& stands) const;
    /// Two different keys of the member signed.
    bool two_keys_of(const MemberId& member) const;

private:
    std::vector<Signatory> list_;
    bool everybody_ = false;
};

/// What the transactions of one atomic submission know of each other, for the one thing that may
/// happen on a closed day: a reversal together with its repost.
struct Together {
    /// What a reversal on a closed day makes room for: the same type on the same day, of the same
    /// contract, or of a stated other one and then of the same amount, since money that came in
    /// came in.
    struct Repost {
        std::size_t type = 0;  ///< place in TransactionBody
        Day day = 0;
        ContractId contract;
        std::optional<Amount> amount;

        bool operator==(const Repost&) const = default;
        bool fits(const Transaction& transaction) const;
    };

    /// Behind the one in hand; empty unless atomic. Null where one is malformed.
    std::span<const Transaction* const> later;
    /// Of reversals before it.
    std::vector<Repost> reposts;
};

/// When a transaction is judged.
struct Moment {
    std::uint64_t entry = 0;  ///< its place in the log
    std::uint64_t block = 0;  ///< index of its block
    std::uint32_t rules_version = kRulesVersion;
    Day today = 0;  ///< of the block's time, in the network's calendar
};

/// The rules of one accepted or refused transaction: checks everything in the order of
/// docs/CREDIT.md and, if nothing refuses it, changes the workspace and adds its postings. A
/// refusal changes nothing.
Outcome apply_rules(Workspace& workspace, const Transaction& transaction,
                    const Signatories& signatories, const Moment& moment, Together& together,
                    std::vector<Posting>& postings);

/// An account that an entry touches.
struct AccountRef {
    AccountClass account_class = AccountClass::member;
    std::array<std::uint8_t, 16> id{};

    bool operator==(const AccountRef&) const = default;
};

/// Accounts that a transaction's entry is linked to: contract, line and borrower as far as it names
/// them or the state knows them, and the submitter; an accepted grant or capture also links the
/// line's owner and every funder, a pledge or sale its parties. Each once, in this order.
std::vector<AccountRef> accounts_of(Workspace& workspace, const Transaction& transaction,
                                    Outcome outcome, const MemberId& submitter);

}  // namespace tally::ledger
