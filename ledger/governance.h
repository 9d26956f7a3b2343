#pragma once

#include "base/bytes.h"
#include "crypto/ed25519.h"
#include "ledger/transaction.h"
#include "ledger/types.h"

// Who belongs to a network and with which keys, after its genesis.
namespace tally::ledger {

/// What a new key signs to prove that whoever names it for a member has it:
/// domain_hash("possession", member id, suite, key). Without it a member could register a key that
/// it saw in another's hands, and so keep the other from registering it.
Bytes possession_bytes(const MemberId& member, const crypto::PublicKey& key);
/// A key with that proof, made by its owner.
NewKey claim_key(const MemberId& member, const crypto::SecretKey& key);

/// The member that a type of governance or oversight concerns.
inline MemberId member_of(const KeyRotate& rotation) { return rotation.member; }
inline MemberId member_of(const KeyRevoke& revocation) { return revocation.member; }
MemberId member_of(const MemberAdd& addition);
inline MemberId member_of(const ReconResult& result) { return result.lender; }
inline MemberId member_of(const AuditOpinion& opinion) { return opinion.lender; }

/// The bits of roles; nothing unless each is there once, in ascending order, and one at least.
std::optional<std::uint16_t> bits_of(const std::vector<GivenRole>& roles);

}  // namespace tally::ledger
