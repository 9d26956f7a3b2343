#pragma once

#include <string>
#include <utility>

#include "base/descriptor.h"
#include "base/result.h"

namespace tally::cli {

/// Held by the one process that sends what a kept file holds, until it has ended or the outcome is
/// known. Two that sent it would each take the other's outcome for its own: the one that is
/// answered removes the file, and the other one's next try would be a new submission.
class SenderLock {
public:
    /// retry_open: another process holds it, or has removed the file just now. Where a file system
    /// has no locks, everybody may send.
    static Result<SenderLock> take(const std::string& path);

private:
    explicit SenderLock(Descriptor file) : file_(std::move(file)) {}
    Descriptor file_;
};

}  // namespace tally::cli
