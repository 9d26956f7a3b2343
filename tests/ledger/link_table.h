#pragma once

#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/bytes.h"

namespace tally::testing {

/// What docs/FORMAT.md says of the links of each type, held against entries. A failure fails the
/// test.
class LinkTable {
public:
    /// Reads the document.
    LinkTable();
    /// Words before the submitter, and behind it, by the name of a type.
    const std::map<std::string, std::pair<std::string, std::string>>& rows() const { return rows_; }
    /// Entries of a whole log, as bytes. Returns how many accepted ones each type has.
    std::map<std::string, std::size_t> check(std::span<const Bytes> log) const;

private:
    std::map<std::string, std::pair<std::string, std::string>> rows_;
};

}  // namespace tally::testing
