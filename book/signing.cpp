#include "book/signing.h"

#include <algorithm>
#include <optional>
#include <type_traits>

#include "ledger/type_table.h"

namespace tally::book {
namespace {

using ledger::Role;

std::string name_of(Role role) {
    switch (role) {
        case Role::originator:
            return "an originator";
        case Role::funder:
            return "a funder";
        case Role::servicer:
            return "a servicer";
        case Role::collector:
            return "a collector";
        case Role::payment_provider:
            return "a payment provider";
        case Role::trustee:
            return "a trustee";
        case Role::auditor:
            return "an auditor";
        case Role::regulator:
            return "a regulator";
        case Role::governance:
            return "a governing member";
    }
    return "another member";
}

bool any_with(const std::vector<KeyHolder>& keys, Role role) {
    return std::any_of(keys.begin(), keys.end(), [role](const KeyHolder& key) {
        return (key.roles & static_cast<std::uint16_t>(role)) != 0;
    });
}

/// How many keys have one of the roles.
std::size_t keys_for(const std::vector<KeyHolder>& keys, std::span<const Role> roles) {
    return static_cast<std::size_t>(std::ranges::count_if(keys, [roles](const KeyHolder& key) {
        return std::ranges::any_of(roles, [&key](Role role) { return any_with({key}, role); });
    }));
}

std::ptrdiff_t keys_of(const std::vector<KeyHolder>& keys, const ledger::MemberId& member) {
    return std::count_if(keys.begin(), keys.end(),
                         [&member](const KeyHolder& key) { return key.member == member; });
}

/// Two keys of a member with the role.
bool two_keys_of_one(const std::vector<KeyHolder>& keys, std::optional<Role> role) {
    return std::any_of(keys.begin(), keys.end(), [&](const KeyHolder& key) {
        return any_with({key}, *role) && keys_of(keys, key.member) >= 2;
    });
}

std::string missing_funder(const std::vector<ledger::FundingShare>& shares,
                           const std::vector<KeyHolder>& keys, const ledger::Genesis& genesis) {
    for (const ledger::FundingShare& share : shares) {
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

/// Of a type that its funders sign: it has shares, or does not compile.
std::string missing_funder(const ledger::TransactionBody& body, const std::vector<KeyHolder>& keys,
                           const ledger::Genesis& genesis) {
    return std::visit(
        [&](const auto& content) -> std::string {
            using Body = std::decay_t<decltype(content)>;
            if constexpr (ledger::facts_of<Body>().signing.also ==
                          ledger::Signing::Also::every_funder) {
                return missing_funder(content.shares, keys, genesis);
            }
            return {};
        },
        body);
}

/// Of one that creates a pool: the trustee that it names.
std::string missing_trustee(const ledger::TransactionBody& body, const std::vector<KeyHolder>& keys,
                            const ledger::Genesis& genesis) {
    const auto* creation = std::get_if<ledger::PoolCreate>(&body);
    const auto* member = creation == nullptr ? nullptr : genesis.member(creation->trustee);
    // Who is no trustee is for the rules to refuse, on record.
    const bool holds =
        member != nullptr && (member->roles & static_cast<std::uint16_t>(Role::trustee)) != 0;
    if (!holds || keys_of(keys, member->id) > 0) return {};
    return "trustee: " + member->name + " must sign, and its key is not given with --key";
}

/// The member that a transaction names as the one concerned.
std::optional<ledger::MemberId> member_in(const ledger::TransactionBody& body) {
    return std::visit(
        [](const auto& content) -> std::optional<ledger::MemberId> {
            if constexpr (requires { content.member; }) return content.member;
            return std::nullopt;
        },
        body);
}

/// Places of keys, each once, in the order in which they were asked for.
class Places {
public:
    explicit Places(const std::vector<KeyHolder>& keys) : keys_(keys) {}

    void add(std::size_t place) {
        if (!has(place)) found_.push_back(place);
    }
    void add_with(Role role) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (any_with({keys_[i]}, role)) return add(i);
        }
    }
    /// Unless one that was asked for has it.
    void add_missing(Role role) {
        if (!any_with(found(), role)) add_with(role);
    }
    /// No key stands for two of several roles.
    void add_up_to(std::span<const Role> roles) {
        for (std::size_t i = 0; i < keys_.size(); ++i) {
            if (keys_for(found(), roles) >= roles.size()) return;
            if (!has(i) && keys_for({keys_[i]}, roles) > 0) add(i);
        }
    }
    /// The first `most` keys of a member.
    void add_of(const ledger::MemberId& member, std::size_t most) {
        for (std::size_t i = 0; i < keys_.size() && most > 0; ++i) {
            if (keys_[i].member != member) continue;
            add(i);
            --most;
        }
    }
    bool holds(const ledger::MemberId& member, Role role) const {
        return std::ranges::any_of(keys_, [&](const KeyHolder& key) {
            return key.member == member && any_with({key}, role);
        });
    }
    void add_second() {
        if (!found_.empty()) add_of(keys_[found_.front()].member, 2);
    }
    void add_every(Role role, const std::optional<ledger::MemberId>& but_for = std::nullopt) {
        for (const KeyHolder& key : keys_) {
            if (key.member == but_for) continue;
            if ((key.roles & static_cast<std::uint16_t>(role)) != 0) add_of(key.member, 1);
        }
    }
    void add_all() {
        for (std::size_t i = 0; i < keys_.size(); ++i) add(i);
    }
    bool empty() const { return found_.empty(); }
    std::vector<std::size_t> take() {
        if (found_.empty() && !keys_.empty()) add(0);
        return std::move(found_);
    }

private:
    std::vector<KeyHolder> found() const {
        std::vector<KeyHolder> holders;
        for (const std::size_t place : found_) holders.push_back(keys_[place]);
        return holders;
    }
    bool has(std::size_t place) const {
        return std::find(found_.begin(), found_.end(), place) != found_.end();
    }

    const std::vector<KeyHolder>& keys_;
    std::vector<std::size_t> found_;
};

void add_funders(Places& places, const ledger::TransactionBody& body) {
    std::visit(
        [&](const auto& content) {
            if constexpr (requires { content.shares; }) {
                for (const ledger::FundingShare& share : content.shares) {
                    places.add_of(share.funder, 1);
                }
            }
        },
        body);
}

/// Whose a contract is, the book does not say: of lenders and funders at hand, each signs, but for
/// a buyer whose answer is to come.
void add_owners(Places& places, const ledger::TransactionBody& body, ledger::Signing::Also also) {
    using Also = ledger::Signing::Also;
    if (also == Also::owner || also == Also::owner_and_buyer) places.add_every(Role::originator);
    if (also != Also::owner && also != Also::owner_and_buyer && also != Also::buyer) return;
    const auto* offer = std::get_if<ledger::TransferInit>(&body);
    places.add_every(Role::funder, offer == nullptr ? std::nullopt : std::optional(offer->buyer));
}

/// Also one that waives a penalty beside a new plan.
bool takes_two_keys(const ledger::TransactionBody& body) {
    const auto* replan = std::get_if<ledger::Reschedule>(&body);
    if (replan != nullptr && replan->waived_penalty > 0) return true;
    return ledger::facts_of(body).signing.also == ledger::Signing::Also::second_key;
}

/// Who decides on members and their keys.
void add_governing(Places& places, const ledger::TransactionBody& body,
                   ledger::Signing::Also also) {
    using Also = ledger::Signing::Also;
    if (also == Also::quorum_and_member || also == Also::member_or_quorum) {
        if (const auto member = member_in(body)) places.add_of(*member, 1);
    }
    const bool own = also == Also::member_or_quorum && !places.empty();
    if (also == Also::quorum || also == Also::quorum_and_member ||
        (also == Also::member_or_quorum && !own)) {
        places.add_every(Role::governance);
    }
}

/// Who has a pool, and which trustee, only the one that creates it says: of several at hand, each
/// signs.
void add_roles(Places& places, const ledger::TransactionBody& body, std::span<const Role> roles) {
    const auto* creation = std::get_if<ledger::PoolCreate>(&body);
    const bool named = creation != nullptr && places.holds(creation->trustee, Role::trustee);
    const bool of_pool = std::ranges::count(roles, Role::trustee) > 0;
    for (const Role role : roles) {
        if (named && role == Role::trustee) {
            places.add_of(creation->trustee, 1);
        } else if (of_pool && creation == nullptr) {
            places.add_every(role);
        } else {
            places.add_missing(role);
        }
    }
    places.add_up_to(roles);
}

/// Of those that may. Whose a contract is, the book does not say: there each of them signs.
void add_one_of(Places& places, const ledger::TypeFacts& facts) {
    const bool of_contract = facts.accounts == ledger::Accounts::contract ||
                             facts.accounts == ledger::Accounts::complaint ||
                             facts.accounts == ledger::Accounts::alert;
    for (const Role role : facts.signing.any) {
        if (of_contract) {
            places.add_every(role);
        } else if (places.empty()) {
            places.add_with(role);
        }
    }
}

}  // namespace

std::vector<std::size_t> needed_keys(const ledger::Transaction& transaction,
                                     const std::vector<KeyHolder>& keys,
                                     const ledger::TypeFacts* target) {
    Places places(keys);
    const auto* reversal = std::get_if<ledger::Reversal>(&transaction.body);
    if (reversal != nullptr) places.add_of(reversal->submitter, 1);
    if (reversal != nullptr && target == nullptr) {
        places.add_all();
        return places.take();
    }
    const ledger::TypeFacts& facts =
        reversal != nullptr ? *target : ledger::facts_of(transaction.body);
    if (facts.signing.answers) places.add_with(*facts.signing.answers);
    add_roles(places, transaction.body, facts.signing.roles);
    using Also = ledger::Signing::Also;
    const Also also = facts.signing.also;
    add_governing(places, transaction.body, also);
    if (also == Also::one_of) add_one_of(places, facts);
    // Which servicer a contract has, the book does not say: of several at hand, each signs.
    const bool on_contract =
        facts.accounts == ledger::Accounts::contract || facts.accounts == ledger::Accounts::mandate;
    if (on_contract && std::ranges::count(facts.signing.roles, Role::servicer) > 0) {
        places.add_every(Role::servicer);
    }
    add_owners(places, transaction.body, also);
    // Nor whether it was sold, so that its owner's word is needed beside the originator's.
    const bool of_originator =
        facts.accounts == ledger::Accounts::contract && facts.signing.answers == Role::originator;
    if (of_originator && also != Also::second_key) places.add_every(Role::funder);
    // Nor which provider a debit has.
    if (facts.accounts == ledger::Accounts::debit) places.add_every(Role::payment_provider);
    // Once its day is closed, a reversal takes two keys of whoever answers.
    if (reversal != nullptr || takes_two_keys(transaction.body)) {
        places.add_second();
    }
    if (facts.signing.also == ledger::Signing::Also::every_funder) {
        if (reversal != nullptr) places.add_every(Role::funder);
        add_funders(places, transaction.body);
    }
    return places.take();
}

std::string who_signs(const ledger::TransactionBody& body) {
    const ledger::TypeFacts& facts = ledger::facts_of(body);
    std::string who;
    for (const Role role : facts.signing.roles) who += (who.empty() ? "" : " and ") + name_of(role);
    if (facts.signing.also == ledger::Signing::Also::every_funder) who += " and each funder";
    if (takes_two_keys(body)) who += " with two keys";
    if (facts.signing.also == ledger::Signing::Also::both_servicers) who += ", old and new";
    using Also = ledger::Signing::Also;
    const Also also = facts.signing.also;
    if (also == Also::quorum) who = "more than half of the governing members";
    if (also == Also::quorum_and_member) {
        who = "more than half of the governing members and the member concerned";
    }
    if (also == Also::member_or_quorum) {
        who = "the member concerned, or more than half of the governing members";
    }
    for (const Role role : facts.signing.any) who += (who.empty() ? "" : " or ") + name_of(role);
    if (also == Also::owner) who = "the contract's owner";
    if (also == Also::owner_and_buyer) who = "the contract's owner and the buyer";
    if (also == Also::buyer) who = "the buyer that the contract was offered to";
    if (who.empty()) who = "who signed its target";
    return "a " + std::string(facts.name) + " is signed by " + who;
}

std::string signing_fault(const ledger::Transaction& transaction,
                          const std::vector<KeyHolder>& keys, const ledger::Genesis& genesis) {
    const ledger::TypeFacts& facts = ledger::facts_of(transaction.body);
    const std::string type = "type: a " + std::string(facts.name);
    for (const Role role : facts.signing.roles) {
        if (any_with(keys, role)) continue;
        return type + " is signed by " + name_of(role) + ", whose key is not given with --key";
    }
    if (keys_for(keys, facts.signing.roles) < facts.signing.roles.size()) {
        return who_signs(transaction.body) +
               ", each with a key of its own: give a second key of the member with --key";
    }
    if (facts.signing.also == ledger::Signing::Also::member_or_quorum) {
        const auto member = member_in(transaction.body);
        const bool answered =
            any_with(keys, Role::governance) || !member || keys_of(keys, *member) > 0;
        if (answered) return {};
        return type +
               " is signed by the member concerned or by those who govern, and no such key is "
               "given with --key";
    }
    if (facts.signing.also == ledger::Signing::Also::one_of) {
        const bool answered = std::ranges::any_of(
            facts.signing.any, [&](const Role role) { return any_with(keys, role); });
        if (answered) return {};
        return who_signs(transaction.body) + ", and no such key is given with --key";
    }
    if (const std::string missing = missing_trustee(transaction.body, keys, genesis);
        !missing.empty()) {
        return missing;
    }
    const bool by_owner = facts.accounts == ledger::Accounts::parties && !facts.signing.answers;
    if (by_owner && !any_with(keys, Role::originator) && !any_with(keys, Role::funder)) {
        return who_signs(transaction.body) + ", and no such key is given with --key";
    }
    if (!by_owner && !facts.signing.answers && !any_with(keys, Role::originator) &&
        !any_with(keys, Role::servicer) && !any_with(keys, Role::payment_provider)) {
        return type + " is signed by who signed its target, and no such key is given with --key";
    }
    if (takes_two_keys(transaction.body) && !two_keys_of_one(keys, facts.signing.answers)) {
        return type + " is signed with two keys of " + name_of(*facts.signing.answers) +
               ": give both with --key";
    }
    switch (facts.signing.also) {
        case ledger::Signing::Also::nobody:
        case ledger::Signing::Also::second_key:
        case ledger::Signing::Also::both_servicers:  // the old one is the contract's: not known
                                                     // here
        case ledger::Signing::Also::quorum:          // who governs by now, only the network knows
        case ledger::Signing::Also::quorum_and_member:
        case ledger::Signing::Also::member_or_quorum:
        case ledger::Signing::Also::one_of:
        case ledger::Signing::Also::owner:  // whose it is, only the network knows
        case ledger::Signing::Also::owner_and_buyer:
        case ledger::Signing::Also::buyer:
            break;
        case ledger::Signing::Also::every_funder:
            return missing_funder(transaction.body, keys, genesis);
    }
    return {};
}

}  // namespace tally::book
