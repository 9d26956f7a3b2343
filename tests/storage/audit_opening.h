#pragma once

#include <span>

#include "storage/audit_book.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

namespace tally::testing {

/// The opening of a book that has none yet, seen by an audit: which servicers products name, it
/// knows from there alone.
inline void audit_opening(Book& book, storage::AuditBook& audit) {
    const auto opening = book.drafts().opening();
    const SharedBytes submission = book.cast().sign(
        opening, {&book.cast().originator(), &book.cast().regulator(), &book.cast().servicer()});
    const auto finding = audit.check(book.apply(std::span(&submission, 1)), book.records());
    REQUIRE(finding);
    REQUIRE(finding->value_or("") == "");
}

}  // namespace tally::testing
