#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "cli/submission_file.h"
#include "crypto/digest.h"

namespace tally::cli {

// What is sent is kept, signed, in a file beside its source until its outcome is known: before it
// is sent, so that neither a lost answer nor the end of this process makes anybody sign the same
// wish a second time under other ids, which the network would book a second time.

/// What somebody asks for: the same wish again is a retry, and any other is another submission.
struct Wish {
    std::string drafts;  ///< the bytes, as they were read
    std::vector<crypto::PublicKey> keys;
    bool atomic = false;
};

/// The file itself, also where it is named by a link; for standard input a name in the working
/// folder that follows from the drafts.
std::string kept_source(const std::string& file, const std::string& drafts);
/// The source of a name that kept_path gave.
std::string source_of(const std::string& kept);
/// `SOURCE.retry-1a2b3c4d.tally`: of a source that is a submission already, and asks for itself.
std::string kept_path(const std::string& source, const crypto::Digest& network);
/// `SOURCE.retry-1a2b3c4d-5e6f7081.tally`: the first digits are the network's, so that each network
/// has its own, the last those of the wish.
std::string kept_path(const std::string& source, const crypto::Digest& network, const Wish& wish);
/// True for a name that kept_path gives of a submission to this network.
bool is_kept_for(const std::string& file, const crypto::Digest& network);
/// True for a name that kept_path gives.
bool is_kept_path(const std::string& file);
/// What earlier submissions of a source on this network left beside it.
struct LeftBeside {
    bool own = false;  ///< there is one at the path that was asked about
    /// The first by name of other wishes, or of the same wish under another name of its file.
    std::optional<std::string> other;
};
LeftBeside left_beside(const std::string& source, const crypto::Digest& network,
                       const std::string& path);

/// Writes it; never replaces one: retry_open if there is one. `elsewhere` is the command that does
/// the same from another folder, for the error where there is no writing here.
Status keep(const std::string& path, const PreparedSubmission& prepared,
            const std::string& elsewhere);
/// As read_submission_file; the errors name the path.
Result<PreparedSubmission> read_kept(const std::string& path, const std::string& text,
                                     const ledger::Genesis& genesis);
/// What a draft says, a transaction that was made of it says too.
bool makes(const boost::json::value& draft, const ledger::Transaction& transaction,
           const ledger::Genesis& genesis);
/// Nothing but the name ties a file to its wish, and anybody may give a file a name: true if what
/// it holds is what the wish asks for.
bool grants(const PreparedSubmission& kept, const Wish& wish, const ledger::Genesis& genesis);
/// True for what two nodes refused alike (Client::submit): nobody who answered has booked it. Of a
/// node's own state (halted, overloaded, ...) each speaks for itself alone, and may have passed on
/// what it says it did not take.
bool is_refusal(const std::error_code& code);
/// What that leaves open, and what a refusal leaves open of bytes that were sent before:
/// outcome_unknown. What is open already stays as it is.
Error left_open(const Error& error);
/// Its outcome is known.
Status forget(const std::string& path);

/// Who signed, and how: for people that send it again.
std::string signed_as(const PreparedSubmission& prepared);

}  // namespace tally::cli
