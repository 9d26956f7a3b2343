#include <algorithm>

#include "book/made_up/story.h"
#include "book/made_up/world_members.h"
#include "ledger/dates.h"

// Payments on time, early, late, in part and posted wrongly, with the penalties of late ones.

namespace tally::book::made_up {
namespace {

using ledger::Amount;
using ledger::Day;

/// From then on a deal is given up.
constexpr Day kLostAfter = 181;
/// No bank's file is later.
constexpr Day kLateFile = 3;

}  // namespace

void Story::plan_next(std::size_t place, Day today) {
    const Deal& planned = deal(place);
    if (!planned.active()) return;
    Borrower& borrower = borrower_of(planned);
    const Day due = planned.due.front().day;
    if (borrower.mood == Mood::lost && chance(30)) borrower.stopped = true;
    if (borrower.stopped) {
        return put(std::max(today + 1, due + kLostAfter + days(0, 15)), Kind::charge_off, place);
    }
    if (borrower.mood == Mood::strained && !planned.relieved && chance(35)) {
        return put(std::max(today + 1, due + days(10, 60)), Kind::ask_relief, place);
    }
    plan_payment(place, today);
}

void Story::plan_payment(std::size_t place, Day today) {
    const Day due = deal(place).due.front().day;
    const Day soon = today + 1;
    const std::uint64_t habit = random_.below(100);
    const bool careless = borrower_of(deal(place)).mood == Mood::careless;
    if (careless && habit < 40) return put(std::max(soon, due + days(1, 46)), Kind::pay, place);
    if (careless && habit < 60) return put(std::max(soon, due), Kind::pay, place, part);
    if (habit < 2) return put(std::max(soon, due - days(1, 26)), Kind::settle, place);
    if (habit < 8) return put(std::max(soon, due - days(1, 11)), Kind::pay, place);
    if (habit < 11) return put(std::max(soon, due + days(1, 13)), Kind::pay, place);
    if (habit < 14) return put(std::max(soon, due + days(1, 4)), Kind::pay, place, backdated);
    if (habit < 15) return put(std::max(soon, due), Kind::pay, place, part);
    put(std::max(soon, due), Kind::pay, place);
}

void Story::pay(std::size_t place, Day day, Detail how) {
    const Day due = deal(place).due.front().day;
    if (borrower_of(deal(place)).stopped) return plan_next(place, day);
    // The bank had it on the due date, the servicer's book has it a little later.
    // Unless it is due from long ago, because a payment was taken back.
    const bool late_file =
        how == backdated && due >= std::max(day - kLateFile, deal(place).reopened);
    const Day value_date = late_file ? std::min(day, due) : day;
    if (due < value_date) assess_penalty(place, day);
    const Deal& paid = deal(place);
    if (!paid.active()) return;
    Amount amount = paid.due_by(value_date);
    if (amount == 0) amount = paid.due.front().amount;
    if (how == part) amount = std::max<Amount>(1, amount / 2);
    if (value_date == day && may_draw(place, day, amount)) {
        // What the bank could not draw is tried again, or paid by hand.
        if (!draw(place, day, amount)) return put(day + days(1, 6), Kind::pay, place);
    } else {
        post(place, day, value_date, amount);
    }
    const Line& line = memory_.lines.at(paid.line);
    const bool cured = !paid.active() || paid.due.front().day >= day;
    if (line.in_arrears && cured) set_frozen(paid.line, day, false, "arrears paid");
    if (how == part && paid.active() && chance(70)) {
        return put(day + days(5, 26), Kind::pay, place);
    }
    plan_next(place, day);
}

void Story::assess_penalty(std::size_t place, Day day) {
    ledger::Position position = world_.look(place, day);
    if (ledger::unassessed_of(position) == 0) return;
    world_.accept(day, draft_of("PENALTY_ASSESS", {{"contract", api::id_text(deal(place).id)}}));
    position = world_.look(place, day);
    // As a courtesy, once in a while; of what was sold it takes two keys of a funder, which has
    // one.
    if (!chance(15) || deal(place).sold) return;
    for (std::size_t row = 0; row < position.rows.size(); ++row) {
        const Amount penalty = position.rows[row].outstanding.front();
        if (penalty == 0) continue;
        const World::Draft waived{
            {"instalment", row}, {"component", "penalty"}, {"amount", penalty}};
        world_.accept(day, draft_of("WAIVE", {{"contract", api::id_text(deal(place).id)},
                                              {"parts", boost::json::array{waived}}}));
        world_.look(place, day);
        return;
    }
}

void Story::post(std::size_t place, Day day, Day value_date, Amount amount) {
    const std::string source_ref = world_.fresh_reference("bank");
    const std::uint64_t slip = random_.below(100);
    if (slip == 0 && amount > 1 && value_date == day) mistype(place, day, amount, source_ref);
    Payment payment{place, amount, source_ref, day, value_date, std::nullopt};
    // Only a payment under an id of its own can be named later.
    if (slip == 1 || slip == 2) payment.id = world_.fresh<ledger::TransactionId>();
    world_.accept(day,
                  draft_of("REPAYMENT", {{"contract", api::id_text(deal(place).id)},
                                         {"amount", amount},
                                         {"source_ref", source_ref}}),
                  {value_date, payment.id});
    world_.look(place, day);
    memory_.payments.push_back(std::move(payment));
    if (slip == 1) put(day + days(3, 10), Kind::correct, memory_.payments.size() - 1);
    if (slip == 2) put(day + days(5, 40), Kind::charge_back, memory_.payments.size() - 1);
}

/// Posted with a digit short, and taken back on the same day.
void Story::mistype(std::size_t place, Day day, Amount amount, const std::string& source_ref) {
    Payment wrong{place, std::max<Amount>(1, amount / 10),      source_ref, day,
                  day,   world_.fresh<ledger::TransactionId>(), true};
    const std::string contract = api::id_text(deal(place).id);
    world_.accept(
        day,
        draft_of("REPAYMENT",
                 {{"contract", contract}, {"amount", wrong.amount}, {"source_ref", source_ref}}),
        {std::nullopt, wrong.id});
    world_.accept(day, draft_of("REVERSAL", {{"submitter", kServicer},
                                             {"target", api::id_text(*wrong.id)},
                                             {"contract", contract},
                                             {"reason", "amount mistyped"}}));
    memory_.payments.push_back(std::move(wrong));
}

void Story::settle(std::size_t place, Day day) {
    if (borrower_of(deal(place)).stopped) return plan_next(place, day);
    if (deal(place).due.front().day < day) assess_penalty(place, day);
    if (!deal(place).active()) return;
    world_.accept(day, draft_of("PREPAY_SETTLE", {{"contract", api::id_text(deal(place).id)},
                                                  {"source_ref", world_.fresh_reference("bank")}}));
    world_.look(place, day);
}

/// The payer disputed the debit, and his bank took the money back.
void Story::charge_back(std::size_t place, Day day) {
    const Payment payment = memory_.payments.at(place);
    if (deal(payment.deal).status == ledger::ContractStatus::closed_refunded) return;
    const World::Draft draft =
        draft_of("CHARGEBACK", {{"contract", api::id_text(deal(payment.deal).id)},
                                {"submitter", payment.drawn ? kBank : kServicer},
                                {"target", api::id_text(*payment.id)},
                                {"amount", payment.amount},
                                {"source_ref", world_.fresh_reference("dispute")}});
    world_.accept(day, draft);
    const bool was_over = !deal(payment.deal).active();
    world_.look(payment.deal, day);
    deal(payment.deal).reopened = day;
    if (was_over && deal(payment.deal).active()) plan_next(payment.deal, day);
}

/// The day of the payment is closed: it is taken back and posted again under the right reference,
/// both or none.
void Story::correct(std::size_t place) {
    Payment& payment = memory_.payments.at(place);
    if (!world_.closed() || *world_.closed() < payment.business_date) return;
    const std::string contract = api::id_text(deal(payment.deal).id);
    const std::string source_ref = world_.fresh_reference("bank");
    std::vector<std::pair<World::Draft, RowExtra>> rows;
    rows.emplace_back(draft_of("REVERSAL", {{"submitter", kServicer},
                                            {"target", api::id_text(*payment.id)},
                                            {"contract", contract},
                                            {"reason", "wrong reference"}}),
                      RowExtra{});
    rows.emplace_back(
        draft_of("REPAYMENT",
                 {{"contract", contract}, {"amount", payment.amount}, {"source_ref", source_ref}}),
        RowExtra{payment.value_date, std::nullopt});
    payment.reversed = world_.correct(payment.business_date, std::move(rows));
    // A penalty may have been released by it, and less be owed.
    if (payment.reversed) world_.look(payment.deal, *world_.today());
}

}  // namespace tally::book::made_up
