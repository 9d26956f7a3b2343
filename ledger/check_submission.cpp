#include <string>

#include "base/check.h"
#include "crypto/merkle.h"
#include "ledger/errc.h"
#include "ledger/submission.h"
#include "ledger/submission_view.h"

namespace tally::ledger {
namespace {

/// Counts and sizes: bounds of the network, and what would not fit in a leaf.
Status check_sizes(const CheckedSubmission& checked, const SubmissionBounds& bounds) {
    if (checked.transactions.size() > bounds.transactions_max) {
        return fail(errc::too_large, "submission: " + std::to_string(checked.transactions.size()) +
                                         " transactions, at most " +
                                         std::to_string(bounds.transactions_max));
    }
    for (std::size_t index = 0; index < checked.transactions.size(); ++index) {
        const std::size_t size = checked.transactions[index].size();
        if (size <= kTransactionBytesMax) continue;
        return fail(errc::too_large, "submission: transaction " + std::to_string(index + 1) +
                                         " has " + std::to_string(size) + " bytes, at most " +
                                         std::to_string(kTransactionBytesMax));
    }
    return {};
}

Status check_root(CheckedSubmission& checked) {
    if (checked.transactions.empty() ||
        checked.header.transaction_count != checked.transactions.size()) {
        return fail(errc::wrong_root, "submission: " + std::to_string(checked.transactions.size()) +
                                          " transactions where the header states " +
                                          std::to_string(checked.header.transaction_count) +
                                          " (at least 1)");
    }
    checked.transaction_hashes.reserve(checked.transactions.size());
    for (const ByteView transaction : checked.transactions) {
        checked.transaction_hashes.push_back(crypto::leaf_hash(transaction));
    }
    if (crypto::merkle_root(checked.transaction_hashes) != checked.header.transactions_root) {
        return fail(errc::wrong_root,
                    "submission: the transactions do not hash to the header's transactions_root");
    }
    return {};
}

Status check_signatures(const CheckedSubmission& checked) {
    const std::vector<Signer>& signers = checked.header.signers;
    if (checked.signatures.size() != signers.size()) {
        return fail(errc::bad_signature,
                    "submission: " + std::to_string(checked.signatures.size()) +
                        " signatures for " + std::to_string(signers.size()) + " signers");
    }
    const Bytes message = SubmissionHeader::signed_bytes(checked.header_bytes);
    for (std::size_t index = 0; index < signers.size(); ++index) {
        if (crypto::verify(signers[index].key, message, checked.signatures[index])) continue;
        return fail(errc::bad_signature, "submission: signature " + std::to_string(index) +
                                             " does not verify under its signer's key");
    }
    return {};
}

Status check_parts(CheckedSubmission& checked, const crypto::Digest& network,
                   const SubmissionBounds& bounds) {
    const Bytes& bytes = *checked.bytes;
    if (bytes.size() > bounds.submission_bytes_max) {
        return fail(errc::too_large, "submission: " + std::to_string(bytes.size()) +
                                         " bytes, at most " +
                                         std::to_string(bounds.submission_bytes_max));
    }
    Result<SubmissionView> view = view_submission(bytes);
    if (!view) return view.error();
    checked.header_bytes = view->header;
    checked.signatures = std::move(view->signatures);
    checked.transactions = std::move(view->transactions);

    Result<SubmissionHeader> header = SubmissionHeader::decode(checked.header_bytes);
    if (!header) return header.error();
    checked.header = *std::move(header);
    if (checked.header.network != network) {
        return fail(errc::wrong_network, "submission: the header names another network");
    }
    if (Status status = check_sizes(checked, bounds); !status) return status;
    if (Status status = check_root(checked); !status) return status;
    return check_signatures(checked);
}

}  // namespace

CheckedSubmission check_submission(SharedBytes bytes, const crypto::Digest& network,
                                   const SubmissionBounds& bounds) {
    TALLY_CHECK(bytes != nullptr);
    CheckedSubmission checked;
    checked.bytes = std::move(bytes);
    checked.digest = crypto::domain_hash("submission", {*checked.bytes});
    checked.status = check_parts(checked, network, bounds);
    if (!checked.status) {
        // The parts are promised only when the status holds: nobody may act on half of them.
        CheckedSubmission refused;
        refused.bytes = std::move(checked.bytes);
        refused.digest = checked.digest;
        refused.status = std::move(checked.status);
        return refused;
    }
    return checked;
}

}  // namespace tally::ledger
