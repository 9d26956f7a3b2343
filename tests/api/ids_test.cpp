#include "api/ids.h"

#include <random>

#include "api/times.h"
#include "ledger/types.h"
#include "tests/support/catch.h"

using namespace tally;

// Goal: both spellings of an id, and no other.
TEST_CASE("ids are read as digits and as UUIDs") {
    const std::string digits = "018f2c3e7a107c4b9d2e0123456789ab";
    const auto id = api::id_from_text<ledger::LineId>(digits);
    REQUIRE(id);
    CHECK(api::id_text(*id) == digits);
    CHECK(api::id_from_text<ledger::LineId>("018f2c3e-7a10-7c4b-9d2e-0123456789ab") == id);
    CHECK(api::id_from_text<ledger::LineId>("018F2C3E7A107C4B9D2E0123456789AB") == id);
    for (const std::string wrong :
         {"", "018f", "018f2c3e7a107c4b9d2e0123456789abc", "018f2c3e7a107c4b9d2e0123456789ag",
          "018f2c3e7a10-7c4b-9d2e-0123456789ab-", "{18f2c3e-7a10-7c4b-9d2e-0123456789ab",
          "018f2c3e-7a10-7c4b-9d2e-012345678-ab", "------------------------------------"}) {
        INFO(wrong);
        CHECK_FALSE(api::id_from_text<ledger::LineId>(wrong));
    }
}

// Goal: ids that are made are new each time, and those of version 7 begin with their time.
TEST_CASE("ids are made of chance, and UUIDs of version 7 of their time and chance") {
    CHECK(api::random_id_bytes() != api::random_id_bytes());
    const std::chrono::milliseconds time{0x018f2c3e7a10};
    const auto id = api::uuid7_bytes(time);
    CHECK(api::id_text(id).substr(0, 13) == "018f2c3e7a107");
    CHECK((id[8] & 0xC0U) == 0x80U);  // the variant
    CHECK(api::uuid7_bytes(time) != id);
    CHECK(api::uuid7_bytes(time + std::chrono::milliseconds(1)) > id);
}

// Goal: digests likewise.
TEST_CASE("digests are read from 64 digits") {
    const std::string digits(64, 'a');
    const auto digest = api::digest_from_text(digits);
    REQUIRE(digest);
    CHECK(to_hex(digest->view()) == digits);
    CHECK_FALSE(api::digest_from_text(digits.substr(1)));
    CHECK_FALSE(api::digest_from_text(std::string(64, 'x')));
}

// Goal: known instants, and the way back for any.
TEST_CASE("times are RFC 3339 with milliseconds") {
    CHECK(api::time_text(ledger::Millis(0)) == "1970-01-01T00:00:00.000Z");
    CHECK(api::time_text(ledger::Millis(1'709'195'400'125)) == "2024-02-29T08:30:00.125Z");
    CHECK(api::time_text(ledger::Millis(253'402'300'799'999)) == "9999-12-31T23:59:59.999Z");
    CHECK(api::time_text(ledger::Millis(253'402'300'800'000)) == "253402300800000");
    CHECK(api::time_text(ledger::Millis(-1)) == "-1");
    const std::uint64_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 engine(seed);
    for (int i = 0; i < 10'000; ++i) {
        const bool any = engine() % 4 == 0;
        const ledger::Millis time(
            static_cast<std::int64_t>(any ? engine() : engine() % 253'402'300'800'000ull));
        REQUIRE(api::time_from_text(api::time_text(time)) == time);
    }
    for (const std::string wrong :
         {"", "2024-02-29", "2024-02-30T08:30:00.125Z", "2024-02-29T24:30:00.125Z",
          "2024-02-29T08:60:00.125Z", "2024-02-29T08:30:60.125Z", "2024-02-29 08:30:00.125Z",
          "2024-02-29T08:30:00.125z", "2024-02-29T08:30:00,125Z", "1709195400125", "+1", "-01"}) {
        INFO(wrong);
        CHECK_FALSE(api::time_from_text(wrong));
    }
}
