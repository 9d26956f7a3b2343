#include "base/closest_word.h"

#include <array>

#include "tests/support/catch.h"

TEST_CASE("The word that was meant is near: letters left out, added, changed, swapped") {
    constexpr std::array<std::string_view, 5> kKnown{"contract", "line", "submit", "up", "CAPTURE"};
    CHECK(tally::closest_word("contrct", kKnown) == "contract");
    CHECK(tally::closest_word("sumbit", kKnown) == "submit");
    CHECK(tally::closest_word("lines", kKnown) == "line");
    CHECK(tally::closest_word("capture", kKnown) == "CAPTURE");
    CHECK(tally::closest_word("upp", kKnown) == "up");
    CHECK(tally::closest_word("frobnicate", kKnown).empty());
    // Words of their own, however much they share.
    constexpr std::array<std::string_view, 1> kLong{"grace_grants_max"};
    CHECK(tally::closest_word("grace_grant_days_max", kLong).empty());
    CHECK(tally::closest_word("", kKnown).empty());
    CHECK(tally::closest_word("ab", kKnown).empty());
    CHECK(tally::closest_word(std::string(10'000, 'x'), kKnown).empty());
    CHECK(tally::did_you_mean("contrct", kKnown) == "; did you mean contract?");
    CHECK(tally::did_you_mean("cont", kKnown) == "; did you mean contract?");
    constexpr std::array<std::string_view, 2> kTwo{"contract", "contracts"};
    CHECK(tally::did_you_mean("cont", kTwo).empty());
    CHECK(tally::did_you_mean("zzz", kKnown).empty());
}
