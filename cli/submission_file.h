#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/genesis.h"
#include "ledger/submission.h"
#include "ledger/transaction.h"

namespace tally::cli {

// A submission that collects its signatures: one file that goes from one member to the next, until
// all that its header lists have signed. Its form is described in docs/CLI.md.

/// One that the header lists.
struct ListedSigner {
    std::string key_name;  ///< `lender`, `lender-2`; `key BASE64` of one that the genesis has not
    std::string member;
    bool is_named = true;  ///< the genesis has the key
    ledger::Signer signer;
    std::optional<crypto::Signature> signature;
};

/// A file's content, with everything checked that needs no state.
struct PreparedSubmission {
    ledger::SubmissionHeader header;
    Bytes header_bytes;
    std::vector<ListedSigner> signers;  ///< in the header's order; the first one's member submits
    std::vector<Bytes> transaction_bytes;
    std::vector<ledger::Transaction> transactions;

    /// Names of keys that have not signed.
    std::vector<std::string> missing() const;
    /// The first of these; nothing if all have signed.
    const ListedSigner* first_missing() const;
    /// Requires that none is missing.
    ledger::Submission submission() const;
};

/// For an atomic submission: of two transactions with one id the second is a repetition, which
/// refuses all. invalid_argument names both.
Status refuse_twins(const std::vector<ledger::Transaction>& transactions);

/// Lists these signers (each once, 1..16) and no signature yet. Fails with invalid_argument naming
/// the key. `genesis` is the one that is trusted: a key that it does not have is shown as it is,
/// with its member's id, so that everybody sees the same in the file, whoever has heard of that
/// member.
Result<PreparedSubmission> prepare_submission(const ledger::Genesis& genesis,
                                              const std::vector<ledger::Signer>& signers,
                                              std::vector<ledger::Transaction> transactions,
                                              bool atomic, ledger::Millis not_after);

/// True if this is meant to be such a file, whole or not, and no draft.
bool is_submission_file(const std::string& text);
std::string submission_file_text(const PreparedSubmission& prepared);
/// Fails with bad_file (not such a file, or a part of it is missing), wrong_network, wrong_root
/// (the transactions' bytes are not those of the header), text_differs (what the file shows is not
/// what the bytes say), key_not_valid (a listed key is not that member's) or bad_signature.
Result<PreparedSubmission> read_submission_file(const std::string& text,
                                                const ledger::Genesis& genesis);

/// Adds the signature of a listed key; a second time changes nothing. Fails with signer_not_listed.
Status add_signature(PreparedSubmission& prepared, const crypto::SecretKey& key);

/// A time in RFC 3339, or so many seconds from now: `+30`; 0 for an empty text.
Result<ledger::Millis> not_after_of(const std::string& text);

}  // namespace tally::cli
