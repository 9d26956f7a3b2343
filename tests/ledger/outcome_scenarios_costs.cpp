#include "tests/ledger/outcome_scenarios.h"

namespace tally::testing {

using namespace ledger;

namespace {

constexpr Day kToday = Drafts::kToday;
constexpr Day kLate = kToday + 100;
const auto kOther = id_of<ContractId>(9);

/// A purchase under the stage's table, which is on record with its acknowledgement.
Capture told(Stage& stage) {
    stage.accept(stage.cost_table());
    stage.accept(stage.disclosure());
    Capture body = stage.capture(1'000, 3, kOther);
    body.cost_table = Stage::kTable;
    body.disclosure = Stage::kDisclosure;
    return body;
}

}  // namespace

Scenarios merchant_scenarios() {
    return {
        {Outcome::merchant_missing,
         [](Stage& s) {
             Capture body = s.capture(1'000, 3, kOther);
             body.merchant.reset();
             s.accept(body);
             return s.send(MerchantSettle{kOther, 5, "m-1"});
         }},
        {Outcome::above_merchant_payable,
         [](Stage& s) {
             return s.send(MerchantSettle{Stage::kContract, 100'001, "m-1"});
         }},
        {Outcome::nothing_let_go,
         [](Stage& s) {
             return s.send(DebtSettle{Stage::kContract, 101'500, "d-1"}, kLate);
         }},
        {Outcome::debt_settlement_differs,
         [](Stage& s) {
             return changed(
                 s, DebtSettle{Stage::kContract, 5, "d-1"},
                 [](DebtSettle& body) { ++body.principal; }, kLate);
         }},
    };
}

Scenarios cost_scenarios() {
    return {
        {Outcome::cost_table_exists,
         [](Stage& s) {
             s.accept(s.cost_table());
             return s.send(s.cost_table());
         }},
        {Outcome::cost_table_unknown, [](Stage& s) { return s.send(s.disclosure()); }},
        {Outcome::cost_table_invalid,
         [](Stage& s) {
             CostTable table = s.cost_table();
             table.rows.clear();
             return s.send(table);
         }},
        {Outcome::cost_table_differs,
         [](Stage& s) {
             const Capture body = told(s);
             s.accept(s.cost_table(id_of<CostTableId>(9)));
             return s.send(body);
         }},
        {Outcome::disclosure_exists,
         [](Stage& s) {
             (void)told(s);
             return s.send(s.disclosure());
         }},
        {Outcome::disclosure_unknown,
         [](Stage& s) {
             Capture body = told(s);
             body.disclosure = id_of<DisclosureId>(9);
             return s.send(body);
         }},
        {Outcome::disclosure_ahead,
         [](Stage& s) {
             s.accept(s.cost_table());
             DisclosureAck ack = s.disclosure();
             ack.shown_on = kToday + 1;
             return s.send(ack);
         }},
        {Outcome::disclosure_unread,
         [](Stage& s) {
             s.accept(s.cost_table());
             DisclosureAck ack = s.disclosure();
             ack.seconds_read = 0;
             return s.send(ack);
         }},
    };
}

Scenarios purchase_cost_scenarios() {
    return {
        {Outcome::disclosure_missing,
         [](Stage& s) {
             (void)told(s);
             return s.send(s.capture(1'000, 3, kOther));
         }},
        {Outcome::disclosure_differs,
         [](Stage& s) {
             Capture body = told(s);
             DisclosureAck ack = s.disclosure(id_of<DisclosureId>(9));
             ack.borrower = id_of<BorrowerId>(9);
             s.accept(ack);
             body.disclosure = ack.disclosure;
             return s.send(body);
         }},
        {Outcome::undisclosed_cost,
         [](Stage& s) {
             CostTable table = s.cost_table();
             std::erase_if(table.rows, [](const CostRow& row) { return row.item == "fee"; });
             s.accept(table);
             s.accept(s.disclosure());
             Capture body = s.capture(1'000, 3, kOther);
             body.cost_table = Stage::kTable;
             body.disclosure = Stage::kDisclosure;
             return s.send(body);
         }},
        {Outcome::apr_above_dated_cap,
         [](Stage& /*s*/) {
             Stage capped({.rules =
                               [](RulesetRegister& ruleset, ProductRegister&) {
                                   ruleset.apr_caps = {{0, 1}};
                               },
                           .captured = false});
             return capped.send(capped.capture(1'000));
         }},
    };
}

}  // namespace tally::testing
