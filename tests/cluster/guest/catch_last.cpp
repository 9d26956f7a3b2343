// Goal: Catch2's CHECK stays Catch2's when it is included after our headers.
#include <tallystick/testing.h>
// (Kept apart: the order is what is tested.)
#include <catch2/catch.hpp>

TEST_CASE("A CHECK that fails is a failure of Catch2, included last", "[!shouldfail]") {
    CHECK(tallystick::id_text(tallystick::ledger::LineId{}).empty());
    SUCCEED("it goes on");
}
