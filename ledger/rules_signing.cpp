#include <algorithm>
#include <optional>
#include <type_traits>
#include <variant>

#include "base/check.h"
#include "ledger/ownership.h"
#include "ledger/rules_run.h"

// Who signs. Two roles are to see the same thing, so no signature stands for both; and where the
// book names who has a role in the matter, nobody else's signature stands for it, or whoever is
// named for both would need but somebody who has nothing to do with it.

namespace tally::ledger {
namespace {

/// Whom the book names for a role on a contract.
std::optional<MemberId> named_on(const ContractBody& contract, Role role) {
    switch (role) {
        case Role::originator:
            return contract.originator;
        case Role::servicer:
            return contract.servicer;
        case Role::collector:
            return contract.collector;
        case Role::funder: {
            const std::optional<LivePledge> pledge = ownership_of(contract).pledge;
            return pledge ? std::optional(pledge->funder) : std::nullopt;
        }
        case Role::payment_provider:
        case Role::trustee:
        case Role::auditor:
        case Role::regulator:
        case Role::governance:
            break;
    }
    return std::nullopt;
}

/// Whom a transaction itself names.
template <typename Body>
std::optional<MemberId> named_in(const Body& body, Role role) {
    if constexpr (requires { body.collector; }) {
        if (role == Role::collector) return body.collector;
    }
    if constexpr (requires { body.funder; }) {
        if (role == Role::funder) return body.funder;
    }
    if constexpr (requires { body.trustee; }) {
        if (role == Role::trustee) return body.trustee;
    }
    return std::nullopt;
}

std::optional<MemberId> named_of(Workspace& workspace, const PoolId& id, Role role) {
    if (!workspace.pools().exists(id)) return std::nullopt;
    const PoolRecord& pool = workspace.pools().view(id);
    if (role == Role::originator) return pool.owner;
    return role == Role::trustee ? std::optional(pool.terms.trustee) : std::nullopt;
}

/// Whom it names, or what it concerns.
template <typename Body>
std::optional<MemberId> named_by(Workspace& workspace, const Body& body, Role role) {
    std::optional<MemberId> named = named_in(body, role);
    if constexpr (requires { body.pool; }) {
        if (!named) named = named_of(workspace, body.pool, role);
    }
    // Of two servicers the one that follows stands for the role as well.
    constexpr bool kFollows = std::is_same_v<Body, ServicerChange>;
    if constexpr (requires { body.contract; } && !kFollows) {
        const auto& contract = workspace.contracts().view(body.contract).body;
        if (!named && contract) named = named_on(*contract, role);
    }
    return named;
}

}  // namespace

const Signatory* Run::answering_signer() const {
    const Signing& signing = facts().signing;
    if (signing.also != Signing::Also::one_of) {
        return signatories.first_with(signing.answers.value());
    }
    for (const Role role : signing.any) {
        if (const Signatory* signer = signatories.first_with(role)) return signer;
    }
    return nullptr;
}

const MemberId& Run::answering() const {
    const Signatory* signer = answering_signer();
    TALLY_CHECK(signer != nullptr);
    return signer->member;
}

bool Run::stands_for(Role role, const MemberId& member) const {
    if (std::holds_alternative<DayCancel>(transaction.body)) {
        return role != Role::servicer || keeps_days(member);
    }
    const std::optional<MemberId> named = std::visit(
        [&](const auto& body) { return named_by(workspace, body, role); }, transaction.body);
    return !named || *named == member;
}

bool Run::keeps_days(const MemberId& member) const {
    const std::vector<NamedServicer>& named = workspace.servicers().view({}).named;
    return named.empty() || std::ranges::any_of(named, [&member](const NamedServicer& one) {
               return one.servicer == member;
           });
}

Outcome Run::check_others(const Signing& signing, const std::optional<Named>& event) const {
    const bool all = std::ranges::all_of(signing.roles, [&](Role role) {
        return role == signing.answers || signatories.first_with(role) != nullptr;
    });
    if (!all) return Outcome::role_missing;
    // Of one role there is nothing to tell apart, and most types ask for one.
    if (signing.roles.size() < 2) return Outcome::accepted;
    const auto stands = [&](Role role, const MemberId& member) {
        const auto named = [&](const MemberId& one) {
            return event && event->role == role ? event->member == one : stands_for(role, one);
        };
        // Where nobody did who is named, what asks for that says so by itself.
        return named(member) || !signatories.any_with(role, named);
    };
    return signatories.cover(signing.roles, stands) ? Outcome::accepted
                                                    : Outcome::two_keys_required;
}

Outcome Run::check_named(const Named& named, Outcome missing) const {
    if (!signatories.contains(named.member)) return missing;
    return check_others(facts().signing, named);
}

const MemberId& Run::provider_beside(const MemberId& servicer) const {
    const Signatory* other = signatories.first_with(
        Role::payment_provider, [&](const MemberId& one) { return one != servicer; });
    if (other == nullptr) other = signatories.first_with(Role::payment_provider);
    TALLY_CHECK(other != nullptr);
    return other->member;
}

Outcome Run::check_servicer(const ContractId& id) const {
    const MemberId& servicer = workspace.contracts().view(id).body->servicer;
    return signatories.contains(servicer) ? Outcome::accepted : Outcome::servicer_differs;
}

bool Run::two_parties_of(const ContractBody& contract) const {
    const MemberId& owner = owner_of(contract);
    const MemberId& servicer = contract.servicer;
    const bool owner_signed = signatories.contains(owner);
    const bool servicer_signed = signatories.contains(servicer);
    if (owner_signed && servicer_signed && owner != servicer) return true;
    return (owner_signed && signatories.other_with(Role::regulator, owner)) ||
           (servicer_signed && signatories.other_with(Role::regulator, servicer));
}

}  // namespace tally::ledger
