#pragma once

#include <fstream>
#include <string>

#include "base/result.h"

namespace tally::cli {

/// The file of an import's receipts, a line of JSON for each acknowledged row. An import that goes
/// on after an earlier one adds to what that one wrote. Nothing that was there is ever lost.
class Receipts {
public:
    /// bad_config if the file holds anything but receipts.
    static Result<Receipts> open(const std::string& path);
    Receipts(Receipts&& other) noexcept;
    Receipts& operator=(Receipts&&) = delete;
    /// Leaves no file behind that this import made and wrote nothing into.
    ~Receipts();

    std::ostream& lines() { return file_; }

private:
    explicit Receipts(std::string path) : path_(std::move(path)) {}

    std::string path_;
    std::fstream file_;
    bool made_here_ = false;
};

}  // namespace tally::cli
