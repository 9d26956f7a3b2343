#pragma once

// Internal: how position_of replays a contract.
#include <array>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "ledger/penalty_clock.h"
#include "ledger/position.h"
#include "ledger/spans.h"

namespace tally::ledger {

inline constexpr std::size_t kPenalty = place_of(Component::penalty);
inline constexpr std::size_t kFee = place_of(Component::fee);
inline constexpr std::size_t kInterest = place_of(Component::interest);
inline constexpr std::size_t kPrincipal = place_of(Component::principal);

/// Whether a borrower may rely on an event of this kind: then taking it back burdens no day on
/// which it stood.
bool relieves(EventKind kind);

/// At the end of each day from one on, days past due are counted after another: the due date of the
/// oldest row that is not met, or a later one if fewer count since a bank took a payment back.
struct OldestOpen {
    Day since = 0;
    Day due = 0;  ///< kNoneOpen if all rows are met
};
inline constexpr Day kNoneOpen = kDayMax + 1;

/// Days in a row on which the contract was less late by what stood then and was taken back later
/// than it is without.
struct Excused {
    Day from = 0;
    Day to = 0;
    Day shown = 0;         ///< after which days past due were counted with it
    bool goes_on = false;  ///< the same stood on the day before, and that was excused too
};

/// Places of the events that count at a point, in the order of replay: by value dates, then
/// entries.
std::vector<std::size_t> order_of(const ContractBody& contract, const PointInTime& point);

struct Replayed;
/// Replays a contract to a point, with the days excused on which it was less late by what stood
/// then and was taken back by now. Ends before the first event that does not fit. `candidate`:
/// entry of the event whose claims count.
Replayed replay_of(const ContractBody& contract, const ContractRules& rules,
                   const PointInTime& point, std::uint64_t candidate);

/// Of all components.
Amount sum_of(const ByComponent& amounts);

/// Replays events one after the other. Each is checked where it stands and then changes the
/// position, or is refused and changes nothing.
class Replay {
public:
    /// Reversals count that are known at an entry.
    Replay(const ContractBody& contract, const ContractRules& rules, std::uint64_t known_at);

    /// Moves to the event's date and applies it. `claims` says whether what it claims of the past
    /// must be so now: true for a new event.
    Outcome apply(std::size_t place, bool claims);
    /// Ageing and penalties at a date, which is not before the last event's.
    void look_at(Day day);
    /// Comes to days on which nothing has happened yet. They are after those excused before.
    void excuse(const Excused& days);
    /// Comes to a day, which is not before the last event's, and says of its end: the due date of
    /// the oldest row that is not met, or a later day if fewer days count as past due; or
    /// kNoneOpen.
    Day counts_after(Day day) { return counts_after(day, counted_); }
    /// The same as if no day were excused.
    Day by_rows_after(Day day) { return counts_after(day, by_rows_); }
    /// As it is, but for the effects so far.
    Replay without_effects();
    std::vector<EventEffect> take_effects() { return std::move(position_.effects); }
    void give_effects(std::vector<EventEffect> effects) { position_.effects = std::move(effects); }
    Position take() { return std::move(position_); }
    Day day() const { return day_; }

private:
    // replay.cpp
    Outcome apply_kind(const ContractEvent& event, bool claims, EventEffect& effect);
    Outcome require_active() const { return position_.active(); }
    Outcome capture();
    void set_rows(const Schedule& schedule);
    /// Takes an amount off a row's component into one of the totals.
    void settle(std::size_t row, Component component, Amount amount, ByComponent& total);
    /// Sums up and derives the status of a contract that is neither charged off nor reversed.
    void sum_up();
    void settle_status();
    /// What a reversal that is known leaves behind for the borrower.
    void protect(const ContractEvent& reversed);

    // replay_ageing.cpp
    /// How an event that was taken back counts on days on which it stood: as standing, which is
    /// what readers see, or as gone, which is what counts once it is.
    enum class Reversed : std::uint8_t { standing, gone };
    /// Comes to a day, with what begins on it because something was taken back.
    void come_to(Day day);
    Ageing ageing_on(Day day) const { return ageing_of(past_due(day, Reversed::standing), day); }
    Ageing ageing_of(const Spans& days, Day day) const;
    /// From a day on, of the days of a row up to `next` only those before it count; or those that
    /// count because they did with what was taken back, if these are more.
    struct Limit {
        Day since = 0;
        std::vector<OldestOpen> shown;  ///< before `next`, with what was taken back
        Spans with;
        Day next = 0;
    };
    /// Of each row what counted before a payment that a bank took back; nothing where the payment
    /// did not come. Shared by the copies of a replay, of which one is made each day.
    struct BeforePayment {
        std::uint64_t entry = 0;
        std::shared_ptr<const std::vector<Spans>> days = {};
    };
    /// Which days count as past due.
    struct Counting {
        std::vector<Limit> limits;
        std::vector<BeforePayment> before_payment;  ///< by entries

        BeforePayment* before(std::uint64_t payment);
        const BeforePayment* before(std::uint64_t payment) const;

    private:
        template <typename Payments>
        static auto find(Payments& payments, std::uint64_t payment) -> decltype(payments.data());
    };
    /// A row that was met and is open again.
    struct Opened {
        Day day = 0;               ///< of the chargeback
        std::uint64_t target = 0;  ///< entry of the payment
    };
    /// The days from the first on that count by what was taken back.
    static Spans shown_by(const Limit& limit, Day first, Day day);
    /// `since`: what stood up to then has no part in these days.
    static Spans limited(Spans days, Day first, Day day, Reversed view,
                         const std::vector<Limit>& limits, Day since);
    /// What is not more than `least` days anyway may be left out.
    Spans days_of(std::size_t row, Day day, Reversed view, const Counting& counting,
                  Day least = 0) const;
    Spans past_due(Day day, Reversed view) const { return past_due(day, view, counted_); }
    /// The days of the row that has most.
    Spans past_due(Day day, Reversed view, const Counting& counting) const;
    Day counts_after(Day day, const Counting& counting);
    /// Due date of the oldest row that is not met, or kNoneOpen.
    Day oldest_open() const;
    Day paused_days(const Spans& days) const;
    /// What keeps the class of a contract up: it was given up, or is under observation.
    std::uint32_t least_class(Day day) const;
    void observe(std::uint32_t asset_class, Day since);
    /// Whether payments alone met a row, as it stands.
    bool paid(std::size_t row) const;
    /// Notes of rows whose grace ended before a day whether they were paid by then.
    void judge_rows(Day day);

    // replay_payment.cpp
    Outcome repay(const ContractEvent& event, bool claims, EventEffect& effect);
    Outcome debit(const ContractEvent& event, bool claims, EventEffect& effect);
    Outcome prepay(const ContractEvent& event, EventEffect& effect);
    Outcome refund(const ContractEvent& event, EventEffect& effect);
    Outcome penalty(const ContractEvent& event, bool claims, EventEffect& effect);
    /// Whether a penalty was assessed as of a later date than this one is.
    bool assessed_later(const ContractEvent& assessment) const;
    /// Adds to the row that a penalty of the day belongs to.
    void bill_penalty(Amount amount);
    Outcome mark(const ContractEvent& event, bool claims) const;
    std::array<Component, kComponents> order() const;
    /// Pays rows in the order of the ruleset; returns what is left over.
    Amount allocate(Amount amount, std::vector<Allocation>& allocation);
    /// Charges of rows not due that will not fall due any more; their sum.
    Amount lapse(std::size_t first_row);
    /// Of rows that are due, too.
    Amount lapse_all();
    Amount lapse_row(std::size_t row, Component component, Amount amount);
    /// Takes a refund off the principal of the open rows; charges not due shrink in proportion.
    void shrink(Amount refunded, EventEffect& effect);
    std::vector<Amount> refund_by_row(Amount refunded) const;
    /// Whether what the rows not due still charge is within the purchase's cap.
    bool rest_within_cap() const;
    /// Once everything was refunded: charges paid ahead for time that has not passed. Their sum.
    Amount give_back();
    Outcome pay_out(const ContractEvent& event);
    Outcome pay_merchant(const ContractEvent& event);
    Outcome charge_back(const ContractEvent& event, EventEffect& effect);
    /// What a payment met, in the plan of its time.
    struct Met {
        std::uint32_t plan = 0;
        Allocation part;
    };
    void reopen(const Met& met, const ContractEvent& payment);
    /// Of a charge that an earlier plan's row was paid: what had not been earned is open again as
    /// such. Returns the rest.
    Amount reopen_ahead(const Met& met);
    void keep_class_before(const ContractEvent& payment, const std::vector<Allocation>& met);
    /// What is owed to the borrower pays what he owes.
    void set_off();
    /// Takes back the newest of what set_off paid, if there is so much of it that was paid in the
    /// plan in force, or before it; else changes nothing.
    bool take_set_off(Amount amount, bool same_plan, std::vector<Met>& parts);
    /// Of rows that are not due, before a plan takes their place.
    void keep_paid_ahead();

    // replay_hardship.cpp
    Outcome waive(const ContractEvent& event, EventEffect& effect);
    Outcome hardship(const ContractEvent& event, bool claims);
    Outcome grace(const ContractEvent& event);
    Outcome reschedule(const ContractEvent& event, EventEffect& effect);
    Outcome charge_off(const ContractEvent& event, EventEffect& effect);
    Outcome recover(const ContractEvent& event);
    /// A new one is about something that was owed on its day.
    Outcome contact(bool claims) const;
    Outcome debt_settle(const ContractEvent& event, bool claims, EventEffect& effect);
    void waive_last(std::size_t component, Amount amount);
    bool request_open(const std::optional<HardshipId>& request) const;
    void close_request(const std::optional<HardshipId>& request);

    const ContractBody& contract_;
    const RulesetRegister& ruleset_;
    const ProductRegister& product_;
    const Ppm apr_cap_;  ///< of re-plans and what refunds leave: as when it was captured
    Position position_;
    PenaltyClock clock_;
    std::vector<Pause> pauses_;
    std::vector<Pause> without_penalty_;  ///< pauses, and days that a reversal must not burden
    Counting counted_;
    Counting by_rows_;                    ///< as if no day were excused
    std::optional<std::size_t> excused_;  ///< place in `counted_` of the last limit of excused days
    std::vector<const ContractEvent*> replans_gone_;  ///< that stood, by the day of their booking
    std::size_t replans_passed_ = 0;
    std::uint32_t kept_class_ = 0;  ///< under observation
    Day observed_since_ = 0;
    /// Beside position_.rows.
    struct Watched {
        bool waived = false;              ///< something of it, penalties aside
        std::optional<bool> paid = {};    ///< by the end of its grace, once that is over
        std::vector<Opened> opened = {};  ///< since it was met; none if it never was
    };
    std::vector<Watched> watched_;
    /// Charges of a row that was paid before a re-plan and had not fallen due by then: they are
    /// earned on its due date all the same.
    struct PaidAhead {
        std::uint32_t plan = 0;
        std::size_t row = 0;
        Day due = 0;
        ByComponent charges{};
    };
    std::vector<PaidAhead> paid_ahead_;
    std::map<std::uint64_t, Amount> charged_back_;  ///< by entry of the payment
    std::vector<Met> set_offs_;                     ///< what credit paid, the newest last
    std::vector<HardshipId> known_requests_;
    std::uint32_t grace_grants_ = 0;
    Wide grace_days_ = 0;
    std::uint32_t reschedules_ = 0;
    bool debt_settled_ = false;
    Day day_ = 0;
};

struct Replayed {
    Replay replay;
    std::optional<Position::Misfit> misfit;
};

}  // namespace tally::ledger
