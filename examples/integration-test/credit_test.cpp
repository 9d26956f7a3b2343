#include <tallystick/testing.h>

#include <catch2/catch.hpp>

using namespace tallystick::ledger;

TEST_CASE("A repayment is booked once, though the leader dies before it") {
    tallystick::LocalCluster cluster{3};
    const auto line = tallystick::new_id<LineId>();
    const auto contract = tallystick::new_id<ContractId>();
    const Day today = 19'753;  // 2024-01-31

    const LimitGrant grant{line,       tallystick::new_id<BorrowerId>(), "CNY", 500'000, today,
                           today + 365};
    REQUIRE(cluster.submit({"lender"}, grant, today).all_accepted());

    // 1,000.00 CNY in three instalments, at 0.5 % a month.
    const auto schedule =
        compute_schedule({.principal = 100'000, .fee_ppm = 5000, .periods = 3, .anchor = today});
    const Capture purchase{contract, line,          100'000,
                           5000,     schedule.rows, {{cluster.member("funder"), 1'000'000}}};
    REQUIRE(cluster.submit({"lender", "funder"}, purchase, today).all_accepted());

    cluster.kill(cluster.await_leader());

    const Repayment first{contract,
                          33'833,
                          "payment-1",
                          {{0, Component::fee, 500}, {0, Component::principal, 33'333}}};
    const auto receipt = cluster.submit({"servicer"}, first, today);
    REQUIRE(receipt.all_accepted());

    const auto state = cluster.client().contract(tallystick::id_text(contract),
                                                 {.min_index = receipt.applied_index});
    REQUIRE(state);
    CHECK(state->integer("principal_outstanding") == 66'667);
    CHECK(state->integer("payment_count") == 1);
}
