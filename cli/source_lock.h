#pragma once

#include <chrono>
#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"
#include "crypto/digest.h"

namespace tally::cli {

/// Held by the one `submit` of a file, from before it looks for what an earlier one kept until the
/// outcome is known. Two that are started at once ask for one booking: the second must not take the
/// file for a new wish because the first has just had its answer and removed what it kept. So there
/// are two locks: the file's own, for all users, and one in a folder of the user's own for
/// temporary files, which bears for a while when that was, and stands for standard input too.
class SourceLock {
public:
    /// `source`: as kept_source names it. `began`: when this run did. retry_open: another process
    /// submits the same source on this network now, or has had its answer since. Where neither lock
    /// is to be had, everybody goes on.
    static Result<SourceLock> take(const std::string& source, const crypto::Digest& network,
                                   std::chrono::milliseconds began);

    /// There is a receipt, and what was kept is removed.
    void settle() const;

private:
    SourceLock(Descriptor source, Descriptor file)
        : source_(std::move(source)), file_(std::move(file)) {}
    Descriptor source_;
    Descriptor file_;
};

/// When this process began, by the wall clock; now where that cannot be told.
std::chrono::milliseconds process_began();

}  // namespace tally::cli
