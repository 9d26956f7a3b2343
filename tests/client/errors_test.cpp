#include "client/errors.h"

#include "api/errc.h"
#include "ledger/errc.h"
#include "tests/support/catch.h"

namespace tally::client {
namespace {

TEST_CASE("A node's code comes out as the code that the rest of the project knows") {
    CHECK(api_code("no_quorum") == api::errc::no_quorum);
    CHECK(api_code("outcome_unknown") == api::errc::outcome_unknown);
    CHECK(api_code("bad_signature") == ledger::errc::bad_signature);
    CHECK(is(api_code("no_quorum"), "no_quorum"));
}

TEST_CASE("A code that this build does not know keeps its name") {
    const auto code = api_code("from_the_future");
    CHECK(code.message() == "from_the_future");
    CHECK(code == api_code("from_the_future"));
    CHECK(code != api_code("also_from_the_future"));
}

TEST_CASE("A node cannot fill the memory of its clients with names") {
    for (int i = 0; i < 1000; ++i) (void)api_code("made_up_" + std::to_string(i));
    CHECK(api_code("made_up_999").message() == "unknown");
    CHECK(api_code("no_quorum") == api::errc::no_quorum);
}

}  // namespace
}  // namespace tally::client
