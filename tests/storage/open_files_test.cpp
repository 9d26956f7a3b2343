#include "storage/open_files.h"

#include "tests/support/catch.h"

namespace tally::storage {
namespace {

TEST_CASE("databases take a part of the files that a process may open") {
    CHECK(database_files(100) == 32);
    CHECK(database_files(1024) == 128);
    CHECK(database_files(1 << 20) == 256);
}

}  // namespace
}  // namespace tally::storage
