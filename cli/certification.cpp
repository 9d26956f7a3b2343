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

}  // namespace

Result<std::uint64_t> proven_size(client::Client& client, const ledger::Genesis& genesis,
                                  const client::Receipt& receipt,
                                  const PreparedSubmission& prepared) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto& one = receipt.transactions[i];
        const std::string what = "the proof of entry " + std::to_string(one.entry);
        client::ProofReport report;
        const auto proof = client.proof(one.entry, [&](const std::string& text) -> Status {
            report = client::verify_proof(text, genesis);
            const std::string wrong = unrelated(report, one, prepared, i);
            return wrong.empty() ? Status{} : Status(fail(client::errc::bad_answer, wrong));
        });
        if (!proof) return Error{proof.error().code, what + ": " + proof.error().context};
        const std::string wrong = difference(report, receipt, one, prepared);
        if (!wrong.empty()) {
            return Error{client::api_code("contradicted"),
                         one.id + ": " + what + ", which a majority of the nodes signed, shows " +
                             wrong + "; the proof is right"};
        }
        least = std::min(least, report.checkpoint_size);
    }
    return least;
}

Result<std::set<std::string>> unshown_refusals(client::Client& client,
                                               const ledger::Genesis& genesis,
                                               const client::Receipt& receipt,
                                               const PreparedSubmission& prepared) {
    std::set<std::string> unshown;
    const auto submitter = prepared.header.signers.front().member;
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto& one = receipt.transactions[i];
        if (one.accepted() || !one.repeated) continue;
        const auto sought =
            client::look_up(client, genesis, submitter, prepared.transactions[i].id);
        if (!sought || !sought->found) {
            unshown.insert(one.id);
        } else if (sought->found->outcome != one.outcome) {
            return Error{client::api_code("contradicted"),
                         one.id + ": " + receipt.url + " answered " + one.outcome + ", and " +
                             (sought->found->is_proven()
                                  ? "a proof, which a majority of the nodes signed, shows "
                                  : "two nodes say ") +
                             sought->found->outcome};
        }
    }
    return unshown;
}

}  // namespace tally::cli
