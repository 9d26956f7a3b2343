#include "node/recovery.h"

#include <algorithm>
#include <boost/json.hpp>
#include <iterator>
#include <set>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "base/bounded_input.h"
#include "crypto/base64.h"
#include "crypto/codec.h"
#include "crypto/dsse.h"
#include "ledger/queries.h"

namespace tally::node {

using consensus::Index;
using consensus::Millis;
using consensus::Term;

namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::string_view kMediaType = "application/vnd.tallystick.recovery.v1";
constexpr std::size_t kNodesMax = 15;
constexpr std::size_t kSignaturesMax = 256;
constexpr std::size_t kDocumentBytesMax = 1 << 20;

}  // namespace

bool RecoveryManifest::names(std::uint32_t node) const {
    return std::find(nodes.begin(), nodes.end(), node) != nodes.end();
}

Bytes RecoveryManifest::signed_bytes() const {
    return crypto::dsse_pae(kMediaType, encode_recovery(*this));
}

Bytes encode_recovery(const RecoveryManifest& manifest) {
    crypto::Writer writer;
    writer.u8(kVersion);
    writer.digest(manifest.network);
    writer.i64(manifest.decided.count());
    writer.u8(static_cast<std::uint8_t>(manifest.nodes.size()));
    for (const std::uint32_t node : manifest.nodes) writer.u32(node);
    writer.u64(manifest.index.value);
    writer.u64(manifest.term.value);
    writer.digest(manifest.hash);
    writer.u64(manifest.begin.value);
    return writer.take();
}

Result<RecoveryManifest> decode_recovery(ByteView bytes) {
    crypto::Reader reader(bytes);
    if (reader.u8() != kVersion) reader.reject();
    RecoveryManifest manifest;
    manifest.network = reader.digest();
    manifest.decided = Millis(reader.i64());
    const std::size_t count = reader.u8();
    if (count == 0 || count > kNodesMax) reader.reject();
    for (std::size_t i = 0; i < count && i < kNodesMax; ++i) manifest.nodes.push_back(reader.u32());
    manifest.index = Index(reader.u64());
    manifest.term = Term(reader.u64());
    manifest.hash = reader.digest();
    manifest.begin = Term(reader.u64());
    const bool ascending = std::adjacent_find(manifest.nodes.begin(), manifest.nodes.end(),
                                              [](std::uint32_t left, std::uint32_t right) {
                                                  return left >= right;
                                              }) == manifest.nodes.end();
    if (!reader.finish() || !ascending || manifest.begin <= manifest.term) {
        return fail(api::errc::invalid_argument, "manifest: does not decode");
    }
    return manifest;
}

void RecoveryDocument::sign(const crypto::SecretKey& key) {
    std::erase_if(signatures,
                  [&key](const RecoverySignature& one) { return one.key == key.public_key(); });
    signatures.push_back({key.public_key(), key.sign(manifest.signed_bytes())});
}

std::string encode_recovery_document(const RecoveryDocument& document) {
    boost::json::array signatures;
    for (const RecoverySignature& one : document.signatures) {
        signatures.push_back({{"key", crypto::to_base64(one.key.view())},
                              {"signature", crypto::to_base64(one.signature.view())}});
    }
    const boost::json::object text{
        {"recovery", crypto::to_base64(encode_recovery(document.manifest))},
        {"signatures", std::move(signatures)}};
    return boost::json::serialize(text) + "\n";
}

Result<RecoveryDocument> decode_recovery_document(std::string_view text) {
    const auto parsed = api::json_object_from_text(text);
    if (!parsed) return parsed.error();
    const boost::json::value value(*parsed);
    api::ObjectReader reader(value);
    const Bytes bytes = reader.base64("recovery");
    RecoveryDocument document;
    reader.each("signatures", [&](const boost::json::value& element, const std::string& path) {
        api::ObjectReader one(element, path);
        const Bytes key = one.base64("key");
        const Bytes signature = one.base64("signature");
        if (Status whole = one.finish(); !whole) return whole;
        RecoverySignature read;
        if (key.size() != read.key.bytes.size() ||
            signature.size() != read.signature.bytes.size() ||
            document.signatures.size() == kSignaturesMax) {
            return Status(fail(api::errc::invalid_argument, path + ": no signature"));
        }
        std::copy(key.begin(), key.end(), read.key.bytes.begin());
        std::copy(signature.begin(), signature.end(), read.signature.bytes.begin());
        document.signatures.push_back(read);
        return Status();
    });
    if (Status whole = reader.finish(); !whole) return whole.error();
    auto manifest = decode_recovery(bytes);
    if (!manifest) return manifest.error();
    document.manifest = std::move(*manifest);
    return document;
}

Result<RecoveryDocument> read_recovery_document(const std::string& path) {
    const auto text = read_bounded(path, kDocumentBytesMax);
    if (!text) return fail(api::errc::invalid_argument, text.error().context);
    auto document = decode_recovery_document(*text);
    if (!document) return Error{document.error().code, path + ": " + document.error().context};
    return document;
}

Status check_recovery_quorum(const RecoveryDocument& document, const ledger::RecordReader& state,
                             std::uint64_t block) {
    const auto governance = ledger::read_governance(state);
    if (!governance) return governance.error();
    const Bytes message = document.manifest.signed_bytes();
    std::size_t signed_by = 0;
    std::string lacking;
    for (const ledger::MemberId& id : governance->members) {
        const auto member = ledger::read_member(state, id);
        if (!member) return member.error();
        if (!*member || !(*member)->body) continue;
        const bool has_signed =
            std::any_of(document.signatures.begin(), document.signatures.end(),
                        [&](const RecoverySignature& one) {
                            return (*member)->body->key_valid(one.key, block) &&
                                   crypto::verify(one.key, message, one.signature);
                        });
        signed_by += has_signed ? 1U : 0U;
        if (!has_signed) lacking += (lacking.empty() ? "" : ", ") + (*member)->body->name;
    }
    if (signed_by >= governance->quorum()) return {};
    return fail(api::errc::invalid_argument,
                "manifest: signed by " + std::to_string(signed_by) +
                    " of the members that govern, " + std::to_string(governance->quorum()) +
                    " needed; not by " + (lacking.empty() ? "anybody" : lacking));
}

}  // namespace tally::node
