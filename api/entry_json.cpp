#include "api/entry_json.h"

#include "api/ids.h"
#include "api/times.h"
#include "api/transaction_json.h"
#include "crypto/base64.h"
#include "ledger/outcome.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

namespace tally::api {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

object header_json(const ledger::SubmissionHeader& header, const MemberNames& names) {
    array signers;
    for (const ledger::Signer& signer : header.signers) {
        object one = member_json(signer.member, names);
        one["key"] = crypto::to_base64(signer.key.view());
        one["suite"] = "ed25519";
        signers.push_back(std::move(one));
    }
    object target;
    target["network"] = to_hex(header.network.view());
    target["signers"] = std::move(signers);
    target["atomic"] = header.atomic;
    target["transaction_count"] = header.transaction_count;
    target["transactions_root"] = to_hex(header.transactions_root.view());
    target["not_after"] =
        header.not_after.count() == 0 ? value(nullptr) : value(time_text(header.not_after));
    return target;
}

}  // namespace

object member_json(const ledger::MemberId& id, const MemberNames& names) {
    const std::optional<std::string> name = names(id);
    return {{"member", id_text(id)}, {"name", name ? value(*name) : value(nullptr)}};
}

std::string_view account_class_name(ledger::AccountClass account_class) {
    switch (account_class) {
        case ledger::AccountClass::line:
            return "line";
        case ledger::AccountClass::contract:
            return "contract";
        case ledger::AccountClass::borrower:
            return "borrower";
        case ledger::AccountClass::member:
            return "member";
        case ledger::AccountClass::pool:
            return "pool";
    }
    return "unknown";
}

object to_json(const ledger::AccountLink& link) {
    object target;
    target["class"] = account_class_name(link.account_class);
    target["id"] = id_text(link.id);
    target["sequence"] = link.sequence;
    target["previous"] = link.previous == ledger::kNoEntry ? value(nullptr) : value(link.previous);
    return target;
}

EntryOrigin origin_of(const ledger::HeaderEntry& entry) {
    EntryOrigin origin{.block = entry.block_index, .block_time = entry.block_time, .submitter = {}};
    const auto header = ledger::SubmissionHeader::decode(entry.header);
    if (header && !header->signers.empty()) origin.submitter = header->signers.front().member;
    return origin;
}

object transaction_entry_json(std::uint64_t index, const ledger::TransactionEntry& entry,
                              const EntryOrigin& origin, const MemberNames& names) {
    object target;
    target["entry"] = index;
    target["kind"] = "transaction";
    target["block"] = origin.block;
    target["block_time"] = time_text(origin.block_time);
    target["header_entry"] = entry.header_entry;
    target["position"] = entry.position;
    target["outcome"] = ledger::outcome_code(entry.outcome);
    target["outcome_text"] = ledger::outcome_text(entry.outcome);
    const auto transaction = ledger::decode_transaction(entry.transaction, ledger::kRulesVersion);
    if (transaction) {
        target["type"] = ledger::type_name(transaction->body);
        target["transaction"] = to_json(*transaction);
    } else {
        target["type"] = nullptr;
        target["transaction"] = nullptr;
        target["transaction_bytes"] = crypto::to_base64(entry.transaction);
    }
    array links;
    for (const ledger::AccountLink& link : entry.links) links.push_back(to_json(link));
    target["links"] = std::move(links);
    target["submitter"] = member_json(origin.submitter, names);
    return target;
}

object header_entry_json(std::uint64_t index, const ledger::HeaderEntry& entry,
                         const MemberNames& names) {
    object target;
    target["entry"] = index;
    target["kind"] = "header";
    target["block"] = entry.block_index;
    target["block_time"] = time_text(entry.block_time);
    target["position"] = entry.position;
    target["envelope"] = "dsse";
    const auto header = ledger::SubmissionHeader::decode(entry.header);
    target["header"] = header ? value(header_json(*header, names)) : value(nullptr);
    target["header_bytes"] = crypto::to_base64(entry.header);
    array signatures;
    for (const crypto::Signature& signature : entry.signatures) {
        signatures.emplace_back(crypto::to_base64(signature.view()));
    }
    target["signatures"] = std::move(signatures);
    return target;
}

object seal_entry_json(std::uint64_t index, const ledger::SealEntry& entry) {
    object target;
    target["entry"] = index;
    target["kind"] = "seal";
    target["block"] = entry.block_index;
    target["block_time"] = time_text(entry.time);
    target["block_hash"] = to_hex(entry.block_hash.view());
    target["sealed_size"] = entry.sealed_size;
    target["map_root"] = to_hex(entry.map_root.view());
    target["map_from"] =
        entry.map_from == ledger::kNoEntry ? value(nullptr) : value(entry.map_from);
    target["state_digest"] = to_hex(entry.state_digest.view());
    target["rules_version"] = entry.rules_version;
    target["configuration_index"] = entry.configuration_index;
    return target;
}

object invalid_entry_json(std::uint64_t index, const ledger::InvalidEntry& entry) {
    object target;
    target["entry"] = index;
    target["kind"] = "invalid";
    target["block"] = entry.block_index;
    target["position"] = entry.position;
    target["outcome"] = "invalid_submission";
    target["submission"] = to_hex(entry.submission.view());
    return target;
}

}  // namespace tally::api
