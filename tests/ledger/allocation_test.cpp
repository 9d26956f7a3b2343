#include "ledger/allocation.h"

#include <random>

#include "ledger/dates.h"
#include "ledger/schedule.h"
#include "tests/support/catch.h"

using namespace tally::ledger;

namespace {

Day day(const char* text) { return day_from_text(text).value(); }

struct Part {
    std::uint32_t instalment;
    Component component;
    Amount amount;
    bool operator==(const Part&) const = default;
};

std::vector<Part> parts(const std::vector<RowOutstanding>& rows, Amount amount, Day value_date) {
    std::vector<Part> parts;
    for (const Allocation& part : allocate(rows, amount, value_date)) {
        parts.push_back({part.instalment, part.component, part.amount});
    }
    return parts;
}

}  // namespace

TEST_CASE("The known part payment on 10 April", "[ledger][allocation]") {
    // Goal: 20000 paid 10 days late covers penalty 169, fee 500 and 19331 of principal.
    const std::vector<RowOutstanding> rows = {{day("2024-03-31"), 169, 500, 0, 33'333},
                                              {day("2024-04-30"), 0, 500, 0, 33'334}};
    const std::vector<Part> paid = parts(rows, 20'000, day("2024-04-10"));
    CHECK(paid == std::vector<Part>{{0, Component::penalty, 169},
                                    {0, Component::fee, 500},
                                    {0, Component::principal, 19'331}});
    // 14002 of the row are left, and on 1 May, with the last row, 47836 are overdue.
    const Amount left = rows[0].principal - paid[2].amount;
    CHECK(left == 14'002);
    CHECK(left + rows[1].fee + rows[1].principal == 47'836);
}

TEST_CASE("Within a row: penalty, fee, interest, principal", "[ledger][allocation]") {
    // Goal: each component is exhausted before the next one gets anything.
    const std::vector<RowOutstanding> rows = {{100, 1, 2, 3, 4}};
    CHECK(parts(rows, 1, 100) == std::vector<Part>{{0, Component::penalty, 1}});
    CHECK(parts(rows, 4, 100) == std::vector<Part>{{0, Component::penalty, 1},
                                                   {0, Component::fee, 2},
                                                   {0, Component::interest, 1}});
    CHECK(parts(rows, 10, 100) == std::vector<Part>{{0, Component::penalty, 1},
                                                    {0, Component::fee, 2},
                                                    {0, Component::interest, 3},
                                                    {0, Component::principal, 4}});
}

TEST_CASE("Past due before due before in advance, each oldest first", "[ledger][allocation]") {
    // Goal: the order over rows for a date before, on, between and after them.
    const std::vector<RowOutstanding> rows = {
        {100, 0, 0, 0, 10}, {130, 0, 0, 0, 10}, {160, 0, 0, 0, 10}};
    const std::vector<Part> expected = {
        {0, Component::principal, 10}, {1, Component::principal, 10}, {2, Component::principal, 5}};
    for (const Day value_date : {0, 99, 100, 101, 130, 131, 160, 1000}) {
        CHECK(parts(rows, 25, value_date) == expected);
    }
}

TEST_CASE("A payment of nothing and of everything", "[ledger][allocation]") {
    // Goal: both ends; rows that owe nothing are left out.
    const std::vector<RowOutstanding> rows = {{100, 0, 0, 0, 0}, {130, 0, 7, 0, 3}};
    CHECK(parts(rows, 0, 100).empty());
    CHECK(parts(rows, 10, 100) ==
          std::vector<Part>{{1, Component::fee, 7}, {1, Component::principal, 3}});
    CHECK(payable_of(rows) == 10);
    CHECK(payable_of({}) == 0);
}

TEST_CASE("Allocations sum to their payment and never exceed a row", "[ledger][allocation]") {
    // Goal: the property over random rows, with the seed shown.
    const std::uint32_t seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
        std::vector<RowOutstanding> rows;
        Day due = 1000;
        for (std::uint64_t row = 0; row < 1 + random() % 36; ++row) {
            due += static_cast<Day>(1 + random() % 40);
            rows.push_back({due, static_cast<Amount>(random() % 3),
                            static_cast<Amount>(random() % 500), static_cast<Amount>(random() % 2),
                            static_cast<Amount>(random() % 50'000)});
        }
        const Amount payable = payable_of(rows);
        const Amount amount =
            static_cast<Amount>(random() % (static_cast<std::uint64_t>(payable) + 1));
        const Day value_date = static_cast<Day>(900 + random() % 1800);
        Amount sum = 0;
        std::vector<RowOutstanding> rest = rows;
        for (const Allocation& part : allocate(rows, amount, value_date)) {
            REQUIRE(part.amount > 0);
            sum += part.amount;
            RowOutstanding& row = rest.at(part.instalment);
            Amount& component = part.component == Component::penalty    ? row.penalty
                                : part.component == Component::fee      ? row.fee
                                : part.component == Component::interest ? row.interest
                                                                        : row.principal;
            component -= part.amount;
            REQUIRE(component >= 0);
        }
        REQUIRE(sum == amount);
        REQUIRE(payable_of(rest) == payable - amount);
    }
}
