#include "cli/certification.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "api/ids.h"
#include "api/transaction_json.h"
#include "client/errors.h"
#include "client/proof.h"

namespace tally::cli {
namespace {

/// What the proof shows that the receipt does not say; empty if they agree.
std::string difference(const client::ProofReport& report, const client::Receipt& receipt,
                       const client::SubmittedTransaction& one,
                       const ledger::Transaction& transaction, const ledger::MemberId& submitter) {
    if (!report.verified) return "does not hold: " + report.failed_field + ": " + report.failure;
    if (report.entry != one.entry) return "is of entry " + std::to_string(report.entry);
    if (report.submitter != api::id_text(submitter) ||
        report.transaction != boost::json::serialize(api::to_json(transaction))) {
        return "is of another transaction";
    }
    if (report.outcome != one.outcome) return "shows the outcome " + report.outcome;
    // One that was on record before stands where it stood.
    if (!one.repeated && report.block != receipt.block) {
        return "shows block " + std::to_string(report.block);
    }
    return {};
}

}  // namespace

Result<std::uint64_t> proven_size(client::Client& client, const ledger::Genesis& genesis,
                                  const client::Receipt& receipt,
                                  const PreparedSubmission& prepared) {
    std::uint64_t least = std::numeric_limits<std::uint64_t>::max();
    const auto submitter = prepared.header.signers.front().member;
    const std::size_t count = std::min(receipt.transactions.size(), prepared.transactions.size());
    for (std::size_t i = 0; i < count; ++i) {
        const auto& one = receipt.transactions[i];
        const std::string what = "the proof of entry " + std::to_string(one.entry);
        const auto proof = client.proof(one.entry);
        if (!proof) return Error{proof.error().code, what + ": " + proof.error().context};
        const auto report = client::verify_proof(*proof, genesis);
        const std::string wrong =
            difference(report, receipt, one, prepared.transactions[i], submitter);
        if (!wrong.empty()) return fail(client::errc::bad_answer, what + " " + wrong);
        least = std::min(least, report.checkpoint_size);
    }
    return least;
}

}  // namespace tally::cli
