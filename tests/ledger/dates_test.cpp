#include "ledger/dates.h"

#include <limits>

#include "tests/support/catch.h"

using namespace tally::ledger;

namespace {

Day day(const char* text) { return day_from_text(text).value(); }

}  // namespace

TEST_CASE("Dates are days since 1970 and read as ISO 8601", "[ledger][dates]") {
    // Goal: the text and the number agree at both ends of the range and across leap days.
    CHECK(day("1970-01-01") == kDayMin);
    CHECK(day("9999-12-31") == kDayMax);
    CHECK(day("2024-01-31") == 19'753);
    CHECK(day("2000-02-29") == 11'016);
    for (const char* text : {"1970-01-01", "1999-12-31", "2000-02-29", "2024-02-29", "2100-02-28",
                             "2100-03-01", "9999-12-31"}) {
        CHECK(day_text(day(text)) == text);
    }
    for (Day value = 0; value < kDayMax; value += 9'973) {
        CHECK(day_from_text(day_text(value)) == value);
    }
}

TEST_CASE("Text that is not one existing date is refused", "[ledger][dates]") {
    // Goal: no leniency: a wrong date of a contract must not become another one.
    for (const char* text :
         {"", "2024-1-31", "2024-01-32", "2023-02-29", "2100-02-29", "2024-13-01", "2024-00-10",
          "2024-01-00", "2024/01/31", "2024-01-31 ", "+024-01-31", "20240-1-31", "1969-12-31",
          "0000-01-01", "2024-01-3a", "-024-01-31", "2024-04-31"}) {
        INFO(text);
        CHECK_FALSE(day_from_text(text));
    }
}

TEST_CASE("Months are counted from the anchor and clamped to the month's end", "[ledger][dates]") {
    // Goal: 31 January -> 29 February -> 31 March: always from the anchor, never from the last row.
    const Day anchor = day("2024-01-31");
    CHECK(add_months(anchor, 0) == anchor);
    CHECK(add_months(anchor, 1) == day("2024-02-29"));
    CHECK(add_months(anchor, 2) == day("2024-03-31"));
    CHECK(add_months(anchor, 3) == day("2024-04-30"));
    CHECK(add_months(anchor, 12) == day("2025-01-31"));
    CHECK(add_months(anchor, 13) == day("2025-02-28"));
    CHECK(add_months(day("2024-02-29"), 12) == day("2025-02-28"));
    CHECK(add_months(day("2024-02-29"), 48) == day("2028-02-29"));
    CHECK(add_months(day("2023-12-12"), 1) == day("2024-01-12"));
    CHECK(add_months(day("2024-12-31"), 2) == day("2025-02-28"));
}

TEST_CASE("Months beyond the range give nothing", "[ledger][dates]") {
    // Goal: every int32 is answered, none is undefined.
    CHECK(add_months(day("9999-11-30"), 1) == day("9999-12-30"));
    CHECK_FALSE(add_months(day("9999-12-01"), 1));
    CHECK_FALSE(add_months(kDayMax, 1));
    CHECK_FALSE(add_months(kDayMin - 1, 1));
    CHECK_FALSE(add_months(kDayMax + 1, 1));
    CHECK_FALSE(add_months(std::numeric_limits<Day>::min(), 1));
    CHECK_FALSE(add_months(std::numeric_limits<Day>::max(), 36));
    CHECK_FALSE(add_months(0, std::numeric_limits<std::uint32_t>::max()));
    CHECK_FALSE(day_in_range(-1));
    CHECK(day_in_range(kDayMax));
}

TEST_CASE("A day that the month lacks rolls to the first of the next month", "[ledger][dates]") {
    // Goal: 31 January 2025 -> 1 March, 31 March, 1 May; always from the anchor.
    const Day anchor = day("2025-01-31");
    CHECK(add_months_rolled(anchor, 0) == anchor);
    CHECK(add_months_rolled(anchor, 1) == day("2025-03-01"));
    CHECK(add_months_rolled(anchor, 2) == day("2025-03-31"));
    CHECK(add_months_rolled(anchor, 3) == day("2025-05-01"));
    CHECK(add_months_rolled(anchor, 11) == day("2025-12-31"));
    CHECK(add_months_rolled(anchor, 37) == day("2028-03-01"));
    for (const char* text : {"2024-01-30", "2024-01-31"}) {
        CHECK(add_months_rolled(day(text), 1) == day("2024-03-01"));
    }
    CHECK(add_months_rolled(day("2024-01-29"), 1) == day("2024-02-29"));
    CHECK(add_months_rolled(day("2024-02-29"), 12) == day("2025-03-01"));
    CHECK(add_months_rolled(day("2096-02-29"), 48) == day("2100-03-01"));
    CHECK(add_months_rolled(day("9999-10-31"), 1) == day("9999-12-01"));
    CHECK(add_months_rolled(day("9999-11-30"), 1) == day("9999-12-30"));
    CHECK_FALSE(add_months_rolled(day("9999-12-01"), 1));
    CHECK_FALSE(add_months_rolled(kDayMax, 1));
    CHECK_FALSE(add_months_rolled(kDayMin - 1, 1));
    CHECK_FALSE(add_months_rolled(0, std::numeric_limits<std::uint32_t>::max()));
}

TEST_CASE("Both rules for a month's end differ only where the day is missing", "[ledger][dates]") {
    // Goal: over four years of anchors, the rolled day is the clamped one or the one after it.
    for (Day anchor = day("2023-01-01"); anchor < day("2027-01-01"); ++anchor) {
        for (std::uint32_t months = 0; months <= 36; ++months) {
            const Day clamped = add_months(anchor, months).value();
            const Day rolled = add_months_rolled(anchor, months).value();
            const bool kept = day_text(clamped).substr(8) == day_text(anchor).substr(8);
            REQUIRE(rolled == (kept ? clamped : clamped + 1));
        }
    }
}
