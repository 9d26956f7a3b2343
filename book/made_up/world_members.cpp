#include "book/made_up/world_members.h"

#include <algorithm>
#include <map>

namespace tally::book::made_up {
namespace {

struct Part {
    std::string_view name;
    ledger::Role role;
    std::uint32_t keys;
};
constexpr std::array kParts{
    Part{kLender, ledger::Role::originator, 2},    Part{kServicer, ledger::Role::servicer, 2},
    Part{"collector", ledger::Role::collector, 1}, Part{"regulator", ledger::Role::regulator, 1},
    Part{"auditor", ledger::Role::auditor, 1},     Part{kBank, ledger::Role::payment_provider, 1},
    Part{kTrustee, ledger::Role::trustee, 1},      Part{kLender, ledger::Role::governance, 2}};

crypto::PublicKey key_of(std::string_view name, std::uint32_t number) {
    const std::string text = std::string(name) + "/" + std::to_string(number);
    const crypto::Digest digest = crypto::domain_hash("generated-key", {view_of(text)});
    crypto::PublicKey key;
    std::copy_n(digest.bytes.begin(), key.bytes.size(), key.bytes.begin());
    return key;
}

}  // namespace

ledger::Genesis made_up_genesis(const std::vector<std::string>& funders) {
    std::map<ledger::MemberId, ledger::GenesisMember> members;
    const auto add = [&members](std::string_view name, ledger::Role role, std::uint32_t keys) {
        const ledger::MemberId id = ledger::member_id_of(name);
        ledger::GenesisMember& member = members[id];
        member.id = id;
        member.name = name;
        member.roles = static_cast<std::uint16_t>(member.roles | static_cast<unsigned>(role));
        for (auto i = static_cast<std::uint32_t>(member.keys.size()); i < keys; ++i) {
            member.keys.push_back(key_of(name, i));
        }
    };
    for (const Part& part : kParts) add(part.name, part.role, part.keys);
    for (const std::string& name : funders) add(name, ledger::Role::funder, 1);
    ledger::Genesis genesis;
    genesis.name = "made-up";
    genesis.origin_base = "example.org/made-up";
    genesis.calendar = "Asia/Shanghai";
    for (auto& [id, member] : members) genesis.members.push_back(std::move(member));
    genesis.nodes.push_back(
        {1, "node-1", key_of("node", 0), key_of("node", 1), key_of("node", 2), key_of("node", 3)});
    return genesis;
}

Signers made_up_signers(const std::vector<std::string>& funders) {
    Signers signers;
    const auto add = [&signers](std::string_view name, std::uint32_t keys) {
        for (std::uint32_t i = 0; i < keys; ++i) {
            const ledger::Signer signer{ledger::member_id_of(name), key_of(name, i)};
            if (std::find(signers.begin(), signers.end(), signer) == signers.end()) {
                signers.push_back(signer);
            }
        }
    };
    for (const Part& part : kParts) add(part.name, part.keys);
    for (const std::string& name : funders) add(name, 1);
    return signers;
}

}  // namespace tally::book::made_up
