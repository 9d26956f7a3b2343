#include "cli/certification.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "api/ids.h"
#include "api/transaction_json.h"
#include "client/errors.h"
#include "client/on_record.h"
#include "client/proof.h"

namespace tally::cli {
namespace {

/// Why this is no proof of that transaction at that entry; empty if it is one.
std::string unrelated(const client::ProofReport& report, const client::SubmittedTransaction& one,
                      const PreparedSubmission& prepared, std::size_t position) {
    const auto& transaction = prepared.transactions[position];
    const auto& submitter = prepared.header.signers.front().member;
    if (!report.verified) return "does not hold: " + report.failed_field + ": " + report.failure;
    if (report.entry != one.entry) return "is of entry " + std::to_string(report.entry);
    if (report.submitter != api::id_text(submitter) ||
        report.transaction != boost::json::serialize(api::to_json(transaction))) {
        return "is of another transaction";
    }
    // Others may have submitted the same, or somebody in the member's name: that is another entry.
    if (!one.repeated && report.header != prepared.header_bytes) {
        return "is of another submission of that transaction";
    }
    return {};
}

/// What a proof that holds shows, and the receipt says otherwise; empty if they agree.
std::string difference(const client::ProofReport& report, const client::Receipt& receipt,
                       const client::SubmittedTransaction& one,
                       const PreparedSubmission& prepared) {
    if (report.outcome != one.outcome) {
        return "the outcome " + report.outcome + ", where the node answered " + one.outcome;
    }
    // One that was on record before under another header stands where it stood.
    if (one.repeated && report.header != prepared.header_bytes) return {};
    if (report.header_entry != receipt.header_entry) {
        return "the header at entry " + std::to_string(report.header_entry) +
               ", where the node answered entry " + std::to_string(receipt.header_entry);
    }
    if (report.block == receipt.block) return {};
    return "block " + std::to_string(report.block) + ", where the node answered block " +
           std::to_string(receipt.block);
}

/// The size of the checkpoint that proves the receipt's transaction at `position`.
Result<std::uint64_t> proven_one(client::Client& client, const ledger::Genesis& genesis,
                                 const client::Receipt& receipt, const PreparedSubmission& prepared,
                                 std::size_t position) {
    const auto& one = receipt.transactions[position];
    const std::string what = "the proof of entry " + std::to_string(one.entry);
    client::ProofReport report;
    const auto proof = client.proof(one.entry, [&](const std::string& text) -> Status {
        report = client::verify_proof(text, genesis);
        const std::string wrong = unrelated(report, one, prepared, position);
        return wrong.empty() ? Status{} : Status(fail(client::errc::bad_answer, wrong));
    });
    if (!proof) return Error{proof.error().code, what + ": " + proof.error().context};
    const std::string wrong = difference(report, receipt, one, prepared);
    if (wrong.empty()) return report.checkpoint_size;
    return Error{client::api_code("contradicted"),
                 one.id + ": " + what + ", which a majority of the nodes signed, shows " + wrong +
                     "; the proof is right"};
}

/// Whether a second node or a proof shows the refusal at `position`; contradicted where they show
/// another outcome.
Result<bool> is_shown(client::Client& client, const ledger::Genesis& genesis,
                      const client::Receipt& receipt, const PreparedSubmission& prepared,
                      std::size_t position) {
    const auto& one = receipt.transactions[position];
    if (!client::stands_under_id(one.outcome)) {
        // It is found by its entry alone.
        const auto proven = proven_one(client, genesis, receipt, prepared, position);
        if (!proven && client::is(proven.error().code, "contradicted")) return proven.error();
        return proven.has_value();
    }
    const auto sought = client::look_up(client, genesis, prepared.header.signers.front().member,
                                        prepared.transactions[position].id, true);
    if (!sought || !sought->found) return false;
    if (sought->found->outcome == one.outcome) return true;
    return Error{
        client::api_code("contradicted"),
        one.id + ": " + receipt.url + " answered " + one.outcome + ", and " +
            (sought->found->is_proven() ? "a proof, which a majority of the nodes signed, shows "
                                        : "two nodes say ") +
            sought->found->outcome};
}

}  // namespace

Result<std::uint64_t> proven_size(client::Client& client, const ledger::Genesis& genesis,
                                  const client::Receipt& receipt,
                                  const PreparedSubmission& prepared) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto size = proven_one(client, genesis, receipt, prepared, i);
        if (!size) return size;
        least = std::min(least, *size);
    }
    return least;
}

Result<std::set<std::string>> unshown_refusals(client::Client& client,
                                               const ledger::Genesis& genesis,
                                               const client::Receipt& receipt,
                                               const PreparedSubmission& prepared) {
    std::set<std::string> unshown;
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto& one = receipt.transactions[i];
        if (one.accepted()) continue;
        // What one was not shown the next one would not be either, each after the whole time.
        const auto shown =
            unshown.empty() ? is_shown(client, genesis, receipt, prepared, i) : Result<bool>(false);
        if (!shown) return shown.error();
        if (!*shown) unshown.insert(one.id);
    }
    return unshown;
}

}  // namespace tally::cli
