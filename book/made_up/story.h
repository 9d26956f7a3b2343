#pragma once

#include <queue>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "book/made_up/world.h"

// What happens in a made-up book. Each event writes a few rows and puts what follows from it on the
// calendar; nothing is looked ahead, so the story could go on for ever.

namespace tally::book::made_up {

class Story {
public:
    /// Both must outlive it. Registers the terms and puts the borrowers' arrivals on the calendar.
    Story(World& world, Random& random);

    /// Plays the next event. Returns its day; rows may have been written on it or not.
    ledger::Day next();

private:
    enum class Kind : std::uint8_t {
        apply_for_credit,  // of a borrower
        purchase,          // of a line
        change,
        lose_card,
        find_card,
        leave,
        renew,
        end_hold,  // of an authorisation
        pay,       // of a deal
        settle,
        refund,
        ask_relief,
        answer_relief,
        charge_off,
        recover,
        pay_shop,
        correct,      // of a payment
        charge_back,  // likewise
        answer_complaint,
        pledge,  // of a deal
        release,
        offer,
        answer_offer,
        take_pooled,
        buy_back,
        pool,       // of a pool: whatever comes next
        month_end,  // of the book
    };
    /// What `detail` says of end_hold and pay.
    enum Detail : std::uint8_t { whole, part, given_up, forgotten, backdated };
    struct Event {
        ledger::Day day = 0;
        std::uint64_t order = 0;  // ties are broken by who came first, never by chance
        Kind kind = Kind::month_end;
        std::size_t subject = 0;
        Detail detail = whole;

        bool operator>(const Event& other) const {
            return day != other.day ? day > other.day : order > other.order;
        }
    };

    // Chances.
    ledger::Day days(std::uint64_t least, std::uint64_t below) {
        return static_cast<ledger::Day>(least + random_.below(below - least));
    }
    bool chance(std::uint64_t percent) { return random_.below(100) < percent; }
    /// A whole number of percents of an amount, at least 1 minor unit.
    ledger::Amount percents(ledger::Amount amount, std::uint64_t least, std::uint64_t below);
    template <std::size_t size>
    std::string_view one_of(const std::array<std::string_view, size>& words) {
        return words.at(random_.below(size));
    }
    void put(ledger::Day day, Kind kind, std::size_t subject, Detail detail = whole) {
        calendar_.push({day, next_order_++, kind, subject, detail});
    }
    void play(const Event& event);
    void play_on_deal(const Event& event);

    // story_lines.cpp
    void govern();
    void register_terms();
    void arrive(ledger::Day day);
    void apply_for_credit(std::size_t borrower, ledger::Day day);
    void grant(std::size_t borrower, ledger::Day day, const ledger::AssessmentId& assessment,
               std::uint32_t band, ledger::Amount assessed);
    ledger::AssessmentId assess(std::size_t borrower, ledger::Day day, std::uint32_t band,
                                ledger::Amount limit);
    void decline(std::size_t borrower, ledger::Day day, std::uint32_t band);
    void change(std::size_t line_place, ledger::Day day);
    void set_frozen(std::size_t line_place, ledger::Day day, bool frozen, std::string_view reason);
    void lose_card(std::size_t line_place, ledger::Day day);
    bool close(std::size_t line_place, ledger::Day day);
    void leave(std::size_t line_place, ledger::Day day);
    void renew(std::size_t line_place, ledger::Day day);

    // story_purchases.cpp
    void purchase(std::size_t line_place, ledger::Day day);
    void authorise(std::size_t line_place, ledger::Day day, ledger::Amount amount);
    void end_hold(std::size_t hold_place, ledger::Day day, Detail how);
    void capture(std::size_t line_place, ledger::Day day, ledger::Amount amount, const Hold* hold);
    void refund(std::size_t deal_place, ledger::Day day);

    // story_payments.cpp
    void plan_next(std::size_t deal_place, ledger::Day today);
    void plan_payment(std::size_t deal_place, ledger::Day today);
    void pay(std::size_t deal_place, ledger::Day day, Detail how);
    void assess_penalty(std::size_t deal_place, ledger::Day day);
    void post(std::size_t deal_place, ledger::Day day, ledger::Day value_date,
              ledger::Amount amount);
    void mistype(std::size_t deal_place, ledger::Day day, ledger::Amount amount,
                 const std::string& source_ref);
    void settle(std::size_t deal_place, ledger::Day day);
    void correct(std::size_t payment_place);

    // story_debits.cpp
    void give_mandate(std::size_t deal_place, ledger::Day day);
    void revoke_mandate(std::size_t deal_place, ledger::Day day);
    bool may_draw(std::size_t deal_place, ledger::Day day, ledger::Amount amount) const;
    /// False if it failed.
    bool draw(std::size_t deal_place, ledger::Day day, ledger::Amount amount);

    void charge_back(std::size_t payment_place, ledger::Day day);

    // story_receivables.cpp
    void plan_funding(std::size_t deal_place, ledger::Day day);
    void pledge(std::size_t deal_place, ledger::Day day);
    void release(std::size_t deal_place, ledger::Day day);
    void offer(std::size_t deal_place, ledger::Day day);
    void answer_offer(std::size_t deal_place, ledger::Day day);

    // story_pools.cpp
    std::vector<std::size_t> poolable(ledger::Day day, std::size_t most);
    void open_pool(ledger::Day day);
    void add_to_pool(std::size_t pool_place, std::size_t deal_place, ledger::Day day);
    void remove_from_pool(std::size_t pool_place, std::size_t deal_place, ledger::Day day);
    void move_pool(std::size_t pool_place, ledger::Day day);
    void seal_pool(std::size_t pool_place, ledger::Day day);
    void close_pool(std::size_t pool_place, ledger::Day day);
    void offer_pooled(std::size_t deal_place, ledger::Day day);
    void settle_pooled(std::size_t deal_place, ledger::Day day);
    void issue_notes(std::size_t pool_place, ledger::Day day);
    void revolve(std::size_t pool_place, ledger::Day day, const ledger::PoolRecord& record);
    void tend_pool(std::size_t pool_place, ledger::Day day);
    void buy_back(std::size_t deal_place, ledger::Day day);

    // story_costs.cpp
    void register_costs(const ledger::ProductRegister& product,
                        const ledger::RulesetRegister& ruleset);
    void show_costs(std::size_t place, ledger::Day day);
    std::string shop();
    void pay_shop(std::size_t deal_place, ledger::Day day);
    /// False where nothing could be let go.
    bool settle_debt(std::size_t deal_place, ledger::Day day);

    // story_alerts.cpp
    void warn(std::size_t deal_place, ledger::Day day);
    void decide_alerts(ledger::Day day);
    void decide_alerts(ledger::AccountClass on, const std::array<std::uint8_t, 16>& id,
                       ledger::Day day);

    // story_trouble.cpp
    void ask_relief(std::size_t deal_place, ledger::Day day);
    void answer_relief(std::size_t deal_place, ledger::Day day);
    void grant_grace(std::size_t deal_place, ledger::Day day);
    void replan(std::size_t deal_place, ledger::Day day);
    void refuse_relief(std::size_t deal_place, ledger::Day day);
    void charge_off(std::size_t deal_place, ledger::Day day);
    void recover(std::size_t deal_place, ledger::Day day);
    void month_end(ledger::Day day);

    // story_conduct.cpp
    void contact(std::size_t deal_place, ledger::Day day);
    void complain(std::size_t deal_place, ledger::Day day);
    void answer_complaint(std::size_t complaint_place, ledger::Day day);
    bool forget(std::size_t borrower, ledger::Day day);
    void look_over(ledger::Day day);

    Deal& deal(std::size_t place) { return memory_.deals.at(place); }
    Borrower& borrower_of(const Deal& deal) {
        return memory_.borrowers.at(memory_.lines.at(deal.line).borrower);
    }

    World& world_;
    Memory& memory_;
    Random& random_;
    std::priority_queue<Event, std::vector<Event>, std::greater<>> calendar_;
    std::uint64_t next_order_ = 0;
};

/// Month of the year, 1 to 12.
unsigned month_of(ledger::Day day);
/// Last day of the month that a day is in.
ledger::Day month_end_of(ledger::Day day);

}  // namespace tally::book::made_up
