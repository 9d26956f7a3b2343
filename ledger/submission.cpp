#include "ledger/submission.h"

#include <algorithm>
#include <limits>

#include "base/check.h"
#include "crypto/codec.h"
#include "crypto/dsse.h"
#include "crypto/merkle.h"
#include "crypto/suite.h"
#include "ledger/errc.h"
#include "ledger/submission_view.h"
#include "ledger/wire.h"

namespace tally::ledger {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kPayloadSubmissionsMax = 8192;
constexpr std::size_t kMemberBytes = 16;
constexpr std::size_t kKeyBytes = 32;
constexpr auto kSuite = static_cast<std::uint64_t>(crypto::Suite::ed25519);

Bytes encode_signer(const Signer& signer) {
    WireWriter writer;
    writer.bytes(1, signer.member.bytes);
    writer.bytes(2, signer.key.view());
    writer.varint(3, kSuite);
    return writer.take();
}

Status decode_signer(ByteView bytes, Signer& signer) {
    WireWalk walk(bytes, "header.signers");
    bool member = false;
    bool key = false;
    bool suite = false;
    while (walk.next()) {
        if (walk.field() == 1) {
            const ByteView id = walk.bytes("member", kMemberBytes, kMemberBytes);
            std::copy(id.begin(), id.end(), signer.member.bytes.begin());
            member = true;
        } else if (walk.field() == 2) {
            const ByteView value = walk.bytes("key", kKeyBytes, kKeyBytes);
            std::copy(value.begin(), value.end(), signer.key.bytes.begin());
            key = true;
        } else if (walk.field() == 3) {
            suite = walk.varint("suite", kSuite) == kSuite;
        } else {
            walk.unknown();
        }
    }
    walk.require(member, "member");
    walk.require(key, "key");
    walk.require(suite, "suite");
    return walk.finish();
}

crypto::Digest digest_field(WireWalk& walk, std::string_view name) {
    const ByteView bytes = walk.bytes(name, kKeyBytes, kKeyBytes);
    return walk.failed() ? crypto::Digest{} : crypto::digest_from(bytes);
}

void add_signer(WireWalk& walk, std::vector<Signer>& signers) {
    const ByteView bytes = walk.element("signers");
    if (signers.size() == kSignersMax) walk.reject("signers", "more than 16");
    if (walk.failed()) return;
    Signer signer;
    walk.adopt(decode_signer(bytes, signer));
    for (const Signer& other : signers) {
        if (other == signer) walk.reject("signers", "a member's key twice");
    }
    signers.push_back(signer);
}

}  // namespace

Bytes SubmissionHeader::encode() const {
    TALLY_CHECK(not_after.count() >= 0);
    WireWriter writer;
    writer.bytes(1, network.view());
    for (const Signer& signer : signers) writer.message(2, encode_signer(signer));
    writer.varint(3, atomic ? 1 : 0);
    writer.varint(4, transaction_count);
    writer.bytes(5, transactions_root.view());
    writer.varint(6, static_cast<std::uint64_t>(not_after.count()));
    return writer.take();
}

Result<SubmissionHeader> SubmissionHeader::decode(ByteView bytes) {
    constexpr auto kMillisMax = static_cast<std::uint64_t>(std::numeric_limits<Millis::rep>::max());
    SubmissionHeader header;
    WireWalk walk(bytes, "header");
    bool network = false;
    bool root = false;
    while (walk.next()) {
        switch (walk.field()) {
            case 1:
                header.network = digest_field(walk, "network");
                network = true;
                break;
            case 2:
                add_signer(walk, header.signers);
                break;
            case 3:
                header.atomic = walk.boolean("atomic");
                break;
            case 4:
                header.transaction_count = static_cast<std::uint32_t>(
                    walk.varint("transaction_count", std::numeric_limits<std::uint32_t>::max()));
                break;
            case 5:
                header.transactions_root = digest_field(walk, "transactions_root");
                root = true;
                break;
            case 6:
                header.not_after =
                    Millis(static_cast<Millis::rep>(walk.varint("not_after_ms", kMillisMax)));
                break;
            default:
                walk.unknown();
        }
    }
    walk.require(network, "network");
    walk.require(!header.signers.empty(), "signers");
    walk.require(root, "transactions_root");
    if (const Status status = walk.finish(); !status) return status.error();
    return header;
}

Bytes SubmissionHeader::signed_bytes(ByteView header) {
    return crypto::dsse_pae(kHeaderMediaType, header);
}

Bytes Submission::encode() const {
    TALLY_CHECK(signatures.size() <= kSignersMax);
    crypto::Writer writer;
    writer.u8(kVersion);
    crypto::write_envelope(writer);
    writer.bytes(header);
    writer.u8(static_cast<std::uint8_t>(signatures.size()));
    for (const crypto::Signature& signature : signatures) {
        crypto::write_signature(writer, signature);
    }
    writer.u32(static_cast<std::uint32_t>(transactions.size()));
    for (const Bytes& transaction : transactions) writer.bytes(transaction);
    return writer.take();
}

Result<SubmissionView> view_submission(ByteView bytes) {
    constexpr std::size_t kLengthBytes = 4;
    crypto::Reader reader(bytes);
    SubmissionView view;
    if (reader.u8() != kVersion) reader.reject();
    crypto::read_envelope(reader);
    view.header = reader.bytes(bytes.size());
    const std::size_t signatures = reader.u8();
    if (signatures > kSignersMax) reader.reject();
    view.signatures.resize(reader.failed() ? 0 : signatures);
    for (crypto::Signature& signature : view.signatures) {
        signature = crypto::read_signature(reader);
    }
    const std::size_t count = reader.u32();
    if (count > reader.remaining() / kLengthBytes) reader.reject();
    view.transactions.reserve(reader.failed() ? 0 : count);
    for (std::size_t index = 0; index < count && !reader.failed(); ++index) {
        view.transactions.push_back(reader.bytes(bytes.size()));
    }
    if (const Status status = reader.finish(); !status) {
        return fail(errc::malformed, "submission: " + status.error().code.message());
    }
    return view;
}

Result<Submission> Submission::decode(ByteView bytes) {
    Result<SubmissionView> view = view_submission(bytes);
    if (!view) return view.error();
    Submission submission;
    submission.header = to_bytes(view->header);
    submission.signatures = std::move(view->signatures);
    submission.transactions.reserve(view->transactions.size());
    for (const ByteView transaction : view->transactions) {
        submission.transactions.push_back(to_bytes(transaction));
    }
    return submission;
}

Bytes encode_payload(std::span<const SharedBytes> submissions) {
    TALLY_CHECK(submissions.size() <= kPayloadSubmissionsMax);
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.u32(static_cast<std::uint32_t>(submissions.size()));
    for (const SharedBytes& submission : submissions) writer.bytes(*submission);
    return writer.take();
}

Result<std::vector<ByteView>> decode_payload(ByteView payload) {
    crypto::Reader reader(payload);
    if (reader.u8() != kVersion) reader.reject();
    const std::size_t count = reader.u32();
    if (count > kPayloadSubmissionsMax) {
        return fail(errc::too_large, "payload: " + std::to_string(count) +
                                         " submissions, at most " +
                                         std::to_string(kPayloadSubmissionsMax));
    }
    std::vector<ByteView> submissions;
    for (std::size_t index = 0; index < count && !reader.failed(); ++index) {
        submissions.push_back(reader.bytes(payload.size()));
    }
    if (const Status status = reader.finish(); !status) {
        return fail(errc::malformed, "payload: " + status.error().code.message());
    }
    return submissions;
}

Submission sign_submission(const crypto::Digest& network, std::span<const Bytes> transactions,
                           std::span<const SigningKey> keys, bool atomic, Millis not_after) {
    TALLY_CHECK(!keys.empty() && keys.size() <= kSignersMax);
    std::vector<crypto::Digest> leaves;
    leaves.reserve(transactions.size());
    for (const Bytes& transaction : transactions) leaves.push_back(crypto::leaf_hash(transaction));

    SubmissionHeader header;
    header.network = network;
    for (const SigningKey& key : keys) {
        header.signers.push_back({key.member, key.key->public_key()});
    }
    header.atomic = atomic;
    header.transaction_count = static_cast<std::uint32_t>(transactions.size());
    header.transactions_root = crypto::merkle_root(leaves);
    header.not_after = not_after;

    Submission submission;
    submission.header = header.encode();
    const Bytes message = SubmissionHeader::signed_bytes(submission.header);
    for (const SigningKey& key : keys) submission.signatures.push_back(key.key->sign(message));
    submission.transactions.assign(transactions.begin(), transactions.end());
    return submission;
}

}  // namespace tally::ledger
