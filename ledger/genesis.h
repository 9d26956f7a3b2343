#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/types.h"

namespace tally::ledger {

/// An organisation that signs transactions.
struct GenesisMember {
    MemberId id;       ///< member_id_of(name)
    std::string name;  ///< 1..64 characters of [a-z0-9-], unique
    std::uint16_t roles = 0;
    std::vector<crypto::PublicKey> keys;  ///< 1..16, unique in the network

    bool has(Role role) const { return (roles & static_cast<std::uint16_t>(role)) != 0; }
};

/// A process that votes: its four public keys, each for one purpose.
struct GenesisNode {
    std::uint32_t id = 0;  ///< 1..15, unique
    std::string name;      ///< 1..32 characters of [a-z0-9-], unique
    crypto::PublicKey tls_key;
    crypto::PublicKey statement_key;
    crypto::PublicKey log_key;          ///< note type 0x01, name = origin
    crypto::PublicKey cosignature_key;  ///< note type 0x04, name = origin/node name
};

/// What all nodes agree on before the first block. The network id is the digest of its bytes.
struct Genesis {
    std::string name;         ///< 1..32 characters of [a-z0-9-]
    std::string origin_base;  ///< URL without scheme; the origin adds "/" and the network id
    std::string calendar;     ///< IANA zone of business dates, informative
    std::int32_t utc_offset_minutes = 480;  ///< of the calendar, -720..840: what the rules count by
    std::uint32_t rules_version = kRulesVersion;
    Millis created{0};
    std::uint32_t submission_bytes_max = 1 << 20;  ///< 4 KiB..2 MiB
    std::uint32_t transactions_max = 8190;         ///< per submission
    std::vector<GenesisMember> members;            ///< ascending by id; at most 64 govern
    std::vector<GenesisNode> nodes;                ///< ascending by id
    /// Members, or more keys of members, that came later, as far as a reader learnt of them. No
    /// part of the bytes, nor of what is trusted; `member` and `member_named` find them last.
    std::vector<GenesisMember> later;

    /// Fixed layout of docs/FORMAT.md, version byte first.
    Bytes encode() const;
    /// Total; fails with malformed or bad_genesis.
    static Result<Genesis> decode(ByteView bytes);
    /// All rules above. Called by decode.
    Status validate() const;

    /// domain_hash("genesis", encoded).
    crypto::Digest network_id() const;
    /// `origin_base/` and the network id in hexadecimal: the origin of checkpoints.
    std::string origin() const;
    const GenesisMember* member(const MemberId& id) const;
    const GenesisNode* node(std::uint32_t id) const;
    const GenesisMember* member_named(std::string_view wanted) const;
};

/// 1..64 characters of [a-z0-9-].
bool is_member_name(std::string_view text);
/// First 16 bytes of domain_hash("member", name).
MemberId member_id_of(std::string_view name);

}  // namespace tally::ledger
