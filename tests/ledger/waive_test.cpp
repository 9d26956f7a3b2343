#include <limits>

#include "tests/ledger/refusal.h"
#include "tests/ledger/stage.h"
#include "tests/support/catch.h"

using namespace tally::ledger;
using namespace tally::testing;

namespace {

Waive waive(std::vector<Allocation> parts) { return {Stage::kContract, std::move(parts)}; }

}  // namespace

TEST_CASE("WAIVE forgives parts of what is outstanding", "[ledger][rules][waive]") {
    // Goal: rows, use, totals; a contract of which principal was given up is not called paid.
    Stage stage;
    stage.accept(waive({{2, Component::fee, 500}, {0, Component::principal, 333}}));
    const Position position = stage.position();
    CHECK(position.rows[2].outstanding == ByComponent{0, 0, 0, 33'334});
    CHECK(position.rows[0].outstanding == ByComponent{0, 500, 0, 33'000});
    CHECK(position.rows[0].paid == ByComponent{});
    CHECK(position.totals.waived == ByComponent{0, 500, 0, 333});
    CHECK(stage.line().used == 99'667);
    stage.accept(stage.payment(100'000));
    stage.accept(waive({{2, Component::principal, 667}}));
    CHECK(stage.position().status == ContractStatus::closed_waived);
    stage.refuse(waive({{0, Component::fee, 1}}), Outcome::contract_not_active);
}

TEST_CASE("WAIVE takes two keys of the contract's owner", "[ledger][rules][waive]") {
    // Goal: one key, two keys of two members, and two keys of somebody else are not enough.
    Stage stage;
    const Cast& cast = stage.book.cast();
    const auto refused = [&](std::initializer_list<const Party*> signers, Outcome expected) {
        require_refused(stage.book, stage.draft(waive({{0, Component::fee, 1}})), signers,
                        expected);
    };
    refused({stage.lender}, Outcome::two_keys_required);
    refused({stage.lender_2}, Outcome::two_keys_required);
    refused({stage.lender, &cast.other_originator()}, Outcome::two_keys_required);
    refused({stage.lender, stage.servicer, stage.servicer_2}, Outcome::two_keys_required);
    refused({&cast.other_originator()}, Outcome::owner_differs);
    refused({stage.servicer, stage.servicer_2}, Outcome::role_missing);
    const auto drafted = stage.draft(waive({{0, Component::fee, 1}}));
    CHECK(stage.book.submit_one(drafted, {stage.servicer, stage.lender_2, stage.lender}) ==
          Outcome::accepted);
}

TEST_CASE("WAIVE is refused when a part does not fit", "[ledger][rules][waive]") {
    // Goal: none, too many, zero, below, above, twice, unknown rows and components.
    Stage stage;
    constexpr Amount kMax = std::numeric_limits<Amount>::max();
    const std::vector<std::vector<Allocation>> wrong = {
        {},
        {{0, Component::fee, 0}},
        {{0, Component::fee, -1}},
        {{0, Component::fee, std::numeric_limits<Amount>::min()}},
        {{0, Component::fee, 501}},
        {{0, Component::fee, kMax}},
        {{0, Component::penalty, 1}},
        {{0, Component::interest, 1}},
        {{3, Component::fee, 1}},
        {{0xFFFF'FFFF, Component::fee, 1}},
        {{0, Component::fee, 1}, {0, Component::fee, 1}},
        {{0, Component::fee, 250}, {1, Component::fee, 1}, {0, Component::fee, 250}},
        {{0, Component::fee, 1}, {1, Component::fee, 501}},
        std::vector<Allocation>(145, {0, Component::fee, 1}),
    };
    for (const auto& parts : wrong) stage.refuse(waive(parts), Outcome::waiver_invalid);
    stage.refuse(Waive{id_of<ContractId>(9), {{0, Component::fee, 1}}}, Outcome::contract_unknown);
    CHECK(stage.position().payable() == 101'500);
}

TEST_CASE("What was waived and comes back from the merchant is nobody's credit",
          "[ledger][rules][waive]") {
    // Goal: a borrower is owed at most what was paid, whoever let the rest go.
    Stage stage;
    stage.accept(stage.payment(500 + 3'000));  // the first row's fee, and principal
    const Position before = stage.position();
    std::vector<Allocation> all;
    for (std::uint32_t row = 0; row < before.rows.size(); ++row) {
        for (const Component component : {Component::fee, Component::principal}) {
            const Amount open = before.rows[row].open(component);
            if (open > 0) all.push_back({row, component, open});
        }
    }
    stage.accept(Waive{Stage::kContract, all}, Drafts::kToday + 1);
    CHECK(stage.position().status == ContractStatus::closed_waived);
    stage.accept(MerchantRefund{Stage::kContract, 97'000, "shop-1"}, Drafts::kToday + 2);
    CHECK(stage.position().totals.credit == 0);
    CHECK(stage.position().effects.back().unwaived == 97'000);
    CHECK(stage.position().totals.waived[3] == 0);
    CHECK(stage.position().totals.refunded[3] == 97'000);
    stage.accept(MerchantRefund{Stage::kContract, 3'000, "shop-2"}, Drafts::kToday + 2);
    CHECK(stage.position().totals.credit == 3'500);  // with the fee that was paid ahead
    CHECK(stage.position().status == ContractStatus::closed_refunded);
    const Balances books = balances_of(stage.position());
    CHECK(books.sum() == 0);
    CHECK(books.of(BookAccount::waiver_expense) == 1'000);  // the fees
    CHECK(books.of(BookAccount::cash) == 3'500);
}

TEST_CASE("A waiver of penalties leaves them assessed", "[ledger][rules][waive]") {
    // Goal: what was forgiven is not billed again.
    Stage stage;
    const Day day = day_of("2024-03-10");
    stage.accept(PenaltyAssess{Stage::kContract}, day);
    stage.accept(waive({{0, Component::penalty, 169}}), day);
    stage.refuse(PenaltyAssess{Stage::kContract, 169}, Outcome::penalty_differs, day);
    CHECK(stage.position().penalty_assessed == 169);
    CHECK(stage.position().outstanding[0] == 0);
}
