#pragma once

#include <vector>

#include "base/bytes.h"
#include "base/result.h"
#include "crypto/ed25519.h"

namespace tally::ledger {

inline constexpr std::size_t kSignersMax = 16;
/// Leaves room in a transaction entry for the layout and for every link a transaction can have.
inline constexpr std::size_t kTransactionBytesMax = 64'000;

/// The parts of an encoded submission as views into its bytes; nothing checked but the layout.
struct SubmissionView {
    ByteView header;
    std::vector<crypto::Signature> signatures;
    std::vector<ByteView> transactions;
};
/// Total; fails with malformed.
Result<SubmissionView> view_submission(ByteView bytes);

}  // namespace tally::ledger
