#include "node/driver/throughput.h"

#include "tests/support/catch.h"

namespace tally::node::driver {
namespace {

constexpr std::chrono::milliseconds kTick{50};

TEST_CASE("what is applied while something waits tells what can be applied") {
    // Goal: idle time and the first moments say nothing; busy ticks are averaged.
    Throughput throughput;
    CHECK(throughput.bytes_in(kTick) == std::numeric_limits<std::uint64_t>::max());
    throughput.on_applied(7);
    throughput.on_tick(kTick, true);
    throughput.on_tick(kTick, true);
    CHECK(throughput.bytes_in(kTick) == std::numeric_limits<std::uint64_t>::max());
    throughput.on_applied(1000);
    throughput.on_tick(kTick, true);
    CHECK(throughput.bytes_in(kTick) == 1000);
    CHECK(throughput.bytes_in(kTick * 40) == 40'000);
    // Nothing for a second and a half: a disk that hangs.
    for (int tick = 0; tick < 30; ++tick) throughput.on_tick(kTick, true);
    CHECK(throughput.bytes_in(kTick) < 200);
    // What is all done before a tick ends says nothing, however little it was.
    for (int tick = 0; tick < 60; ++tick) {
        throughput.on_applied(1000);
        throughput.on_tick(kTick, true);
    }
    const std::uint64_t busy = throughput.bytes_in(kTick);
    CHECK(busy > 900);
    for (int tick = 0; tick < 60; ++tick) {
        throughput.on_applied(3);
        throughput.on_tick(kTick, false);
        throughput.on_tick(kTick, true);
    }
    CHECK(throughput.bytes_in(kTick) == busy);
}

}  // namespace
}  // namespace tally::node::driver
