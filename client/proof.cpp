#include "client/proof.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "api/ids.h"
#include "api/json_text.h"
#include "api/proof_json.h"
#include "api/times.h"
#include "api/transaction_json.h"
#include "base/hex.h"
#include "crypto/base64.h"
#include "crypto/checkpoint.h"
#include "crypto/merkle.h"
#include "crypto/note.h"
#include "ledger/entry.h"
#include "ledger/governance.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"
#include "ledger/verifiers.h"

// The checks go from the leaf to the signatures: what the file shows is what the leaf says; the
// leaf and the header of its submission are in one tree; the header lists this transaction and its
// signers signed it; they are members; the log signed that tree and a majority of the network's
// nodes cosigned it. Only the genesis is believed. The first check that fails ends it, because
// later ones build on it. The network comes before all that compares with the genesis: under the
// wrong trust file nothing else would be worth saying.

namespace tally::client {
namespace {

class Verification {
public:
    Verification(const std::string& text, const ledger::Genesis& genesis)
        : text_(text), genesis_(genesis) {}

    ProofReport run() {
        report_.network = to_hex(genesis_.network_id().view());
        report_.network_name = genesis_.name;
        report_.nodes = genesis_.nodes.size();
        report_.cosigners_needed = report_.nodes / 2 + 1;
        report_.verified = check_format() && check_leaf() && check_inclusion() &&
                           check_header_inclusion() && check_header_link() && check_root() &&
                           check_network() && check_signatures() && check_members() &&
                           check_checkpoint() && check_majority();
        if (report_.verified) describe();
        return std::move(report_);
    }

private:
    bool failed(const char* field, std::string why) {
        report_.failed_field = field;
        report_.failure = std::move(why);
        return false;
    }

    bool check_format() {
        if (text_.size() > kProofBytesMax) return failed("format", "the proof is above 4 MiB");
        const auto value = api::json_from_text(text_);
        if (!value) return failed("format", value.error().context);
        auto document = api::proof_from_json(*value);
        if (!document) return failed("format", document.error().context);
        proof_ = std::move(*document);
        report_.entry = proof_.index;
        report_.header_entry = proof_.header_index;
        return true;
    }

    /// What is shown to people is what the leaf says, and the leaf is the one that is named.
    bool check_leaf() {
        auto decoded = ledger::decode_entry(proof_.entry);
        if (!decoded || !std::holds_alternative<ledger::TransactionEntry>(*decoded)) {
            return failed("entry", "entry is not the entry of a transaction");
        }
        entry_ = std::get<ledger::TransactionEntry>(std::move(*decoded));
        if (crypto::leaf_hash(proof_.entry) != proof_.leaf_hash) {
            return failed("leaf_hash", "leaf_hash is not the hash of entry");
        }
        if (ledger::outcome_code(entry_.outcome) != proof_.outcome) {
            return failed("outcome", "outcome is shown as " + proof_.outcome +
                                         ", but the entry says " +
                                         std::string(ledger::outcome_code(entry_.outcome)));
        }
        auto inner = ledger::decode_transaction(entry_.transaction, ledger::kRulesVersion);
        if (inner) transaction_ = std::move(*inner);
        if (!proof_.transaction) {
            if (!transaction_) return true;  // refused as malformed: there is nothing to show
            return failed("transaction", "transaction is left out, but the entry has one");
        }
        if (!equal(ledger::encode_transaction(*proof_.transaction), entry_.transaction)) {
            return failed("transaction",
                          "transaction is not what the entry says; one of them was edited");
        }
        return true;
    }

    /// Reads a tlog-proof and leads its path to a root. Sets `field` as failed otherwise.
    bool follow(const std::string& text, std::uint64_t index, const Bytes& leaf, const char* field,
                std::string& note_text) {
        auto proof = crypto::TlogProof::decode(text);
        if (!proof) return failed(field, "not a tlog-proof: " + proof.error().context);
        if (!proof->extra.empty()) return failed(field, "the tlog-proof has extra data");
        if (proof->index != index) {
            return failed(field, "the tlog-proof is of entry " + std::to_string(proof->index) +
                                     ", not of entry " + std::to_string(index));
        }
        auto note = crypto::Note::decode(proof->checkpoint);
        if (!note) return failed("checkpoint", "not a signed note: " + note.error().context);
        auto checkpoint = crypto::Checkpoint::decode(note->text);
        if (!checkpoint) return failed("checkpoint", checkpoint.error().context);
        const Status included = crypto::verify_inclusion(
            crypto::leaf_hash(leaf), index, checkpoint->size, proof->path, checkpoint->root);
        if (!included) {
            return failed(field, "the path does not lead to the checkpoint's root (" +
                                     included.error().code.message() + ")");
        }
        note_text = std::move(proof->checkpoint);
        note_ = std::move(*note);
        checkpoint_ = std::move(*checkpoint);
        return true;
    }

    bool check_inclusion() {
        return follow(proof_.proof, proof_.index, proof_.entry, "inclusion", note_text_);
    }

    bool check_header_inclusion() {
        std::string note_text;
        if (!follow(proof_.header_proof, proof_.header_index, proof_.header_entry,
                    "header_inclusion", note_text)) {
            return false;
        }
        if (note_text != note_text_) {
            return failed("checkpoint", "proof and header_proof are against different checkpoints");
        }
        auto decoded = ledger::decode_entry(proof_.header_entry);
        if (!decoded || !std::holds_alternative<ledger::HeaderEntry>(*decoded)) {
            return failed("header_inclusion", "header_entry is not the entry of a submission");
        }
        header_entry_ = std::get<ledger::HeaderEntry>(std::move(*decoded));
        return true;
    }

    bool check_header_link() {
        if (entry_.header_entry != proof_.header_index) {
            return failed("header_index", "the entry belongs to the header at " +
                                              std::to_string(entry_.header_entry) + ", not at " +
                                              std::to_string(proof_.header_index));
        }
        return true;
    }

    bool check_root() {
        auto header = ledger::SubmissionHeader::decode(header_entry_.header);
        if (!header) {
            return failed("transactions_root",
                          "the header does not decode: " + header.error().context);
        }
        header_ = std::move(*header);
        const Status listed = crypto::verify_inclusion(
            crypto::leaf_hash(entry_.transaction), entry_.position, header_.transaction_count,
            proof_.transaction_path, header_.transactions_root);
        if (!listed) {
            return failed("transactions_root",
                          "the signed header does not list this transaction (" +
                              listed.error().code.message() + ")");
        }
        return true;
    }

    bool check_signatures() {
        if (header_entry_.signatures.size() != header_.signers.size()) {
            return failed("signatures", "signers and signatures differ in number");
        }
        const Bytes signed_bytes = ledger::SubmissionHeader::signed_bytes(header_entry_.header);
        for (std::size_t i = 0; i < header_.signers.size(); ++i) {
            if (!crypto::verify(header_.signers[i].key, signed_bytes,
                                header_entry_.signatures[i])) {
                return failed("signatures",
                              "signature " + std::to_string(i + 1) + " does not verify");
            }
        }
        return true;
    }

    bool check_members() {
        // The refusal `key_not_valid` records exactly that a key was nobody's: it proves a refusal.
        const bool refused_key = entry_.outcome == ledger::Outcome::key_not_valid;
        if (!read_key_entries()) return false;
        for (const auto& signer : header_.signers) {
            const auto* member = genesis_.member(signer.member);
            const auto brought = brought_.find({signer.member, signer.key});
            const bool at_first =
                member != nullptr &&
                std::count(member->keys.begin(), member->keys.end(), signer.key) != 0;
            const bool known = at_first || brought != brought_.end();
            std::string name = member == nullptr ? api::id_text(signer.member) : member->name;
            if (brought != brought_.end() && !brought->second.name.empty()) {
                name = brought->second.name;
            }
            if (!known && !refused_key) {
                return failed("member_keys", "the key of signer " + name +
                                                 " is not a member's key in the genesis, and no "
                                                 "entry of the proof brought it");
            }
            ProofReport::Signer shown;
            shown.member = name;
            if (!known) shown.member += " (not this member's key)";
            if (!at_first && known) {
                shown.member += " (key of entry " + std::to_string(brought->second.entry) + ")";
            }
            shown.key = crypto::to_base64(signer.key.view());
            shown.submitter = report_.signers.empty();
            report_.signers.push_back(std::move(shown));
        }
        return true;
    }

    /// The keys that accepted entries before this submission brought to members, as far as the
    /// proof shows them.
    bool read_key_entries() {
        for (const auto& key : proof_.key_entries) {
            std::string note_text;
            if (!follow(key.proof, key.index, key.entry, "member_keys", note_text)) return false;
            if (note_text != note_text_) {
                return failed("checkpoint", "a key's entry is against another checkpoint");
            }
            const auto decoded = ledger::decode_entry(key.entry);
            const auto* entry =
                decoded ? std::get_if<ledger::TransactionEntry>(&*decoded) : nullptr;
            const auto transaction =
                entry == nullptr
                    ? Result<ledger::Transaction>(Error{})
                    : ledger::decode_transaction(entry->transaction, ledger::kRulesVersion);
            if (!transaction || entry->outcome != ledger::Outcome::accepted ||
                key.index >= proof_.header_index) {
                return failed("member_keys", "entry " + std::to_string(key.index) +
                                                 " brought nobody a key before this submission");
            }
            if (const auto* added = std::get_if<ledger::MemberAdd>(&transaction->body)) {
                note_keys(ledger::member_of(*added), added->name, added->keys, key.index);
            } else if (const auto* more = std::get_if<ledger::KeyRotate>(&transaction->body)) {
                note_keys(more->member, "", more->keys, key.index);
            }
        }
        return true;
    }

    void note_keys(const ledger::MemberId& member, const std::string& name,
                   const std::vector<ledger::NewKey>& keys, std::uint64_t entry) {
        for (const ledger::NewKey& key : keys) brought_[{member, key.key}] = {name, entry};
    }

    bool check_network() {
        const auto another = [this](const std::string& whose) {
            return failed("network", "another network: " + whose + ", and the trust file is of " +
                                         genesis_.name + " " + report_.network +
                                         ". A network is trusted by a network.pub that you got "
                                         "from somebody whom you trust, not from whoever hands "
                                         "you the proof; if you do trust the network that it is "
                                         "from, name that file with --trust");
        };
        if (header_.network != genesis_.network_id()) {
            return another("the transaction was signed for " + to_hex(header_.network.view()));
        }
        if (checkpoint_.origin != genesis_.origin()) {
            return another("the checkpoint is of the log " + checkpoint_.origin);
        }
        return true;
    }

    bool check_checkpoint() {
        const std::vector<crypto::NoteVerifier> known = ledger::verifiers_of(genesis_);
        const auto verified = crypto::verify_note(note_, known);
        if (!verified) {
            return failed("checkpoint", "signatures: " + verified.error().code.message() + " " +
                                            verified.error().context);
        }
        // Lines of unknown keys are others' (witnesses, later kinds of keys) and count for nothing,
        // as C2SP signed-note says; a line of a known key that does not hold was refused above.
        bool signed_by_log = false;
        for (const auto& signature : *verified) {
            if (known[signature.verifier].type != crypto::NoteKeyType::cosignature) {
                signed_by_log = true;
                continue;
            }
            add_cosigner(genesis_.nodes[signature.verifier / 2].name,
                         std::chrono::seconds(
                             static_cast<std::int64_t>(std::min(signature.time_s, kTimeMax))));
        }
        // C2SP tlog-checkpoint: what the log itself did not sign is no checkpoint.
        if (!signed_by_log) {
            return failed("checkpoint", "no signature of the log itself is among its lines");
        }
        return true;
    }

    /// A cosignature's time is the node's word. Far from the block's, one of them is wrong, or the
    /// nodes signed much later than they should have.
    void add_cosigner(const std::string& node, std::chrono::seconds time) {
        report_.cosigners.push_back({node, api::time_text(time)});
        // The leaf may hold any number: what is no time of ours is as far away as can be.
        const std::chrono::seconds latest(static_cast<std::int64_t>(kTimeMax));
        const auto block_time =
            std::clamp(header_entry_.block_time, ledger::Millis(0), ledger::Millis(latest));
        const auto apart = time - std::chrono::duration_cast<std::chrono::seconds>(block_time);
        if (std::chrono::abs(apart) <= kFarApart) return;
        report_.warnings.push_back(node + " cosigned at " + api::time_text(time) + ", " +
                                   std::to_string(std::chrono::abs(apart).count()) + " seconds " +
                                   (apart.count() < 0 ? "before" : "after") +
                                   " the time of the block, " +
                                   api::time_text(header_entry_.block_time) +
                                   ": one of the clocks was wrong, or the checkpoint came late");
    }

    bool check_majority() {
        std::set<std::string> nodes;
        for (const auto& cosigner : report_.cosigners) nodes.insert(cosigner.node);
        if (nodes.size() < report_.cosigners_needed) {
            return failed("cosignatures", "cosigned by " + std::to_string(nodes.size()) + " of " +
                                              std::to_string(report_.nodes) + " nodes; " +
                                              std::to_string(report_.cosigners_needed) +
                                              " are needed");
        }
        return true;
    }

    void describe() {
        report_.outcome = proof_.outcome;
        report_.outcome_text = ledger::outcome_text(entry_.outcome);
        report_.accepted = entry_.outcome == ledger::Outcome::accepted;
        report_.header = header_entry_.header;
        report_.submitter = api::id_text(header_.signers.front().member);
        report_.type = "undecodable";
        if (transaction_) {
            report_.type = std::string(ledger::type_name(transaction_->body));
            report_.transaction_id = api::id_text(transaction_->id);
            report_.transaction = boost::json::serialize(api::to_json(*transaction_));
        }
        report_.block = header_entry_.block_index;
        report_.block_time = api::time_text(header_entry_.block_time);
        report_.checkpoint_size = checkpoint_.size;
        report_.checkpoint_root = crypto::to_base64(checkpoint_.root.view());
        report_.not_shown = {
            "what came after entry " + std::to_string(checkpoint_.size - 1) +
                ": a later repayment, change or correction does not alter this proof",
            "that this is everything about a line, contract or borrower: other entries may exist",
            "that a signer still holds the key, or that money moved outside the ledger",
            "that no second log exists: a majority of the nodes acting together could keep one; "
            "compare the checkpoint with one from another source",
        };
        if (report_.is_repetition()) {
            report_.not_shown.insert(
                report_.not_shown.begin(),
                "what became of the transaction: it was on record before, and its first entry, "
                "which `prove` finds by the id, says so");
        } else if (!report_.accepted) {
            report_.not_shown.insert(
                report_.not_shown.begin(),
                "any effect: this transaction was refused (" + report_.outcome + ")");
        }
    }

    static constexpr std::uint64_t kTimeMax = 253'402'300'799;  // the end of the year 9999
    static constexpr std::chrono::seconds kFarApart = std::chrono::minutes(10);

    const std::string& text_;
    const ledger::Genesis& genesis_;
    ProofReport report_;
    api::ProofDocument proof_;
    ledger::TransactionEntry entry_;
    std::optional<ledger::Transaction> transaction_;  // as the leaf has it
    ledger::HeaderEntry header_entry_;
    ledger::SubmissionHeader header_;
    struct Brought {
        std::string name;  ///< where the entry says it
        std::uint64_t entry = 0;
    };
    std::map<std::pair<ledger::MemberId, crypto::PublicKey>, Brought> brought_;
    std::string note_text_;
    crypto::Note note_;
    crypto::Checkpoint checkpoint_;
};

}  // namespace

ProofReport verify_proof(const std::string& text, const ledger::Genesis& genesis) {
    return Verification(text, genesis).run();
}

}  // namespace tally::client
