#include "base/wide_uint.h"

#include <algorithm>
#include <boost/multiprecision/cpp_int.hpp>
#include <limits>
#include <random>

#include "tests/support/catch.h"

using namespace tally;
using boost::multiprecision::cpp_int;

namespace {

constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();

/// Another implementation, that knows no bound.
template <std::size_t Limbs>
cpp_int reference(const WideUint<Limbs>& number) {
    cpp_int value = 0;
    for (std::size_t place = Limbs; place-- > 0;) value = (value << 64) | number.limbs()[place];
    return value;
}

/// Agrees with a true value: equal where it fits in the width, nothing elsewhere.
template <std::size_t Limbs>
bool agrees(const std::optional<WideUint<Limbs>>& number, const cpp_int& truth) {
    const bool fits = truth >= 0 && truth < (cpp_int(1) << (64 * Limbs));
    return number.has_value() == fits && (!fits || reference(*number) == truth);
}

/// Numbers of every length, full of the limbs at which carries go wrong.
template <std::size_t Limbs>
WideUint<Limbs> draw(std::mt19937_64& random) {
    std::array<std::uint64_t, Limbs> limbs{};
    const std::size_t used = random() % (Limbs + 1);
    for (std::size_t place = 0; place < used; ++place) {
        const std::uint64_t kind = random() % 4;
        limbs[place] = kind == 0 ? 0 : kind == 1 ? kMax : random() >> (random() % 64);
    }
    return WideUint<Limbs>(limbs);
}

template <std::size_t Limbs>
void compare_with_reference(std::mt19937_64& random) {
    const auto left = draw<Limbs>(random);
    const auto right = draw<Limbs>(random);
    const std::uint64_t small = random() % 8 == 0 ? kMax : random() >> (random() % 64);
    const cpp_int a = reference(left);
    const cpp_int b = reference(right);
    REQUIRE(agrees(checked_add(left, right), a + b));
    REQUIRE(agrees(checked_sub(left, right), a - b));
    REQUIRE(agrees(checked_sub(left, left), 0));
    REQUIRE(agrees(checked_mul(left, right), a * b));
    REQUIRE(agrees(checked_mul(left, small), a * small));
    if (small > 0) REQUIRE(reference(quotient(left, small)) == a / small);
    REQUIRE((left < right) == (a < b));
    REQUIRE((left >= right) == (a >= b));
    REQUIRE((left == right) == (a == b));
    REQUIRE(left.to_u64().has_value() == (a <= kMax));
    if (a <= kMax) REQUIRE(cpp_int(*left.to_u64()) == a);
}

}  // namespace

TEST_CASE("Wide integers agree with another implementation on random numbers") {
    // Goal: every operation gives the true value where it fits, and nothing where it does not.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 5'000; ++round) {
        compare_with_reference<2>(random);
        compare_with_reference<3>(random);
        if (round % 10 == 0) compare_with_reference<32>(random);
    }
}

TEST_CASE("The last wide integer that fits is not refused, the next one is") {
    // Goal: the bound of each operation at the width that rates of return use, 2048 bits.
    std::array<std::uint64_t, 32> limbs{};
    limbs.fill(kMax);
    const WideUint<32> greatest(limbs);
    const WideUint<32> zero;
    const WideUint<32> one(1);
    CHECK(checked_add(greatest, zero) == greatest);
    CHECK_FALSE(checked_add(greatest, one));
    CHECK_FALSE(checked_add(greatest, greatest));
    CHECK(checked_sub(greatest, greatest) == zero);
    CHECK_FALSE(checked_sub(zero, one));
    CHECK_FALSE(checked_sub(checked_sub(greatest, one).value(), greatest));
    CHECK(checked_mul(greatest, 1) == greatest);
    CHECK(checked_mul(greatest, 0) == zero);
    CHECK_FALSE(checked_mul(greatest, 2));
    CHECK(checked_mul(greatest, one) == greatest);
    CHECK_FALSE(checked_mul(greatest, WideUint<32>(2)));
    CHECK_FALSE(checked_mul(greatest, greatest));
    CHECK(checked_add(checked_mul(quotient(greatest, 3), 3).value(), zero) == greatest);

    // 2^1024 squared is the first power of two that does not fit, 2^1023 * 2^1024 the last.
    limbs.fill(0);
    limbs[16] = 1;
    const WideUint<32> root(limbs);
    CHECK_FALSE(checked_mul(root, root));
    CHECK(checked_mul(root, quotient(root, 2)));
}

TEST_CASE("A wide integer holds what 64 and 128 bits hold") {
    // Goal: conversions lose nothing, and say so where they would.
    const DoubleLimb high = DoubleLimb{kMax} << 64;
    CHECK(WideUint<2>(high).limbs() == std::array<std::uint64_t, 2>{0, kMax});
    CHECK(WideUint<4>(high | 7).limbs() == std::array<std::uint64_t, 4>{7, kMax, 0, 0});
    CHECK(WideUint<4>(kMax).to_u64() == kMax);
    CHECK_FALSE(WideUint<4>(DoubleLimb{kMax} + 1).to_u64());
    CHECK(WideUint<4>() == WideUint<4>(0));
    static_assert(checked_mul(WideUint<2>(6), 7) == WideUint<2>(42));
}
