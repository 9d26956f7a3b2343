#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/digest.h"
#include "crypto/ed25519.h"
#include "ledger/types.h"

namespace tally::ledger {

inline constexpr std::string_view kHeaderMediaType =
    "application/vnd.tallystick.submission-header.v1+protobuf";

struct Signer {
    MemberId member;
    crypto::PublicKey key;

    bool operator==(const Signer&) const = default;
};

/// What all signers of a submission sign (DSSE PAE of its canonical bytes).
struct SubmissionHeader {
    crypto::Digest network;
    std::vector<Signer> signers;  ///< 1..16, each key once; the first is the submitter
    bool atomic = false;
    std::uint32_t transaction_count = 0;
    crypto::Digest transactions_root;  ///< RFC 6962 root over the transactions' bytes
    Millis not_after{0};               ///< 0: no limit

    Bytes encode() const;
    /// Canonical bytes only.
    static Result<SubmissionHeader> decode(ByteView bytes);
    /// What is signed.
    static Bytes signed_bytes(ByteView header);
};

/// Verbatim parts as they travel; nothing checked.
struct Submission {
    Bytes header;
    std::vector<crypto::Signature> signatures;  ///< in the order of header.signers
    std::vector<Bytes> transactions;

    /// Our fixed layout, as in a block's payload (docs/FORMAT.md).
    Bytes encode() const;
    static Result<Submission> decode(ByteView bytes);
};

/// Bounds that hold everywhere, from genesis.
struct SubmissionBounds {
    std::size_t submission_bytes_max = 1 << 20;
    std::uint32_t transactions_max = 8190;
};

/// A submission with everything decided that needs no state: a pure function of its bytes, so it
/// may be computed on any thread and be remembered by `digest`.
struct CheckedSubmission {
    SharedBytes bytes;        ///< encoded Submission
    crypto::Digest digest;    ///< domain_hash("submission", bytes)
    Status status;            ///< malformed, too_large, wrong_network, wrong_root, bad_signature
    SubmissionHeader header;  ///< the rest is set only when status holds
    ByteView header_bytes;    ///< views into bytes
    std::vector<crypto::Signature> signatures;
    std::vector<ByteView> transactions;
    std::vector<crypto::Digest> transaction_hashes;  ///< RFC 6962 leaf hashes
};
CheckedSubmission check_submission(SharedBytes bytes, const crypto::Digest& network,
                                   const SubmissionBounds& bounds);

/// The payload of a block of kind submissions: a version, a count and length-prefixed submissions.
Bytes encode_payload(std::span<const SharedBytes> submissions);
/// Total; at most 8192 submissions.
Result<std::vector<ByteView>> decode_payload(ByteView payload);

/// A key with its member, for signing.
struct SigningKey {
    MemberId member;
    const crypto::SecretKey* key = nullptr;
};
/// Builds and signs a submission; the first key's member is the submitter. Requires 1..16 keys and
/// not_after >= 0.
Submission sign_submission(const crypto::Digest& network, std::span<const Bytes> transactions,
                           std::span<const SigningKey> keys, bool atomic, Millis not_after);

}  // namespace tally::ledger
