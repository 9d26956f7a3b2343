#include "node/driver/admission.h"

#include "api/errc.h"
#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

TEST_CASE("admission refuses for the first reason that holds, and nothing without one") {
    // Goal: each early refusal has its own code, and the queue is bounded to the byte.
    AdmissionState state;
    state.queue_bytes_max = 1000;
    state.queued_bytes = 900;
    CHECK(admit(state, 100));
    REQUIRE_FALSE(admit(state, 101));
    CHECK(admit(state, 101).error().code == api::errc::overloaded);
    state.read_only = "storage_full";
    state.free_bytes_min = 4096;
    CHECK(admit(state, 1).error().code == api::errc::storage_full);
    CHECK_THAT(admit(state, 1).error().context, Catch::Matchers::Contains("4096"));
    state.halted = "block 7 does not hold";
    CHECK(admit(state, 1).error().code == api::errc::halted);
    CHECK_THAT(admit(state, 1).error().context, Catch::Matchers::Contains("block 7"));
    state.stopping = true;
    CHECK(admit(state, 1).error().code == api::errc::shutting_down);
}

}  // namespace
}  // namespace tally::node::driver
