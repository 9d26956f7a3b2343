// Books that are sent to real processes more than once.
#include <fstream>
#include <string>

#include "tests/cluster/run_binary.h"
#include "tests/cluster/workload.h"
#include "tests/support/catch.h"

namespace tally::testing {
namespace {

TEST_CASE("a book is imported again though one of its rows was sent by an earlier one") {
    // Goal: that row stands before the book's first one, with what was computed for it then.
    LocalCluster cluster{1};
    cluster.open_book(kToday);
    const std::string path = cluster.folder() + "/book.csv";
    const auto import = [&](const std::string& rows, const std::string& words) {
        std::ofstream(path) << "type,business_date\n" << rows;
        check_ends("import " + path + " --key servicer --dir " + cluster.folder(), 0, words);
    };
    import("DAY_CLOSE,2024-02-01\n", "day_not_open");
    const auto line = cluster.open_line(100'000, kToday);
    REQUIRE(cluster.submit({"lender", "funder"}, cluster.purchase(line, 90'000, 3, kToday), kToday)
                .all_accepted());
    const std::string book =
        "DAY_CLOSE,2024-01-31\nDAY_OPEN,2024-02-01\nDAY_CLOSE,2024-02-01\nDAY_OPEN,2024-02-02\n";
    import(book, "replayed      1");
    import(book, "replayed      4");
    import(book + "DAY_CLOSE,2024-02-02\n", "replayed      4");
}

}  // namespace
}  // namespace tally::testing
