#include "storage/open_files.h"

#include <sys/resource.h>

#include "tests/support/catch.h"

namespace tally::storage {
namespace {

TEST_CASE("the soft limit of open files is raised to the hard one, and databases take a part") {
    // Goal: the usual soft limit of 1,024 is not where a node ends.
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    rlimit low = before;
    low.rlim_cur = 128;
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &low) == 0);
    CHECK(open_files_limit() == 128);
    CHECK(raise_open_files_limit() == before.rlim_max);
    CHECK(open_files_limit() == before.rlim_max);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
    CHECK(database_files(100) == 32);
    CHECK(database_files(1024) == 128);
    CHECK(database_files(1 << 20) == 256);
}

}  // namespace
}  // namespace tally::storage
