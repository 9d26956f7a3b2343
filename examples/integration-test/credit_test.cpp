#include <tallystick/testing.h>

#include <catch2/catch.hpp>

using namespace tallystick::ledger;

TEST_CASE("A repayment is booked once, though the leader dies before it") {
    tallystick::LocalCluster cluster{3};
    const Day today = 19'753;  // 2024-01-31
    cluster.open_book(today);  // rules, a product and a model are registered, the day is open
    const LineId line = cluster.open_line(500'000, today);  // assessed and granted

    // 1,000.00 CNY in three instalments, at 0.5 % a month.
    const Capture purchase = cluster.purchase(line, 100'000, 3, today);
    REQUIRE(cluster.submit({"lender", "funder"}, purchase, today).all_accepted());

    cluster.kill(cluster.await_leader());

    const Repayment first{purchase.contract,
                          33'833,
                          "payment-1",
                          {{0, Component::fee, 500}, {0, Component::principal, 33'333}}};
    const auto receipt = cluster.submit({"servicer"}, first, today);
    REQUIRE(receipt.all_accepted());

    const auto state = cluster.client().contract(tallystick::id_text(purchase.contract),
                                                 {.min_index = receipt.applied_index});
    REQUIRE(state);
    CHECK(state->integer("outstanding/principal") == 66'667);
    CHECK(state->integer("entries") == 2);  // the purchase, and one payment
}
