#include "storage/audit_keys.h"

#include <algorithm>

#include "crypto/suite.h"
#include "ledger/genesis.h"
#include "ledger/ledger.h"
#include "ledger/queries.h"
#include "ledger/records.h"
#include "storage/errc.h"

// Independent on purpose: what a quorum is, from when a key is valid and what proves its possession
// stands here once more and is not asked of the rules.

namespace tally::storage {
namespace {

using ledger::MemberId;

constexpr unsigned kGovernanceBit = 8;

bool signed_by(const ledger::SubmissionHeader& header, const MemberId& member) {
    return std::any_of(header.signers.begin(), header.signers.end(),
                       [&member](const ledger::Signer& signer) { return signer.member == member; });
}

bool proves_possession(const MemberId& member, const ledger::NewKey& key) {
    crypto::Writer writer;
    writer.raw(member.bytes);
    writer.u8(1);
    writer.raw(key.key.view());
    const crypto::Digest said = crypto::domain_hash("possession", {writer.take()});
    return crypto::verify(key.key, said.view(), key.possession);
}

}  // namespace

Status AuditKeys::start(const ledger::RecordReader& records) {
    if (started_) return {};
    const auto value = records.get(ledger::genesis_key());
    if (!value) return value.error();
    if (!*value) return fail(errc::diverged, "the genesis is not on record");
    const auto genesis = ledger::genesis_of(**value);
    if (!genesis) return genesis.error();
    for (const ledger::GenesisMember& member : genesis->members) {
        members_.insert(member.id);
        if (((member.roles >> kGovernanceBit) & 1U) != 0) governing_.insert(member.id);
        for (const crypto::PublicKey& key : member.keys) keys_[key] = {member.id};
    }
    for (const ledger::GenesisNode& node : genesis->nodes) {
        node_keys_.insert({node.tls_key, node.statement_key, node.log_key, node.cosignature_key});
    }
    rules_version_ = genesis->rules_version;
    started_ = true;
    return {};
}

Result<AuditKeys::Finding> AuditKeys::begin_block(std::uint64_t block, std::uint32_t rules_version,
                                                  const ledger::RecordReader& records) {
    if (Status status = start(records); !status) return status.error();
    block_ = block;
    touched_.clear();
    if (next_ && block >= next_->second) {
        rules_version_ = next_->first;
        next_.reset();
    }
    if (rules_version == rules_version_) return Finding{};
    return Finding("under rules version " + std::to_string(rules_version) + " where version " +
                   std::to_string(rules_version_) + " is in force");
}

AuditKeys::Finding AuditKeys::check_signers(const ledger::SubmissionHeader& header) const {
    for (const ledger::Signer& signer : header.signers) {
        const auto key = keys_.find(signer.key);
        const bool valid = key != keys_.end() && key->second.member == signer.member &&
                           key->second.first_block <= block_ && block_ < key->second.end_block;
        if (!valid) return "accepted from a key that was not its member's at this height";
    }
    return std::nullopt;
}

bool AuditKeys::able(const MemberId& member) const {
    return std::any_of(keys_.begin(), keys_.end(), [&](const auto& key) {
        return key.second.member == member && key.second.first_block <= block_ &&
               block_ < key.second.end_block;
    });
}

bool AuditKeys::quorum_signed(const ledger::SubmissionHeader& header) const {
    const auto count =
        std::count_if(governing_.begin(), governing_.end(),
                      [&header](const MemberId& member) { return signed_by(header, member); });
    return static_cast<std::size_t>(count) * 2 > governing_.size();
}

AuditKeys::Finding AuditKeys::bring(const MemberId& member,
                                    const std::vector<ledger::NewKey>& keys) {
    for (const ledger::NewKey& key : keys) {
        if (!proves_possession(member, key)) return "a key whose possession nobody proved";
        const bool fresh = !node_keys_.contains(key.key) &&
                           keys_.try_emplace(key.key, Key{member, block_ + 1}).second;
        if (!fresh) return "a key that is or was another's";
    }
    return std::nullopt;
}

AuditKeys::Finding AuditKeys::retire(const MemberId& member,
                                     const std::vector<ledger::NamedKey>& keys) {
    for (const ledger::NamedKey& named : keys) {
        const auto key = keys_.find(named.key);
        if (key == keys_.end() || key->second.member != member) {
            return "ends a key that is not the member's";
        }
        key->second.end_block = std::min(key->second.end_block, block_ + 1);
    }
    return std::nullopt;
}

AuditKeys::Finding AuditKeys::activate(const ledger::RulesActivate& activation) {
    next_.reset();
    if (activation.version == rules_version_) return std::nullopt;
    if (activation.version != rules_version_ + 1 || activation.height <= block_) {
        return "decides on rules that cannot follow";
    }
    next_ = {activation.version, activation.height};
    return std::nullopt;
}

AuditKeys::Finding AuditKeys::govern(const ledger::SubmissionHeader& header,
                                     const ledger::TransactionBody& body) {
    const auto* revocation = std::get_if<ledger::KeyRevoke>(&body);
    const bool own = revocation != nullptr && signed_by(header, revocation->member);
    if (!own && !quorum_signed(header)) {
        return "not signed by more than half of the governing members";
    }
    if (revocation != nullptr) {
        touched_.insert(revocation->member);
        return retire(revocation->member, revocation->keys);
    }
    if (const auto* addition = std::get_if<ledger::MemberAdd>(&body)) {
        const MemberId id = ledger::member_id_of(addition->name);
        if (!members_.insert(id).second) return "adds a member that is there";
        for (const ledger::GivenRole& given : addition->roles) {
            if (given.role == ledger::RoleName::governance) governing_.insert(id);
        }
        touched_.insert(id);
        return bring(id, addition->keys);
    }
    if (const auto* rotation = std::get_if<ledger::KeyRotate>(&body)) {
        if (able(rotation->member) && !signed_by(header, rotation->member)) {
            return "new keys for a member that can sign and did not";
        }
        touched_.insert(rotation->member);
        if (Finding found = retire(rotation->member, rotation->retired)) return found;
        return bring(rotation->member, rotation->keys);
    }
    return activate(std::get<ledger::RulesActivate>(body));
}

AuditKeys::Finding AuditKeys::take(const ledger::SubmissionHeader& header,
                                   const ledger::Transaction& transaction) {
    if (Finding found = check_signers(header)) return found;
    const ledger::TransactionBody& body = transaction.body;
    const bool governs = std::holds_alternative<ledger::MemberAdd>(body) ||
                         std::holds_alternative<ledger::KeyRotate>(body) ||
                         std::holds_alternative<ledger::KeyRevoke>(body) ||
                         std::holds_alternative<ledger::RulesActivate>(body);
    return governs ? govern(header, body) : std::nullopt;
}

Result<AuditKeys::Finding> AuditKeys::compare(const MemberId& member,
                                              const ledger::RecordReader& after) const {
    const auto record = ledger::read_member(after, member);
    if (!record) return record.error();
    if (!*record || !(*record)->body) return Finding("a member that is not on record");
    std::size_t known = 0;
    for (const auto& [key, state] : keys_) {
        if (state.member != member) continue;
        ++known;
        const auto& list = (*record)->body->keys;
        const bool same =
            std::any_of(list.begin(), list.end(), [&key = key, &state = state](const auto& stored) {
                return stored.key == key && stored.first_block == state.first_block &&
                       stored.end_block == state.end_block;
            });
        if (!same) return Finding("a member's keys are not those that its history leads to");
    }
    if (known != (*record)->body->keys.size()) return Finding("a member has keys of nobody");
    return Finding{};
}

Result<AuditKeys::Finding> AuditKeys::end_block(const ledger::RecordReader& after) const {
    for (const MemberId& member : touched_) {
        auto found = compare(member, after);
        if (!found || found->has_value()) return found;
    }
    return Finding{};
}

}  // namespace tally::storage
