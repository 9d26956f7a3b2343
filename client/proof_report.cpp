#include <algorithm>
#include <array>
#include <boost/json.hpp>

#include "api/json_text.h"
#include "base/shown_text.h"
#include "client/proof.h"
#include "ledger/outcome.h"

namespace tally::client {
namespace {

constexpr std::size_t kLabelWidth = 12;

std::string row(std::string label, const std::string& value) {
    label.resize(kLabelWidth, ' ');
    return "  " + label + escaped(value) + "\n";
}

std::string list(const std::vector<std::string>& sentences) {
    std::string text;
    for (const std::string& sentence : sentences) text += "  - " + escaped(sentence) + "\n";
    return text;
}

}  // namespace

bool stands_under_id(std::string_view outcome) {
    using ledger::Outcome;
    constexpr std::array kAttempts = {Outcome::key_not_valid, Outcome::malformed_transaction,
                                      Outcome::repeated, Outcome::duplicate,
                                      Outcome::replays_exhausted};
    return std::ranges::none_of(
        kAttempts, [outcome](Outcome one) { return ledger::outcome_code(one) == outcome; });
}

bool ProofReport::is_repetition() const {
    return outcome == ledger::outcome_code(ledger::Outcome::repeated);
}

std::string ProofReport::verdict() const {
    if (accepted) return "accepted";
    if (is_repetition()) {
        return "REPEATED, it was on record before; this entry had no effect, and the first one, "
               "which says what became of it, is not shown here";
    }
    return "REFUSED (" + escaped(outcome) + "), it had no effect";
}

std::string ProofReport::to_text() const {
    if (!verified) {
        return "FAILED: " + failed_field + "\n  " + escaped(failure) + "\n" +
               row("network", network_name + " " + network) +
               "Nothing in this file may be relied on.\n";
    }
    std::string text = "VERIFIED: " + verdict() + "\n";
    text += row("what", type + " " + transaction_id + ": " + outcome);
    if (!accepted) text += row("", outcome_text);
    if (!transaction.empty()) text += row("", transaction);
    for (const auto& signer : signers) {
        text += row("signed by", signer.member + ", key " + signer.key +
                                     (signer.submitter ? " (submitter)" : ""));
    }
    text += row("when", block_time + ", block " + std::to_string(block));
    text += row("where", "entry " + std::to_string(entry) + ", submission header at entry " +
                             std::to_string(header_entry));
    text +=
        row("checkpoint", std::to_string(checkpoint_size) + " entries, root " + checkpoint_root);
    for (const auto& cosigner : cosigners) {
        text += row("cosigned by", cosigner.node + " at " + cosigner.time);
    }
    text += row("", std::to_string(cosigners_needed) + " of " + std::to_string(nodes) +
                        " nodes are needed");
    text += row("network", network_name + " " + network);
    if (!warnings.empty()) text += "WARNING\n" + list(warnings);
    return text + "It does not show\n" + list(not_shown);
}

std::string ProofReport::to_json() const {
    namespace json = boost::json;
    json::object object{{"verified", verified}, {"network", network}, {"name", network_name}};
    if (!verified) {
        object["failed"] = failed_field;
        object["detail"] = failure;
        return json::serialize(object);
    }
    object["entry"] = entry;
    object["type"] = type;
    object["accepted"] = accepted;
    object["outcome"] = outcome;
    object["submitter"] = submitter;
    object["id"] = transaction_id;
    const auto shown = api::json_from_text(transaction);
    object["transaction"] = shown ? *shown : json::value();
    json::array signed_by;
    for (const auto& signer : signers) {
        signed_by.push_back(json::object{
            {"member", signer.member}, {"key", signer.key}, {"submitter", signer.submitter}});
    }
    object["signers"] = std::move(signed_by);
    object["block"] = block;
    object["block_time"] = block_time;
    object["header_entry"] = header_entry;
    object["checkpoint"] = json::object{{"size", checkpoint_size}, {"root", checkpoint_root}};
    json::array cosigned_by;
    for (const auto& cosigner : cosigners) {
        cosigned_by.push_back(json::object{{"node", cosigner.node}, {"time", cosigner.time}});
    }
    object["cosigners"] = std::move(cosigned_by);
    object["cosigners_needed"] = cosigners_needed;
    object["nodes"] = nodes;
    object["warnings"] = json::array(warnings.begin(), warnings.end());
    object["not_shown"] = json::array(not_shown.begin(), not_shown.end());
    return json::serialize(object);
}

}  // namespace tally::client
