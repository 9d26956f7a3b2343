#include "cli/submission_file.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <chrono>
#include <map>
#include <utility>

#include "api/errc.h"
#include "api/json_text.h"
#include "api/object_reader.h"
#include "api/times.h"
#include "api/transaction_json.h"
#include "base/check.h"
#include "base/hex.h"
#include "base/wall_clock.h"
#include "client/errors.h"
#include "crypto/base64.h"
#include "crypto/merkle.h"
#include "ledger/errc.h"
#include "network/network_folder.h"

namespace tally::cli {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::string_view kFormat = "tallystick-submission-v1";
constexpr std::size_t kFileBytesMax = 64U << 20;
constexpr std::size_t kSignersMax = 16;

Error bad_file(const std::string& what) { return fail(client::errc::bad_file, what); }

crypto::Digest root_of(const std::vector<Bytes>& transactions) {
    std::vector<crypto::Digest> leaves;
    leaves.reserve(transactions.size());
    for (const Bytes& transaction : transactions) leaves.push_back(crypto::leaf_hash(transaction));
    return crypto::merkle_root(leaves);
}

/// What the file shows beside the bytes; all of it follows from them.
object shown(const PreparedSubmission& prepared) {
    object document{{"format", kFormat},
                    {"network", to_hex(prepared.header.network.bytes)},
                    {"atomic", prepared.header.atomic},
                    {"not_after", nullptr}};
    if (prepared.header.not_after.count() != 0) {
        document["not_after"] = api::time_text(prepared.header.not_after);
    }
    boost::json::array signers;
    for (const ListedSigner& listed : prepared.signers) {
        signers.push_back({{"name", listed.key_name},
                           {"member", listed.member},
                           {"key", crypto::to_base64(listed.signer.key.view())},
                           {"signature", nullptr}});
        if (!listed.signature) continue;
        signers.back().get_object()["signature"] = crypto::to_base64(listed.signature->view());
    }
    document["signers"] = std::move(signers);
    boost::json::array transactions;
    for (std::size_t i = 0; i < prepared.transactions.size(); ++i) {
        transactions.push_back({{"transaction", api::to_json(prepared.transactions[i])},
                                {"bytes", crypto::to_base64(prepared.transaction_bytes[i])}});
    }
    document["transactions"] = std::move(transactions);
    document["header"] = crypto::to_base64(prepared.header_bytes);
    return document;
}

/// The names that the genesis has for a signer. It may not have the key: whether it is that
/// member's by now, only the network knows, and decides.
ListedSigner listed_signer(const ledger::Genesis& genesis, const ledger::Signer& signer) {
    for (const auto& named : network::named_keys(genesis)) {
        if (named.member->id != signer.member || named.key != signer.key) continue;
        return ListedSigner{.key_name = named.name,
                            .member = named.member->name,
                            .is_named = true,
                            .signer = signer,
                            .signature = {}};
    }
    const auto* member = genesis.member(signer.member);
    const std::string id = api::id_text(signer.member);
    return ListedSigner{
        .key_name = "key " + crypto::to_base64(signer.key.view()),
        .member = (member == nullptr ? id : member->name) + " (key not in the genesis)",
        .is_named = false,
        .signer = signer,
        .signature = {}};
}

Status check_bytes(const PreparedSubmission& prepared, const ledger::Genesis& genesis) {
    if (prepared.header.network != genesis.network_id()) {
        return fail(ledger::errc::wrong_network,
                    "header: is for the network " + to_hex(prepared.header.network.bytes) +
                        ", not for " + genesis.name + ", " + to_hex(genesis.network_id().bytes) +
                        "; name its network with --dir FOLDER or --trust FILE");
    }
    const auto& transactions = prepared.transaction_bytes;
    if (transactions.empty() || transactions.size() != prepared.header.transaction_count ||
        root_of(transactions) != prepared.header.transactions_root) {
        return fail(ledger::errc::wrong_root,
                    "transactions: their bytes are not those of the header: the file was altered");
    }
    return {};
}

/// The bytes decide; the rest of the file is compared with what follows from them.
Status derive(PreparedSubmission& prepared, const ledger::Genesis& genesis) {
    for (const Bytes& bytes : prepared.transaction_bytes) {
        auto transaction = ledger::decode_transaction(bytes, genesis.rules_version);
        if (!transaction) return transaction.error();
        prepared.transactions.push_back(std::move(*transaction));
    }
    for (const auto& signer : prepared.header.signers) {
        prepared.signers.push_back(listed_signer(genesis, signer));
    }
    return {};
}

/// Signatures as the file has them, by place; null where one is missing.
Status adopt_signatures(PreparedSubmission& prepared, const std::vector<value>& signatures) {
    if (signatures.size() != prepared.signers.size()) {
        return bad_file("signers: are not as many as the header lists");
    }
    const Bytes message = ledger::SubmissionHeader::signed_bytes(prepared.header_bytes);
    for (std::size_t i = 0; i < signatures.size(); ++i) {
        if (signatures[i].is_null()) continue;
        const std::string path = "signers[" + std::to_string(i) + "].signature";
        const auto* text = signatures[i].if_string();
        const auto bytes = text == nullptr
                               ? std::nullopt
                               : crypto::from_base64(std::string_view(text->data(), text->size()));
        crypto::Signature signature;
        if (!bytes || bytes->size() != signature.bytes.size()) {
            return bad_file(path + ": neither null nor base64 of 64 bytes");
        }
        std::copy(bytes->begin(), bytes->end(), signature.bytes.begin());
        if (!crypto::verify(prepared.signers[i].signer.key, message, signature)) {
            return fail(ledger::errc::bad_signature, path + ": does not verify under the key of " +
                                                         prepared.signers[i].key_name);
        }
        prepared.signers[i].signature = signature;
    }
    return {};
}

/// The parts that everything else follows from.
struct Parts {
    PreparedSubmission prepared;
    std::vector<value> signatures;
};

Result<Parts> read_parts(const value& document) {
    Parts parts;
    api::ObjectReader reader(document);
    for (const char* derived : {"network", "atomic", "not_after"}) (void)reader.value(derived);
    if (reader.text("format") != kFormat) {
        return bad_file("format: is not " + std::string(kFormat));
    }
    parts.prepared.header_bytes = reader.base64("header");
    reader.each("signers", [&](const value& element, const std::string& path) -> Status {
        api::ObjectReader signer(element, path);
        for (const char* derived : {"name", "member", "key"}) (void)signer.value(derived);
        const value* signature = signer.value("signature");
        if (signature != nullptr) parts.signatures.push_back(*signature);
        return signer.finish();
    });
    reader.each("transactions", [&](const value& element, const std::string& path) -> Status {
        api::ObjectReader transaction(element, path);
        (void)transaction.value("transaction");
        parts.prepared.transaction_bytes.push_back(transaction.base64("bytes"));
        return transaction.finish();
    });
    if (const Status whole = reader.finish(); !whole) return bad_file(whole.error().context);
    auto header = ledger::SubmissionHeader::decode(parts.prepared.header_bytes);
    if (!header) return bad_file("header: " + header.error().context);
    parts.prepared.header = std::move(*header);
    return parts;
}

/// Where two documents of the same form differ first, as a path.
std::string first_difference(const value& left, const value& right, const std::string& path) {
    if (left.is_object() && right.is_object()) {
        for (const auto& [name, element] : left.get_object()) {
            const auto* other = right.get_object().if_contains(name);
            const std::string inner = (path.empty() ? "" : path + ".") + std::string(name);
            if (other == nullptr) return inner;
            if (element != *other) return first_difference(element, *other, inner);
        }
    } else if (left.is_array() && right.is_array()) {
        const auto& one = left.get_array();
        const auto& two = right.get_array();
        for (std::size_t i = 0; i < std::min(one.size(), two.size()); ++i) {
            if (one[i] == two[i]) continue;
            return first_difference(one[i], two[i], path + "[" + std::to_string(i) + "]");
        }
    }
    return path;
}

}  // namespace

std::vector<std::string> PreparedSubmission::missing() const {
    std::vector<std::string> names;
    for (const ListedSigner& listed : signers) {
        if (!listed.signature) names.push_back(listed.key_name);
    }
    return names;
}

const ListedSigner* PreparedSubmission::first_missing() const {
    const auto listed = std::ranges::find_if(
        signers, [](const ListedSigner& candidate) { return !candidate.signature; });
    return listed == signers.end() ? nullptr : &*listed;
}

ledger::Submission PreparedSubmission::submission() const {
    ledger::Submission whole;
    whole.header = header_bytes;
    for (const ListedSigner& listed : signers) {
        TALLY_CHECK(listed.signature);
        whole.signatures.push_back(*listed.signature);
    }
    whole.transactions = transaction_bytes;
    return whole;
}

Status refuse_twins(const std::vector<ledger::Transaction>& transactions) {
    std::map<ledger::TransactionId, std::size_t> places;
    for (std::size_t place = 0; place < transactions.size(); ++place) {
        const auto [first, added] = places.emplace(transactions[place].id, place);
        if (added) continue;
        return fail(api::errc::invalid_argument,
                    "--atomic: transactions " + std::to_string(first->second + 1) + " and " +
                        std::to_string(place + 1) + " have one id, " +
                        to_hex(transactions[place].id.bytes) +
                        ", so that all would be refused; leave one out, or give it another id");
    }
    return {};
}

namespace {

/// What every node refuses for what it is must not go out: it would be kept, and never end.
Status refuse_hopeless(const ledger::Genesis& genesis,
                       const std::vector<ledger::Transaction>& transactions,
                       const std::vector<Bytes>& encoded) {
    if (encoded.size() > genesis.transactions_max) {
        return fail(ledger::errc::too_large,
                    std::to_string(encoded.size()) + " transactions in one submission, at most " +
                        std::to_string(genesis.transactions_max) + "; divide the file");
    }
    std::size_t bytes = 0;
    std::map<ledger::TransactionId, std::size_t> places;
    for (std::size_t place = 0; place < encoded.size(); ++place) {
        bytes += encoded[place].size();
        const auto [first, added] = places.emplace(transactions[place].id, place);
        if (added || encoded[first->second] == encoded[place]) continue;
        return fail(ledger::errc::id_reused, "transactions " + std::to_string(first->second + 1) +
                                                 " and " + std::to_string(place + 1) +
                                                 " have one id, " +
                                                 to_hex(transactions[place].id.bytes) +
                                                 ", and other content; give each its own");
    }
    if (bytes <= genesis.submission_bytes_max) return {};
    return fail(ledger::errc::too_large,
                std::to_string(bytes) + " bytes of transactions, at most " +
                    std::to_string(genesis.submission_bytes_max) + "; divide the file");
}

}  // namespace

Result<PreparedSubmission> prepare_submission(const ledger::Genesis& genesis,
                                              const std::vector<ledger::Signer>& signers,
                                              std::vector<ledger::Transaction> transactions,
                                              bool atomic, ledger::Millis not_after) {
    if (signers.empty() || signers.size() > kSignersMax) {
        return fail(api::errc::invalid_argument, "--signer: a submission has 1 to 16 signers");
    }
    PreparedSubmission prepared;
    for (const ledger::Signer& signer : signers) {
        ListedSigner shown = listed_signer(genesis, signer);
        const auto& listed = prepared.header.signers;
        if (std::find(listed.begin(), listed.end(), signer) != listed.end()) {
            return fail(api::errc::invalid_argument,
                        "--signer " + shown.key_name + ": is listed already");
        }
        prepared.header.signers.push_back(signer);
        prepared.signers.push_back(std::move(shown));
    }
    for (const auto& transaction : transactions) {
        prepared.transaction_bytes.push_back(ledger::encode_transaction(transaction));
    }
    if (atomic) {
        if (Status twice = refuse_twins(transactions); !twice) return twice.error();
    }
    const Status hopeful = refuse_hopeless(genesis, transactions, prepared.transaction_bytes);
    if (!hopeful) return hopeful.error();
    prepared.transactions = std::move(transactions);
    prepared.header.network = genesis.network_id();
    prepared.header.atomic = atomic;
    prepared.header.transaction_count =
        static_cast<std::uint32_t>(prepared.transaction_bytes.size());
    prepared.header.transactions_root = root_of(prepared.transaction_bytes);
    prepared.header.not_after = not_after;
    prepared.header_bytes = prepared.header.encode();
    return prepared;
}

bool is_submission_file(const std::string& text) {
    const auto document = api::json_object_from_text(text);
    return document && document->contains("format");
}

std::string submission_file_text(const PreparedSubmission& prepared) {
    return boost::json::serialize(shown(prepared)) + "\n";
}

Result<PreparedSubmission> read_submission_file(const std::string& text,
                                                const ledger::Genesis& genesis) {
    if (text.size() > kFileBytesMax) return bad_file("is larger than 64 MiB");
    const auto document = api::json_from_text(text);
    if (!document) return bad_file(document.error().context);
    auto parts = read_parts(*document);
    if (!parts) return parts.error();
    PreparedSubmission& prepared = parts->prepared;
    if (const Status held = check_bytes(prepared, genesis); !held) return held.error();
    if (const Status held = derive(prepared, genesis); !held) return held.error();
    if (const Status held = adopt_signatures(prepared, parts->signatures); !held) {
        return held.error();
    }
    const value expected = shown(prepared);
    if (*document != expected) {
        return Error{client::api_code("text_differs"),
                     first_difference(expected, *document, "") +
                         ": is not what the bytes say: the file was altered"};
    }
    return std::move(prepared);
}

Status add_signature(PreparedSubmission& prepared, const crypto::SecretKey& key) {
    std::string listed_names;
    for (ListedSigner& listed : prepared.signers) {
        listed_names += (listed_names.empty() ? "" : ", ") + listed.key_name;
        if (listed.signer.key != key.public_key()) continue;
        // Deterministic: the same key gives the same signature.
        listed.signature = key.sign(ledger::SubmissionHeader::signed_bytes(prepared.header_bytes));
        return {};
    }
    return Error{client::api_code("signer_not_listed"),
                 "the header lists " + listed_names + ", and nobody else may sign"};
}

Result<ledger::Millis> not_after_of(const std::string& text) {
    if (text.empty()) return ledger::Millis{0};
    if (text.front() == '+') {
        std::int64_t seconds = 0;
        const auto [end, error] =
            std::from_chars(text.data() + 1, text.data() + text.size(), seconds);
        if (error == std::errc{} && end == text.data() + text.size() && seconds > 0 &&
            seconds <= 1'000'000'000) {
            return tally::wall_now() + std::chrono::seconds(seconds);
        }
    } else if (const auto time = api::time_from_text(text)) {
        // Zero stands on record for no limit.
        if (time->count() > 0) return *time;
    }
    return fail(api::errc::invalid_argument,
                "--not-after " + text +
                    ": write a time after 1970-01-01T00:00:00.000Z, such as "
                    "2025-01-31T08:30:00.000Z, or +30 for 30 seconds from now");
}

}  // namespace tally::cli
