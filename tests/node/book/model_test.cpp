#include "node/book/model.h"
#include "ledger/allocation.h"
#include "ledger/dates.h"
#include "tests/support/book.h"
#include "tests/support/catch.h"

using namespace tally;
using ledger::Outcome;
using testing::id_of;

namespace {

const ledger::Day kCaptured = *ledger::day_from_text("2024-01-31");

book::BookRow capture_row(std::uint64_t contract, ledger::Amount principal) {
    book::BookRow row;
    row.business_date = row.value_date = kCaptured;
    row.body = book::CaptureRow{
        id_of<ledger::ContractId>(contract),          id_of<ledger::LineId>(1), principal, 5000, 3,
        {{ledger::member_id_of("funder"), 1'000'000}}};
    return row;
}

book::BookRow payment_row(std::uint64_t contract, ledger::Amount amount, std::string reference) {
    book::BookRow row;
    row.business_date = row.value_date = *ledger::day_from_text("2024-02-29");
    row.body =
        book::RepaymentRow{id_of<ledger::ContractId>(contract), amount, std::move(reference)};
    return row;
}

ledger::Amount payable(const book::ContractModel& model, std::uint64_t contract) {
    const auto* body = model.contract(id_of<ledger::ContractId>(contract));
    return body == nullptr ? -1 : ledger::payable_of(body->outstanding());
}

}  // namespace

TEST_CASE("The model gives a purchase its schedule and a payment its allocation") {
    // Goal: the known result of 1,000.00 at 0.5 % over 3 months: 338.33, 338.33, 338.34.
    book::ContractModel model;
    const auto capture = model.plan(capture_row(1, 100'000), id_of<ledger::TransactionId>(1));
    const auto& schedule = std::get<ledger::Capture>(capture.transaction.body).schedule;
    REQUIRE(schedule.size() == 3);
    CHECK(schedule[0].principal + schedule[0].fee == 33'833);
    CHECK(schedule[2].principal + schedule[2].fee == 33'834);
    const auto payment = model.plan(payment_row(1, 33'833, "a"), id_of<ledger::TransactionId>(2));
    const auto& allocation = std::get<ledger::Repayment>(payment.transaction.body).allocation;
    REQUIRE(allocation.size() == 2);
    CHECK(allocation[0].component == ledger::Component::fee);
    CHECK(payable(model, 1) == 101'500 - 33'833);
}

TEST_CASE("Settling takes back what the network refused, and what hung on it") {
    book::ContractModel model;
    std::vector<book::Planned> planned;
    planned.push_back(model.plan(capture_row(1, 100'000), id_of<ledger::TransactionId>(1)));
    planned.push_back(model.plan(payment_row(1, 1000, "a"), id_of<ledger::TransactionId>(2)));
    planned.push_back(model.plan(capture_row(1, 50'000), id_of<ledger::TransactionId>(3)));
    CHECK(planned[0].applied);
    CHECK(planned[1].applied);
    CHECK_FALSE(planned[2].applied);
    // The first capture was over the limit, so the second one of the same id went through.
    const std::vector<Outcome> outcomes{Outcome::limit_exceeded, Outcome::contract_unknown,
                                        Outcome::accepted};
    model.settle(planned, outcomes);
    CHECK(payable(model, 1) == 50'000 + 3 * 250);
}

TEST_CASE("A payment posted twice is planned without effect and stays so") {
    book::ContractModel model;
    std::vector<book::Planned> planned;
    planned.push_back(model.plan(capture_row(1, 100'000), id_of<ledger::TransactionId>(1)));
    planned.push_back(model.plan(payment_row(1, 1000, "a"), id_of<ledger::TransactionId>(2)));
    planned.push_back(model.plan(payment_row(1, 1000, "a"), id_of<ledger::TransactionId>(3)));
    CHECK_FALSE(planned[2].applied);
    model.settle(planned, std::vector<Outcome>{Outcome::accepted, Outcome::accepted,
                                               Outcome::source_ref_used});
    CHECK(payable(model, 1) == 101'500 - 1000);
}

TEST_CASE("A row that no schedule or allocation follows from is still a transaction") {
    book::ContractModel model;
    auto row = capture_row(1, 0);
    const auto capture = model.plan(row, id_of<ledger::TransactionId>(1));
    CHECK_FALSE(capture.applied);
    CHECK(std::get<ledger::Capture>(capture.transaction.body).schedule.size() == 3);
    const auto payment = model.plan(payment_row(9, 5, "x"), id_of<ledger::TransactionId>(2));
    CHECK(std::get<ledger::Repayment>(payment.transaction.body).allocation.empty());
}
