#include <algorithm>
#include <array>

#include "crypto/suite.h"
#include "ledger/genesis.h"
#include "ledger/governance.h"
#include "ledger/rules_run.h"

// Members, their keys, and which rules come next.
//
// More than half of the governing members decide, counted as genesis and later additions have them,
// whether or not each still has a valid key: who lost its keys is no smaller a part of the network.
// So that nobody is locked out for good, no change may leave fewer governing members able to sign
// than decide.
//
// A key never signs in the block that brings it, and still signs in the one that ends it: keys are
// looked up once a submission, and the order of submissions inside a block is nobody's promise.

namespace tally::ledger {
namespace {

/// Keys of a member as a change leaves them, from the next block on.
class KeyChange {
public:
    KeyChange(Run& run, MemberId id, MemberBody member)
        : run_(run), id_(id), member_(std::move(member)) {}

    Outcome retire(const std::vector<NamedKey>& keys) {
        for (const NamedKey& named : keys) {
            const auto key = std::find_if(
                member_.keys.begin(), member_.keys.end(),
                [&named](const MemberKey& candidate) { return candidate.key == named.key; });
            if (key == member_.keys.end() || !key->valid(next())) return Outcome::key_unknown;
            key->end_block = next();
        }
        return Outcome::accepted;
    }

    Outcome bring(const std::vector<NewKey>& keys) {
        if (keys.empty() || keys.size() > kNewKeysMax) return Outcome::keys_out_of_range;
        for (const NewKey& added : keys) {
            const auto again =
                std::count_if(keys.begin(), keys.end(),
                              [&added](const NewKey& other) { return other.key == added.key; });
            if (again > 1 || run_.workspace.keys().exists(added.key)) return Outcome::key_used;
            if (!crypto::verify(added.key, possession_bytes(id_, added.key), added.possession)) {
                return Outcome::possession_unproven;
            }
            if (member_.keys.size() == kMemberKeysMax) return Outcome::keys_out_of_range;
            member_.keys.push_back({added.key, next()});
        }
        return Outcome::accepted;
    }

    /// Enough of those who govern can sign afterwards.
    Outcome check_governable() const {
        const GovernanceRecord& governance = run_.workspace.governance().view({});
        const auto able = std::count_if(
            governance.members.begin(), governance.members.end(), [this](const MemberId& id) {
                if (id == id_) return member_.can_sign(next());
                const auto& body = run_.workspace.members().view(id).body;
                return body && body->can_sign(next());
            });
        const bool enough = static_cast<std::size_t>(able) >= governance.quorum();
        return enough || !member_.has(Role::governance) ? Outcome::accepted
                                                        : Outcome::quorum_endangered;
    }

    /// Nothing refuses it any more.
    void commit(const std::vector<NewKey>& brought) {
        for (const NewKey& key : brought) {
            run_.workspace.keys().edit(key.key) = {id_, run_.entry};
        }
        run_.workspace.members().edit(id_).body = std::move(member_);
    }

private:
    std::uint64_t next() const { return run_.block + 1; }

    Run& run_;
    MemberId id_;
    MemberBody member_;
};

Outcome check_quorum(const Run& run) {
    const GovernanceRecord& governance = run.workspace.governance().view({});
    const auto signed_by =
        std::count_if(governance.members.begin(), governance.members.end(),
                      [&run](const MemberId& id) { return run.signatories.contains(id); });
    return static_cast<std::size_t>(signed_by) >= governance.quorum() ? Outcome::accepted
                                                                      : Outcome::quorum_missing;
}

}  // namespace

Bytes possession_bytes(const MemberId& member, const crypto::PublicKey& key) {
    crypto::Writer writer;
    writer.raw(member.bytes);
    crypto::write_key(writer, key);
    return to_bytes(crypto::domain_hash("possession", {writer.take()}).view());
}

NewKey claim_key(const MemberId& member, const crypto::SecretKey& key) {
    NewKey claimed;
    claimed.key = key.public_key();
    claimed.possession = key.sign(possession_bytes(member, claimed.key));
    return claimed;
}

MemberId member_of(const MemberAdd& addition) { return member_id_of(addition.name); }

std::optional<std::uint16_t> bits_of(const std::vector<GivenRole>& roles) {
    std::uint16_t bits = 0;
    for (const GivenRole& given : roles) {
        const auto bit = static_cast<std::uint16_t>(1U << (static_cast<unsigned>(given.role) - 1));
        if (bit <= bits) return std::nullopt;
        bits = static_cast<std::uint16_t>(bits | bit);
    }
    if (bits == 0) return std::nullopt;
    return bits;
}

Outcome apply(Run& run, const MemberAdd& addition) {
    Outcome refused = run.check_governance();
    if (refused == Outcome::accepted) refused = check_quorum(run);
    if (refused != Outcome::accepted) return refused;
    const std::optional<std::uint16_t> roles = bits_of(addition.roles);
    if (!is_member_name(addition.name) || !roles) return Outcome::member_invalid;
    const MemberId id = member_of(addition);
    if (run.workspace.members().view(id).body) return Outcome::member_exists;
    MemberBody member;
    member.name = addition.name;
    member.roles = *roles;
    const bool governs = member.has(Role::governance);
    const GovernanceRecord& governance = run.workspace.governance().view({});
    if (governs && governance.members.size() == kGoverningMembersMax) return Outcome::overflow;
    KeyChange change(run, id, std::move(member));
    refused = change.bring(addition.keys);
    if (refused != Outcome::accepted) return refused;
    change.commit(addition.keys);
    if (governs) {
        std::vector<MemberId>& members = run.workspace.governance().edit({}).members;
        members.insert(std::lower_bound(members.begin(), members.end(), id), id);
    }
    return Outcome::accepted;
}

Outcome apply(Run& run, const KeyRotate& rotation) {
    Outcome refused = run.check_governance();
    if (refused == Outcome::accepted) refused = check_quorum(run);
    if (refused != Outcome::accepted) return refused;
    const std::optional<MemberBody>& member = run.workspace.members().view(rotation.member).body;
    if (!member) return Outcome::member_unknown;
    if (member->can_sign(run.block) && !run.signatories.contains(rotation.member)) {
        return Outcome::signer_missing;
    }
    if (rotation.retired.size() > kNewKeysMax) return Outcome::keys_out_of_range;
    KeyChange change(run, rotation.member, *member);
    refused = change.retire(rotation.retired);
    if (refused == Outcome::accepted) refused = change.bring(rotation.keys);
    if (refused != Outcome::accepted) return refused;
    change.commit(rotation.keys);
    return Outcome::accepted;
}

Outcome apply(Run& run, const KeyRevoke& revocation) {
    Outcome refused = run.check_dates();
    if (refused != Outcome::accepted) return refused;
    const bool own = run.signatories.contains(revocation.member);
    if (!own) refused = check_quorum(run);
    if (refused != Outcome::accepted) return refused;
    if (!text_fits(revocation.reason, kReasonMax)) return Outcome::text_out_of_range;
    const std::optional<MemberBody>& member = run.workspace.members().view(revocation.member).body;
    if (!member) return Outcome::member_unknown;
    if (revocation.keys.empty() || revocation.keys.size() > kNewKeysMax) {
        return Outcome::keys_out_of_range;
    }
    KeyChange change(run, revocation.member, *member);
    refused = change.retire(revocation.keys);
    if (refused == Outcome::accepted) refused = change.check_governable();
    if (refused != Outcome::accepted) return refused;
    change.commit({});
    return Outcome::accepted;
}

Outcome apply(Run& run, const RulesActivate& activation) {
    Outcome refused = run.check_governance();
    if (refused == Outcome::accepted) refused = check_quorum(run);
    if (refused != Outcome::accepted) return refused;
    const GovernanceRecord& governance = run.workspace.governance().view({});
    if (activation.version == run.rules_version) {
        if (!governance.next) return Outcome::version_out_of_order;
        if (activation.height != 0) return Outcome::height_passed;
        run.workspace.governance().edit({}).next.reset();
        return Outcome::accepted;
    }
    if (activation.version != run.rules_version + 1) return Outcome::version_out_of_order;
    if (activation.height <= run.block) return Outcome::height_passed;
    run.workspace.governance().edit({}).next = {activation.version, activation.height, run.entry};
    return Outcome::accepted;
}

}  // namespace tally::ledger
