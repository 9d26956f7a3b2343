#pragma once

#include <istream>
#include <optional>
#include <string>

#include "cli/importer.h"
#include "cli/kept_submission.h"

namespace tally::cli {

// A submission of an import whose outcome is not known stays beside the book, signed. It goes out
// once more for the same book and keys, and for no other: rows of another content are other
// transactions, which must not be told apart by guessing.

/// What an import asks for: the bytes of the book and the keys, in their order. The stream is read
/// from its beginning and goes back there.
Wish wish_of(std::istream& book, const std::vector<Signer>& signers);

/// What to do with what earlier imports of a book left.
struct OpenRetry {
    std::string path;
    std::optional<PreparedSubmission> kept;  ///< none: not what is asked for now
    std::size_t all = 0;                     ///< transactions in it, if it can be read
    std::size_t strange = 0;  ///< of them, those whose ids no row of the book has now
    bool of_submit = false;   ///< one of those has an id as only `submit` gives them
};
/// Nothing if nothing is open. The book was checked by the importer; it is read from its beginning
/// and goes back there. outcome_unknown for a file that is not what was sent, wrong_network.
Result<std::optional<OpenRetry>> open_retry(const std::string& source, const ImportOptions& options,
                                            std::istream& book, const Importer& importer,
                                            const std::vector<Signer>& signers,
                                            const client::NetworkTrust& trust);

}  // namespace tally::cli
