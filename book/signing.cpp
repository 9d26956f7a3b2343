#include "book/signing.h"

#include <algorithm>
#include <array>

namespace tally::book {
namespace {

using ledger::Role;

struct RoleName {
    Role role;
    std::string_view name;
};
constexpr std::array kNames{
    RoleName{Role::originator, "an originator"}, RoleName{Role::servicer, "a servicer"},
    RoleName{Role::collector, "a collector"}, RoleName{Role::regulator, "a regulator"}};

std::string name_of(Role role) {
    const auto* const found = std::find_if(
        kNames.begin(), kNames.end(), [role](const RoleName& row) { return row.role == role; });
    return std::string(found == kNames.end() ? "another member" : found->name);
}

/// The roles that must sign, as docs/CREDIT.md lists them; a reversal's follow from its target.
struct RolesOf {
    std::vector<Role> operator()(const ledger::RulesetRegister& /*body*/) const {
        return {Role::originator, Role::regulator};
    }
    std::vector<Role> operator()(const ledger::ProductRegister& /*body*/) const {
        return {Role::originator, Role::regulator};
    }
    std::vector<Role> operator()(const ledger::Repayment& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::PrepaySettle& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::PenaltyAssess& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::OverdueMark& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::HardshipRequest& /*body*/) const {
        return servicer();
    }
    std::vector<Role> operator()(const ledger::DayOpen& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::DayClose& /*body*/) const { return servicer(); }
    std::vector<Role> operator()(const ledger::Recovery& /*body*/) const {
        return {Role::collector, Role::servicer};
    }
    std::vector<Role> operator()(const ledger::Reversal& /*body*/) const { return {}; }
    template <typename Body>
    std::vector<Role> operator()(const Body& /*body*/) const {
        return {Role::originator};
    }

private:
    static std::vector<Role> servicer() { return {Role::servicer}; }
};

bool any_with(const std::vector<KeyHolder>& keys, Role role) {
    return std::any_of(keys.begin(), keys.end(), [role](const KeyHolder& key) {
        return (key.roles & static_cast<std::uint16_t>(role)) != 0;
    });
}

std::ptrdiff_t keys_of(const std::vector<KeyHolder>& keys, const ledger::MemberId& member) {
    return std::count_if(keys.begin(), keys.end(),
                         [&member](const KeyHolder& key) { return key.member == member; });
}

std::string missing_funder(const ledger::Capture& capture, const std::vector<KeyHolder>& keys,
                           const ledger::Genesis& genesis) {
    for (const ledger::FundingShare& share : capture.shares) {
        const auto* member = genesis.member(share.funder);
        // Who is no funder is for the rules to refuse, on record.
        const bool funds =
            member != nullptr && (member->roles & static_cast<std::uint16_t>(Role::funder)) != 0;
        if (funds && keys_of(keys, share.funder) == 0) {
            return "shares: " + member->name + " must sign, and its key is not given with --key";
        }
    }
    return {};
}

}  // namespace

std::string signing_fault(const ledger::Transaction& transaction,
                          const std::vector<KeyHolder>& keys, const ledger::Genesis& genesis) {
    const std::string type = "type: a " + std::string(ledger::type_name(transaction.body));
    for (const Role role : std::visit(RolesOf{}, transaction.body)) {
        if (any_with(keys, role)) continue;
        return type + " is signed by " + name_of(role) + ", whose key is not given with --key";
    }
    if (const auto* capture = std::get_if<ledger::Capture>(&transaction.body)) {
        return missing_funder(*capture, keys, genesis);
    }
    if (std::holds_alternative<ledger::Waive>(transaction.body)) {
        const bool two = std::any_of(keys.begin(), keys.end(), [&keys](const KeyHolder& key) {
            return (key.roles & static_cast<std::uint16_t>(Role::originator)) != 0 &&
                   keys_of(keys, key.member) >= 2;
        });
        if (!two) return type + " is signed with two keys of an originator: give both with --key";
    }
    if (std::holds_alternative<ledger::Reversal>(transaction.body) &&
        !any_with(keys, Role::originator) && !any_with(keys, Role::servicer)) {
        return type + " is signed by who signed its target, and no such key is given with --key";
    }
    return {};
}

}  // namespace tally::book
