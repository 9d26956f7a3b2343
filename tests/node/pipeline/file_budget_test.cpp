#include "node/pipeline/file_budget.h"

#include "api/errc.h"
#include "storage/open_files.h"
#include "tests/support/catch.h"

namespace tally::node::pipeline {
namespace {

// Goal: whatever the limit, stores and connections together stay below it with room to spare, and
// more files never mean fewer connections for long.
TEST_CASE("connections get what stores and peers leave over") {
    std::size_t before = 0;
    for (std::size_t limit = 0; limit < 5000; ++limit) {
        const auto connections = connections_for(limit, 2);
        if (!connections) {
            CHECK(before == 0);  // enough once is enough from there on
            CHECK(connections.error().code == api::errc::bad_config);
            continue;
        }
        CHECK(2 * storage::database_files(limit) + *connections + 100 <= limit);
        CHECK(*connections >= 32);
        CHECK(*connections + 2 >= before);  // a store's step may take one for each
        before = *connections;
    }
    CHECK(before == 1024);
    CHECK(connections_for(256, 2));
    CHECK(*connections_for(1024, 14) >= 128);
    CHECK_FALSE(connections_for(100, 2));
    CHECK(connections_for(100, 2).error().context.find("ulimit") != std::string::npos);
}

}  // namespace
}  // namespace tally::node::pipeline
