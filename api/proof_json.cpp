#include "api/proof_json.h"

#include "api/errc.h"
#include "api/object_reader.h"
#include "api/transaction_json.h"
#include "crypto/base64.h"

namespace tally::api {
namespace {

constexpr std::size_t kProofKeysMax = 16;

}  // namespace

boost::json::object to_json(const ProofDocument& proof) {
    boost::json::object target;
    target["format"] = kProofFormat;
    target["index"] = proof.index;
    target["transaction"] = nullptr;
    if (proof.transaction) target["transaction"] = to_json(*proof.transaction);
    target["outcome"] = proof.outcome;
    target["entry"] = crypto::to_base64(proof.entry);
    target["leaf_hash"] = to_hex(proof.leaf_hash.view());
    target["proof"] = proof.proof;
    target["header_index"] = proof.header_index;
    target["header_entry"] = crypto::to_base64(proof.header_entry);
    target["header_proof"] = proof.header_proof;
    boost::json::array path;
    for (const crypto::Digest& digest : proof.transaction_path) {
        path.emplace_back(crypto::to_base64(digest.view()));
    }
    target["transaction_path"] = std::move(path);
    if (proof.key_entries.empty()) return target;
    boost::json::array keys;
    for (const ProofDocument::KeyEntry& key : proof.key_entries) {
        keys.push_back(
            {{"index", key.index}, {"entry", crypto::to_base64(key.entry)}, {"proof", key.proof}});
    }
    target["key_entries"] = std::move(keys);
    return target;
}

Result<ProofDocument> proof_from_json(const boost::json::value& source) {
    ObjectReader reader(source);
    const std::string format = reader.text("format");
    if (format != kProofFormat) reader.reject("format", "not tallystick-proof-v1");
    ProofDocument proof;
    proof.index = reader.unsigned_integer("index");
    const boost::json::value* transaction = reader.value("transaction");
    if (transaction != nullptr && !transaction->is_null()) {
        auto decoded = transaction_from_json(*transaction, {}, "transaction");
        if (!decoded) {
            reader.adopt(decoded.error());
        } else {
            proof.transaction = std::move(*decoded);
        }
    }
    proof.outcome = reader.text("outcome");
    proof.entry = reader.base64("entry");
    proof.leaf_hash = reader.digest("leaf_hash");
    proof.proof = reader.text("proof");
    proof.header_index = reader.unsigned_integer("header_index");
    proof.header_entry = reader.base64("header_entry");
    proof.header_proof = reader.text("header_proof");
    proof.transaction_path = reader.base64_digests("transaction_path");
    if (reader.optional_value("key_entries") != nullptr) {
        reader.each("key_entries", [&](const boost::json::value& element, const std::string& path) {
            if (proof.key_entries.size() == kProofKeysMax) {
                return Status(fail(errc::invalid_argument, path + ": more than 16"));
            }
            ObjectReader inner(element, path);
            ProofDocument::KeyEntry& key = proof.key_entries.emplace_back();
            key.index = inner.unsigned_integer("index");
            key.entry = inner.base64("entry");
            key.proof = inner.text("proof");
            return inner.finish();
        });
    }
    if (const Status status = reader.finish(); !status) return status.error();
    return proof;
}

}  // namespace tally::api
