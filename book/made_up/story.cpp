#include "book/made_up/story.h"

#include <algorithm>
#include <chrono>

#include "base/check.h"

namespace tally::book::made_up {
namespace {

/// Borrowers come over so many days, as a lender grows: a book of ten rows a borrower lasts as
/// long, and so has charge-offs in it.
constexpr std::uint64_t kArrivalDays = 300;

std::chrono::year_month_day date_of(ledger::Day day) {
    return std::chrono::sys_days(std::chrono::days(day));
}

}  // namespace

unsigned month_of(ledger::Day day) { return static_cast<unsigned>(date_of(day).month()); }

ledger::Day month_end_of(ledger::Day day) {
    const auto date = date_of(day);
    const std::chrono::sys_days last = date.year() / date.month() / std::chrono::last;
    return static_cast<ledger::Day>(last.time_since_epoch().count());
}

Story::Story(World& world, Random& random)
    : world_(world), memory_(world.memory()), random_(random) {
    const ledger::Day start = world.options().start;
    govern();
    register_terms();
    // Somebody is there on the first day, so that the book opens on it.
    arrive(start);
    for (std::uint32_t i = 1; i < world.options().borrowers; ++i) {
        arrive(start + days(0, kArrivalDays));
    }
    put(month_end_of(start), Kind::month_end, 0);
}

ledger::Amount Story::percents(ledger::Amount amount, std::uint64_t least, std::uint64_t below) {
    const auto percent = static_cast<ledger::Amount>(least + random_.below(below - least));
    return std::max<ledger::Amount>(1, amount * percent / 100);
}

ledger::Day Story::next() {
    TALLY_CHECK(!calendar_.empty());  // the month always ends
    const Event event = calendar_.top();
    calendar_.pop();
    play(event);
    return event.day;
}

void Story::play(const Event& event) {
    switch (event.kind) {
        case Kind::apply_for_credit:
            return apply_for_credit(event.subject, event.day);
        case Kind::purchase:
            return purchase(event.subject, event.day);
        case Kind::change:
            return change(event.subject, event.day);
        case Kind::lose_card:
            return lose_card(event.subject, event.day);
        case Kind::find_card:
            return set_frozen(event.subject, event.day, false, "new card sent");
        case Kind::leave:
            return leave(event.subject, event.day);
        case Kind::renew:
            return renew(event.subject, event.day);
        case Kind::end_hold:
            return end_hold(event.subject, event.day, event.detail);
        case Kind::correct:
            return correct(event.subject);
        case Kind::charge_back:
            return charge_back(event.subject, event.day);
        case Kind::answer_complaint:
            return answer_complaint(event.subject, event.day);
        case Kind::pool:
            return move_pool(event.subject, event.day);
        case Kind::month_end:
            return month_end(event.day);
        default:
            return play_on_deal(event);
    }
}

void Story::play_on_deal(const Event& event) {
    if (event.kind == Kind::recover) return recover(event.subject, event.day);
    // What was begun is ended, whatever became of the deal meanwhile.
    if (event.kind == Kind::release) return release(event.subject, event.day);
    if (event.kind == Kind::answer_offer) return answer_offer(event.subject, event.day);
    if (event.kind == Kind::take_pooled) return settle_pooled(event.subject, event.day);
    if (event.kind == Kind::buy_back) return buy_back(event.subject, event.day);
    if (event.kind == Kind::pay_shop) return pay_shop(event.subject, event.day);
    // Goods go back after they were paid for, too.
    if (event.kind == Kind::refund && deal(event.subject).paid()) {
        return refund(event.subject, event.day);
    }
    // Paid off, refunded or charged off since this was put on the calendar.
    if (!deal(event.subject).active()) return;
    switch (event.kind) {
        case Kind::pay:
            return pay(event.subject, event.day, event.detail);
        case Kind::settle:
            return settle(event.subject, event.day);
        case Kind::refund:
            return refund(event.subject, event.day);
        case Kind::ask_relief:
            return ask_relief(event.subject, event.day);
        case Kind::answer_relief:
            return answer_relief(event.subject, event.day);
        case Kind::pledge:
            return pledge(event.subject, event.day);
        case Kind::offer:
            return offer(event.subject, event.day);
        default:
            return charge_off(event.subject, event.day);
    }
}

}  // namespace tally::book::made_up
