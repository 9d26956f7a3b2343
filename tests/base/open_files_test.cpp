#include "base/open_files.h"

#include <sys/resource.h>

#include "tests/support/catch.h"

namespace tally {
namespace {

TEST_CASE("the soft limit of open files is raised to the hard one") {
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
}

}  // namespace
}  // namespace tally
