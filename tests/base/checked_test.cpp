#include "base/checked.h"

#include <limits>

#include "tests/support/catch.h"

using namespace tally;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("Checked arithmetic gives the true value wherever it fits") {
    // Goal: the last values that fit are not refused.
    CHECK(checked_add(kMax, 0) == kMax);
    CHECK(checked_add(kMax, kMin) == -1);
    CHECK(checked_sub(kMin, 0) == kMin);
    CHECK(checked_sub(-1, kMax) == kMin);
    CHECK(checked_mul(kMin, 1) == kMin);
    CHECK(checked_mul(3'037'000'499, 3'037'000'499) == 9'223'372'030'926'249'001);
    CHECK(checked_mul(kMax, 0) == 0);
}

TEST_CASE("Checked arithmetic gives nothing where the value does not fit") {
    // Goal: both ends of each operation, and the one product that negation forgets.
    CHECK_FALSE(checked_add(kMax, 1).has_value());
    CHECK_FALSE(checked_add(kMin, -1).has_value());
    CHECK_FALSE(checked_sub(kMin, 1).has_value());
    CHECK_FALSE(checked_sub(0, kMin).has_value());
    CHECK_FALSE(checked_mul(kMin, -1).has_value());
    CHECK_FALSE(checked_mul(3'037'000'500, 3'037'000'500).has_value());
}
