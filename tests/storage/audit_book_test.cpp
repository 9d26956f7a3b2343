#include "tests/storage/beside.h"

// The second set of books of an audit, beside an honest book and beside doctored ones: what the
// rules refuse reads as accepted, or a record says what no transaction said.
namespace tally::testing {

using namespace beside;

TEST_CASE("the second set of books follows a contract through everything that may happen to it") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *servicer = &cast.servicer(), *bank = &cast.bank(),
                *other = &cast.other_servicer(), *collector = &cast.collector();
    const Day late = Beside::kLate;
    const Transaction paid = beside.honest(beside.draft(payment(1'000, "Bank-1")), {servicer});
    beside.honest(beside.draft(MerchantRefund{kContract, 500, "shop-1"}), {lender});
    beside.honest(beside.draft(Chargeback{kContract, servicer->id, paid.id, 400, "back-1"}),
                  {bank, servicer});
    beside.honest(beside.draft(ServicerChange{kContract, other->id}), {lender, servicer, other});
    const Transaction second = beside.honest(beside.draft(payment(50, "Bank-2")), {other});
    beside.honest(beside.draft(Reversal{other->id, second.id, kContract, "wrong"}), {other});
    beside.honest(beside.draft(payment(60, "bank-2")), {other});
    Reschedule replan;
    replan.contract = kContract;
    replan.schedule.resize(2);
    beside.honest(beside.draft(replan), {lender});
    // Of a payment that the plan before took: it is owed in the plan of now.
    beside.honest(beside.draft(Chargeback{kContract, servicer->id, paid.id, 100, "back-2"}),
                  {bank, other});
    beside.honest(beside.draft(PenaltyAssess{kContract, 0}, late), {other});
    beside.honest(beside.draft(OverdueMark{kContract, 0, 0, 0}, late), {other});
    beside.honest(beside.draft(LimitFreeze{kLine, "review"}, late), {lender});
    beside.honest(beside.draft(LimitUnfreeze{kLine, "reviewed"}, late), {lender});
    beside.charge_off();
    CHECK(beside.book().line(kLine)->status == LineStatus::frozen);
    beside.honest(beside.draft(CollectionAssign{kContract, collector->id, 100'000}, late),
                  {lender, collector});
    beside.honest(beside.draft(Recovery{kContract, 1'000, 100, "got-1"}, late), {collector, other});
    beside.honest(beside.draft(CollectionRecall{kContract}, late), {lender, collector});
    beside.honest(beside.draft(LimitUnfreeze{kLine, "trusted again"}, late), {lender});
}

TEST_CASE("the second set of books follows a payment of an earlier plan that its bank takes back") {
    // Goal: the plan's principal is what it began with, with the chargeback, without it, under the
    // plan after it, and once the plan is taken back.
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *servicer = &cast.servicer(), *bank = &cast.bank();
    const Transaction paid = beside.honest(beside.draft(payment(12'000, "bank-1")), {servicer});
    const auto replan = [&](std::size_t rows) {
        Reschedule plan;
        plan.contract = kContract;
        plan.schedule.resize(rows);
        return beside.honest(beside.draft(plan), {lender});
    };
    const auto charge_back = [&](Amount amount, std::string reference) {
        return beside.honest(beside.draft(Chargeback{kContract, servicer->id, paid.id, amount,
                                                     std::move(reference)}),
                             {bank, servicer});
    };
    const auto take_back = [&](const Transaction& target, const Party* submitter) {
        beside.honest(beside.draft(Reversal{submitter->id, target.id, kContract, "wrong"}),
                      {lender, servicer, bank});
    };
    const Transaction plan = replan(4);
    take_back(charge_back(12'000, "back-1"), bank);
    const Transaction part = charge_back(5'000, "back-2");
    const Transaction more = charge_back(7'000, "back-3");
    const Transaction second = replan(3);
    take_back(second, lender);
    take_back(more, bank);
    take_back(part, bank);
    take_back(plan, lender);
    charge_back(12'000, "back-4");
    replan(5);
    beside.charge_off();
}

TEST_CASE("the second set of books notices what a party that did not sign is made to do") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *servicer = &cast.servicer(), *bank = &cast.bank(),
                *other = &cast.other_servicer(), *collector = &cast.collector();
    const std::string whose = "the contract's servicer of the time did not sign";
    const Transaction paid = beside.honest(beside.draft(payment(1'000, "bank-1")), {servicer});
    SECTION("a payment by another servicer") {
        CHECK(says(beside.if_accepted(beside.draft(payment(50, "bank-2")),
                                      Outcome::servicer_differs, {other}),
                   whose));
    }
    SECTION("a mark, a penalty and a request by another servicer") {
        const Day late = Beside::kLate;
        const std::vector<TransactionBody> bodies{
            OverdueMark{kContract, 0, 0, 0}, PenaltyAssess{kContract, 0},
            HardshipRequest{{{1}}, kContract, HardshipStage::requested, "income lost", {}}};
        for (const TransactionBody& body : bodies) {
            CHECK(says(
                beside.if_accepted(beside.draft(body, late), Outcome::servicer_differs, {other}),
                whose));
        }
    }
    SECTION("a chargeback by another servicer") {
        CHECK(says(beside.if_accepted(
                       beside.draft(Chargeback{kContract, servicer->id, paid.id, 1, "back-1"}),
                       Outcome::servicer_differs, {bank, other}),
                   whose));
    }
    SECTION("a reversal by another servicer") {
        CHECK(says(
            beside.if_accepted(beside.draft(Reversal{servicer->id, paid.id, kContract, "wrong"}),
                               Outcome::servicer_differs, {other}),
            whose));
    }
    SECTION("a servicer that was followed by another") {
        beside.honest(beside.draft(ServicerChange{kContract, other->id}),
                      {lender, servicer, other});
        CHECK(says(beside.if_accepted(beside.draft(payment(50, "bank-2")),
                                      Outcome::servicer_differs, {servicer}),
                   whose));
    }
    SECTION("a waiver with one key") {
        CHECK(
            says(beside.if_accepted(beside.draft(Waive{kContract, {{0, Component::principal, 1}}}),
                                    Outcome::two_keys_required, {lender}),
                 "fewer than two keys"));
    }
    SECTION("a penalty waived by a plan with one key, and a plan from before its day") {
        const Day late = Beside::kLate;
        Reschedule plan;
        plan.contract = kContract;
        plan.schedule.resize(3);
        plan.waived_penalty = 1;
        CHECK(
            says(beside.if_accepted(beside.draft(plan, late), Outcome::two_keys_required, {lender}),
                 "fewer than two keys"));
        plan.waived_penalty = 0;
        Transaction early = beside.draft(plan, late);
        early.value_date = late - 1;
        CHECK(says(beside.if_accepted(early, Outcome::backdated_too_far, {lender}),
                   "before the day of its booking"));
    }
    SECTION("a grace by another lender") {
        CHECK(says(beside.if_accepted(
                       beside.draft(GraceGrant{kContract, Drafts::kToday, Drafts::kToday, {}}),
                       Outcome::owner_differs, {&cast.other_originator()}),
                   "the contract's owner did not sign"));
    }
    SECTION("a recovery without an assignment, and above what was agreed") {
        beside.charge_off();
        const Day late = Beside::kLate;
        CHECK(says(beside.if_accepted(beside.draft(Recovery{kContract, 100, 1, "got-1"}, late),
                                      Outcome::collector_differs, {collector, servicer}),
                   "not assigned to"));
        beside.honest(beside.draft(CollectionAssign{kContract, collector->id, 100'000}, late),
                      {lender, collector});
        CHECK(says(beside.if_accepted(beside.draft(Recovery{kContract, 100, 11, "got-2"}, late),
                                      Outcome::commission_above_agreement, {collector, servicer}),
                   "above what was agreed"));
    }
}

TEST_CASE("the second set of books follows mandates and debits") {
    Beside beside;
    const Party *lender = &beside.cast().originator(), *servicer = &beside.cast().servicer(),
                *bank = &beside.cast().bank(), *other = &beside.cast().other_bank();
    const Day today = Drafts::kToday;
    const auto mandate = id_of<MandateId>(1);
    const auto instruct = [&](std::uint64_t id, Amount amount, Day due) {
        return beside.draft(DebitInstruct{id_of<DebitId>(id), mandate, amount, due});
    };
    const auto result = [&](std::uint64_t id, bool paid, const std::string& text) {
        const DebitOutcome outcome = paid ? DebitOutcome::succeeded : DebitOutcome::failed;
        return beside.draft(
            DebitResult{id_of<DebitId>(id), outcome, paid ? "" : text, paid ? text : ""});
    };
    beside.honest(beside.draft(MandateRegister{mandate, kContract, 1'000, today, today + 9, {}}),
                  {bank, servicer});
    beside.honest(instruct(1, 900, today), {servicer});
    SECTION("that are honest to the end") {
        const Transaction drawn = beside.honest(result(1, true, "debit-1"), {bank});
        beside.honest(beside.draft(Chargeback{kContract, bank->id, drawn.id, 100, "back-1"}),
                      {bank, servicer});
        beside.honest(instruct(2, 500, today), {servicer});
        beside.honest(result(2, false, "no money"), {bank});
        beside.honest(instruct(3, 400, today), {servicer});
        const Transaction third = beside.honest(result(3, true, "debit-3"), {bank});
        beside.honest(beside.draft(Reversal{bank->id, third.id, kContract, "wrong"}), {bank});
        beside.honest(beside.draft(payment(60, "debit-3")), {servicer});
        beside.honest(beside.draft(MandateRevoke{mandate}), {servicer});
    }
    SECTION("a debit above its mandate, on another day, twice, or without one") {
        CHECK(says(
            beside.if_accepted(instruct(2, 1'001, today + 1), Outcome::above_mandate, {servicer}),
            "a debit above its mandate"));
        CHECK(says(
            beside.if_accepted(instruct(2, 1, today + 10), Outcome::mandate_not_live, {servicer}),
            "without a live mandate"));
        CHECK(says(beside.if_accepted(instruct(2, 1, today), Outcome::debit_open, {servicer}),
                   "a second open debit"));
        const DebitInstruct unknown{id_of<DebitId>(2), id_of<MandateId>(2), 1, today};
        CHECK(says(beside.if_accepted(beside.draft(unknown), Outcome::mandate_unknown, {servicer}),
                   "never registered"));
    }
    SECTION("one that nobody waits for any more, or nobody would") {
        const auto late = [&](std::uint64_t id, Day due) {
            Transaction draft =
                beside.draft(DebitInstruct{id_of<DebitId>(id), mandate, 100, due}, today + 20);
            draft.value_date = due;
            return draft;
        };
        CHECK(says(beside.if_accepted(late(2, today + 5), Outcome::backdated_too_far, {servicer}),
                   "nobody waits for"));
        beside.honest(late(3, today + 9), {servicer});
        Transaction found_late = result(1, true, "debit-1");
        found_late.business_date = today + 20;
        beside.honest(found_late, {bank});
    }
    SECTION("a second result") {
        beside.honest(result(1, false, "no money"), {bank});
        CHECK(
            says(beside.if_accepted(result(1, true, "debit-1"), Outcome::debit_has_result, {bank}),
                 "a second result of a debit"));
    }
    SECTION("a result by another provider, or of nothing") {
        CHECK(
            says(beside.if_accepted(result(1, true, "debit-1"), Outcome::provider_differs, {other}),
                 "the provider of the mandate did not sign"));
        CHECK(says(beside.if_accepted(result(9, true, "debit-1"), Outcome::debit_unknown, {bank}),
                   "never instructed"));
    }
    SECTION("money drawn after the mandate was revoked") {
        beside.honest(beside.draft(MandateRevoke{mandate}), {servicer});
        CHECK(
            says(beside.if_accepted(result(1, true, "debit-1"), Outcome::mandate_not_live, {bank}),
                 "drawn on a day without a live mandate"));
    }
    SECTION("a reversal by another provider") {
        const Transaction drawn = beside.honest(result(1, true, "debit-1"), {bank});
        const Reversal reversal{bank->id, drawn.id, kContract, "wrong"};
        CHECK(says(beside.if_accepted(beside.draft(reversal), Outcome::provider_differs, {other}),
                   "the provider of the mandate did not sign"));
    }
    SECTION("a reversal by the lender") {
        const Transaction drawn = beside.honest(result(1, true, "debit-1"), {bank});
        const Reversal reversal{bank->id, drawn.id, kContract, "wrong"};
        CHECK(says(beside.if_accepted(beside.draft(reversal), Outcome::role_missing, {lender}),
                   "the provider of the mandate did not sign"));
    }
    SECTION("a payment that no debit leads to, or of another amount") {
        const BlockResult block = beside.apply(result(1, true, "debit-1"), {bank});
        beside.change_contract([](ContractBody& body) { body.events.back().amount -= 1; });
        CHECK(beside.found(block) != "");
    }
    SECTION("a debit's event under another id") {
        const BlockResult block = beside.apply(result(1, true, "debit-1"), {bank});
        beside.change_contract([](ContractBody& body) { body.events.back().debit.bytes[0] ^= 1; });
        CHECK(says(beside.found(block), "has no result of its own"));
    }
    SECTION("a record that says it failed") {
        const BlockResult block = beside.apply(result(1, true, "debit-1"), {bank});
        const Bytes key = registry_key(kDebitRecord, id_of<DebitId>(1).bytes);
        DebitRecord record = decode_debit(*beside.book().records().get(key).value()).value();
        record.status = DebitStatus::failed;
        beside.book().force(key, encode_record(record));
        CHECK(says(beside.found(block), "is not what was instructed, or came of it"));
    }
    SECTION("a mandate with another maximum, or without its open debit") {
        const BlockResult block = beside.apply(instruct(2, 5, today + 1), {servicer});
        const Bytes key = registry_key(kMandateRecord, mandate.bytes);
        MandateRecord record = decode_mandate(*beside.book().records().get(key).value()).value();
        record.open.erase(record.open.begin());
        beside.book().force(key, encode_record(record));
        CHECK(says(beside.found(block), "is not what its transactions lead to"));
    }
}

TEST_CASE("the second set of books follows what merchants are paid, and debts that are settled") {
    Beside beside;
    const Party *lender = &beside.cast().originator(),
                *second = &beside.cast().originator_second_key(), *funder = &beside.cast().funder();
    const auto bought = id_of<ContractId>(0x74);
    Transaction purchase = beside.drafts().capture(bought, kLine, funder->id, 20'000);
    std::get<Capture>(purchase.body).merchant = id_of<MerchantId>(1);
    beside.honest(purchase, {lender, funder});
    const auto pay = [&](Amount amount, std::string source) {
        return beside.draft(MerchantSettle{bought, amount, std::move(source)});
    };
    const Day late = Beside::kLate;
    const auto settle = [&](Amount amount) {
        return beside.book().proposed(beside.draft(DebtSettle{bought, amount, "deal-1"}, late));
    };
    SECTION("honestly, refunds and reversals among it") {
        const Transaction first = beside.honest(pay(15'000, "pay-1"), {lender});
        beside.honest(beside.draft(MerchantRefund{bought, 8'000, "shop-1"}), {lender});
        beside.honest(beside.draft(Reversal{lender->id, first.id, bought, "wrong"}), {lender});
        beside.honest(pay(12'000, "pay-1"), {lender});
        const Transaction deal = beside.honest(settle(5'000), {lender, second});
        beside.honest(beside.draft(Reversal{lender->id, deal.id, bought, "wrong"}, late),
                      {lender, second});
        beside.honest(beside.draft(ChargeOff{bought, 0, 0, 0, 0, "gone"}, late), {lender});
        beside.honest(settle(5'000), {lender, second});
    }
    SECTION("once a bank opens again what a refund of everything had given back") {
        const Party *servicer = &beside.cast().servicer(), *bank = &beside.cast().bank();
        const Amount paid = GENERATE(100, 20'300);  // a part, or all of it ahead
        const Transaction payment =
            beside.honest(beside.draft(Repayment{bought, paid, "bank-1", {}}), {servicer});
        beside.honest(beside.draft(MerchantRefund{bought, 20'000, "shop-1"}), {lender});
        beside.honest(beside.draft(OverpayRefund{bought, paid, "out-1"}), {servicer});
        const Chargeback back{bought, servicer->id, payment.id, paid, "back-1"};
        const Transaction taken = beside.honest(beside.draft(back, late), {servicer, bank});
        beside.honest(beside.draft(Reversal{servicer->id, taken.id, bought, "wrong"}, late),
                      {servicer, bank});
        Chargeback again = back;
        again.source_ref = "back-2";
        beside.honest(beside.draft(again, late), {servicer, bank});
        const Transaction deal =
            beside.book().proposed(beside.draft(DebtSettle{bought, 10, "deal-1"}, late + 30));
        beside.honest(deal, {lender, second});
    }
    SECTION("paid too much, or nobody that is named") {
        beside.honest(pay(15'000, "pay-1"), {lender});
        CHECK(
            says(beside.if_accepted(pay(5'001, "pay-2"), Outcome::above_merchant_payable, {lender}),
                 "more than was captured"));
        CHECK(says(beside.if_accepted(beside.draft(MerchantSettle{kContract, 1, "pay-3"}),
                                      Outcome::merchant_missing, {lender}),
                   "does not name"));
    }
    SECTION("a debt settled with one key, or with something lost on the way") {
        CHECK(says(beside.if_accepted(settle(5'000), Outcome::two_keys_required, {lender}),
                   "two keys"));
        Transaction wrong = settle(5'000);
        --std::get<DebtSettle>(wrong.body).principal;
        beside.keep_claims();
        CHECK(says(beside.if_accepted(wrong, Outcome::debt_settlement_differs, {lender, second}),
                   "not what was owed"));
    }
}

TEST_CASE("the second set of books knows who brought what is taken back") {
    Beside beside;
    const Party *servicer = &beside.cast().servicer(), *collector = &beside.cast().collector();
    beside.charge_off();
    const Day late = Beside::kLate;
    beside.honest(beside.draft(CollectionAssign{kContract, collector->id, 500'000}, late),
                  {&beside.cast().originator(), collector});
    const Transaction brought = beside.honest(
        beside.draft(Recovery{kContract, 1'000, 500, "coll-1"}, late), {servicer, collector});
    const Reversal back{servicer->id, brought.id, kContract, "wrong"};
    CHECK(says(beside.if_accepted(beside.draft(back, late), Outcome::role_missing,
                                  {servicer, &beside.cast().bank()}),
               "without who had brought it"));
}

TEST_CASE("the second set of books follows cost tables and who has seen them") {
    Beside beside;
    const Party *lender = &beside.cast().originator(), *funder = &beside.cast().funder(),
                *regulator = &beside.cast().regulator();
    const auto table = id_of<CostTableId>(1);
    const auto product = Drafts::product(5000);
    const CostRow fee{"fee",  CostCollector::originator, {}, CostBasis::principal,
                      60'000, CostWhen::normal};
    const auto told = [&](std::uint64_t id) {
        Transaction one =
            beside.drafts().capture(id_of<ContractId>(id), kLine, funder->id, 1'000, 5000, 3);
        auto& body = std::get<Capture>(one.body);
        body.cost_table = table;
        body.disclosure = id_of<DisclosureId>(1);
        return one;
    };
    beside.honest(beside.draft(CostTable{table, product, {fee}}), {lender, regulator});
    const DisclosureAck ack{id_of<DisclosureId>(1), kBorrower, table, Drafts::kToday, 9, {}};
    beside.honest(beside.draft(ack), {lender});
    SECTION("honestly") { beside.honest(told(0x80), {lender, funder}); }
    SECTION("a purchase that cites nothing, or another borrower's acknowledgement") {
        Transaction silent = told(0x80);
        std::get<Capture>(silent.body).cost_table.reset();
        CHECK(says(beside.if_accepted(silent, Outcome::disclosure_missing, {lender, funder}),
                   "newest cost table"));
        DisclosureAck other = ack;
        other.disclosure = id_of<DisclosureId>(2);
        other.borrower = id_of<BorrowerId>(9);
        beside.honest(beside.draft(other), {lender});
        Transaction borrowed = told(0x81);
        std::get<Capture>(borrowed.body).disclosure = other.disclosure;
        CHECK(says(beside.if_accepted(borrowed, Outcome::disclosure_differs, {lender, funder}),
                   "not acknowledged"));
    }
    SECTION("a table or an acknowledgement that is not on record") {
        CHECK(says(beside.if_accepted(beside.draft(CostTable{table, product, {fee, fee}}),
                                      Outcome::cost_table_exists, {lender, regulator}),
                   "not on record"));
        DisclosureAck other = ack;
        other.disclosure = id_of<DisclosureId>(2);
        other.seconds_read = 0;
        CHECK(says(beside.if_accepted(beside.draft(other), Outcome::disclosure_unread, {lender}),
                   "not on record"));
    }
}

TEST_CASE("the second set of books notices money that is moved twice") {
    Beside beside;
    const Party *lender = &beside.cast().originator(), *servicer = &beside.cast().servicer(),
                *bank = &beside.cast().bank();
    const Transaction paid = beside.honest(beside.draft(payment(1'000, "bank-1")), {servicer});
    SECTION("a reference that differs by the case of its letters alone") {
        CHECK(says(beside.if_accepted(beside.draft(payment(50, "BANK-1")), Outcome::source_ref_used,
                                      {servicer}),
                   "posted to this lender before"));
    }
    SECTION("a reference of a payment as that of a refund") {
        CHECK(says(beside.if_accepted(beside.draft(MerchantRefund{kContract, 1, "Bank-1"}),
                                      Outcome::source_ref_used, {lender}),
                   "posted to this lender before"));
    }
    SECTION("a reference with a space in it") {
        CHECK(says(beside.if_accepted(beside.draft(payment(50, "bank -1")),
                                      Outcome::source_ref_used, {servicer}),
                   "posted to this lender before"));
    }
    SECTION("a name for a reference") {
        CHECK(says(beside.if_accepted(beside.draft(payment(50, "Zhang San")),
                                      Outcome::reference_personal, {servicer}),
                   "not of its form"));
    }
    SECTION("a payment that is charged back twice") {
        beside.honest(beside.draft(Chargeback{kContract, servicer->id, paid.id, 600, "back-1"}),
                      {bank, servicer});
        CHECK(says(beside.if_accepted(
                       beside.draft(Chargeback{kContract, servicer->id, paid.id, 401, "back-2"}),
                       Outcome::above_payment, {bank, servicer}),
                   "more than the payment brought"));
    }
    SECTION("a payment that is reversed twice") {
        const Reversal reversal{servicer->id, paid.id, kContract, "wrong"};
        beside.honest(beside.draft(reversal), {servicer});
        CHECK(says(beside.if_accepted(beside.draft(reversal), Outcome::target_reversed, {servicer}),
                   "taken back before"));
    }
    SECTION("a chargeback of a payment that was reversed") {
        beside.honest(beside.draft(Reversal{servicer->id, paid.id, kContract, "wrong"}),
                      {servicer});
        CHECK(says(beside.if_accepted(
                       beside.draft(Chargeback{kContract, servicer->id, paid.id, 1, "back-1"}),
                       Outcome::target_unknown, {bank, servicer}),
                   "charges back no payment"));
    }
}

TEST_CASE("the second set of books notices a record that no transaction leads to") {
    Beside beside;
    const Party *lender = &beside.cast().originator(), *servicer = &beside.cast().servicer(),
                *collector = &beside.cast().collector();
    SECTION("another servicer") {
        const BlockResult result = beside.apply(beside.draft(payment(50, "bank-1")), {servicer});
        beside.change_contract([](ContractBody& body) { body.servicer.bytes[0] ^= 1; });
        CHECK(says(beside.found(result), "not the one last named"));
    }
    SECTION("another commission") {
        const BlockResult result = beside.apply(
            beside.draft(CollectionAssign{kContract, collector->id, 100'000}), {lender, collector});
        beside.change_contract([](ContractBody& body) { body.commission_ppm += 1; });
        CHECK(says(beside.found(result), "not assigned as the last assignment says"));
    }
    SECTION("a line that a charge-off left open") {
        const BlockResult result = beside.apply(
            beside.draft(ChargeOff{kContract, 0, 0, 0, 0, "gone"}, Beside::kLate), {lender});
        auto view = beside.book().line(kLine).value();
        REQUIRE(view.body.status == LineStatus::frozen);
        view.body.status = LineStatus::active;
        beside.book().force(account_key(AccountClass::line, kLine.bytes),
                            encode_record(LineRecord{view.log, view.body}));
        CHECK(says(beside.found(result), "not what its history leads to"));
    }
    SECTION("more penalty than the cap") {
        // The ruleset is made milder behind everybody's back: what stands is above its cap.
        beside.honest(beside.draft(PenaltyAssess{kContract, 0}, Beside::kLate), {servicer});
        RulesetRecord ruleset = read_ruleset(beside.book().records(), Drafts::kRuleset)->value();
        ruleset.terms.penalty_cap_ppm = 1;
        const BlockResult result =
            beside.apply(beside.draft(payment(50, "bank-1"), Beside::kLate), {servicer});
        beside.book().force(registry_key(kRulesetRecord, Drafts::kRuleset.bytes),
                            encode_record(ruleset));
        CHECK(beside.found(result) != "");
    }
    SECTION("totals of a lender's book") {
        const BlockResult result = beside.apply(beside.draft(payment(50, "bank-1")), {servicer});
        const BookId id{lender->id, {'C', 'N', 'Y'}};
        const Bytes key = totals_key(id, Drafts::kToday);
        TotalsRecord totals = decode_totals(*beside.book().records().get(key).value()).value();
        totals.balances[7] += 1;
        totals.balances[3] -= 1;
        beside.book().force(key, encode_record(totals));
        CHECK(says(beside.found(result), "its totals are not those"));
    }
    SECTION("a lender's book that no day would close with") {
        const BlockResult result = beside.apply(beside.draft(payment(50, "bank-1")), {servicer});
        DaysRecord days = decode_days(*beside.book().records().get(days_key()).value()).value();
        days.books.clear();
        beside.book().force(days_key(), encode_record(days));
        CHECK(says(beside.found(result), "is not listed"));
    }
}

TEST_CASE("the audit follows contacts and complaints, and finds what the rules refuse of them") {
    // Goal: hours and number by the ruleset, counted over all contracts; one answer, later.
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *servicer = &cast.servicer(),
                *collector = &cast.collector();
    constexpr ContractId kOther{{0x74}};
    constexpr ComplaintId kComplaint{{0x75}};
    const auto contact = [](std::uint32_t minute, ContractId contract = kContract) {
        return ContactLog{contract, ContactChannel::call, minute, {}};
    };
    beside.honest(beside.drafts().capture(kOther, kLine, cast.funder().id, 500),
                  {lender, &cast.funder()});
    beside.honest(beside.draft(contact(480)), {servicer});
    beside.honest(beside.draft(CollectionAssign{kOther, collector->id, 5}), {lender, collector});
    beside.honest(beside.draft(contact(500, kOther)), {collector});
    CHECK(says(beside.if_accepted(beside.draft(contact(501, kOther)), Outcome::collector_differs,
                                  {servicer}),
               "did not log"));
    CHECK(says(
        beside.if_accepted(beside.draft(contact(479)), Outcome::contact_outside_hours, {servicer}),
        "outside the hours"));
    // What the audit took for accepted counts from then on.
    Beside again;
    again.honest(again.draft(contact(480)), {servicer});
    again.honest(again.draft(contact(481)), {servicer});
    again.honest(again.draft(contact(482)), {servicer});
    CHECK(
        says(again.if_accepted(again.draft(contact(483)), Outcome::contacts_exhausted, {servicer}),
             "more contacts"));

    Beside asked;
    const Day later = Drafts::kToday + 2;
    asked.honest(
        asked.draft(ComplaintOpen{kComplaint, kContract, ComplaintCategory::other, {}}, later),
        {lender});
    Transaction early = asked.draft(ComplaintClose{kComplaint, ComplaintResult::upheld, {}}, later);
    early.value_date = Drafts::kToday;
    CHECK(says(asked.if_accepted(early, Outcome::date_outside_validity, {lender, servicer}),
               "before it"));
    CHECK(says(asked.if_accepted(
                   asked.draft(ComplaintClose{kComplaint, ComplaintResult::rejected, {}}, later),
                   Outcome::signer_missing, {servicer}),
               "answered by one alone"));
    CHECK(says(asked.if_accepted(
                   asked.draft(ComplaintClose{kComplaint, ComplaintResult::rejected, {}}, later),
                   Outcome::signer_missing, {lender}),
               "answered by one alone"));
    asked.honest(asked.draft(ComplaintClose{kComplaint, ComplaintResult::upheld, {}}, later),
                 {&cast.regulator()});
    CHECK(says(asked.if_accepted(
                   asked.draft(ComplaintClose{kComplaint, ComplaintResult::rejected, {}}, later),
                   Outcome::complaint_closed, {lender, servicer}),
               "second time"));
    ComplaintRecord record = read_complaint(asked.book().records(), kComplaint).value().value();
    record.answer.reset();
    asked.book().force(registry_key(kComplaintRecord, kComplaint.bytes), encode_record(record));
    CHECK(says(
        asked.if_accepted(
            asked.draft(ComplaintOpen{kComplaint, kContract, ComplaintCategory::other, {}}, later),
            Outcome::complaint_exists, {lender}),
        "is there"));
}

TEST_CASE("the audit lets nothing begin with a borrower that was erased") {
    // Goal: nothing open then, nothing new after; opinions on what was there.
    Beside beside;
    const Cast& cast = beside.cast();
    const Party *lender = &cast.originator(), *servicer = &cast.servicer();
    const ErasureCert erasure{kBorrower, {}};
    beside.honest(beside.draft(payment(30'450, "bank-1")), {servicer});
    Beside open;
    CHECK(says(open.if_accepted(open.draft(erasure), Outcome::borrower_in_use, {lender}),
               "not closed"));
    beside.honest(beside.draft(LimitClose{kLine}), {lender});
    beside.honest(beside.draft(erasure), {lender});
    CHECK(says(beside.if_accepted(beside.draft(erasure), Outcome::borrower_erased, {lender}),
               "second time"));
    Assessment next = std::get<Assessment>(beside.drafts().assessment(kBorrower).body);
    next.assessment = AssessmentId{{0x76}};
    CHECK(says(beside.if_accepted(beside.draft(next), Outcome::borrower_erased, {lender}),
               "the owner erased"));
    CHECK(says(beside.if_accepted(beside.draft(CollectionAssign{kContract, cast.collector().id, 5}),
                                  Outcome::borrower_erased, {lender, &cast.collector()}),
               "the owner erased"));

    Beside owed;
    owed.honest(owed.draft(payment(30'450, "bank-1")), {servicer});
    owed.honest(owed.draft(MerchantRefund{kContract, 30'000, "shop-1"}), {lender});
    owed.honest(owed.draft(LimitClose{kLine}), {lender});
    CHECK(says(owed.if_accepted(owed.draft(erasure), Outcome::borrower_in_use, {lender}),
               "which is not over"));

    AuditOpinion opinion{OpinionId{{0x77}},        lender->id, 0, Drafts::kToday,
                         AuditConclusion::adverse, 3,          {}};
    beside.honest(beside.draft(opinion), {&cast.auditor()});
    opinion.opinion = OpinionId{{0x78}};
    opinion.ledger_size = 10'000;
    CHECK(says(
        beside.if_accepted(beside.draft(opinion), Outcome::size_out_of_range, {&cast.auditor()}),
        "not there"));
}

TEST_CASE("the audit finds a reconciliation as of a day that was never opened") {
    Beside beside;
    const Cast& cast = beside.cast();
    const Party* servicer = &cast.servicer();
    constexpr Day kOpened = Drafts::kToday + 2;
    beside.honest(beside.drafts().open_day(kOpened), {servicer});
    ReconResult result;
    result.recon = ReconId{{0x79}};
    result.lender = cast.originator().id;
    result.day = kOpened;
    beside.honest(beside.draft(result, kOpened), {&cast.auditor()});
    result.recon = ReconId{{0x7A}};
    for (const Day day : {Day{0}, kOpened - 1}) {
        result.day = day;
        CHECK(says(beside.if_accepted(beside.draft(result, kOpened), Outcome::day_not_open,
                                      {&cast.auditor()}),
                   "which was never opened"));
    }
}

}  // namespace tally::testing
